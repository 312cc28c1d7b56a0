/** What `bench ui` looks at: a program of its own with a million customers, campaigns of 50, 500 and 1,000 steps, and one that runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Browser, BrowserContext } from 'playwright-core'
import { sql } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open.ts'
import { runCommand, startProgram } from '../test/program.ts'

const owner = { email: 'bench@example.com', password: 'correct horse battery staple' }
/** Customers written in one statement. */
const chunk = 100_000

/** A running program, its owner signed in. */
export interface Site extends AsyncDisposable {
  url: string
  /** Asks the API. @throws when it refuses */
  call(method: string, path: string, body?: unknown): Promise<{ id: string }>
  /** A draft with so many steps, in columns, with some splits. */
  draft(steps: number): Promise<string>
  /** An active campaign that puts on a wait whoever does `event`. */
  listening(event: string): Promise<string>
  /** A browser's profile that is signed in and has nothing in its cache. */
  profile(browser: Browser): Promise<BrowserContext>
}

/** Starts a program with so many customers in its workspace. */
export async function startSite(customers: number, tell: (line: string) => void): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-ui-'))
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
  try {
    const names = ['--email', owner.email, '--password', owner.password, '--workspace', 'Bench']
    const made = await runCommand(['setup', ...names], env)
    if (made.code !== 0) throw new Error(made.stderr)
    await addCustomers(dataDir, customers, tell)
    const program = await startProgram(env)
    return {
      ...(await signIn(program.url)),
      async [Symbol.asyncDispose]() {
        await program.stop()
        await rm(dataDir, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true })
    throw error
  }
}

async function addCustomers(dataDir: string, count: number, tell: (line: string) => void): Promise<void> {
  const log = pino({ level: 'error' }, pino.destination(2))
  const { db, close } = await openDatabase({ dataDir, log, role: 'command' })
  try {
    for (let from = 1; from <= count; from += chunk) {
      tell(`customers: ${from - 1} of ${count}`)
      await sql`
        insert into customer (workspace_id, email, first_name, last_name, country, tags, created_at, updated_at)
        select (select min(id) from workspace), 'person-' || n || '@example.com', 'Person', 'Number ' || n,
          (array['VN', 'US', 'DE', 'FR', 'JP'])[1 + n % 5], case when n % 3 = 0 then array['trial'] else '{}' end,
          now() - make_interval(mins => n % 500000), now() - make_interval(mins => n % 100000)
        from generate_series(${from}::int, ${Math.min(count, from + chunk - 1)}::int) n
      `.execute(db)
    }
    await sql`vacuum analyze customer`.execute(db)
  } finally {
    await close()
  }
}

async function signIn(url: string): Promise<Omit<Site, keyof AsyncDisposable>> {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(owner),
  })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const call: Site['call'] = async (method, path, body) => {
    const reply = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { cookie, origin: url, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`)
    return (await reply.json()) as { id: string }
  }
  const campaign = async (name: string, workflow: unknown) => {
    const { id } = await call('POST', '/campaigns', { name, audience: { type: 'all' } })
    await call('PUT', `/campaigns/${id}/workflow`, workflow)
    return id
  }
  return {
    url,
    call,
    draft: (steps) => campaign(`${steps} steps`, graphOf(steps)),
    async listening(event) {
      const id = await campaign('Listening', {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 86_400_000 } },
        ],
        edges: [{ id: 'e1', source: 'start', target: 'wait-1', when: null }],
        layout: { start: { x: 0, y: 0 }, 'wait-1': { x: 0, y: 150 } },
      })
      await call('POST', `/campaigns/${id}/triggers`, { type: 'event', config: { event } })
      await call('POST', `/campaigns/${id}/activate`, {})
      return id
    },
    async profile(browser) {
      const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } })
      const [name = '', value = ''] = cookie.split('=')
      await context.addCookies([{ name, value, url }])
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      return context
    },
  }
}

interface Way {
  id: string
  source: string
  target: string
  when: string | null
}

/** Columns of emails, waits and tags below random splits, so that cards have several ways out and edges labels. */
function graphOf(steps: number) {
  const nodes: unknown[] = [{ id: 'start', type: 'trigger', title: 'Trigger', config: {} }]
  const edges = new Map<string, Way>()
  const layout: Record<string, { x: number; y: number }> = { start: { x: 0, y: 0 } }
  const add = (id: string, type: string, config: unknown, x: number, y: number) => {
    nodes.push({ id, type, title: `Step ${nodes.length}`, config })
    layout[id] = { x, y }
  }
  // A way out has one edge: the last that asks for it.
  const lead = (way: Way) => edges.set(`${way.source} ${way.when}`, way)
  let above = 'start'
  for (let row = 0; nodes.length < steps; row += 1) {
    const split = `split-${row}`
    const y = Math.floor(row / 6) * 700 + 160
    const left = (row % 6) * 1_600
    const branches = ['a', 'b', 'c', 'd', 'e'].map((one) => ({ id: one, label: `Branch ${one}`, weight: 1 }))
    add(split, 'random-split', { branches }, left + 600, y)
    lead({ id: `into-${split}`, source: above, target: split, when: null })
    for (const [column, { id: branch }] of branches.entries()) {
      let before = split
      for (const [place, [type, config]] of stepsOf(row).entries()) {
        if (nodes.length >= steps) break
        const id = `${type}-${row}-${branch}`
        add(id, type, config, left + column * 300, y + (place + 1) * 150)
        lead({ id: `e-${id}`, source: before, target: id, when: before === split ? branch : null })
        // Whoever replies skips the wait.
        if (type === 'add-tag')
          lead({ id: `r-${id}`, source: `email-send-${row}-${branch}`, target: id, when: 'replied' })
        before = id
      }
      if (column === 0) above = before
    }
  }
  return { nodes, edges: [...edges.values()], layout }
}

const stepsOf = (row: number): [type: string, config: unknown][] => [
  ['email-send', { subject: 'Hello {{customer.firstName}}', body: 'A line of text for the reader. '.repeat(40) }],
  ['wait', { waitType: 'duration', durationMs: 86_400_000 }],
  ['add-tag', { name: `tag ${row}` }],
]
