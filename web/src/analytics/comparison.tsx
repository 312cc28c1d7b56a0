import { Alert, SegmentedControl, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { count, percent } from '../format.ts'
import { Show } from '../parts/page.tsx'
import { People } from '../parts/people-count.tsx'
import { useApi } from '../query.ts'
import type { Shown } from './people.tsx'
import { Grid, Section, Term } from './pieces.tsx'

type Compared = Answer<'GET /campaigns/:id/analytics/comparison'>

const tones = { settled: 'green', mismatch: 'red', open: 'blue', empty: 'gray' } as const
const points = (value: number) => (value * 100).toFixed(1).replace('-', '−')

/** The branches of random splits, and those held out: the sentence first, the numbers below it. */
export function Comparisons({
  campaignId,
  query,
  csv,
  onOpen,
}: {
  campaignId: string
  query: Record<string, unknown>
  csv(table: string): string
  /** Lists those whom a number counts. */
  onOpen(shown: Shown): void
}) {
  const [metric, setMetric] = useState('')
  const { branch: _branch, ...filters } = query
  const compared = useApi(
    'GET /campaigns/:id/analytics/comparison',
    { params: { id: campaignId }, query: { ...filters, ...(metric && { metric }) } as never },
    { placeholderData: (previous) => previous },
  )
  if (compared.data && compared.data.comparisons.length === 0 && compared.data.lifts.length === 0) return null
  return (
    <Section title={<Term of="comparison">Comparison of branches</Term>} csv={csv('comparison')}>
      <Show of={compared} rows={3}>
        {({ comparisons, lifts }) => (
          <Stack gap={18}>
            {comparisons.length > 0 && (
              <SegmentedControl
                size="xs"
                aria-label="Compare by"
                value={metric || (comparisons[0]?.metric ?? 'replied')}
                onChange={setMetric}
                data={['opened', 'clicked', 'replied', 'handoff', 'goal']}
                style={{ alignSelf: 'start' }}
              />
            )}
            {comparisons.map((one) => (
              <One key={one.nodeId} of={one} onOpen={onOpen} />
            ))}
            {lifts.length > 0 && (
              <a className="tl-link" href={csv('lift')} download style={{ fontSize: 12 }}>
                Lift as CSV
              </a>
            )}
            {lifts.map((lift) => (
              <div key={lift.goalId ?? ''}>
                <Text fw={600} mb={6}>
                  <Term of="lift">Written to, beside held out</Term>
                </Text>
                <Alert color={lift.difference && lift.difference.low > 0 ? 'green' : 'gray'} py={8}>
                  {lift.sentence}
                </Alert>
                <Grid
                  label={`Lift: ${lift.label}`}
                  head={['', 'Customers', lift.label, 'Share']}
                  rows={[
                    {
                      key: 'w',
                      cells: [
                        'Written to',
                        <People
                          key="n"
                          n={lift.written.n}
                          label="written to"
                          onOpen={() => onOpen({ show: 'enrolled', title: 'Written to' })}
                        />,
                        count(lift.written.reached),
                        percent(lift.written.reached, lift.written.n),
                      ],
                    },
                    {
                      key: 'h',
                      cells: [
                        'Held out',
                        <People
                          key="n"
                          n={lift.held.n}
                          label="held out"
                          onOpen={() => onOpen({ show: 'holdout', title: 'Held out' })}
                        />,
                        count(lift.held.reached),
                        percent(lift.held.reached, lift.held.n),
                      ],
                    },
                  ]}
                />
              </div>
            ))}
          </Stack>
        )}
      </Show>
    </Section>
  )
}

function One({ of, onOpen }: { of: Compared['comparisons'][number]; onOpen(shown: Shown): void }) {
  const who = (show: string, n: number, { key, label }: { key: string; label: string }) => (
    <People
      key={show}
      n={n}
      label={`${show} by ${label}`}
      onOpen={() =>
        onOpen({ show, within: { branch: `${of.nodeId}:${key}` }, title: `${of.title} · ${label}: ${show}` })
      }
    />
  )
  const edge = Math.max(0.001, ...of.against.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]))
  const at = (value: number) => `${50 + (value / edge) * 50}%`
  const best = of.branches.find(({ key }) => key === of.best)?.label
  return (
    <div>
      <Text fw={600} mb={6}>
        {of.title}
      </Text>
      <Alert color={tones[of.state]} py={8} mb={6}>
        {of.sentence}
      </Alert>
      <Grid
        label={`Branches of ${of.title}`}
        head={['Branch', 'Customers', 'Expected', of.metric, 'Share', best ? `${best} minus this, 95 %` : 'Interval']}
        rows={of.branches.map((branch) => {
          const against = of.against.find(({ key }) => key === branch.key)
          return {
            key: branch.key,
            cells: [
              branch.label,
              who('enrolled', branch.n, branch),
              count(Math.round(branch.expected)),
              // A goal stands for several: who reached it is listed with the goal.
              of.metric === 'goal' ? count(branch.reached) : who(of.metric, branch.reached, branch),
              percent(branch.reached, branch.n),
              against ? (
                <div key="interval">
                  <div className="tl-interval" aria-hidden>
                    <i
                      style={{
                        left: at(against.low),
                        right: `calc(100% - ${at(against.high)})`,
                        background: 'var(--tl-accent)',
                        opacity: 0.45,
                      }}
                    />
                    <i style={{ left: '50%', width: 1, background: 'currentColor' }} />
                    <i style={{ left: at(against.difference), width: 3, background: 'var(--tl-accent)' }} />
                  </div>
                  {points(against.low)} to {points(against.high)} points
                </div>
              ) : branch.key === of.best ? (
                'highest'
              ) : (
                '—'
              ),
            ],
          }
        })}
      />
    </div>
  )
}
