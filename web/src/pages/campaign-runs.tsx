import { Button, Drawer, Group, Select, Stack } from '@mantine/core'
import { IconDownload, IconX } from '@tabler/icons-react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { Item, Query } from '../api.ts'
import { duration, nameOf } from '../format.ts'
import { Pill, RunPill, Time } from '../parts/bits.tsx'
import { Filters } from '../parts/filters.tsx'
import { exportFile } from '../parts/jobs.ts'
import { Empty, Loading, Show } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { liveMs, useAct, useApi, usePages } from '../query.ts'
import { RunDetail } from '../runs/run-detail.tsx'
import type { Campaign } from './campaign.tsx'

type RunRow = Item<'GET /campaigns/:id/runs'>

const RunPath = lazy(() => import('../runs/run-path.tsx'))

const views = {
  '': 'All runs',
  here: 'Inside now',
  failing: 'Cannot go on',
  overdue: 'Overdue',
  ended: 'Ended',
  succeeded: 'Succeeded',
  handoff: 'Handed to sales',
  canceled: 'Canceled',
  failed: 'Failed',
} as const

/** Every run of the campaign, with filters; a run opens with each of its steps and why. */
export function RunsTab({ campaign }: { campaign: Campaign }) {
  const search = useSearch({ strict: false })
  const { runId } = useParams({ strict: false })
  const navigate = useNavigate()
  const workflow = useApi('GET /campaigns/:id/workflow', { params: { id: campaign.id } })
  const nodes = (workflow.data?.nodes ?? []).map((node) => ({ value: node.id, label: node.title || node.id }))
  const view = search.state ?? ''
  const order = sortIn(search.sort, ['startedAt', 'status', 'next'])
  const query: Partial<Query<'GET /campaigns/:id/runs'>> = {
    limit: 50,
    total: 'true',
    ...order,
    ...(search.q && { q: search.q }),
    ...(search.nodeId && { nodeId: search.nodeId }),
    ...(Number(search.version) > 0 && { version: Number(search.version) }),
    ...(view === 'here' && { here: 'true' as const }),
    ...(view === 'overdue' && { overdue: 'true' as const, here: 'true' as const }),
    ...(view === 'ended' && { ended: 'true' as const }),
    ...(view === 'handoff' && { status: 'succeeded' as const, reason: 'handoff' }),
    ...(search.firing && { firingId: search.firing }),
    ...(view === 'failing' && { failing: 'true' as const }),
    ...((view === 'succeeded' || view === 'canceled' || view === 'failed') && { status: view }),
  }
  const list = usePages('GET /campaigns/:id/runs', { params: { id: campaign.id }, query }, { live: true })
  const params = { id: campaign.id }
  const { state, nodeId, version, q, sort, firing } = search
  const filters = { state, nodeId, version, q, sort, firing }
  const go = (change: Partial<typeof filters>) =>
    void navigate({
      to: '/campaigns/$id/$tab',
      params: { ...params, tab: 'runs' },
      search: { ...filters, ...change },
      replace: true,
    })
  const open = (run: RunRow) =>
    void navigate({
      to: '/campaigns/$id/runs/$runId',
      params: { ...params, runId: String(run.id) },
      search: filters,
      replace: runId !== undefined,
    })
  const versions = useApi('GET /campaigns/:id/versions', { params }, { staleTime: liveMs })
  const cleared = { state: undefined, nodeId: undefined, version: undefined, q: undefined, firing: undefined }
  const filtered = [view || undefined, nodeId, version, q, firing].some((one) => one !== undefined)
  const title = (id: string) => nodes.find((node) => node.value === id)?.label ?? id
  return (
    <Stack gap={12}>
      <Group gap={8}>
        <SearchField label="Search people" value={q ?? ''} onChange={(text) => go({ q: text || undefined })} />
        <Filters count={[state, nodeId, version].filter((one) => one !== undefined).length}>
          <Select
            aria-label="Which runs"
            data={Object.entries(views).map(([value, label]) => ({ value, label }))}
            value={view}
            allowDeselect={false}
            onChange={(next) => go({ state: next || undefined })}
            w={180}
          />
          <Select
            aria-label="Step"
            placeholder="Any step"
            data={nodes}
            value={search.nodeId ?? null}
            clearable
            searchable
            onChange={(next) => go({ nodeId: next ?? undefined })}
            w={220}
          />
          {(versions.data?.items.length ?? 0) > 1 && (
            <Select
              aria-label="Version"
              placeholder="Any version"
              data={(versions.data?.items ?? []).map(({ number }) => ({ value: String(number), label: `v${number}` }))}
              value={search.version ?? null}
              clearable
              onChange={(next) => go({ version: next ?? undefined })}
              w={140}
            />
          )}
        </Filters>
        {firing && (
          <Button variant="default" rightSection={<IconX size={14} />} onClick={() => go({ firing: undefined })}>
            Of one firing only
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          onClick={() => void exportFile({ kind: 'export', what: 'runs', campaignId: campaign.id })}
        >
          Export all runs
        </Button>
        {view === 'failing' && search.nodeId && <BulkRepair campaign={campaign} nodeId={search.nodeId} />}
      </Group>
      <div className="tl-card">
        <DataTable
          label="Runs"
          chooser="runs"
          list={list}
          sorting={{ by: order.sort, onChange: (by) => go({ sort: by }) }}
          idOf={(run) => run.id}
          onOpen={open}
          columns={[
            { title: 'Customer', phone: 'bare', cell: (run) => nameOf(run.customer) },
            {
              title: 'Status',
              sort: 'status',
              phone: 'bare',
              cell: (run) =>
                run.error ? <Pill tone="bad">cannot go on</Pill> : <RunPill status={run.status} reason={run.reason} />,
            },
            { title: 'At step', phone: 'bare', cell: (run) => title(run.nodeId) },
            { title: 'Next', sort: 'next', phone: 'hide', cell: (run) => <NextText run={run} /> },
            { title: 'Started', sort: 'startedAt', phone: 'bare', cell: (run) => <Time at={run.startedAt} /> },
          ]}
          empty={
            filtered ? (
              <Empty
                title={q ? `Nothing matches “${q}”` : 'No such run'}
                action={
                  <Button variant="default" onClick={() => go(cleared)}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title="Nobody went in yet">Runs appear here as customers enroll.</Empty>
            )
          }
        />
      </div>
      {runId !== undefined && <RunDrawer id={runId} campaign={campaign} title={title} onClose={() => go({})} />}
    </Stack>
  )
}

function NextText({ run }: { run: RunRow }) {
  if (run.status !== 'running') return <span className="tl-muted">—</span>
  if (run.wakeAt) return <Time at={run.wakeAt} />
  if (typeof run.remainingMs === 'number') return <>paused, {duration(run.remainingMs)} left</>
  return <span className="tl-muted">—</span>
}

function BulkRepair({ campaign, nodeId }: { campaign: Campaign; nodeId: string }) {
  const retry = useAct('POST /campaigns/:id/runs/retry', { done: 'Tried again' })
  const skip = useAct('POST /campaigns/:id/runs/skip', { done: 'Step skipped' })
  const input = { params: { id: campaign.id }, body: { nodeId } }
  return (
    <>
      <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate(input)}>
        Retry all here
      </Button>
      <Button variant="default" loading={skip.isPending} onClick={() => skip.mutate(input)}>
        Skip the step for all
      </Button>
    </>
  )
}

/** One run beside the list: its path on the workflow, where it is, every step with what came out and why. */
function RunDrawer({
  id,
  campaign,
  title,
  onClose,
}: {
  id: string
  campaign: Campaign
  title(nodeId: string): string
  onClose(): void
}) {
  const run = useApi('GET /runs/:id', { params: { id } }, { refetchInterval: liveMs })
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={640}
      title="Run"
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      shadow="md"
      returnFocus
    >
      <Show of={run}>
        {(found) => (
          <Stack>
            <Suspense fallback={<Loading rows={4} />}>
              <Panel>
                <RunPath run={found} campaign={campaign} />
              </Panel>
            </Suspense>
            <RunDetail run={found} title={title} />
          </Stack>
        )}
      </Show>
    </Drawer>
  )
}
