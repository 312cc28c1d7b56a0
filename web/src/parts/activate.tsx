import './campaign-parts.css'
import { Button, Group, Modal, Radio, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type Answer, ApiProblem } from '../api.ts'
import { count, plural } from '../format.ts'
import { toast, toastProblem, useAct, useApi } from '../query.ts'
import { graceSeconds } from './beginning.tsx'
import { FirstMessage } from './first-message.tsx'
import { Failure } from './page.tsx'
import { Findings, type Fix, Passed, type Preflight } from './preflight-checks.tsx'
import { When } from './preflight-when.tsx'
import { Waterfall } from './waterfall.tsx'

type Enroll = 'keep' | 'now' | 'none'

/** Above this many people the number has to be typed (UX §4.7). */
const typedFrom = 500

/** Pre-flight: who, what they get first, when, what is in the way, and the choice of whom to enroll. Opens at once; what takes longer streams in. */
export function ActivateDialog({
  campaign,
  onClose,
  onFix,
  onActivated,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  onClose(): void
  onFix?: Fix
  /** What is shown next; the campaign's page unless given. */
  onActivated?: () => void
}) {
  const params = { id: campaign.id }
  const whole = useApi('GET /campaigns/:id/preflight', { params }, { staleTime: 0 })
  // Counting many customers takes a moment; what is to fix is known before.
  const checked = useApi(
    'GET /campaigns/:id/preflight',
    { params, query: { people: 'false' } },
    { staleTime: 0, enabled: whole.data === undefined },
  )
  const [people, setPeople] = useState(false)
  const found = whole.data
  const checks = found ?? checked.data
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Activate “${campaign.name}”`}
      size={760}
      closeOnEscape={!people}
      classNames={{ content: 'tl-preflight', body: 'tl-preflight-body' }}
    >
      {whole.error && !found ? (
        <Failure error={whole.error} retry={() => void whole.refetch()} />
      ) : (
        <div className="tl-preflight-sections">
          {checks && checks.blockers.length > 0 && (
            <Section title={`To fix first (${checks.blockers.length})`}>
              <Findings
                tone="var(--tl-bad)"
                mark="✖"
                findings={checks.blockers}
                campaignId={campaign.id}
                onFix={onFix}
                onPeople={setPeople}
              />
            </Section>
          )}
          <Section title="Who">
            {found ? (
              <>
                <Waterfall {...found} campaignId={campaign.id} onPeople={setPeople} />
                {found.willEnroll === 0 && found.triggers.length === 0 && (
                  <Text size="sm" c="dimmed" mt={6}>
                    Nobody matches yet. With “keep enrolling”, people enter as they match.
                  </Text>
                )}
              </>
            ) : (
              <Skeletons widths={[220, 260, 180]} />
            )}
          </Section>
          {(!found || found.willEnroll > 0) && <FirstMessage campaignId={campaign.id} />}
          {(!found || speaksOfTime(found)) && (
            <Section title="When">
              {found ? (
                <When found={found} campaignId={campaign.id} onPeople={setPeople} />
              ) : (
                <Skeletons widths={[420, 240]} />
              )}
            </Section>
          )}
          <Section title="Checks">
            {checks ? (
              <Stack gap={8}>
                {checks.warnings.length > 0 && (
                  <Findings
                    tone="var(--tl-warn)"
                    mark="⚠"
                    findings={checks.warnings}
                    campaignId={campaign.id}
                    onFix={onFix}
                    onPeople={setPeople}
                  />
                )}
                <Passed passed={checks.passed} />
              </Stack>
            ) : (
              <Skeletons widths={[320, 140]} />
            )}
          </Section>
        </div>
      )}
      <Deed campaign={campaign} found={found} onClose={onClose} {...(onActivated && { onActivated })} />
    </Modal>
  )
}

const speaksOfTime = ({ triggers, firstSend, longest, reachable, willEnroll }: Preflight): boolean =>
  triggers.length > 0 || willEnroll > 0 || (firstSend !== null && reachable > 0) || (longest !== null && longest.ms > 0)

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} mb={6}>
        {title}
      </Title>
      {children}
    </section>
  )
}

/** The shape of lines that are being counted. */
function Skeletons({ widths }: { widths: number[] }) {
  return (
    <Stack gap={8} aria-busy="true">
      {widths.map((width) => (
        <Skeleton key={width} height={18} width={width} maw="100%" />
      ))}
    </Stack>
  )
}

/** The choice of whom to enroll, what has to be typed, and the button that says what it does. */
function Deed({
  campaign,
  found,
  onClose,
  onActivated,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  found: Preflight | undefined
  onClose(): void
  onActivated?: () => void
}) {
  const navigate = useNavigate()
  const [enroll, setEnroll] = useState<Enroll>('keep')
  const [typed, setTyped] = useState('')
  // With triggers that fire by themselves there is nothing to choose: they alone decide who enrolls, and when.
  const decided = (found?.triggers.length ?? 0) > 0
  const people = !found || decided || enroll === 'none' ? 0 : found.willEnroll
  const page = { to: '/campaigns/$id/$tab', params: { id: campaign.id, tab: 'overview' } } as const
  const done = decided
    ? 'Activated. Its triggers enroll customers from now on'
    : enroll === 'none'
      ? 'Activated. Nobody is enrolled yet'
      : `Activated. ${plural(people, 'customer')} will enroll`
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
  const mustType = people > typedFrom
  const refused = activate.error instanceof ApiProblem ? activate.error : null
  const send = () => {
    if (mustType && typed.replaceAll(/[,.\s]/g, '') !== String(people)) {
      toastProblem(`Type ${people} to confirm that many people.`)
      return
    }
    activate.mutate({
      params: { id: campaign.id },
      body: people > 0 ? { enroll, graceSeconds } : decided ? {} : { enroll },
      ifMatch: campaign.version,
    })
  }
  return (
    <div className="tl-preflight-deed">
      {found?.ok && !decided && (
        <Radio.Group label="Whom to enroll" value={enroll} onChange={(value) => setEnroll(value as Enroll)}>
          <Stack gap={8} mt={6}>
            <Radio
              value="keep"
              label={
                found.willEnroll > 0
                  ? `Enroll the ${count(found.willEnroll)} and keep enrolling new matches`
                  : 'Keep enrolling: whoever matches later enters then'
              }
            />
            {found.willEnroll > 0 && <Radio value="now" label={`Enroll the ${count(found.willEnroll)} once`} />}
            <Radio value="none" label="Enroll nobody yet; “Run now” does it later" />
          </Stack>
        </Radio.Group>
      )}
      {found?.ok && mustType && (
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
          {found && !found.ok ? 'Close' : 'Cancel'}
        </Button>
        {found?.ok && (
          <Button loading={activate.isPending} onClick={send}>
            {people > 0 ? `Activate and enroll ${count(people)}` : 'Activate'}
          </Button>
        )}
      </Group>
    </div>
  )
}
