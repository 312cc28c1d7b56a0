import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** Leads to one run's path and steps; without a run, to the runs of the campaign. */
export function RunLink(props: {
  campaignId: string
  runId?: number | null | undefined
  className?: string
  children: ReactNode
}) {
  const { campaignId, runId, className, children } = props
  if (typeof runId !== 'number') {
    return (
      <Link to="/campaigns/$id/$tab" params={{ id: campaignId, tab: 'runs' }} className={className}>
        {children}
      </Link>
    )
  }
  return (
    <Link to="/campaigns/$id/runs/$runId" params={{ id: campaignId, runId: String(runId) }} className={className}>
      {children}
    </Link>
  )
}
