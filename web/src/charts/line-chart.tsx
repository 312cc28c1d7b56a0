import { Skeleton } from '@mantine/core'
import { lazy, Suspense } from 'react'

const Plot = lazy(() => import('./plot.tsx'))

/** One line of a chart. */
export interface Line {
  key: string
  label: string
  /** A colour variable, as in `--tl-good`. */
  colour: string
  /** Dashes in px, so that colour is not all that tells lines apart. */
  dash?: readonly number[]
  strong?: boolean
  /** One for each place; null is a gap. */
  values: readonly (number | null)[]
}

/** What a chart shows. The page that shows it has the same as a table. */
export interface LineChartProps {
  /** What it is about, for who does not see it. */
  label: string
  /** The places, in ms since 1970, ascending; days are midnights in UTC. */
  at: readonly number[]
  lines: readonly Line[]
  /** A place in words. */
  whenText(ms: number): string
  /** The same, short, for the axis. */
  axisText(ms: number): string
  /** What the axis' texts tell apart, in ms: labels stand no closer, so that none is repeated. A day unless said. */
  axisStepMs?: number
  valueText(value: number): string
  /** Values hold until the next one, at any instant; else each belongs to a day. */
  steps?: boolean
  /** Ends of the axis of values; from 0 to the highest without. */
  between?: readonly [number, number]
}

/** Lines over time. What draws them is loaded with the first chart. */
export function LineChart(props: LineChartProps) {
  return (
    <Suspense fallback={<Skeleton height={250} aria-busy="true" />}>
      <Plot {...props} />
    </Suspense>
  )
}
