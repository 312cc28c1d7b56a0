import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import {
  IconArchive,
  IconCheck,
  IconCopy,
  IconEye,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconRocket,
  IconTrash,
} from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { Body, Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { toast, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'
import { ActivateDialog } from './activate.tsx'
import { Confirm, type MenuEntry } from './bits.tsx'
import { Show } from './page.tsx'
import { ReEnrollDialog } from './re-enroll.tsx'
import { Waterfall } from './waterfall.tsx'

/** What the actions need of a campaign, whether it comes from the list or from its page. */
export type ActableCampaign = Item<'GET /campaigns'>

type Asking = {
  what: 'activate' | 'run' | 'resume' | 'complete' | 'archive' | 'delete' | 're-enroll'
  campaign: ActableCampaign
} | null

/** Everything that can be done to a campaign in its state: buttons, menu entries, and the dialogs that they open. */
export function useCampaignActions(): {
  entries(campaign: ActableCampaign, options?: { open?: boolean }): (MenuEntry | false)[]
  buttons(campaign: ActableCampaign): ReactNode
  dialog: ReactNode
} {
  const navigate = useNavigate()
  const can = useCan()
  const [asking, setAsking] = useState<Asking>(null)
  const ask = (what: NonNullable<Asking>['what'], campaign: ActableCampaign) => setAsking({ what, campaign })
  const close = () => setAsking(null)

  const duplicate = useAct('POST /campaigns/:id/duplicate', {
    after: (made) =>
      toast(
        <>
          Duplicated as “{made.name}”. Audience and statistics were not copied.{' '}
          <Link to="/campaigns/$id/$tab" params={{ id: made.id, tab: 'overview' }}>
            Open
          </Link>
        </>,
      ),
  })
  const pause = useAct('POST /campaigns/:id/pause', {
    done: (paused) =>
      `Paused. ${plural(paused.counts.inside, 'customer')} frozen where they are${paused.inHand > 0 ? `; ${plural(paused.inHand, 'message')} were already with the provider` : ''}`,
  })
  const reopen = useAct('POST /campaigns/:id/reopen', { done: 'Reopened' })

  const entries = (campaign: ActableCampaign, { open = true } = {}) => {
    const { status, id } = campaign
    const params = { id }
    const runs = can('campaigns.run')
    return [
      open && {
        label: 'Open',
        icon: <IconEye size={16} />,
        run: () => void navigate({ to: '/campaigns/$id/$tab', params: { id, tab: 'overview' } }),
      },
      open && {
        label: status === 'archived' ? 'View workflow' : 'Open builder',
        icon: <IconRocket size={16} />,
        run: () => void navigate({ to: '/campaigns/$id/builder', params: { id } }),
      },
      { label: 'Duplicate', icon: <IconCopy size={16} />, run: () => duplicate.mutate({ params }) },
      runs &&
        open &&
        status === 'draft' && {
          label: 'Activate…',
          icon: <IconPlayerPlay size={16} />,
          run: () => ask('activate', campaign),
        },
      runs &&
        open &&
        status === 'active' && {
          label: 'Run now…',
          icon: <IconPlayerPlay size={16} />,
          run: () => ask('run', campaign),
        },
      runs &&
        open &&
        status === 'active' && {
          label: 'Pause',
          icon: <IconPlayerPause size={16} />,
          run: () => pause.mutate({ params }),
        },
      runs &&
        open &&
        status === 'paused' && {
          label: 'Resume…',
          icon: <IconPlayerPlay size={16} />,
          run: () => ask('resume', campaign),
        },
      runs &&
        open &&
        status === 'completed' && {
          label: 'Reopen',
          icon: <IconPlayerPlay size={16} />,
          run: () => reopen.mutate({ params }),
        },
      runs &&
        (status === 'active' || status === 'paused') && {
          label: 'Complete…',
          icon: <IconCheck size={16} />,
          run: () => ask('complete', campaign),
        },
      can('campaigns.re-enroll') &&
        status === 'active' && {
          label: 'Re-enroll…',
          icon: <IconRefresh size={16} />,
          run: () => ask('re-enroll', campaign),
        },
      runs &&
        status !== 'archived' && {
          label: 'Archive…',
          icon: <IconArchive size={16} />,
          run: () => ask('archive', campaign),
          danger: true,
        },
      status === 'draft' && {
        label: 'Delete…',
        icon: <IconTrash size={16} />,
        run: () => ask('delete', campaign),
        danger: true,
      },
    ] satisfies (MenuEntry | false)[]
  }

  const buttons = (campaign: ActableCampaign) => {
    const { status, id } = campaign
    const params = { id }
    return (
      <>
        <Button component={Link} to={`/campaigns/${id}/builder`} variant="default">
          {status === 'archived' ? 'View workflow' : 'Open builder'}
        </Button>
        {status === 'draft' && <Button onClick={() => ask('activate', campaign)}>Activate</Button>}
        {status === 'active' && (
          <>
            <Button variant="default" loading={pause.isPending} onClick={() => pause.mutate({ params })}>
              Pause
            </Button>
            <Button onClick={() => ask('run', campaign)}>Run now</Button>
          </>
        )}
        {status === 'paused' && <Button onClick={() => ask('resume', campaign)}>Resume…</Button>}
        {status === 'completed' && (
          <Button loading={reopen.isPending} onClick={() => reopen.mutate({ params })}>
            Reopen
          </Button>
        )}
        {status === 'archived' && (
          <Button loading={duplicate.isPending} onClick={() => duplicate.mutate({ params })}>
            Duplicate
          </Button>
        )}
      </>
    )
  }

  return { entries, buttons, dialog: asking && <Dialogs asking={asking} onClose={close} /> }
}

function Dialogs({ asking: { what, campaign }, onClose }: { asking: NonNullable<Asking>; onClose(): void }) {
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
