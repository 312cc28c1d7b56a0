import { Progress, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ComponentProps } from 'react'
import type { Item } from '../api.ts'
import { count, dayOf, exact, plural } from '../format.ts'
import { useMembers } from '../parts/choices.ts'
import { ConnectionCard, TestFound } from '../parts/connection-card.tsx'

type Credential = Item<'GET /credentials'>

const health = {
  ok: { tone: 'good', word: 'works' },
  dead: { tone: 'bad', word: 'refused' },
  unknown: { tone: 'flat', word: 'not tested' },
} as const

/** A sending account: how it fares, how much it may send and has sent today, and who relies on it. The same for every channel. */
export function SenderCard({
  credential,
  entries,
}: {
  credential: Credential
  entries: ComponentProps<typeof ConnectionCard>['entries']
}) {
  const held = credential.heldUntil && new Date(credential.heldUntil) > new Date() ? credential.heldUntil : null
  const untested = credential.health === 'unknown' && credential.healthDetail
  const pill = untested ? ({ tone: 'warn', word: 'last test failed' } as const) : health[credential.health]
  return (
    <ConnectionCard
      name={credential.name}
      pills={[pill, ...(held ? [{ tone: 'warn' as const, word: 'held' }] : [])]}
      entries={entries}
    >
      <Stack gap={4}>
        <About credential={credential} />
        <TestFound
          detail={
            credential.healthDetail ??
            (credential.health === 'ok' && credential.healthAt ? 'Last test: it works' : null)
          }
          at={credential.healthAt}
          bad={credential.health === 'dead'}
        />
        {held && (
          <Text size="sm" c="var(--tl-warn)">
            Held until {exact(held)}: the provider asked for fewer messages.
          </Text>
        )}
        <Limits credential={credential} />
        {credential.secretSetAt && (
          <Text size="sm" c="dimmed">
            {credential.type === 'telegram' ? 'Token' : 'Password'}: •••• set {dayOf(credential.secretSetAt)}
          </Text>
        )}
        <UsedBy credential={credential} />
      </Stack>
    </ConnectionCard>
  )
}

/** Whom messages come from. */
function About({ credential }: { credential: Credential }) {
  const members = useMembers()
  const { type, senderName, senderEmail, host, port, encryption, botUsername, memberId } = credential
  if (type === 'sandbox') {
    return (
      <Text size="sm" c="dimmed">
        Built in. What is sent here lands in the <Link to="/sandbox">sandbox mailbox</Link>; nothing leaves this
        machine.
      </Text>
    )
  }
  if (type === 'telegram') return botUsername ? <Text size="sm">@{botUsername}</Text> : null
  if (type === 'linkedin') {
    if (!memberId) return null
    const who = members.find(({ value }) => value === memberId)?.label ?? 'somebody who has left'
    return <Text size="sm">Each message is a task for {who}, who sends it by hand.</Text>
  }
  if (!senderEmail) return null
  return (
    <>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {senderName} &lt;{senderEmail}&gt;
      </Text>
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {host}:{port} · {encryption === 'none' ? 'not encrypted' : encryption === 'tls' ? 'TLS' : 'STARTTLS'}
      </Text>
    </>
  )
}

function Limits({ credential: { limits, usedToday } }: { credential: Credential }) {
  if (!limits) return null
  const { perDay } = limits
  const others = [
    limits.perSecond && `${limits.perSecond} a second`,
    limits.perHour && `${count(limits.perHour)} an hour`,
  ].filter(Boolean)
  const used = usedToday ?? 0
  return (
    <>
      {perDay !== undefined && (
        <div>
          <Text size="sm">
            {count(used)} of {count(perDay)} today
          </Text>
          <Progress
            value={Math.min(100, (used / perDay) * 100)}
            color={used >= perDay ? 'red' : used / perDay > 0.8 ? 'yellow' : 'indigo'}
            size="sm"
            mt={2}
            aria-label={`${count(used)} of ${count(perDay)} messages today`}
          />
        </div>
      )}
      {others.length > 0 && (
        <Text size="sm" c="dimmed">
          At most {others.join(', ')}
        </Text>
      )}
    </>
  )
}

/** Campaigns named on the card; the rest is a number. */
const named = 3

function UsedBy({ credential: { campaigns } }: { credential: Credential }) {
  if (!campaigns) return null
  if (campaigns.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No campaign sends through it
      </Text>
    )
  }
  return (
    <Text size="sm">
      Used by{' '}
      {campaigns.slice(0, named).map(({ id, name }, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <Link to="/campaigns/$id" params={{ id }}>
            {name}
          </Link>
        </span>
      ))}
      {campaigns.length > named && ` and ${plural(campaigns.length - named, 'more campaign')}`}
    </Text>
  )
}
