import { Checkbox, Group } from '@mantine/core'
import { useState } from 'react'
import { type Line, LineChart } from '../charts/line-chart.tsx'
import { count } from '../format.ts'
import { stageWords } from './funnel.tsx'
import { Grid } from './pieces.tsx'

const looks: Record<string, Pick<Line, 'colour' | 'dash'>> = {
  came: { colour: '--tl-flow' },
  enrolled: { colour: '--tl-flow' },
  sent: { colour: '--tl-messaging', dash: [6, 3] },
  delivered: { colour: '--tl-contact', dash: [10, 3, 2, 3] },
  opened: { colour: '--tl-warn', dash: [2, 2] },
  clicked: { colour: '--tl-clicked', dash: [8, 3, 2, 3] },
  replied: { colour: '--tl-good' },
  handoff: { colour: '--tl-accent', dash: [2, 4] },
}

const dayText = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
})
const axisText = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayMs = 86_400_000

/** A day and what is known of it, by stage; null is not measured. */
export interface DayRow {
  day: string
  values: Record<string, number | null>
}

/** The days of a range, as far as they have come; open ends are null. */
export interface Days {
  from: string | null
  to: string | null
}

/** All days of a range, those with nothing as zeros: a line must not bridge them. An open range begins with the first day that has any. */
function everyDay(rows: readonly DayRow[], stages: readonly string[], { from, to }: Days): DayRow[] {
  const known = new Map(rows.map((row) => [row.day, row]))
  const first = from ?? rows[0]?.day
  const last = [to, rows.at(-1)?.day]
    .flatMap((day) => day ?? [])
    .toSorted()
    .at(-1)
  if (first === undefined || last === undefined) return []
  const days: DayRow[] = []
  const isMeasured = (stage: string) => rows.some(({ values }) => values[stage] !== null)
  const nothing = Object.fromEntries(stages.map((stage) => [stage, isMeasured(stage) ? 0 : null]))
  for (let at = Date.parse(first); at <= Date.parse(last); at += dayMs) {
    const day = new Date(at).toISOString().slice(0, 10)
    days.push(known.get(day) ?? { day, values: nothing })
  }
  return days
}

/** The whole days that an answer is about, in the workspace's time zone. */
export function daysOf({ from, to, timezone }: { from: string | null; to: string | null; timezone: string }): Days {
  const dayIn = new Intl.DateTimeFormat('en-CA', { timeZone: timezone })
  const end = Math.min(Date.now(), to === null ? Number.POSITIVE_INFINITY : Date.parse(to) - 1)
  return { from: from === null ? null : dayIn.format(new Date(from)), to: dayIn.format(end) }
}

/** The days of an answer: stages that no channel can tell of are not measured, which is not nothing. */
export const dayRows = ({
  series,
  funnel,
}: {
  series: { day: string; funnel: Record<string, number> }[]
  funnel: { stage: string; measured: boolean }[]
}): DayRow[] =>
  series.map(({ day, funnel: counts }) => ({
    day,
    values: Object.fromEntries(funnel.map(({ stage, measured }) => [stage, measured ? (counts[stage] ?? 0) : null])),
  }))

/** A line a stage by the day of enrolling, with a table of the same behind it. */
export function OverTime({
  rows,
  range,
  words = stageWords,
  first = ['enrolled', 'sent', 'replied'],
}: {
  rows: readonly DayRow[]
  range: Days
  /** Stages in their order, and what they are called. */
  words?: Record<string, string>
  /** Those that are shown at first. */
  first?: readonly string[]
}) {
  const [shown, setShown] = useState<readonly string[]>(first)
  const stages = Object.keys(words)
  if (rows.length === 0) return <p className="tl-muted">Nobody was enrolled in this range.</p>
  const days = everyDay(rows, stages, range)
  return (
    <>
      <Group gap={14} mb={8}>
        {stages.map((stage) => (
          <Checkbox
            key={stage}
            size="xs"
            label={words[stage]}
            color={`var(${looks[stage]?.colour})`}
            checked={shown.includes(stage)}
            onChange={(event) =>
              setShown(event.currentTarget.checked ? [...shown, stage] : shown.filter((one) => one !== stage))
            }
          />
        ))}
      </Group>
      <LineChart
        label="By the day of enrolling"
        at={days.map(({ day }) => Date.parse(day))}
        lines={stages
          .filter((stage) => shown.includes(stage))
          .map((stage) => ({
            key: stage,
            label: words[stage] ?? stage,
            colour: looks[stage]?.colour ?? '--tl-flow',
            ...looks[stage],
            values: days.map(({ values }) => values[stage] ?? null),
          }))}
        whenText={(ms) => dayText.format(ms)}
        axisText={(ms) => axisText.format(ms)}
        valueText={(value) => count(Math.round(value))}
      />
      <details>
        <summary>As a table</summary>
        <Grid
          label="By the day of enrolling"
          head={['Day', ...Object.values(words)]}
          rows={days.toReversed().map(({ day, values }) => ({
            key: day,
            cells: [
              day,
              ...stages.map((stage) => (values[stage] === null ? 'not measured' : count(values[stage] ?? 0))),
            ],
          }))}
        />
      </details>
    </>
  )
}
