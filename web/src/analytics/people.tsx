import { Drawer } from '@mantine/core'
import { nameOf } from '../format.ts'
import { RunPill, Time } from '../parts/bits.tsx'
import { Empty } from '../parts/page.tsx'
import { RunLink } from '../parts/run-link.tsx'
import { DataTable } from '../parts/table.tsx'
import { usePages } from '../query.ts'

/** A number whose people are wanted. */
export interface Shown {
  title: string
  show: string
  nodeId?: string
  reason?: string
  when?: string
  url?: string
  /** Filters beside those of the page: of one product, branch, version, entry or day. */
  within?: Record<string, string | number>
}

/** Who is behind a number: the same rows that were counted. */
export function PeopleDrawer({
  campaignId,
  query,
  shown,
  onClose,
}: {
  campaignId: string
  query: Record<string, unknown>
  shown: Shown
  onClose(): void
}) {
  const { title, within = {}, ...what } = shown
  const { range, ...rest } = query
  // Days of its own take the place of the range.
  const filters = { ...rest, ...(!('from' in within) && range !== undefined && { range }), ...within }
  const list = usePages('GET /campaigns/:id/analytics/people', {
    params: { id: campaignId },
    query: { ...filters, ...what, limit: 50 } as never,
  })
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={title}>
      <DataTable
        label={title}
        list={list}
        idOf={(run) => run.id}
        columns={[
          {
            title: 'Customer',
            phone: 'bare',
            cell: (run) => (
              <RunLink campaignId={campaignId} runId={run.id} className="tl-link">
                {nameOf(run.customer)}
              </RunLink>
            ),
          },
          { title: 'State', cell: (run) => <RunPill status={run.status} reason={run.reason} /> },
          { title: 'Enrolled', cell: (run) => <Time at={run.startedAt} /> },
        ]}
        empty={<Empty title="Nobody any more">The number has changed since it was drawn.</Empty>}
      />
    </Drawer>
  )
}
