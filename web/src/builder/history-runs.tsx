import { Anchor, Button, Select, Stack, Text } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { Answer, Query } from '../api.ts'
import { dayTime } from '../format.ts'
import { Empty, Failure, Loading, Show } from '../parts/page.tsx'
import { liveMs, useApi, usePages } from '../query.ts'
import { RunDetail } from '../runs/run-detail.tsx'
import { useOverlayStore } from './overlay.ts'
import { PersonLine } from './people-panel.tsx'
import { useBuilder, useStore } from './store.ts'
import { pathMarks } from './test-marks.ts'
import { usePlace } from './use-place.ts'

const views: Record<string, { label: string; query: Partial<Query<'GET /campaigns/:id/runs'>> }> = {
  all: { label: 'All runs', query: {} },
  here: { label: 'Inside now', query: { here: 'true' } },
  failing: { label: 'Cannot go on', query: { failing: 'true' } },
  succeeded: { label: 'Succeeded', query: { status: 'succeeded' } },
  canceled: { label: 'Canceled', query: { status: 'canceled' } },
  failed: { label: 'Failed', query: { status: 'failed' } },
}

/** Runs, newest customers first; one that is chosen is drawn on the canvas, with each step beside it. */
export function RunHistory({ campaign }: { campaign: Answer<'GET /campaigns/:id'> }) {
  const { place, go } = usePlace()
  if (place.run) return <RunPath id={place.run} onBack={() => go({ run: undefined })} />
  return <RunList campaign={campaign} onOpen={(run) => go({ run })} />
}

function RunList({ campaign, onOpen }: { campaign: Answer<'GET /campaigns/:id'>; onOpen(run: string): void }) {
  const [view, setView] = useState('all')
  const list = usePages(
    'GET /campaigns/:id/runs',
    { params: { id: campaign.id }, query: { ...views[view]?.query, limit: 50 } },
    { live: true },
  )
  return (
    <Stack gap={8}>
      <Select
        aria-label="Which runs"
        size="xs"
        data={Object.entries(views).map(([value, { label }]) => ({ value, label }))}
        value={view}
        allowDeselect={false}
        onChange={(next) => setView(next ?? 'all')}
      />
      {list.error && list.items.length === 0 ? (
        <Failure error={list.error} retry={list.retry} />
      ) : list.loading ? (
        <Loading />
      ) : list.items.length === 0 ? (
        <Empty title={view === 'all' ? 'Nobody went in yet' : 'No such run'}>
          {view === 'all' ? 'Runs appear here as customers enroll.' : 'Another filter shows more.'}
        </Empty>
      ) : (
        <ul className="tl-run-list">
          {list.items.map((run) => (
            <li key={run.id}>
              <PersonLine run={run} onOpen={() => onOpen(String(run.id))} />
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && (
        <Button variant="subtle" size="xs" loading={list.loadingMore} onClick={list.more}>
          Show more
        </Button>
      )}
    </Stack>
  )
}

/** One run: its path on the canvas with the time of each step. */
function RunPath({ id, onBack }: { id: string; onBack(): void }) {
  const run = useApi('GET /runs/:id', { params: { id } }, { refetchInterval: liveMs })
  return (
    <Stack gap={10}>
      <Anchor component="button" type="button" size="sm" onClick={onBack} style={{ alignSelf: 'start' }}>
        <IconArrowLeft size={13} aria-hidden /> All runs
      </Anchor>
      <Show of={run}>{(found) => <DrawnRun run={found} />}</Show>
    </Stack>
  )
}

function DrawnRun({ run }: { run: Answer<'GET /runs/:id'> }) {
  const store = useStore()
  const overlay = useOverlayStore()
  const draft = useBuilder((state) => state.draft)
  const isLive = run.status === 'running'
  useEffect(() => {
    const steps = run.steps.map(({ nodeId, enteredAt }) => ({ nodeId, at: enteredAt }))
    const standing = isLive ? [{ nodeId: run.nodeId, at: run.steps.at(-1)?.at ?? run.startedAt }] : []
    const path = [...steps, ...standing]
    overlay.setTop({ kind: 'path', ...pathMarks(draft, path, path.length - 1, dayTime) })
    return () => overlay.setTop(null)
  }, [run, isLive, draft, overlay])
  useEffect(() => store.look(run.nodeId), [run.nodeId, store])
  const gone = run.steps.some((step) => !draft.nodes.has(step.nodeId))
  return (
    <>
      {gone && (
        <Text size="xs" c="var(--tl-warn)">
          It went through steps that the draft no longer has; they are in the list only.
        </Text>
      )}
      <RunDetail
        run={run}
        title={(nodeId) => draft.nodes.get(nodeId)?.title || nodeId}
        onStep={(nodeId) => store.look(nodeId)}
      />
    </>
  )
}
