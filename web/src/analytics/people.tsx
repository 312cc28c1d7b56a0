import { Drawer } from '@mantine/core'
import type { Item } from '../api.ts'
import { nameOf } from '../format.ts'
import { RunPill, Time } from '../parts/bits.tsx'
import { MessageList } from '../parts/message-list.tsx'
import { Empty } from '../parts/page.tsx'
import { RunLink } from '../parts/run-link.tsx'
import { type Column, DataTable } from '../parts/table.tsx'
import { usePages } from '../query.ts'
import { useFilters } from './filters.tsx'

/** A number whose people, or messages, are wanted. */
export interface Shown {
  title: string
  show: string
  /** Of which campaign, on pages of several. */
  campaignId?: string
  /** The number counts messages: these are listed. */
  messages?: true
  nodeId?: string
  reason?: string
  when?: string
  url?: string
  /** Filters beside those of the page: of one product, branch, version, entry or day. */
  within?: Record<string, string | number>
}

/** What is listed beside the page, as the address holds it: it can be reloaded and shared. */
export function useShown(): { shown: Shown | null; open(shown: Shown): void; close(): void } {
  const { search, set } = useFilters()
  return {
    shown: readShown(search.who),
    open: (shown) => set({ who: JSON.stringify(shown) }),
    close: () => set({ who: null }),
  }
}

function readShown(text: string | undefined): Shown | null {
  if (!text) return null
  try {
    const value = JSON.parse(text) as Partial<Shown> | null
    return typeof value?.show === 'string' && typeof value.title === 'string' ? (value as Shown) : null
  } catch {
    return null
  }
}

/** The query for what is wanted, within the filters of the page. */
function asked(
  query: Record<string, unknown>,
  { within = {}, title: _title, campaignId: _of, messages: _unit, ...what }: Shown,
) {
  const { range, ...rest } = query
  // Days of its own take the place of the range.
  return {
    ...rest,
    ...(!('from' in within) && range !== undefined && { range }),
    ...within,
    ...what,
    limit: 50,
  } as never
}

/** Who is behind a number, or which messages: the same rows that were counted. Without a campaign, of all that the query names. */
export function PeopleDrawer({
  campaignId,
  query,
  shown,
  onClose,
}: {
  campaignId?: string | undefined
  query: Record<string, unknown>
  shown: Shown
  onClose(): void
}) {
  const { title } = shown
  const of = campaignId ?? shown.campaignId
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={title}>
      {of === undefined ? (
        <SharedPeople query={query} shown={shown} />
      ) : shown.messages ? (
        <Messages campaignId={of} query={query} shown={shown} />
      ) : (
        <CampaignPeople campaignId={of} query={query} shown={shown} />
      )}
    </Drawer>
  )
}

type Run = Item<'GET /campaigns/:id/runs'>

const columns: Column<Run>[] = [
  {
    title: 'Customer',
    phone: 'bare',
    cell: (run) => (
      <RunLink campaignId={run.campaignId} runId={run.id} className="tl-link">
        {nameOf(run.customer)}
      </RunLink>
    ),
  },
  { title: 'State', cell: (run) => <RunPill status={run.status} reason={run.reason} /> },
  { title: 'Enrolled', cell: (run) => <Time at={run.startedAt} /> },
]
const nobody = <Empty title="Nobody any more">The number has changed since it was drawn.</Empty>

function CampaignPeople({
  campaignId,
  query,
  shown,
}: {
  campaignId: string
  query: Record<string, unknown>
  shown: Shown
}) {
  const list = usePages('GET /campaigns/:id/analytics/people', {
    params: { id: campaignId },
    query: asked(query, shown),
  })
  return <DataTable label={shown.title} list={list} idOf={(run) => run.id} columns={columns} empty={nobody} />
}

function SharedPeople({ query, shown }: { query: Record<string, unknown>; shown: Shown }) {
  const list = usePages('GET /analytics/people', { query: asked(query, shown) })
  return (
    <DataTable
      label={shown.title}
      list={list}
      idOf={(run) => run.id}
      columns={[
        ...(columns as Column<(typeof list.items)[number]>[]),
        { title: 'Campaign', cell: (run) => run.campaignName },
      ]}
      empty={nobody}
    />
  )
}

function Messages({ campaignId, query, shown }: { campaignId: string; query: Record<string, unknown>; shown: Shown }) {
  const list = usePages('GET /campaigns/:id/analytics/messages', {
    params: { id: campaignId },
    query: asked(query, shown),
  })
  return <MessageList label={shown.title} list={list} empty={nobody} />
}
