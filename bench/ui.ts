/**
 * `bench ui`: the builder with 500 steps in a real Chromium that draws in software, and the list of campaigns (UX §4.17): panned, dragged,
 * typed into, opened; what the first load weighs. The figures of the browser's work are medians of three rounds.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { openBrowser, saved, webDir } from '../test/e2e/browser.ts'
import { runCommand, startProgram } from '../test/program.ts'
import { round } from './workload.ts'

const owner = { email: 'bench@example.com', password: 'correct horse battery staple' }
const rounds = 3

/** Runs the benchmark. */
export default async function benchUi({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-ui-'))
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
  const browser = await openBrowser()
  try {
    const names = ['--email', owner.email, '--password', owner.password, '--workspace', 'Bench']
    const made = await runCommand(['setup', ...names], env)
    if (made.code !== 0) throw new Error(made.stderr)
    await using program = await startProgram(env)
    const site = await signIn(program.url)
    const small = await site.campaign(50)
    const large = await site.campaign(500)
    for (let n = 0; n < 200; n += 1) await site.call('POST', '/campaigns', { name: `Campaign ${n}` })
    tell('how soon pages can be used')
    const interactiveMs = {
      list: await soonest(browser, site, '/campaigns', '.tl-table tbody tr'),
      builder50: await soonest(browser, site, `/campaigns/${small}/builder`, '.tl-step'),
      builder500: await soonest(browser, site, `/campaigns/${large}/builder`, '.tl-step'),
    }
    tell('500 steps: pan, drag, type')
    const found = []
    for (let n = 0; n < rounds; n += 1) {
      const context = await contextOf(browser, site)
      found.push(await atWork(await openBuilder(context, large), context, tell))
      await context.close()
    }
    return { steps: 500, interactiveMs, ...medians(found), firstLoadKb: await weights() }
  } finally {
    await browser.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Site {
  url: string
  cookie: string
  call(method: string, path: string, body: unknown): Promise<{ id: string }>
  /** A draft with so many steps, in columns, with some splits. */
  campaign(steps: number): Promise<string>
}

async function signIn(url: string): Promise<Site> {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(owner),
  })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const call: Site['call'] = async (method, path, body) => {
    const reply = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', cookie, origin: url },
      body: JSON.stringify(body),
    })
    if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`)
    return (await reply.json()) as { id: string }
  }
  return {
    url,
    cookie,
    call,
    async campaign(steps) {
      const { id } = await call('POST', '/campaigns', { name: `${steps} steps`, audience: { type: 'all' } })
      await call('PUT', `/campaigns/${id}/workflow`, graphOf(steps))
      return id
    },
  }
}

/** Columns of waits, tags and emails below random splits, so that cards have several ways out and edges labels. */
function graphOf(steps: number) {
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

async function contextOf(browser: Browser, { url, cookie }: Site): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } })
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value, url }])
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  return context
}

/** Ms from asking for a page to its first row or card, in a browser that has nothing in its cache. */
async function soonest(browser: Browser, site: Site, path: string, mark: string): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < rounds; n += 1) {
    const context = await contextOf(browser, site)
    const page = await context.newPage()
    await page.goto(path, { waitUntil: 'commit' })
    await page.waitForSelector(mark)
    times.push(Number(await page.evaluate('performance.now()')))
    await context.close()
  }
  return round(median(times), 0)
}

async function openBuilder(context: BrowserContext, id: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`/campaigns/${id}/builder`)
  await page.locator('.tl-step').first().waitFor()
  await page.evaluate(watcher)
  await page.waitForTimeout(1_500)
  return page
}

/** Notes frames and long tasks while it is told to. */
const watcher = `
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

interface Motion {
  fps: number
  p95FrameMs: number
  longTasks: number
  scriptMsPerFrame: number
}

async function motion(page: Page, metrics: CDPSession, act: () => Promise<void>): Promise<Motion> {
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

async function drag(page: Page, from: { x: number; y: number }, steps: number, by: number): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  for (let n = 1; n <= steps; n += 1) await page.mouse.move(from.x + Math.sin(n / 12) * by, from.y - n * 2)
  await page.mouse.up()
}

/** What a person does with 500 steps, and how the page keeps up. */
async function atWork(
  page: Page,
  context: BrowserContext,
  tell: (line: string) => void,
): Promise<Record<string, number | Motion>> {
  const metrics = await context.newCDPSession(page)
  await metrics.send('Performance.enable')
  const canvas = page.getByRole('application')
  const press = async (key: string) => {
    // From the key to the frame after it: what a person waits for.
    await page.evaluate(
      `window.pressed = new Promise((done) => addEventListener('keydown', () => { const from = performance.now(); requestAnimationFrame(() => setTimeout(() => done(performance.now() - from), 0)) }, { once: true, capture: true })); 0`,
    )
    await page.keyboard.press(key)
    return Number(await page.evaluate('window.pressed'))
  }
  const far = await motion(page, metrics, () => drag(page, { x: 400, y: 640 }, 120, 160))
  tell(`all in view: ${Math.round(far.fps)} fps`)
  await canvas.focus()
  await page.keyboard.press('0')
  await page.waitForTimeout(300)
  // Walks to the first wait below the first split; the camera goes along.
  for (let n = 0; n < 4; n += 1) await page.keyboard.press('ArrowDown')
  await page.waitForTimeout(500)
  const pan = await motion(page, metrics, async () => drag(page, await emptySpot(page), 120, 160))
  await canvas.focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowDown')
  await page.waitForTimeout(500)
  tell(`pan: ${Math.round(pan.fps)} fps`)
  const box = await page.locator('.tl-step[data-selected]').boundingBox()
  if (!box) throw new Error('No step is selected.')
  const node = await motion(page, metrics, () => drag(page, { x: box.x + 90, y: box.y + 40 }, 80, 60))
  await saved(page)
  tell(`drag: ${Math.round(node.fps)} fps`)
  const openedMs = await timed(page, async () => {
    await canvas.focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Name of the step').waitFor()
  })
  const field = page.getByRole('textbox', { name: 'How long' })
  await field.focus()
  const keys: number[] = []
  for (const key of '3d 4h 5m 6s 7d 8h 9m 1s 2d 3h') keys.push(await press(key === ' ' ? 'Space' : key))
  tell(`a key: ${Math.round(median(keys))} ms`)
  await field.fill('2d')
  await page.keyboard.press('Escape')
  await saved(page)
  await canvas.focus()
  const deleteMs = await press('Delete')
  await canvas.focus()
  const undoMs = await press('Control+z')
  await page.keyboard.press('Control+a')
  const tidyMs = await timed(page, async () => {
    await page.keyboard.press('Escape')
    await canvas.focus()
    await page.keyboard.press('Shift+T')
    await page.getByText('Tidied up', { exact: true }).waitFor({ state: 'attached' })
  })
  const heap =
    (await metrics.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0
  return {
    panAllInView: far,
    pan,
    dragStep: node,
    keystrokeMs: median(keys),
    openDrawerMs: openedMs,
    deleteMs,
    undoMs,
    tidyMs,
    heapMb: heap / 1_048_576,
  }
}

/** A place of the canvas on which no card and no line lies. */
async function emptySpot(page: Page): Promise<{ x: number; y: number }> {
  return (await page.evaluate(`(() => {
    for (let y = 300; y < 800; y += 17) for (let x = 320; x < 1300; x += 23)
      if (document.elementFromPoint(x, y)?.classList.contains('react-flow__pane')) return { x, y };
    return { x: 330, y: 700 };
  })()`)) as { x: number; y: number }
}

async function timed(page: Page, act: () => Promise<void>): Promise<number> {
  const from = Number(await page.evaluate('performance.now()'))
  await act()
  return Number(await page.evaluate('performance.now()')) - from
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** The median of each figure over the rounds. */
function medians(found: readonly Record<string, number | Motion>[]): Record<string, unknown> {
  const pick = (path: readonly string[]) =>
    found.map((one) => path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], one) as number)
  const first = found[0] ?? {}
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      typeof value === 'number'
        ? round(median(pick([name])))
        : Object.fromEntries(Object.keys(value).map((inner) => [inner, round(median(pick([name, inner])))])),
    ]),
  )
}

/** Kilobytes of scripts after gzip: what the list of campaigns loads first, and what the builder adds to it. */
async function weights(): Promise<{ list: number; builderExtra: number }> {
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
