import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { count, exact } from '../format.ts'
import { Confirm } from '../parts/confirm.tsx'
import { ConnectionCard, TestFound } from '../parts/connection-card.tsx'
import { Failure, Loading } from '../parts/page.tsx'
import { toast, toastProblem, useAct, usePages } from '../query.ts'
import { useCan } from '../session.tsx'
import { ChatFacts, LinkedinDialog, TelegramDialog } from './chat-senders.tsx'
import { SmtpDialog } from './smtp-sender.tsx'

type Credential = Item<'GET /credentials'>

const health = { ok: ['good', 'works'], dead: ['bad', 'refused'], unknown: ['flat', 'not tested'] } as const

/** Sending accounts: the sandbox, SMTP, Telegram bots, members who send on LinkedIn. */
export function CredentialsSection() {
  const can = useCan()
  const manage = can('credentials.manage')
  const list = usePages('GET /credentials', { query: { limit: 100 } }, { live: true })
  const [editing, setEditing] = useState<Credential | 'smtp' | 'telegram' | 'linkedin' | null>(null)
  const [archiving, setArchiving] = useState<Credential | null>(null)
  const test = useAct('POST /credentials/:id/test', {
    after: (found) =>
      found.ok ? toast(`It works. ${found.detail}`) : toastProblem(`It does not work: ${found.detail}`),
  })
  const archive = useAct('DELETE /credentials/:id', { done: 'Sender archived', after: () => setArchiving(null) })
  if (list.loading) return <Loading />
  if (list.error && list.items.length === 0) return <Failure error={list.error} retry={list.retry} />
  return (
    <Stack>
      {manage && (
        <Group justify="flex-end">
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEditing('linkedin')}>
            LinkedIn by hand
          </Button>
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEditing('telegram')}>
            Connect Telegram bot
          </Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('smtp')}>
            Connect SMTP
          </Button>
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {list.items.map((credential) => {
          const [tone, word] = health[credential.health]
          return (
            <ConnectionCard
              key={credential.id}
              name={credential.name}
              pills={[{ tone, word }]}
              entries={
                manage && credential.type !== 'sandbox'
                  ? [
                      { label: 'Test now', run: () => test.mutate({ params: { id: credential.id } }) },
                      { label: 'Edit', run: () => setEditing(credential) },
                      { label: 'Archive…', run: () => setArchiving(credential), danger: true },
                    ]
                  : null
              }
            >
              {credential.type === 'sandbox' ? (
                <Text size="sm" c="dimmed">
                  Built in. What is sent here lands in the <Link to="/sandbox">sandbox mailbox</Link>; nothing leaves
                  this machine.
                </Text>
              ) : credential.type === 'smtp' ? (
                <SmtpFacts credential={credential} />
              ) : (
                <ChatFacts credential={credential} />
              )}
            </ConnectionCard>
          )
        })}
      </SimpleGrid>
      {editing && <SenderDialog editing={editing} onClose={() => setEditing(null)} />}
      <Confirm
        opened={archiving !== null}
        title={`Archive “${archiving?.name}”?`}
        deed="Archive sender"
        danger
        busy={archive.isPending}
        onClose={() => setArchiving(null)}
        onConfirm={() => archiving && archive.mutate({ params: { id: archiving.id } })}
      >
        Its password or token is forgotten. A sender that campaigns use is not archived.
      </Confirm>
    </Stack>
  )
}

function SenderDialog({
  editing,
  onClose,
}: {
  editing: Credential | 'smtp' | 'telegram' | 'linkedin'
  onClose(): void
}) {
  const [type, credential] = typeof editing === 'string' ? [editing, null] : [editing.type, editing]
  const Dialog = type === 'telegram' ? TelegramDialog : type === 'linkedin' ? LinkedinDialog : SmtpDialog
  return <Dialog credential={credential} onClose={onClose} />
}

function SmtpFacts({ credential }: { credential: Credential }) {
  const { limits } = credential
  const caps = [
    limits?.perSecond && `${limits.perSecond} a second`,
    limits?.perHour && `${limits.perHour} an hour`,
    limits?.perDay && `${limits.perDay} a day`,
  ].filter(Boolean)
  return (
    <Stack gap={2}>
      <Text size="sm">
        {credential.senderName} {credential.senderEmail && `<${credential.senderEmail}>`}
      </Text>
      <Text size="sm" c="dimmed">
        {credential.host ? `${credential.host}:${credential.port} · ${credential.encryption}` : 'SMTP'}
        {caps.length > 0 && ` · at most ${caps.join(', ')}`}
        {limits?.perDay !== undefined && ` · ${count(credential.usedToday ?? 0)} of them today`}
      </Text>
      <TestFound detail={credential.healthDetail} at={credential.healthAt} bad={credential.health === 'dead'} />
      {credential.heldUntil && new Date(credential.heldUntil) > new Date() && (
        <Text size="sm" c="var(--tl-warn)">
          Held until {exact(credential.heldUntil)}: the provider asked for fewer messages.
        </Text>
      )}
    </Stack>
  )
}
