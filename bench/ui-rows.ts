/** The table of targets of UX §4.17, a row for each figure of `bench ui`. */
import type { Motion } from './ui-page.ts'
import type { Deeds, Memory, Moves } from './ui-work.ts'
import { round } from './workload.ts'

/** One row: a figure, what it must be, what is aimed at, and whether it is reached. Null: not to be judged here. */
export interface Row {
  what: string
  figure: number
  unit: string
  must: string
  aim: string | null
  met: boolean | null
  /** The kept figure, and this one divided by it. */
  baseline: number | null
  ratio: number | null
}

/** What is kept of an earlier run on a quiet machine: how fast that machine was, and its figures by row. */
export interface Baseline {
  yardstick: { scriptMs: number; frameMs: number }
  figures: Record<string, number>
}

/** What was measured. */
export interface Figures {
  interactiveMs: Record<'list' | 'builder50' | 'builder500' | 'customers', number>
  throttled4Ms: Record<'list' | 'builder50' | 'builder500' | 'customers', number>
  table: { dataMs: number; rowsMs: number; scroll: Motion }
  liveCountMs: number
  firstSignMs: number
  at500: Moves & Deeds
  at1000: Moves
  memory: Memory
  interaction75Ms: number
  worstShift: number
  kb: { list: number; builderExtra: number }
}

type Target = { least: number; aim?: number } | { most: number; aim?: number } | { notJudged: string }

/**
 * The rows in the order of UX §4.17. The weight of the other pages and of styles is a test (test/e2e/bundle.e2e.test.ts). What is asked of
 * a laptop with a GPU is shown and not judged: the browser of the bench draws in software.
 */
export function rowsOf(figures: Figures, baseline: Baseline | null, customers: number) {
  const rows: Row[] = []
  const row = (what: string, value: number, unit: string, target: Target) => {
    const figure = round(value, unit === '' ? 3 : 1)
    const kept = baseline?.figures[what] ?? null
    const isLeast = 'least' in target
    rows.push({
      what,
      figure,
      unit,
      must: 'notJudged' in target ? target.notJudged : isLeast ? `≥ ${target.least}` : `≤ ${target.most}`,
      aim: 'aim' in target ? `${isLeast ? '≥' : '≤'} ${target.aim}` : null,
      met: 'notJudged' in target ? null : isLeast ? Math.round(figure) >= target.least : figure <= target.most,
      baseline: kept,
      ratio: kept ? round(figure / kept, 2) : null,
    })
  }
  const { at500, at1000, interactiveMs, throttled4Ms, memory } = figures
  for (const [what, moved] of [
    ['pan, 500 steps', at500.pan],
    ['zoom, 500 steps', at500.zoom],
  ] as const) {
    row(what, moved.fps, 'fps', { least: 45, aim: 55 })
    row(`${what}: script a frame`, moved.scriptMsPerFrame, 'ms', { most: 4 })
    row(`${what}: long tasks`, moved.longTasks, '', { most: 3, aim: 0 })
    row(`${what}: p95 frame`, moved.p95FrameMs, 'ms', { notJudged: '≤ 20 on a laptop with a GPU' })
  }
  row('pan, all 500 steps in view', at500.panAllInView.fps, 'fps', { notJudged: 'no target; UX §4.17 measured 33' })
  row('drag a step, 500 steps', at500.dragStep.fps, 'fps', { least: 58 })
  row('drag a step, 500 steps: p95 frame', at500.dragStep.p95FrameMs, 'ms', {
    notJudged: '≤ 20 on a laptop with a GPU',
  })
  row('pan, 1,000 steps', at1000.pan.fps, 'fps', { notJudged: 'aim: 60 on a laptop with a GPU' })
  row('drag a step, 1,000 steps', at1000.dragStep.fps, 'fps', { notJudged: 'aim: 60 on a laptop with a GPU' })
  row('keystroke in the drawer', at500.keystrokeMs, 'ms', { most: 16, aim: 8 })
  row('insert', at500.insertMs, 'ms', { most: 50 })
  row('delete', at500.deleteMs, 'ms', { most: 50 })
  row('undo', at500.undoMs, 'ms', { most: 50 })
  row('paste 50 steps', at500.pasteMs, 'ms', { most: 150 })
  row('open the drawer', at500.openDrawerMs, 'ms', { most: 100 })
  row('open the drawer for the first time', at500.openFirstMs, 'ms', { most: 100 })
  row('local validation of 500 steps', at500.checkMs, 'ms', { most: 30 })
  row('tidy 500 steps', at500.tidyMs, 'ms', { most: 500 })
  row('AI: first sign', figures.firstSignMs, 'ms', { most: 1_000 })
  row('live count on the screen after an event', figures.liveCountMs, 'ms', { most: 1_500 })
  row('first load of the list, scripts', figures.kb.list, 'KB gzip', { most: 230, aim: 190 })
  row('extra of the builder, scripts', figures.kb.builderExtra, 'KB gzip', { most: 150, aim: 120 })
  row('interactive: list', interactiveMs.list, 'ms', { most: 800 })
  row('interactive: builder, 50 steps', interactiveMs.builder50, 'ms', { most: 1_000 })
  row('interactive: builder, 500 steps', interactiveMs.builder500, 'ms', { most: 1_500 })
  row('interactive at 4× throttle: list', throttled4Ms.list, 'ms', { most: 2_500, aim: 1_750 })
  row('interactive at 4× throttle: builder, 50 steps', throttled4Ms.builder50, 'ms', { most: 3_000, aim: 2_100 })
  row('interactive at 4× throttle: builder, 500 steps', throttled4Ms.builder500, 'ms', { most: 5_000, aim: 3_500 })
  row(`table of ${customers} customers: first rows after the data`, figures.table.rowsMs, 'ms', { most: 500 })
  row(`table of ${customers} customers: scroll`, figures.table.scroll.fps, 'fps', { least: 60 })
  row('memory after many edits', memory.heapAfterMb, 'MB', { most: 250 })
  row('growth of the second half of the edits', memory.growthMb, 'MB', { most: 2 })
  row('INP, 75th', figures.interaction75Ms, 'ms', { most: 150, aim: 100 })
  row('CLS, the worst page', figures.worstShift, '', { most: 0.02 })
  return { rows, kept: Object.fromEntries(rows.map(({ what, figure }) => [what, figure])) }
}
