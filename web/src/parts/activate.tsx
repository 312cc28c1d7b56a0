import { Anchor, Button, Group, Modal, Radio, Stack, Text, TextInput, Title } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Answer, ApiProblem } from '../api.ts'
import { count, duration, plural } from '../format.ts'
import { toast, toastProblem, useAct, useApi } from '../query.ts'
import { graceSeconds } from './beginning.tsx'
import { FirstMessage } from './first-message.tsx'
import { linkTo } from './link.ts'
import { Show } from './page.tsx'
import { Waterfall } from './waterfall.tsx'

type Preflight = Answer<'GET /campaigns/:id/preflight'>
type Finding = Preflight['blockers'][number]
type Enroll = 'keep' | 'now' | 'none'

/** Above this many people the number has to be typed (UX §4.7). */
const typedFrom = 500

/** Pre-flight: who, how much, what is in the way, and the choice of whom to enroll. */
export function ActivateDialog({
  campaign,
  onClose,
  onFix,
  onActivated,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  onClose(): void
  onFix?: (nodeId: string, field: string | null) => void
  /** What is shown next; the campaign's page unless given. */
  onActivated?: () => void
}) {
  const preflight = useApi('GET /campaigns/:id/preflight', { params: { id: campaign.id } }, { staleTime: 0 })
  const [people, setPeople] = useState(false)
  return (
    <Modal opened onClose={onClose} title={`Activate “${campaign.name}”`} size="lg" closeOnEscape={!people}>
      <Show of={preflight}>
        {(found) => (
          <Checks
            campaign={campaign}
            found={found}
            onClose={onClose}
            onPeople={setPeople}
            {...(onFix && { onFix })}
            {...(onActivated && { onActivated })}
          />
        )}
      </Show>
    </Modal>
  )
}

