import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { notFound, Problem } from '../errors.ts'
import { type Action, allows, leastRole, type Role } from './access.ts'
import { authenticate, type Caller, originOf, requireSameOrigin } from './authenticate.ts'
import { lastChange, membersOf, recordDenied } from './authenticate-sql.ts'
import { type StoredAnswer, takeIdempotencyKey } from './idempotency-sql.ts'
import { parseInput, readJson, readQuery } from './input.ts'
import { type ProblemDocument, problemDocument, sendDocument, toProblem } from './problem.ts'
import type { Actor, Context, Route } from './route.ts'
import { type ServerEvent, writeEvents } from './stream.ts'
import { parseIfMatch } from './version.ts'

/** Where the API is mounted. */
export const apiBase = '/api/v1'

/** Largest JSON body unless a contract says otherwise. */
export const defaultBodyLimit = 1024 * 1024

const nobody: Actor = { text: 'public', name: '', role: 'member', memberId: null, accountId: null }
const noQuery = z.strictObject({})

/** The life of one request: authenticate, authorise, parse, handle, encode. Problems are thrown and written in one place (server.ts). */
export function mountApi(server: FastifyInstance, app: App, routes: readonly Route[], stopping: AbortSignal): void {
  const mount = (scope: FastifyInstance, own: readonly Route[]) => {
    for (const route of own) mountRoute(scope, app, route, stopping)
  }
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_request: FastifyRequest, body: Buffer) => readJson(body),
    )
    mount(
      scope,
      routes.filter((route) => route.body !== 'stream'),
    )
  })
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    mount(
      scope,
      routes.filter((route) => route.body === 'stream'),
    )
  })
}

function mountRoute(server: FastifyInstance, app: App, route: Route, stopping: AbortSignal): void {
  const callers = new WeakMap<FastifyRequest, Caller | null>()
  server.route({
    method: route.method,
    url: `${apiBase}${route.path}`,
    bodyLimit: route.bodyLimit ?? defaultBodyLimit,
    exposeHeadRoute: route.method === 'GET' && route.media === undefined,
    // Before the body is read: a stranger cannot make us parse megabytes.
    onRequest: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      callers.set(request, await admit(app, route, request))
    },
    handler: async (request, reply) => {
      await serve(app, route, callers.get(request) ?? null, request, reply, stopping)
      return reply
    },
  })
}

/** Authenticates and authorises. @throws Problem `unauthorized`, `forbidden`, `cross_site` */
async function admit(app: App, route: Route, request: FastifyRequest): Promise<Caller | null> {
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  if (route.access === 'public') {
    if (changes) requireSameOrigin(request, originOf(app, request), false)
    return null
  }
  const caller = await authenticate(app, request)
  if (!caller) throw new Problem('unauthorized', 'Sign in, or send an API key: “Authorization: Bearer tl_…”.')
  if (changes && request.headers.authorization === undefined) requireSameOrigin(request, originOf(app, request), true)
  if (route.access !== 'signed-in' && !allows(caller.actor.role, route.access)) {
    const { workspaceId, actor } = caller
    const { ip, id: requestId } = request
    const place = `${route.method} ${route.path}`
    await recordDenied(app.db, { workspaceId, actor: actor.text, route: place, action: route.access, ip, requestId })
    throw await forbidden(app, workspaceId, route.access)
  }
  return caller
}

const rolesInWords: Record<Role, string> = { owner: 'the owner', admin: 'admins', member: 'members' }

/** The 403, with the names of some who may. */
async function forbidden(app: App, workspaceId: number, action: Action): Promise<Problem> {
  const roles = (['member', 'admin', 'owner'] as const).filter((role) => allows(role, action))
  const ask = await membersOf(app.db, workspaceId, roles)
  const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(ask)
  return new Problem(
    'forbidden',
    `Only ${rolesInWords[leastRole[action]]} may do this (${action}).${names && ` Ask ${names}.`}`,
    { extra: { ask } },
  )
}

/** What a handler answers; a 412 of it says also who was faster, and when. */
async function handled(app: App, route: Route, context: Context<unknown, unknown, unknown>): Promise<unknown> {
  try {
    return await route.handler(context as Context<never, never, never>)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'stale_version') throw error
    const { id = context.workspaceId } = context.params as { id?: string }
    const change = await lastChange(app.db, context.workspaceId, String(id))
    throw new Problem('stale_version', error.message, { extra: { ...error.extra, ...change }, cause: error })
  }
}

