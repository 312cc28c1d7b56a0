import { Anchor } from '@mantine/core'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { Answer } from '../api.ts'
import { duration } from '../format.ts'
import { queryClient } from '../query.ts'
import { useCan } from '../session.tsx'
import type { ActableCampaign } from './campaign-actions.tsx'
import { usePause } from './pause.tsx'

const CampaignDialog = lazy(() =>
  import('./campaign-dialogs.tsx').then((module) => ({ default: module.CampaignDialog })),
)

type Campaign = Answer<'GET /campaigns/:id'>
type Beginning = NonNullable<Campaign['beginning']>

/** So many seconds nothing leaves after Activate and Run now (UX §4.7), and the campaign may be paused without a trace. */
export const graceSeconds = 30

/** When each answer's countdown is over, in ms of `performance.now()`: an answer out of the cache is as old as it was first shown. */
const ends = new WeakMap<Beginning, number>()
function endOf(beginning: Beginning): number {
  const known = ends.get(beginning) ?? performance.now() + beginning.inMs
  ends.set(beginning, known)
  return known
}

/** What happens when the time is over. */
function words({ firstSendMs }: Beginning): { before: string; after: string } {
  if (firstSendMs === 0) return { before: 'First messages leave in', after: '' }
  const later = firstSendMs === null ? '' : `, the first messages ${duration(firstSendMs)} later`
  return { before: 'Customers enter in', after: later }
}

/** The bar after activation, while nothing has left yet: how long that lasts, and Pause. Nothing before and after. */
export function BeginningBar({ campaign }: { campaign: Campaign }) {
  const [resuming, setResuming] = useState<ActableCampaign | null>(null)
  const pause = usePause(setResuming)
  const { beginning } = campaign
  return (
    <>
      {beginning && (
        <Countdown
          key={beginning.firingId}
          beginning={beginning}
          pausing={pause.isPending}
          onPause={() => pause.mutate({ params: { id: campaign.id } })}
        />
      )}
      {resuming && (
        <Suspense>
          <CampaignDialog asking={{ what: 'resume', campaign: resuming }} onClose={() => setResuming(null)} />
        </Suspense>
      )}
    </>
  )
}

function Countdown({ beginning, pausing, onPause }: { beginning: Beginning; pausing: boolean; onPause(): void }) {
  const can = useCan()
  const end = endOf(beginning)
  const [now, setNow] = useState(() => performance.now())
  const over = now >= end
  useEffect(() => {
    if (over) {
      void queryClient.invalidateQueries()
      return
    }
    const timer = setInterval(() => setNow(performance.now()), 250)
    return () => clearInterval(timer)
  }, [over])
  if (over) return null
  const { before, after } = words(beginning)
  return (
    <div className="tl-notice" data-tone="accent" role="timer" aria-label="Before the campaign begins">
      {before} <span className="tl-number">{Math.ceil((end - now) / 1000)} s</span>
      {after}
      {can('campaigns.run') && (
        <>
          {' · '}
          <Anchor
            component="button"
            type="button"
            inherit
            c="inherit"
            underline="always"
            disabled={pausing}
            onClick={onPause}
          >
            Pause
          </Anchor>
        </>
      )}
    </div>
  )
}
