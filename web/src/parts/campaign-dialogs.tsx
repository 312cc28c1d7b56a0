import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Body } from '../api.ts'
import { count, plural } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import { ActivateDialog } from './activate.tsx'
import { Confirm } from './bits.tsx'
import type { ActableCampaign } from './campaign-actions.tsx'
import { Show } from './page.tsx'
import { ReEnrollDialog } from './re-enroll.tsx'
import { Waterfall } from './waterfall.tsx'

/** An action of a campaign that asks something first. */
export interface AskedDialog {
  what: 'activate' | 'run' | 'resume' | 'complete' | 'archive' | 'delete' | 're-enroll'
  campaign: ActableCampaign
}

/** The dialog of one action. */
export function CampaignDialog({ asking: { what, campaign }, onClose }: { asking: AskedDialog; onClose(): void }) {
  if (what === 're-enroll') return <ReEnrollDialog campaign={campaign} onClose={onClose} />
  if (what === 'archive') return <ArchiveDialog campaign={campaign} onClose={onClose} />
  if (what === 'delete') return <DeleteDialog campaign={campaign} onClose={onClose} />
  return <Detailed what={what} id={campaign.id} onClose={onClose} />
}

function Detailed({
  what,
  id,
  onClose,
}: {
  what: 'activate' | 'run' | 'resume' | 'complete'
  id: string
  onClose(): void
}) {
  const campaign = useApi('GET /campaigns/:id', { params: { id } })
  if (!campaign.data) return null
  if (what === 'activate') return <ActivateDialog campaign={campaign.data} onClose={onClose} />
  if (what === 'run') return <RunDialog campaign={campaign.data} onClose={onClose} />
  return <WaitsDialog what={what} campaign={campaign.data} onClose={onClose} />
}

function RunDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const preflight = useApi('GET /campaigns/:id/preflight', { params: { id: campaign.id } }, { staleTime: 0 })
  const run = useAct('POST /campaigns/:id/run', { done: 'Running. Progress shows under Enrolling', after: onClose })
  const n = preflight.data?.willEnroll ?? 0
  return (
    <Modal opened onClose={onClose} title={`Run “${campaign.name}” now`}>
      <Stack>
        <Show of={preflight} rows={3}>
          {(found) => <Waterfall {...found} />}
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
          {n > 0 && (
            <Button loading={run.isPending} onClick={() => run.mutate({ params: { id: campaign.id } })} data-autofocus>
              Enroll {count(n)}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}

function WaitsDialog({
  what,
  campaign,
  onClose,
}: {
  what: 'resume' | 'complete'
  campaign: ActableCampaign & { overdue: number | null }
  onClose(): void
}) {
  const [waits, setWaits] = useState<'keep' | 'continue'>('keep')
  const resume = useAct('POST /campaigns/:id/resume', { done: 'Resumed', after: onClose })
  const complete = useAct('POST /campaigns/:id/complete', { done: 'Completed. Nobody new enters', after: onClose })
  const { inside } = campaign.counts
  const paused = campaign.status === 'paused'
  const act = what === 'resume' ? resume : complete
  const body = (paused ? { waits } : {}) as Body<'POST /campaigns/:id/resume'>
  return (
    <Modal opened onClose={onClose} title={`${what === 'resume' ? 'Resume' : 'Complete'} “${campaign.name}”`}>
      <Stack>
        <Text>
          {what === 'resume'
            ? `${plural(inside, 'customer')} ${inside === 1 ? 'goes' : 'go'} on from where ${inside === 1 ? 'it stands' : 'they stand'}.`
            : inside === 0
              ? 'No one new enters.'
              : `No one new enters; ${plural(inside, 'customer')} inside ${inside === 1 ? 'finishes' : 'finish'}.`}
        </Text>
        {paused && (
          <Radio.Group
            label="Waits that stood still during the pause"
            value={waits}
            onChange={(value) => setWaits(value as 'keep' | 'continue')}
          >
            <Stack gap={8} mt={6}>
              <Radio value="keep" label="Keep" description="Everyone waits as long as was left when you paused." />
              <Radio
                value="continue"
                label="Continue"
                description={`The pause counts as elapsed${campaign.overdue ? `: ${plural(campaign.overdue, 'customer')} ${campaign.overdue === 1 ? 'is' : 'are'} overdue and move${campaign.overdue === 1 ? 's' : ''} at once` : ''}.`}
              />
            </Stack>
          </Radio.Group>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={act.isPending}
            onClick={() => act.mutate({ params: { id: campaign.id }, body })}
            data-autofocus
          >
            {what === 'resume' ? (inside > 0 ? `Resume ${count(inside)}` : 'Resume') : 'Complete'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function ArchiveDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const archive = useAct('POST /campaigns/:id/archive', { done: 'Archived', after: onClose })
  const { inside } = campaign.counts
  return (
    <Confirm
      opened
      title={`Archive “${campaign.name}”?`}
      deed={inside > 0 ? `Archive and stop ${count(inside)}` : 'Archive'}
      danger
      busy={archive.isPending}
      onClose={onClose}
      onConfirm={() => archive.mutate({ params: { id: campaign.id } })}
    >
      {inside > 0 && `${plural(inside, 'customer')} inside stop${inside === 1 ? 's' : ''} now. `}Analytics stay. This
      can’t be undone; you can duplicate it.
    </Confirm>
  )
}

function DeleteDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const navigate = useNavigate()
  const remove = useAct('DELETE /campaigns/:id', {
    done: `“${campaign.name}” deleted`,
    after: () => {
      onClose()
      void navigate({ to: '/campaigns' })
    },
  })
  return (
    <Confirm
      opened
      title={`Delete “${campaign.name}”?`}
      deed="Delete draft"
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { id: campaign.id } })}
    >
      It never ran, so nothing else is lost. This can’t be undone.
    </Confirm>
  )
}