async function serve(
  app: App,
  route: Route,
  caller: Caller | null,
  request: FastifyRequest,
  reply: FastifyReply,
  stopping: AbortSignal,
): Promise<void> {
  let signal: AbortSignal | undefined
  let status = route.status
  const context: Context<unknown, unknown, unknown> = {
    app,
    params: parseParams(route, request.params),
    query: parseInput(route.query ?? noQuery, readQuery(request.url), 'query'),
    body: parseBody(route, request),
    workspaceId: caller?.workspaceId ?? 0,
    actor: caller?.actor ?? nobody,
    ifMatch: parseIfMatch(request.headers['if-match']),
    ip: request.ip,
    requestId: request.id,
    origin: originOf(app, request),
    raw: request.raw,
    // Made when asked for: an abort costs a stack trace, and most requests have no use for it.
    get signal() {
      signal ??= AbortSignal.any([goneSignal(reply), stopping])
      return signal
    },
    headers: request.headers,
    header: (name, value) => void reply.header(name, value),
    status: (code) => {
      status = code as typeof status
    },
  }
  const handle = async () => await handled(app, route, context)
  const key = route.idempotent ? idempotencyKey(request) : null
  if (key !== null && caller) {
    const answer = await once(app, route, caller, key, request, async () => encode(route, await handle(), status))
    if (answer.problem) sendDocument(reply, answer.body as ProblemDocument)
    else reply.code(answer.status).send(answer.body)
    return
  }
  const result = await handle()
  if (route.media !== undefined) sendMedia(app, route.media, result, status, reply, context)
  else {
    const { status: code, body } = encode(route, result, status)
    reply.code(code).send(body)
  }
}

/** Aborts when the connection of an answer closes. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  if (reply.raw.closed) gone.abort()
  else reply.raw.once('close', () => gone.abort())
  return gone.signal
}

function parseParams(route: Route, params: unknown): unknown {
  if (!route.params) return {}
  const parsed = route.params.safeParse(params)
  if (!parsed.success) throw notFound('thing')
  return parsed.data
}

function parseBody(route: Route, request: FastifyRequest): unknown {
  const limit = route.bodyLimit ?? defaultBodyLimit
  if (route.body === 'stream') {
    if (route.bodyLimit !== undefined && Number(request.headers['content-length'] ?? 0) > limit) {
      throw new Problem('too_large', `This accepts up to ${inWords(limit)}. Send it in parts.`)
    }
    return undefined
  }
  if (route.method === 'GET') return undefined
  // Nothing to say is an empty object; a body where none is expected may hold no field.
  if (!route.body) return void parseInput(noQuery, request.body ?? {}, 'body')
  return parseInput(route.body, request.body ?? undefined, 'body')
}

const inWords = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} KB` : `${Math.floor(bytes / 1024 / 1024)} MB`

/** The response as its contract writes it; a handler that answers something else is a fault of ours. */
function encode(route: Route, result: unknown, status: number | undefined): StoredAnswer {
  if (result === undefined) return { status: status ?? 204, body: undefined, problem: false }
  return { status: status ?? 200, body: z.encode(route.response, result), problem: false }
}

function idempotencyKey(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Problem('malformed', 'Idempotency-Key takes 1 to 255 visible ASCII characters, for example a UUID.')
  }
  return key
}

/** Runs once for all requests with the key; what is refused for good is an answer like any other. */
async function once(
  app: App,
  route: Route,
  caller: Caller,
  key: string,
  request: FastifyRequest,
  run: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  const { workspaceId } = caller
  const place = `${route.method} ${route.path}`
  const taken = await takeIdempotencyKey(app, { workspaceId, key, route: place, url: request.url, body: request.body })
  if (!('finish' in taken)) return taken
  const keep = async (answer: StoredAnswer) =>
    // What was done is done: the caller gets the answer although a repeat will not.
    await taken
      .finish(answer)
      .catch((error: unknown) => app.log.warn({ err: error, requestId: request.id }, 'An answer was not kept'))
  try {
    const answer = await run()
    await keep(answer)
    return answer
  } catch (error) {
    const problem = toProblem(error)
    if (error instanceof Problem && (error.code === 'unavailable' || error.code === 'rate_limited'))
      await taken.release()
    // A connection lost half-way may have committed: the key stays taken, and a repeat runs only when the minute is over.
    else if (problem.code !== 'unavailable') {
      await keep({ status: problem.status, body: problemDocument(problem, request.id), problem: true })
    }
    throw error
  }
}

function sendMedia(
  app: App,
  media: string,
  result: unknown,
  status: number | undefined,
  reply: FastifyReply,
  context: { signal: AbortSignal; requestId: string },
): void {
  reply
    .code(status ?? 200)
    .type(media.startsWith('text/') && !media.includes('charset') ? `${media}; charset=utf-8` : media)
  const failed = (error: unknown) => app.log.error({ err: error, requestId: context.requestId }, 'An answer broke off')
  if (media === 'text/event-stream') {
    // The connection ends with the stream: kept open, it would hold up the end of the server.
    reply.header('x-accel-buffering', 'no').header('connection', 'close')
    reply.send(writeEvents(result as AsyncIterable<ServerEvent>, context.signal, failed))
  } else if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
    const source = result as AsyncIterable<string | Uint8Array>
    reply.send(Readable.from(source, { objectMode: false }).on('error', failed))
  } else {
    reply.send(result)
  }
}
