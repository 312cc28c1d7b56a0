import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DestinationStream } from 'pino'
import type { App } from '../src/app.ts'
import { createLog } from '../src/cli/log.ts'
import { type Db, sql } from '../src/db/database.ts'
import { pendingMigrations } from '../src/db/migrate.ts'
import { notifyWake } from '../src/engine/events-sql.ts'
import { goalsCursor } from '../src/engine/goals-sql.ts'
import { toldCursor } from '../src/engine/tell-sql.ts'
import { readEnv } from '../src/env.ts'
import type { Route } from '../src/http/route.ts'
import { createServer } from '../src/http/server.ts'
import { sessionCookie } from '../src/http/session.ts'
import { newToken, openKeyring, tokenHash } from '../src/keyring.ts'
import { createLoops, startLoops } from '../src/loops.ts'
import { plugins, routes } from '../src/router.ts'
import { heardCursor } from '../src/triggers/listen-sql.ts'
import { startSession } from '../src/workspaces/account-queries.ts'
import { createApiKey } from '../src/workspaces/api-key-queries.ts'
import { createWorkspace, setupOwner } from '../src/workspaces/setup-queries.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

/** An answer of the API: `body` is its JSON, or its text where it is none. */
export interface TestAnswer {
  status: number
  headers: Headers
  // A test states what it expects field by field; the contract test holds the shapes.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  body: any
}

/** How a test request differs from one with the owner's admin key and no body. */
export interface TestRequest {
  /** Sent as JSON; a string or bytes are sent as they are, with `headers['content-type']`. */
  body?: unknown
  /** An API key; null sends none. */
  key?: string | null
  headers?: Record<string, string>
}

/** A whole program on a database of its own, listening on a free port of 127.0.0.1. */
export interface TestApp extends AsyncDisposable {
  app: App
  database: TestDatabase
  /** `http://127.0.0.1:<port>` */
  url: string
  workspaceId: number
  owner: { email: string; password: string; memberId: string; accountId: string; cookie: string }
  /** Keys of each role in the owner's workspace; `key` of a request is adminKey unless said. */
  ownerKey: string
  adminKey: string
  memberKey: string
  /** Somebody else's workspace, with an admin key there. */
  otherWorkspace: { id: number; adminKey: string; memberId: string }
  /** `path` is below /api/v1; one that starts with `//` is taken from the root (`//t/o/…`). */
  request(method: string, path: string, options?: TestRequest): Promise<TestAnswer>
  /** Runs the passes of all loops, one after the other, until nothing is due. */
  drain(): Promise<void>
  close(): Promise<void>
}

const owner = { email: 'owner@example.com', password: 'correct horse battery', workspace: 'Acme' }

/**
 * Whether events lie on the bus that runs and triggers were not told of, or goals not asked about. Transactions of other tests'
 * databases on the same server hold the bus back
 * for moments.
 */
async function isOnItsWay(db: Db): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (select from event e, bus_cursor b where (e.xid, e.id) > (b.xid, b.id)
      and (b.name in (${toldCursor}, ${heardCursor}) or b.name = ${goalsCursor} and exists (select from workflow_version where goals <> '{}'))) as waiting
  `.execute(db)
  return rows[0]?.waiting ?? false
}

/**
 * Starts the program for a test file: migrated database, all routes, an owner, keys of every role, and a second workspace. No
 * loops run, `drain` runs their passes; `loops: true` starts them as a worker does. `env` overrides environment variables; `routes` adds some
 * for the test's purposes; `logTo` takes the lines of the log.
 */
export async function startTestApp(
  options: {
    env?: Record<string, string>
    routes?: readonly Route[]
    webDir?: string
    loops?: boolean
    logTo?: DestinationStream
  } = {},
): Promise<TestApp> {
  const database = await createTestDatabase()
  const { db } = database
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-app-'))
  const env = readEnv({ HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'error', ...options.env })
  const log = createLog(env.logLevel, options.logTo)
  const app: App = { db, env, log, keys: openKeyring({ dataDir }), wake: () => notifyWake(db) }
  const server = await createServer({
    app,
    routes: [...routes, ...(options.routes ?? [])],
    plugins,
    webDir: options.webDir ?? join(dataDir, 'no-web-app'),
    pendingMigrations: () => pendingMigrations(database.pool),
  })
  await server.listen({ host: env.host, port: 0 })
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('The test server has no port.')
  env.port = address.port
  const url = `http://127.0.0.1:${address.port}`

  const { workspaceId, memberId, accountId } = await setupOwner(db, owner)
  const otherId = await db.transaction().execute(async (tx) => await createWorkspace(tx, 'Somebody else'))
  const stranger = await db
    .insertInto('account')
    .values({ email: 'stranger@example.com', name: 'Stranger', password_hash: 'none' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const otherMember = await db
    .insertInto('member')
    .values({ workspace_id: otherId, account_id: stranger.id, role: 'owner' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const keyOf = async (workspace: number, role: 'owner' | 'admin' | 'member', createdBy: string | null) =>
    (await createApiKey(db, { workspaceId: workspace, name: role, role, createdBy })).key
  const ownerKey = await keyOf(workspaceId, 'owner', memberId)
  const adminKey = await keyOf(workspaceId, 'admin', memberId)
  const memberKey = await keyOf(workspaceId, 'member', memberId)
  const otherKey = await keyOf(otherId, 'admin', otherMember.id)

  const request: TestApp['request'] = async (method, path, { body, key = adminKey, headers = {} } = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const answer = await fetch(path.startsWith('//') ? `${url}${path.slice(1)}` : `${url}/api/v1${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = (answer.headers.get('content-type') ?? '').includes('json')
    return { status: answer.status, headers: answer.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
  }
  const token = newToken()
  const session = { tokenHash: tokenHash(token), accountId, workspaceId, days: 1 }
  await db.transaction().execute(async (tx) => await startSession(tx, session))
  const cookie = sessionCookie(env, token).split(';')[0] ?? ''

  const { loops, anythingDue } = createLoops(app)
  const drain = async () => {
    // A pass may leave work to a loop that came before it in the round.
    for (let quiet = 0; quiet < 2; ) {
      const passes = []
      for (const loop of loops) {
        passes.push(await loop.pass())
        await loop.idle?.()
      }
      const busy = passes.some(({ again }) => again) || (await anythingDue())
      quiet = busy || (await isOnItsWay(db)) ? 0 : quiet + 1
    }
  }
  const running = options.loops ? startLoops(app, database) : undefined

  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      await running?.stop()
      await Promise.all(loops.map((loop) => loop.stop?.()))
      await server.close()
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    })()
    return closing
  }
  return {
    app,
    database,
    url,
    workspaceId,
    owner: { email: owner.email, password: owner.password, memberId, accountId, cookie },
    ownerKey,
    adminKey,
    memberKey,
    otherWorkspace: { id: otherId, adminKey: otherKey, memberId: otherMember.id },
    request,
    drain,
    close,
    [Symbol.asyncDispose]: close,
  }
}
