import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { count } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import { useDeciding } from '../triggers/deciding.ts'
import { skippedText } from '../triggers/skipped-text.ts'
import { graceSeconds } from './beginning.tsx'
import { Show } from './page.tsx'
import { Waterfall } from './waterfall.tsx'

type Campaign = { id: string; name: string }

/** How often the progress of a firing is read, in ms. */
const progressMs = 1_000

/** Whom Run now would enroll, the button with their number, and how far it is once it was pressed. */
export function RunNow({
  campaign,
  onClose,
  onPeople,
}: {
  campaign: Campaign
  onClose(): void
  onPeople(open: boolean): void
}) {
  const preflight = useApi('GET /campaigns/:id/preflight', { params: { id: campaign.id } }, { staleTime: 0 })
  const [firing, setFiring] = useState<string | null>(null)
  const run = useAct('POST /campaigns/:id/run', { after: ({ id }) => setFiring(id) })
  const { canRun } = useDeciding(campaign.id)
  const n = preflight.data?.willEnroll ?? 0
  if (firing !== null) return <FiringProgress id={firing} of={n} onClose={onClose} />
  return (
    <Stack>
      {!canRun && (
        <Text>
          Customers enroll here by the campaign’s triggers. To run it by hand as well, add the trigger “By hand” under{' '}
          <Link
            className="tl-link"
            to="/campaigns/$id/$tab"
            params={{ id: campaign.id, tab: 'triggers' }}
            onClick={onClose}
          >
            Triggers
          </Link>
          .
        </Text>
      )}
      <Show of={preflight} rows={3}>
        {(found) => <Waterfall {...found} campaignId={campaign.id} onPeople={onPeople} />}
      </Show>
      {preflight.data && n === 0 && (
        <Text c="dimmed">
          Nobody new matches the audience now. Customers go through a campaign once; re-enrolling is under “…”.
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        {n > 0 && canRun && (
          <Button
            loading={run.isPending}
            onClick={() => run.mutate({ params: { id: campaign.id }, body: { graceSeconds } })}
            data-autofocus
          >
            Enroll {count(n)}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

const underWay = new Set(['scheduled', 'running', 'held'])

/** A firing under way: how many of about so many it has looked at, and what came of it. */
function FiringProgress({ id, of, onClose }: { id: string; of: number; onClose(): void }) {
  const firing = useApi('GET /firings/:id', { params: { id } }, { refetchInterval: progressMs })
  const found = firing.data
  const isOpen = found === undefined || underWay.has(found.status)
  const most = Math.max(of, found?.matched ?? 0, 1)
  const passedOver = found ? skippedText(found.skipped) : ''
  return (
    <Stack role="status" aria-label="Enrolling" gap={10}>
      <Text fw={600}>
        {found?.status === 'scheduled'
          ? 'About to enroll; nothing has left yet'
          : found?.status === 'held'
            ? 'Held while the campaign is paused'
            : isOpen
              ? 'Enrolling…'
              : found.status === 'done'
                ? `Enrolled ${count(found.enrolled)}`
                : `Ended: ${found.status}`}
      </Text>
      <Progress
        value={found?.status === 'done' ? 100 : ((found?.matched ?? 0) / most) * 100}
        aria-label="Looked at so far"
      />
      <Text size="sm" c="dimmed" className="tl-number">
        {count(found?.enrolled ?? 0)} of {count(most)} enrolled{passedOver && `; passed over: ${passedOver}`}
        {found?.error && `. ${found.error}`}
      </Text>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {isOpen ? 'It goes on when you leave.' : ''}
        </Text>
        <Button variant="default" onClick={onClose} data-autofocus>
          Close
        </Button>
      </Group>
    </Stack>
  )
}
