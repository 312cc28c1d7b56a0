import { Group, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { clockTime, exact, nameOf } from '../format.ts'
import { useRunChanges } from '../live.ts'
import { Pill, RunPill } from '../parts/bits.tsx'
import { Show } from '../parts/page.tsx'
import { useApi } from '../query.ts'

/** What the campaign makes of what the customer does: where they stand, each step and why, as it happens. */
export function Reaction({ runId, campaignName }: { runId: number; campaignName: string | null }) {
  const run = useApi('GET /runs/:id', { params: { id: runId } })
  useRunChanges(runId)
  return (
    <aside className="tl-reaction" aria-label="How the campaign reacts">
      <Title order={3}>The campaign reacts</Title>
      <Show of={run} rows={3}>
        {(found) => {
          const search = { side: 'history', run: String(runId) }
          const ended = found.status !== 'running'
          return (
            <>
              <Text size="sm" c="dimmed">
                <Link to="/customers/$id" params={{ id: found.customer.id }}>
                  {nameOf(found.customer)}
                </Link>{' '}
                in{' '}
                <Link to="/campaigns/$id/builder" params={{ id: found.campaignId }} search={search}>
                  {campaignName ?? 'the campaign'}
                </Link>
              </Text>
              <Group gap={6} mt={8}>
                {found.error ? (
                  <Pill tone="bad">cannot go on</Pill>
                ) : (
                  <RunPill status={found.status} reason={found.reason} />
                )}
              </Group>
              <ol aria-live="polite">
                {found.steps.map((step) => (
                  <li key={step.seq}>
                    <b>{step.title || step.nodeId}</b>
                    {step.why?.text} <span className="tl-muted">{clockTime(step.at)}</span>
                  </li>
                ))}
                {!ended && (
                  <li data-here>
                    <b>{found.now?.text ?? 'On the way'}</b>
                    {found.now?.until && <span className="tl-muted">until {exact(found.now.until)}</span>}
                  </li>
                )}
              </ol>
            </>
          )
        }}
      </Show>
    </aside>
  )
}
