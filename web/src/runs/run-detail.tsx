import { Anchor, Button, Group, Stack, Text, Timeline, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Answer } from '../api.ts'
import { ago, exact, nameOf } from '../format.ts'
import { Pill, RunPill, VersionPill } from '../parts/bits.tsx'
import { useAct } from '../query.ts'

type Run = Answer<'GET /runs/:id'>

const isId = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value)

/** What was compared, without the ids of things that the sentence names. */
const valuesText = (values: Record<string, unknown> | undefined): string =>
  Object.entries(values ?? {})
    .filter(([, value]) => !isId(value))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')

/** The way out that a step took, where it is worth a word; who was taken away by a listener has that for a reason above it. */
const wayTaken = (label: string): string => (label === '' || label.startsWith('at:') ? '' : ` · took “${label}”`)

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
          {run.version !== null && <VersionPill version={run.version} />}
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
            {valuesText(step.why?.values) && (
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {valuesText(step.why?.values)}
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
