import { Checkbox, Group } from '@mantine/core'
import { useState } from 'react'
import { count } from '../format.ts'
import { stageWords } from './funnel.tsx'
import { Grid } from './pieces.tsx'

const colours: Record<string, string> = {
  enrolled: 'var(--tl-flow)',
  sent: 'var(--tl-messaging)',
  replied: 'var(--tl-good)',
  handoff: 'var(--tl-accent)',
  clicked: 'var(--tl-warn)',
  opened: 'var(--tl-bad)',
}
const dashes: Record<string, string | undefined> = { sent: '6 3', replied: '2 3', clicked: '8 3 2 3', opened: '1 2' }

const width = 900
const height = 220
const left = 46
const bottom = 24

/** A line a stage by the day of enrolling, with a table of the same behind it. */
export function OverTime({ series }: { series: { day: string; funnel: Record<string, number> }[] }) {
  const [shown, setShown] = useState<readonly string[]>(['enrolled', 'sent', 'replied'])
  const most = Math.max(1, ...series.flatMap(({ funnel }) => shown.map((stage) => funnel[stage] ?? 0)))
  const first = Date.parse(series[0]?.day ?? '')
  const last = Date.parse(series.at(-1)?.day ?? '')
  const x = (day: string) =>
    last > first ? left + ((Date.parse(day) - first) / (last - first)) * (width - left - 10) : width / 2
  const y = (n: number) => 8 + (1 - n / most) * (height - bottom - 8)
  if (series.length === 0) return <p className="tl-muted">Nobody was enrolled in this range.</p>
  return (
    <>
      <Group gap={14} mb={8}>
        {Object.keys(colours).map((stage) => (
          <Checkbox
            key={stage}
            size="xs"
            label={stageWords[stage]}
            color={colours[stage] as string}
            checked={shown.includes(stage)}
            onChange={(event) =>
              setShown(event.currentTarget.checked ? [...shown, stage] : shown.filter((one) => one !== stage))
            }
          />
        ))}
      </Group>
      <div className="tl-scroll">
        <svg
          className="tl-chart"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label="Customers by the day of enrolling; the table below has the numbers"
        >
          {[0, 0.5, 1].map((share) => (
            <g key={share}>
              <line className="grid" x1={left} x2={width - 10} y1={y(most * share)} y2={y(most * share)} />
              <text x={left - 6} y={y(most * share) + 4} textAnchor="end">
                {count(Math.round(most * share))}
              </text>
            </g>
          ))}
          {shown.map((stage) => (
            <g key={stage} stroke={colours[stage]} fill="none" strokeWidth={2}>
              <polyline
                points={series.map(({ day, funnel }) => `${x(day)},${y(funnel[stage] ?? 0)}`).join(' ')}
                strokeDasharray={dashes[stage]}
              />
              {series.length <= 40 &&
                series.map(({ day, funnel }) => (
                  <circle key={day} cx={x(day)} cy={y(funnel[stage] ?? 0)} r={2.5} fill={colours[stage]}>
                    <title>{`${day}: ${count(funnel[stage] ?? 0)} ${stageWords[stage]?.toLowerCase()}`}</title>
                  </circle>
                ))}
            </g>
          ))}
          <text x={left} y={height - 6}>
            {series[0]?.day}
          </text>
          {series.length > 1 && (
            <text x={width - 10} y={height - 6} textAnchor="end">
              {series.at(-1)?.day}
            </text>
          )}
        </svg>
      </div>
      <details>
        <summary>As a table</summary>
        <Grid
          label="By the day of enrolling"
          head={['Day', ...Object.values(stageWords)]}
          rows={series.toReversed().map(({ day, funnel }) => ({
            key: day,
            cells: [day, ...Object.keys(stageWords).map((stage) => count(funnel[stage] ?? 0))],
          }))}
        />
      </details>
    </>
  )
}
