/** What `bench ui` measures with, in the page: frames, keys, interactions, jumps of the layout, memory; and the weight of the build. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { CDPSession, Page } from 'playwright-core'
import { webDir } from '../test/e2e/browser.ts'
import { round } from './workload.ts'

/**
 * Runs in each page before its own scripts: notes frames while it is told to, and from the start long tasks, how far the layout jumped
 * without anybody having done something (CLS), and how long interactions took (INP: of all but one in fifty, the longest).
 */
export const watcher = `
  window.watching = { frames: [], on: false, long: [], shift: 0, slow: [] };
  const observe = (type, more, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  observe('longtask', {}, ({ startTime, duration }) => watching.long.push({ from: startTime, to: startTime + duration }));
  observe('layout-shift', {}, ({ hadRecentInput, value }) => { watching.shift += hadRecentInput ? 0 : value });
  observe('event', { durationThreshold: 16 }, ({ interactionId, duration, name }) => { if (interactionId) watching.slow.push({ interactionId, duration, name }) });
  (function tick(at) { if (watching.on) watching.frames.push(at); requestAnimationFrame(tick) })(0);
  window.watch = () => { watching.frames = []; watching.since = performance.now(); watching.on = true };
  window.watched = () => {
    watching.on = false;
    const frames = watching.frames, gaps = frames.slice(1).map((at, n) => at - frames[n]).sort((a, b) => a - b);
    const whole = frames.at(-1) - frames[0];
    return {
      fps: (frames.length - 1) / whole * 1000,
      p95FrameMs: gaps[Math.floor(gaps.length * 0.95)] ?? 0,
      longTasks: watching.long.filter(({ from }) => from >= watching.since).length,
      frames: frames.length,
    };
  };
  // Of a press, a key and its letter one number: the longest of what belongs to it.
  window.interactionMs = () => {
    const longest = new Map();
    for (const { interactionId, duration } of watching.slow) longest.set(interactionId, Math.max(duration, longest.get(interactionId) ?? 0));
    const all = [...longest.values()].sort((a, b) => b - a);
    return all[Math.min(all.length - 1, Math.floor(performance.interactionCount / 50))] ?? 16;
  };
  window.paintedWhen = (until) => new Promise((done) => {
    const look = () => until() ? setTimeout(() => done(performance.now()), 0) : requestAnimationFrame(look);
    requestAnimationFrame(look);
  });`

/** How the page kept up with a movement. */
export interface Motion {
  fps: number
  p95FrameMs: number
  longTasks: number
  scriptMsPerFrame: number
}

/** One of Chromium's own figures of a page, e.g. `ScriptDuration` in seconds. */
export async function metricOf(session: CDPSession, wanted: string): Promise<number> {
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === wanted)?.value ?? 0
}

/** Frames, long tasks and script of what `act` does. */
export async function motion(page: Page, session: CDPSession, act: () => Promise<void>): Promise<Motion> {
  const before = await metricOf(session, 'ScriptDuration')
  await page.evaluate('watch()')
  await act()
  const { frames, ...seen } = (await page.evaluate('watched()')) as Omit<Motion, 'scriptMsPerFrame'> & {
    frames: number
  }
  const script = (await metricOf(session, 'ScriptDuration')) - before
  return { ...seen, scriptMsPerFrame: (script * 1_000) / Math.max(1, frames) }
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
    `window.pressed = new Promise((done) => addEventListener('keydown', function heard({ key }) {
      // The keys that are held while another is pressed are pressed before it.
      if (key === 'Control' || key === 'Shift') return;
      removeEventListener('keydown', heard, true);
      const from = performance.now();
      paintedWhen(() => (${until})).then((at) => done(at - from));
    }, true)); 0`,
  )
  await page.keyboard.press(key)
  return Number(await page.evaluate('window.pressed'))
}

/**
 * Ms that the check of the whole draft takes in its worker (check-worker.ts), asked as the page asks: with nothing changed. Only while the
 * page asks nothing itself, which would take the answer for its own.
 */
export async function checkMs(page: Page): Promise<number> {
  const worker = page.workers().find((one) => one.url().includes('check-worker'))
  if (!worker) throw new Error('The worker that checks the draft is not there.')
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

/** A place of the canvas on which no card and no line lies. */
export async function emptySpot(page: Page): Promise<{ x: number; y: number }> {
  return (await page.evaluate(`(() => {
    for (let y = 300; y < 800; y += 17) for (let x = 320; x < 1300; x += 23)
      if (document.elementFromPoint(x, y)?.classList.contains('react-flow__pane')) return { x, y };
    return { x: 330, y: 700 };
  })()`)) as { x: number; y: number }
}

/** Megabytes of script memory in use after everything that can go has gone. */
export async function heapMb(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  return (await metricOf(session, 'JSHeapUsedSize')) / 1_048_576
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The median of each figure over some rounds. */
export function medians<Figures extends { [name in keyof Figures]: number | Motion }>(
  rounds: readonly Figures[],
): Figures {
  const of = (values: readonly unknown[]): unknown =>
    typeof values[0] === 'number'
      ? round(median(values as number[]))
      : Object.fromEntries(
          Object.keys(values[0] as object).map((name) => [
            name,
            of(values.map((value) => (value as Record<string, unknown>)[name])),
          ]),
        )
  return of(rounds) as Figures
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
