import { Anchor, Button, Drawer, Group, Select, Stack, Text, Timeline, Title } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Answer, Item, Query } from '../api.ts'
import { ago, duration, exact, nameOf } from '../format.ts'
import { Pill, RunPill, Time } from '../parts/bits.tsx'
import { Empty, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { liveMs, useAct, useApi, usePages } from '../query.ts'
import type { Campaign } from './campaign.tsx'

type RunRow = Item<'GET /campaigns/:id/runs'>

const views = {
  '': 'All runs',
  here: 'Inside now',
  failing: 'Cannot go on',
  succeeded: 'Succeeded',
  canceled: 'Canceled',
  failed: 'Failed',
} as const

/** Every run of the campaign, with filters; a run opens with each of its steps and why. */
export function RunsTab({ campaign }: { campaign: Campaign }) {
  const search = useSearch({ from: '/signed-in/shell/campaigns/$id/$tab' })
  const navigate = useNavigate({ from: '/campaigns/$id/$tab' })
  const workflow = useApi('GET /campaigns/:id/workflow', { params: { id: campaign.id } })
  const nodes = (workflow.data?.nodes ?? []).map((node) => ({ value: node.id, label: node.title || node.id }))
  const view = search.state ?? ''
  const query: Partial<Query<'GET /campaigns/:id/runs'>> = {
    limit: 50,
    ...(search.nodeId && { nodeId: search.nodeId }),
    ...(view === 'here' && { here: 'true' as const }),
    ...(view === 'failing' && { failing: 'true' as const }),
    ...((view === 'succeeded' || view === 'canceled' || view === 'failed') && { status: view }),
  }
  const list = usePages('GET /campaigns/:id/runs', { params: { id: campaign.id }, query }, { live: true })
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const title = (id: string) => nodes.find((node) => node.value === id)?.label ?? id
  return (
    <Stack gap={12}>
      <Group gap={8}>
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
        {view === 'failing' && search.nodeId && <BulkRepair campaign={campaign} nodeId={search.nodeId} />}
      </Group>
      <div className="tl-card">
        <DataTable
          label="Runs"
          list={list}
          idOf={(run) => run.id}
          onOpen={(run) => go({ run: String(run.id) })}
          columns={[
            { title: 'Customer', phone: 'bare', cell: (run) => nameOf(run.customer) },
            {
              title: 'Status',
              phone: 'bare',
              cell: (run) =>
                run.error ? <Pill tone="bad">cannot go on</Pill> : <RunPill status={run.status} reason={run.reason} />,
            },
            { title: 'At step', cell: (run) => title(run.nodeId) },
            { title: 'Next', phone: 'hide', cell: (run) => <NextText run={run} /> },
            { title: 'Started', cell: (run) => <Time at={run.startedAt} /> },
          ]}
          empty={
            <Empty title={view || search.nodeId ? 'No such run' : 'Nobody went in yet'}>
              {view || search.nodeId ? 'Other filters show more.' : 'Runs appear here as customers enroll.'}
            </Empty>
          }
        />
      </div>
      {search.run && <RunDrawer id={search.run} title={title} onClose={() => go({ run: undefined })} />}
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

type Run = Answer<'GET /runs/:id'>

/** The way out that a step took, where it is worth a word; who was taken away by a listener has that for a reason above it. */
const wayTaken = (label: string): string => (label === '' || label.startsWith('at:') ? '' : ` · took “${label}”`)

/** One run: where it is, every step with what came out and why. */
export function RunDrawer({ id, title, onClose }: { id: string; title(nodeId: string): string; onClose(): void }) {
  const run = useApi('GET /runs/:id', { params: { id } }, { refetchInterval: liveMs })
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title="Run"
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      shadow="md"
      returnFocus
    >
      <Show of={run}>{(found) => <RunDetail run={found} title={title} />}</Show>
    </Drawer>
  )
}

/** One run in full: where it is, what can be done, and each step with what was compared and what came out. */
export function RunDetail({
  run,
  title,
  onStep,
}: {
  run: Run
  title(nodeId: string): string
  /** Shows the step of the workflow, where there is a canvas. */
  onStep?: (nodeId: string) => void
}) {
  const params = { id: run.id }
  const cancel = useAct('POST /runs/:id/cancel', { done: 'Run canceled' })
  const retry = useAct('POST /runs/:id/retry', { done: 'Tried again' })
  const skip = useAct('POST /runs/:id/skip', { done: 'Step skipped' })
  const exit = useAct('POST /runs/:id/exit', { done: 'Run ended' })
  return (
    <Stack>
      <div>
        <Title order={2}>
          <Link to="/customers/$id" params={{ id: run.customer.id }}>
            {nameOf(run.customer)}
          </Link>
        </Title>
        <Group gap={8} mt={4}>
          <RunPill status={run.status} reason={run.reason} />
          {run.entry > 1 && <Pill tone="flat">entry {run.entry}</Pill>}
          <Text size="sm" c="dimmed">
            started {ago(run.startedAt)}
            {run.finishedAt && `, ended ${ago(run.finishedAt)}`}
          </Text>
        </Group>
      </div>
      {run.now && (
        <Text className="tl-card" p={10}>
          {run.now.text}
          {run.now.until && <span className="tl-muted"> until {exact(run.now.until)}</span>}
        </Text>
      )}
      {run.error && (
        <Text c="var(--tl-bad)" className="tl-card" p={10}>
          {run.error.message}
        </Text>
      )}
      {run.status === 'running' && (
        <Group gap={8}>
          {run.error && (
            <>
              <Button size="xs" loading={retry.isPending} onClick={() => retry.mutate({ params })}>
                Retry
              </Button>
              <Button size="xs" variant="default" loading={skip.isPending} onClick={() => skip.mutate({ params })}>
                Skip the step
              </Button>
              <Button size="xs" variant="default" loading={exit.isPending} onClick={() => exit.mutate({ params })}>
                End as failed
              </Button>
            </>
          )}
          <Button
            size="xs"
            variant="subtle"
            color="red"
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ params })}
          >
            Cancel run
          </Button>
        </Group>
      )}
      {run.goals.map((goal) => (
        <Text key={goal.nodeId} className="tl-card" p={10}>
          <Pill tone="good">goal</Pill> Reached <b>{goal.title || title(goal.nodeId)}</b> {exact(goal.at)}
          {goal.why && <span className="tl-muted"> · {goal.why.text}</span>}
        </Text>
      ))}
      <Title order={3}>Steps</Title>
      {run.steps.length === 0 && <Text c="dimmed">No step was done yet.</Text>}
      <Timeline bulletSize={14} lineWidth={2} active={run.steps.length}>
        {run.steps.map((step) => (
          <Timeline.Item
            key={step.seq}
            title={
              onStep ? (
                <Anchor component="button" type="button" onClick={() => onStep(step.nodeId)}>
                  {step.title || title(step.nodeId)}
                </Anchor>
              ) : (
                step.title || title(step.nodeId)
              )
            }
          >
            {step.why && <Text size="sm">{step.why.text}</Text>}
            {step.why?.values && Object.keys(step.why.values).length > 0 && (
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {Object.entries(step.why.values)
                  .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
                  .join(' · ')}
              </Text>
            )}
            <Text size="xs" c="dimmed">
              {exact(step.at)}
              {step.label === null ? ' · the run ended here' : step.why ? '' : wayTaken(step.label)}
            </Text>
            {step.output && Object.keys(step.output).length > 0 && (
              <details>
                <summary style={{ fontSize: 12 }}>Output</summary>
                <pre style={{ fontSize: 12, whiteSpace: 'pre-wrap', margin: '4px 0' }}>
                  {JSON.stringify(step.output, null, 2)}
                </pre>
              </details>
            )}
          </Timeline.Item>
        ))}
      </Timeline>
    </Stack>
  )
}
