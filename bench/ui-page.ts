/** What `bench ui` measures with: a large campaign, frames, keys, the weight of the build. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { CDPSession, Page } from 'playwright-core'
import { webDir } from '../test/e2e/browser.ts'
import { round } from './workload.ts'

/** One row of the table of targets (UX §4.17): a figure, what it must be, and whether it is. */
export interface Row {
  what: string
  figure: number
  unit: string
  must: string
  met: boolean
}

/** A figure beside its target. `least`: the target is what it must reach, else what it must not pass. */
export const row = (what: string, figure: number, unit: string, target: number, least = false): Row => ({
  what,
  figure,
  unit,
  must: `${least ? '≥' : '≤'} ${target}`,
  met: least ? figure >= target : figure <= target,
})

/** Columns of waits, tags and emails below random splits, so that cards have several ways out and edges labels. */
export function graphOf(steps: number) {
  const nodes: unknown[] = [{ id: 'start', type: 'trigger', title: 'Trigger', config: {} }]
  const edges: unknown[] = []
  const layout: Record<string, { x: number; y: number }> = { start: { x: 0, y: 0 } }
  const add = (id: string, type: string, config: unknown, x: number, y: number) => {
    nodes.push({ id, type, title: `Step ${nodes.length}`, config })
    layout[id] = { x, y }
  }
  let above = 'start'
  let when: string | null = null
  for (let row = 0; nodes.length < steps; row += 1) {
    const split = `split-${row}`
    const y = Math.floor(row / 6) * 700 + 160
    const left = (row % 6) * 1_600
    const branches = ['a', 'b', 'c', 'd', 'e'].map((one) => ({ id: one, label: `Branch ${one}`, weight: 1 }))
    add(split, 'random-split', { branches }, left + 600, y)
    edges.push({ id: `into-${split}`, source: above, target: split, when })
    when = null
    for (const [column, { id: branch }] of branches.entries()) {
      let before = split
      for (const [place, type] of ['email-send', 'wait', 'add-tag'].entries()) {
        if (nodes.length >= steps) break
        const id = `${type}-${row}-${branch}`
        const config =
          type === 'email-send'
            ? { subject: 'Hello {{customer.firstName}}', body: 'A line of text for the reader. '.repeat(40) }
            : type === 'wait'
              ? { waitType: 'duration', durationMs: 86_400_000 }
              : { name: `tag ${row}` }
        add(id, type, config, left + column * 300, y + (place + 1) * 150)
        edges.push({ id: `e-${id}`, source: before, target: id, when: before === split ? branch : null })
        if (type === 'add-tag' && column > 0) edges.push({ id: `x-${id}`, source: before, target: id, when: null })
        before = id
      }
      if (column === 0) above = before
    }
    edges.splice(0, edges.length, ...uniqueWays(edges as { source: string; when: string | null }[]))
  }
  return { nodes, edges, layout }
}

const uniqueWays = <Way extends { source: string; when: string | null }>(edges: Way[]): Way[] => [
  ...new Map(edges.map((edge) => [`${edge.source} ${edge.when}`, edge])).values(),
]

/** Notes frames and long tasks while it is told to. */
export const watcher = `
  window.watching = { frames: [], long: 0, on: false };
  new PerformanceObserver((list) => { if (watching.on) watching.long += list.getEntries().length }).observe({ entryTypes: ['longtask'] });
  (function tick(at) { if (watching.on) watching.frames.push(at); requestAnimationFrame(tick) })(0);
  window.watch = () => { watching.frames = []; watching.long = 0; watching.on = true };
  window.watched = () => {
    watching.on = false;
    const frames = watching.frames, gaps = frames.slice(1).map((at, n) => at - frames[n]).sort((a, b) => a - b);
    const whole = frames.at(-1) - frames[0];
    return { fps: (frames.length - 1) / whole * 1000, p95FrameMs: gaps[Math.floor(gaps.length * 0.95)] ?? 0, longTasks: watching.long };
  };
  0`

/** How the page kept up with a movement. */
export interface Motion {
  fps: number
  p95FrameMs: number
  longTasks: number
  scriptMsPerFrame: number
}

