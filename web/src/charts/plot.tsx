import 'uplot/dist/uPlot.min.css'
import './charts.css'
import { useComputedColorScheme } from '@mantine/core'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import type { LineChartProps } from './line-chart.tsx'

const height = 220
/** Up to so many places each has a dot. */
const mostDots = 45

const [minute, hour, day] = [60, 3_600, 86_400]
/** Distances of the labels below, in seconds. */
const distances = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * day),
]

/**
 * Lines over time, drawn by uPlot. It is one stop for Tab; the arrows, Home and End walk over the places, and what the lines are at is said
 * by a screen reader and stands below, as it does where the pointer is.
 */
export default function Plot(props: LineChartProps) {
  const { label, at, lines, whenText, axisText, axisStepMs = day * 1_000, valueText, steps, between } = props
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [index, setIndex] = useState<number | null>(null)
  const scheme = useComputedColorScheme('light')
  const shape = JSON.stringify([lines.map(({ key }) => key), scheme, between, axisStepMs])
  const given = useRef({ at, lines, axisText, axisStepMs, valueText, steps, between })
  given.current = { at, lines, axisText, axisStepMs, valueText, steps, between }

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for other lines or another scheme; new values are handed over below
  useEffect(() => {
    const element = box.current
    if (!element) return
    const styles = getComputedStyle(element)
    const colour = (name: string) => styles.getPropertyValue(name).trim() || 'gray'
    const { steps: stepped, between: ends, axisStepMs: nearest } = given.current
    const axis = {
      stroke: styles.color,
      font: `11px ${styles.fontFamily}`,
      grid: { stroke: colour('--tl-line'), width: 1 },
      ticks: { show: false },
    }
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        padding: [10, 12, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: { y: { range: (_, __, most) => (ends ? [...ends] : [0, Math.max(1, most * 1.06)]) } },
        axes: [
          {
            ...axis,
            space: 70,
            size: 28,
            // Days of a calendar, or instants in the reader's zone: the page knows.
            values: (_, splits) => splits.map((seconds) => given.current.axisText(seconds * 1_000)),
            incrs: distances.filter((seconds) => seconds * 1_000 >= nearest),
          },
          {
            ...axis,
            size: 52,
            values: (_, splits) => splits.map((value) => given.current.valueText(value)),
            ...(!ends && {
              incrs: [1, 2, 5]
                .flatMap((n) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => n * 10 ** power))
                .sort((a, b) => a - b),
            }),
          },
        ],
        series: [
          {},
          ...given.current.lines.map((line) => ({
            stroke: colour(line.colour),
            width: line.strong ? 3 : 2,
            ...(line.dash && { dash: [...line.dash] }),
            ...(stepped && { paths: uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder }),
            points: { show: given.current.at.length <= mostDots, size: 5, fill: colour(line.colour) },
          })),
        ],
        ...(!stepped && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC') }),
        hooks: { setCursor: [(self) => setIndex(self.cursor.idx ?? null)] },
      },
      dataOf(given.current),
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape])

  // New numbers every second or two must not take away where somebody looks.
  const data = JSON.stringify([at, lines.map(({ values }) => values)])
  // biome-ignore lint/correctness/useExhaustiveDependencies: by what is in them, not by identity
  useEffect(() => {
    plot.current?.setData(dataOf(given.current))
  }, [data])

  const last = at.length - 1
  const shown = index === null ? last : Math.min(index, last)
  const walk = (event: KeyboardEvent) => {
    const to = { ArrowLeft: shown - 1, ArrowRight: shown + 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = Math.min(last, Math.max(0, to))
    const made = plot.current
    made?.setCursor({ left: made.valToPos((at[next] ?? 0) / 1_000, 'x'), top: 0 })
    setIndex(next)
  }
  const textOf = ({ values }: (typeof lines)[number]) => {
    const value = values[shown] ?? null
    return value === null ? '—' : valueText(value)
  }
  return (
    <div className="tl-plot">
      <div
        ref={box}
        className="tl-plot-box"
        role="slider"
        tabIndex={0}
        aria-label={`${label}: arrows walk`}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, shown)}
        aria-valuetext={`${whenText(at[shown] ?? 0)}: ${lines.map((line) => `${line.label} ${textOf(line)}`).join(', ')}`}
        onKeyDown={walk}
      />
      <div className="tl-plot-told" aria-hidden>
        <span className="tl-muted">{whenText(at[shown] ?? 0)}</span>
        {lines.map((line) => (
          <span key={line.key}>
            <i style={{ background: `var(${line.colour})` }} />
            {line.label} <b>{textOf(line)}</b>
          </span>
        ))}
      </div>
    </div>
  )
}

const dataOf = ({ at, lines }: Pick<LineChartProps, 'at' | 'lines'>): uPlot.AlignedData => [
  at.map((ms) => ms / 1_000),
  ...lines.map(({ values }) => [...values]),
]