function Checks({
  campaign,
  found,
  onClose,
  onPeople,
  onFix,
  onActivated,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  found: Preflight
  onClose(): void
  onPeople(open: boolean): void
  onFix?: (nodeId: string, field: string | null) => void
  onActivated?: () => void
}) {
  const navigate = useNavigate()
  const [enroll, setEnroll] = useState<Enroll>('keep')
  const [typed, setTyped] = useState('')
  // With triggers that fire by themselves there is nothing to choose: they alone decide who enrolls, and when.
  const decided = found.triggers.length > 0
  const page = { to: '/campaigns/$id/$tab', params: { id: campaign.id, tab: 'overview' } } as const
  const done = decided
    ? 'Activated. Its triggers enroll customers from now on'
    : enroll === 'none'
      ? 'Activated. Nobody is enrolled yet'
      : `Activated. ${plural(found.willEnroll, 'customer')} will enroll`
  const activate = useAct('POST /campaigns/:id/activate', {
    quiet: true,
    after: () => {
      onClose()
      toast(
        <>
          {done}
          {onActivated && (
            <>
              {'. '}
              <Link {...page}>Open the campaign</Link>
            </>
          )}
        </>,
      )
      if (onActivated) onActivated()
      else void navigate(page)
    },
  })
  const people = decided || enroll === 'none' ? 0 : found.willEnroll
  const mustType = people > typedFrom
  const deed = people > 0 ? `Activate and enroll ${count(people)}` : 'Activate'
  const refused = activate.error instanceof ApiProblem ? activate.error : null
  return (
    <Stack>
      {found.blockers.length > 0 && (
        <Findings
          title={`To fix first (${found.blockers.length})`}
          tone="var(--tl-bad)"
          mark="✖"
          findings={found.blockers}
          campaignId={campaign.id}
          {...(onFix && { onFix })}
        />
      )}
      <section>
        <Title order={3} mb={6}>
          Who
        </Title>
        <Waterfall {...found} campaignId={campaign.id} onPeople={onPeople} />
        {found.willEnroll === 0 && !decided && (
          <Text size="sm" c="dimmed" mt={6}>
            Nobody matches yet. With “keep enrolling”, people enter as they match.
          </Text>
        )}
      </section>
      {found.willEnroll > 0 && <FirstMessage campaignId={campaign.id} />}
      {found.estimatedSends > 0 && (
        <section>
          <Title order={3} mb={6}>
            How much
          </Title>
          <Text>
            At most {plural(found.estimatedSends, 'message')}; sending takes{' '}
            {found.estimatedDurationSeconds < 60
              ? 'less than a minute'
              : `about ${duration(found.estimatedDurationSeconds * 1000)}`}{' '}
            beside the waits.
          </Text>
        </section>
      )}
      {found.warnings.length > 0 && (
        <Findings
          title={`To know (${found.warnings.length})`}
          tone="var(--tl-warn)"
          mark="⚠"
          findings={found.warnings}
          campaignId={campaign.id}
          {...(onFix && { onFix })}
        />
      )}
      {decided && (
        <section>
          <Title order={3} mb={6}>
            When
          </Title>
          <Text size="sm" c="dimmed">
            Nobody enrolls at activation; these do it:
          </Text>
          <ul style={{ margin: 0, paddingInlineStart: 20 }}>
            {found.triggers.map(({ id, sentence }) => (
              <li key={id}>{sentence}</li>
            ))}
          </ul>
        </section>
      )}
      {found.ok && !decided && (
        <Radio.Group label="Whom to enroll" value={enroll} onChange={(value) => setEnroll(value as Enroll)}>
          <Stack gap={8} mt={6}>
            <Radio value="keep" label={`Enroll the ${count(found.willEnroll)} and keep enrolling new matches`} />
            <Radio value="now" label={`Enroll the ${count(found.willEnroll)} once`} />
            <Radio value="none" label="Enroll nobody yet; “Run now” does it later" />
          </Stack>
        </Radio.Group>
      )}
      {found.ok && mustType && (
        <TextInput
          label={`Type ${people} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          inputMode="numeric"
        />
      )}
      {refused && (
        <Text c="var(--tl-bad)" role="alert">
          {refused.message}
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {found.ok ? 'Cancel' : 'Close'}
        </Button>
        {found.ok && (
          <Button
            loading={activate.isPending}
            onClick={() =>
              mustType && typed.replaceAll(/[,.\s]/g, '') !== String(people)
                ? toastProblem(`Type ${people} to confirm that many people.`)
                : activate.mutate({
                    params: { id: campaign.id },
                    body: people > 0 ? { enroll, graceSeconds } : decided ? {} : { enroll },
                    ifMatch: campaign.version,
                  })
            }
          >
            {deed}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

/** Where a finding that is not about a step is mended. */
function placeOf(finding: Finding, campaignId: string): { to: string; label: string } | null {
  if (finding.field === 'audience') return { to: `/campaigns/${campaignId}/audience`, label: 'Choose the audience' }
  if (finding.field?.startsWith('workspace.')) return { to: '/settings/workspace', label: 'Open workspace settings' }
  if (finding.code.startsWith('credential')) return { to: '/settings/credentials', label: 'Open credentials' }
  return null
}

function Findings({
  title,
  tone,
  mark,
  findings,
  campaignId,
  onFix,
}: {
  title: string
  tone: string
  mark: string
  findings: readonly Finding[]
  campaignId: string
  onFix?: (nodeId: string, field: string | null) => void
}) {
  return (
    <section>
      <Title order={3} mb={6}>
        {title}
      </Title>
      <Stack gap={6}>
        {findings.map((finding, index) => {
          const place = placeOf(finding, campaignId)
          const { nodeId } = finding
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same fault may stand twice
            <Text key={index} size="sm">
              <span style={{ color: tone }} aria-hidden>
                {mark}{' '}
              </span>
              {finding.message} <span className="tl-muted">{finding.fix}</span>{' '}
              {nodeId && onFix && (
                <Anchor component="button" type="button" size="sm" onClick={() => onFix(nodeId, finding.field ?? null)}>
                  Fix
                </Anchor>
              )}
              {nodeId && !onFix && (
                <Anchor
                  component={Link}
                  {...linkTo(`/campaigns/${campaignId}/builder?node=${encodeURIComponent(nodeId)}`)}
                  size="sm"
                >
                  Fix
                </Anchor>
              )}
              {place && (
                <Anchor component={Link} to={place.to} size="sm">
                  {place.label}
                </Anchor>
              )}
            </Text>
          )
        })}
      </Stack>
    </section>
  )
}
