import { Anchor, Button, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Answer, Item, Query } from '../api.ts'
import { duration, nameOf, plural } from '../format.ts'
import { Pill, RunPill, Time } from '../parts/bits.tsx'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { usePages } from '../query.ts'
import { useLiveRange } from './live-range.tsx'
import { SidePanel } from './side-panel.tsx'
import { useBuilder, useStore } from './store.ts'
import { usePlace } from './use-place.ts'

type Run = Item<'GET /campaigns/:id/runs'>

const titles: Record<string, string> = {
  here: 'Here now',
  failing: 'Cannot go on',
  passed: 'Passed',
  sent: 'Sent',
  opened: 'Opened',
  clicked: 'Clicked',
  replied: 'Replied',
}

/** Who stands somewhere is asked of the runs themselves; who did something, of the rows that the numbers are counted from. */
function useCounted(campaignId: string, nodeId: string, what: string) {
  const standing = what === 'here' || what === 'failing'
  const range = useLiveRange()
  const runs = usePages(
    'GET /campaigns/:id/runs',
    {
      params: { id: campaignId },
      query: { here: 'true', ...(what === 'failing' && { failing: 'true' as const }), nodeId, limit: 100 },
    },
    { live: true, enabled: standing },
  )
  const counted = usePages(
    'GET /campaigns/:id/analytics/people',
    {
      params: { id: campaignId },
      query: { ...range, show: what as Query<'GET /campaigns/:id/analytics/people'>['show'], nodeId, limit: 100 },
    },
    { live: true, enabled: !standing },
  )
  return standing ? runs : counted
}

/** The people behind a number on the canvas: who they are, what they wait for and until when. */
export default function PeoplePanel({
  campaign,
  who,
  onClose,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  /** `<node>.<what>` */
  who: string
  onClose(): void
}) {
  const store = useStore()
  const { go } = usePlace()
  const nodes = useBuilder((state) => state.draft.nodes)
  const dot = who.lastIndexOf('.')
  const nodeId = who.slice(0, dot)
  const what = who.slice(dot + 1)
  const node = nodes.get(nodeId)
  const list = useCounted(campaign.id, nodeId, what)
  const shown = titles[what] ?? 'Came by'
  const title = node?.title || store.catalogue[node?.type ?? '']?.title || nodeId
  return (
    <SidePanel
      title={`${shown}: ${title}`}
      note={!list.loading && !list.hasMore && plural(list.items.length, 'person', 'people')}
      onClose={onClose}
    >
      {list.error && list.items.length === 0 ? (
        <Failure error={list.error} retry={list.retry} />
      ) : list.loading ? (
        <Loading />
      ) : list.items.length === 0 ? (
        <Empty title="Nobody">They have moved on since.</Empty>
      ) : (
        <ul className="tl-run-list">
          {list.items.map((run) => (
            <li key={run.id}>
              <PersonLine
                run={run}
                onOpen={() => go({ side: 'history', tab: 'runs', run: String(run.id), who: undefined })}
              />
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && (
        <Button variant="subtle" size="xs" loading={list.loadingMore} onClick={list.more}>
          Show more
        </Button>
      )}
    </SidePanel>
  )
}

/** One person of a list: where they stand and until when; opens the run. */
export function PersonLine({ run, onOpen }: { run: Run; onOpen(): void }) {
  const title = useBuilder((state) => state.draft.nodes.get(run.nodeId)?.title) || run.nodeId
  return (
    <>
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Anchor component="button" type="button" fw={600} size="sm" ta="left" onClick={onOpen} title="Show the path">
          {nameOf(run.customer)}
        </Anchor>
        {run.error ? <Pill tone="bad">cannot go on</Pill> : <RunPill status={run.status} reason={run.reason} />}
      </Group>
      <Text size="xs" c="dimmed">
        {run.status === 'running' ? `at “${title}”, ` : `ended at “${title}”, `}
        {run.error ? (
          run.error.message
        ) : run.status !== 'running' ? (
          <Time at={run.finishedAt} />
        ) : run.wakeAt ? (
          <>
            goes on <Time at={run.wakeAt} />
          </>
        ) : typeof run.remainingMs === 'number' ? (
          `paused, ${duration(run.remainingMs)} left`
        ) : (
          'waits for something to happen'
        )}{' '}
        ·{' '}
        <Link to="/customers/$id" params={{ id: run.customer.id }}>
          profile
        </Link>
      </Text>
    </>
  )
}