/** Frames, long tasks and script of what `act` does. */
export async function motion(page: Page, metrics: CDPSession, act: () => Promise<void>): Promise<Motion> {
  const script = async () => {
    const { metrics: list } = await metrics.send('Performance.getMetrics')
    return list.find(({ name }) => name === 'ScriptDuration')?.value ?? 0
  }
  const before = await script()
  await page.evaluate('watch()')
  await act()
  const seen = (await page.evaluate('watched()')) as Omit<Motion, 'scriptMsPerFrame'>
  const frames = Number(await page.evaluate('watching.frames.length')) || 1
  return { ...seen, scriptMsPerFrame: (((await script()) - before) * 1_000) / frames }
}

/** Drags in a wave. */
export async function drag(page: Page, from: { x: number; y: number }, steps: number, by: number): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  for (let n = 1; n <= steps; n += 1) await page.mouse.move(from.x + Math.sin(n / 12) * by, from.y - n * 2)
  await page.mouse.up()
}

/**
 * Presses a key. Ms until the frame in which `until` (an expression of the page) is true has been drawn: what a person waits for. Timed in
 * the page: a question to it from here takes as long as what is measured.
 */
export async function press(page: Page, key: string, until = 'true'): Promise<number> {
  await page.evaluate(
    `window.pressed = new Promise((done) => addEventListener('keydown', () => {
      const from = performance.now();
      const look = () => (${until}) ? setTimeout(() => done(performance.now() - from), 0) : requestAnimationFrame(look);
      requestAnimationFrame(look);
    }, { once: true, capture: true })); 0`,
  )
  await page.keyboard.press(key)
  return Number(await page.evaluate('window.pressed'))
}

/**
 * Ms that the check of the whole draft takes in its worker (check-worker.ts), asked as the page asks: with nothing changed. Only while the
 * page asks nothing itself, which would take the answer for its own.
 */
export async function checkMs(page: Page): Promise<number> {
  for (const worker of page.workers()) {
    if (!worker.url().includes('check-worker')) continue
    const times: number[] = []
    for (let n = 0; n < 9; n += 1)
      times.push(
        Number(
          await worker.evaluate(
            'const from = performance.now(); self.onmessage({ data: { nodes: [], edges: [] } }); performance.now() - from',
          ),
        ),
      )
    return median(times)
  }
  throw new Error('The worker that checks the draft is not there.')
}

/** A place of the canvas on which no card and no line lies. */
export async function emptySpot(page: Page): Promise<{ x: number; y: number }> {
  return (await page.evaluate(`(() => {
    for (let y = 300; y < 800; y += 17) for (let x = 320; x < 1300; x += 23)
      if (document.elementFromPoint(x, y)?.classList.contains('react-flow__pane')) return { x, y };
    return { x: 330, y: 700 };
  })()`)) as { x: number; y: number }
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** The median of each figure over the rounds. */
export function medians(found: readonly Record<string, number | Motion>[]): Record<string, number | Motion> {
  const pick = (path: readonly string[]) =>
    found.map((one) => path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], one) as number)
  const first = found[0] ?? {}
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? round(median(pick([name])))
        : (Object.fromEntries(
            Object.keys(value).map((inner) => [inner, round(median(pick([name, inner])))]),
          ) as unknown as Motion),
    ]),
  )
}

/** Kilobytes of scripts after gzip: what the list of campaigns loads first, and what the builder adds to it. */
export async function weights(): Promise<{ list: number; builderExtra: number }> {
  const manifest = JSON.parse(await readFile(join(webDir, '.vite', 'manifest.json'), 'utf8')) as Record<
    string,
    { file: string; imports?: string[] }
  >
  const closure = (key: string, into = new Set<string>()): Set<string> => {
    const chunk = manifest[key]
    if (!chunk || into.has(chunk.file)) return into
    into.add(chunk.file)
    for (const next of chunk.imports ?? []) closure(next, into)
    return into
  }
  const weigh = async (files: Iterable<string>) => {
    let sum = 0
    for (const file of files) sum += gzipSync(await readFile(join(webDir, file))).length
    return round(sum / 1024)
  }
  const list = closure('src/pages/campaigns.tsx', closure('index.html'))
  const builder = [...closure('src/builder/builder-page.tsx')].filter((file) => !list.has(file))
  return { list: await weigh(list), builderExtra: await weigh(builder) }
}
