import { ActionIcon, Button, Group, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Answer, Item, Query } from '../api.ts'
import { duration, nameOf, plural } from '../format.ts'
import { Pill, RunPill, Time } from '../parts/bits.tsx'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { usePages } from '../query.ts'
import { useBuilder, useStore } from './store.ts'

type Run = Item<'GET /campaigns/:id/runs'>

const what: Record<string, { title: string; query: Partial<Query<'GET /campaigns/:id/runs'>> }> = {
  here: { title: 'Here now', query: { here: 'true' } },
  failing: { title: 'Cannot go on', query: { here: 'true', failing: 'true' } },
  passed: { title: 'Came by', query: {} },
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
  const nodes = useBuilder((state) => state.draft.nodes)
  const dot = who.lastIndexOf('.')
  const nodeId = who.slice(0, dot)
  const listed = what[who.slice(dot + 1)] ?? { title: 'Came by', query: {} }
  const node = nodes.get(nodeId)
  const list = usePages(
    'GET /campaigns/:id/runs',
    { params: { id: campaign.id }, query: { ...listed.query, nodeId, limit: 100 } },
    { live: true },
  )
  const title = node?.title || store.catalogue[node?.type ?? '']?.title || nodeId
  return (
    <aside className="tl-drawer" aria-label={`${listed.title}: ${title}`}>
      <Group justify="space-between" wrap="nowrap" className="tl-side-head">
        <div>
          <Text fw={600}>{listed.title}</Text>
          <Text size="xs" c="dimmed">
            {title}
            {!list.loading && !list.hasMore && ` · ${plural(list.items.length, 'person', 'people')}`}
          </Text>
        </div>
        <ActionIcon aria-label="Close" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <div className="tl-drawer-scroll">
        {list.error && list.items.length === 0 ? (
          <Failure error={list.error} retry={list.retry} />
        ) : list.loading ? (
          <Loading />
        ) : list.items.length === 0 ? (
          <Empty title="Nobody">They have moved on since.</Empty>
        ) : (
          <ul className="tl-people">
            {list.items.map((run) => (
              <li key={run.id}>
                <PersonLine run={run} campaignId={campaign.id} />
              </li>
            ))}
          </ul>
        )}
        {list.hasMore && (
          <Button variant="subtle" size="xs" loading={list.loadingMore} onClick={list.more}>
            Show more
          </Button>
        )}
      </div>
    </aside>
  )
}

function PersonLine({ run, campaignId }: { run: Run; campaignId: string }) {
  return (
    <>
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Link to="/customers/$id" params={{ id: run.customer.id }} className="tl-link">
          <b>{nameOf(run.customer)}</b>
        </Link>
        {run.error ? <Pill tone="bad">cannot go on</Pill> : <RunPill status={run.status} reason={run.reason} />}
      </Group>
      <Text size="xs" c="dimmed">
        {run.error
          ? run.error.message
          : run.status !== 'running'
            ? 'ended'
            : run.wakeAt
              ? 'goes on '
              : typeof run.remainingMs === 'number'
                ? `paused, ${duration(run.remainingMs)} left`
                : 'waits for something to happen'}
        {!run.error && run.status === 'running' && run.wakeAt && <Time at={run.wakeAt} />} ·{' '}
        <Link to="/campaigns/$id/$tab" params={{ id: campaignId, tab: 'runs' }} search={{ run: String(run.id) }}>
          Open the run
        </Link>
      </Text>
    </>
  )
}
