import { Button } from '@mantine/core'
import {
  IconArchive,
  IconCheck,
  IconCopy,
  IconDownload,
  IconEye,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconRocket,
  IconTrash,
} from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { api, type Item } from '../api.ts'
import { toast, toastProblem, useAct } from '../query.ts'
import { useCan } from '../session.tsx'
import type { MenuEntry } from './bits.tsx'
import type { AskedDialog } from './campaign-dialogs.tsx'
import { usePause } from './pause.tsx'
import { RunNowButton } from './run-now-button.tsx'

const CampaignDialog = lazy(() =>
  import('./campaign-dialogs.tsx').then((module) => ({ default: module.CampaignDialog })),
)

/** Saves a campaign as a file, as the command line exports it. */
export async function exportCampaign({ id, name }: { id: string; name: string }): Promise<void> {
  try {
    const file = await api('GET /campaigns/:id/export', { params: { id } })
    const address = URL.createObjectURL(new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: 'application/json' }))
    const link = Object.assign(document.createElement('a'), { href: address, download: `${fileName(name)}.json` })
    link.click()
    URL.revokeObjectURL(address)
    toast('Exported. “throughline import campaign” reads it')
  } catch (problem) {
    toastProblem(problem)
  }
}

const fileName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '') || 'campaign'

/** What the actions need of a campaign, whether it comes from the list or from its page. */
export type ActableCampaign = Omit<Item<'GET /campaigns'>, 'attention' | 'entries'>

type Asking = AskedDialog | null

/** Everything that can be done to a campaign in its state: buttons, menu entries, and the dialogs that they open. */
export function useCampaignActions({ onMade }: { onMade?: () => void } = {}): {
  entries(campaign: ActableCampaign, options?: { open?: boolean }): (MenuEntry | false)[]
  buttons(campaign: ActableCampaign): ReactNode
  ask(what: AskedDialog['what'], campaign: ActableCampaign): void
  dialog: ReactNode
  /** The campaign that was made by Duplicate last. */
  made: string | null
} {
  const navigate = useNavigate()
  const can = useCan()
  const [asking, setAsking] = useState<Asking>(null)
  const ask = (what: NonNullable<Asking>['what'], campaign: ActableCampaign) => setAsking({ what, campaign })
  const close = () => setAsking(null)
  const [made, setMade] = useState<string | null>(null)
  const isHere = useRef(true)
  useEffect(() => {
    isHere.current = true
    return () => {
      isHere.current = false
    }
  }, [])
  /** From a toast, which outlives the page that it was said on: the campaign’s own page asks the same. */
  const askToResume = (campaign: ActableCampaign) =>
    isHere.current
      ? ask('resume', campaign)
      : void navigate({ to: '/campaigns/$id/$tab', params: { id: campaign.id, tab: 'overview' } })

  const duplicate = useAct('POST /campaigns/:id/duplicate', {
    after: (copy) => {
      setMade(copy.id)
      onMade?.()
      toast(
        <>
          Duplicated as “{copy.name}”. Audience and triggers were not copied.{' '}
          <Link to="/campaigns/$id/$tab" params={{ id: copy.id, tab: 'overview' }}>
            Open
          </Link>
        </>,
      )
    },
  })
  const pause = usePause(askToResume)

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
      status !== 'archived' && {
        label: 'Rename…',
        icon: <IconPencil size={16} />,
        run: () => ask('rename', campaign),
      },
      (open || status !== 'archived') && {
        label: 'Duplicate',
        icon: <IconCopy size={16} />,
        run: () => duplicate.mutate({ params }),
      },
      (open || status !== 'archived') && {
        label: 'Export',
        icon: <IconDownload size={16} />,
        run: () => void exportCampaign(campaign),
      },
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
          label: 'Reopen…',
          icon: <IconPlayerPlay size={16} />,
          run: () => ask('reopen', campaign),
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
            <RunNowButton campaign={campaign} />
          </>
        )}
        {status === 'paused' && <Button onClick={() => ask('resume', campaign)}>Resume…</Button>}
        {status === 'completed' && <Button onClick={() => ask('reopen', campaign)}>Reopen…</Button>}
        {status === 'archived' && (
          <Button loading={duplicate.isPending} onClick={() => duplicate.mutate({ params })}>
            Duplicate
          </Button>
        )}
      </>
    )
  }

  return {
    entries,
    buttons,
    ask,
    made,
    dialog: asking && (
      <Suspense>
        <CampaignDialog asking={asking} onClose={close} />
      </Suspense>
    ),
  }
}
