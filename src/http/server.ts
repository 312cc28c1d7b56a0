import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import fastifyHelmet from '@fastify/helmet'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { sql } from '../db/database.ts'
import { lookAtRoom } from '../disk.ts'
import { Problem } from '../errors.ts'
import { mountApi } from './api.ts'
import { createMetrics, type Measure } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { diskFull, problemDocument, problemType, sendDocument, toProblem } from './problem.ts'
import type { Route, ServerPlugin } from './route.ts'
import { isForWebApp, sendPage, serveWebApp } from './web-app.ts'

/** What the server is made of. */
export interface ServerOptions {
  app: App
  /** Everything below /api/v1. */
  routes: readonly Route[]
  /** Public pages outside it. */
  plugins?: readonly ServerPlugin[]
  /** Where the built web app is. */
  webDir: string
  /** Figures of the parts for /metrics. */
  measures?: readonly Measure[]
  /** Names migrations that this database lacks: not ready then. */
  pendingMigrations?: () => Promise<string[]>
}

/** Builds the HTTP server, not yet listening. Closing it ends endless answers and waits for the rest. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { app, routes, plugins = [], webDir } = options
  const { env, log } = app
  const server = Fastify({
    logger: false,
    // The nearest proxies, as many as the operator says; what stands before them in X-Forwarded-For is the caller's word.
    trustProxy: (_address: string, hop: number) => hop < env.trustProxy,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void sendProblem(app, error, request as FastifyRequest, reply as unknown as FastifyReply),
    clientErrorHandler: refuseUnreadable,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  })
  const stopping = new AbortController()
  server.addHook('preClose', async () => {
    stopping.abort()
    // A connection that a client opened ahead of need has sent nothing yet; Node holds it for busy until its headers are overdue (60 s).
    setTimeout(() => server.server.closeAllConnections(), 5_000).unref()
  })
  await secure(server, env.publicUrl?.startsWith('https://') ?? false)

  const metrics = createMetrics(options.measures ?? [])
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const seconds = reply.elapsedTime / 1000
    metrics.observeRequest(route, request.method, reply.statusCode, seconds)
    // The route's pattern, not the address: links in mail are secrets.
    log.debug({ requestId: request.id, method: request.method, route, status: reply.statusCode, seconds }, 'Answered')
  })
  server.setErrorHandler((error, request, reply) => sendProblem(app, error, request, reply))
  server.setNotFoundHandler((request, reply) => {
    if (isForWebApp(request)) return sendPage(reply, webDir)
    const problem = new Problem('not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`)
    return sendProblem(app, problem, request, reply)
  })

  mountApi(server, app, routes, stopping.signal)
  for (const plugin of plugins) {
    server.register(async (scope) => {
      // Pictures and links in mail are loaded from other sites: from webmail.
      scope.addHook('onRequest', async (_request, reply) => {
        reply.header('cross-origin-resource-policy', 'cross-origin')
      })
      await plugin(scope, app)
    })
  }
  const document = openApiDocument(routes)
  server.get('/api/openapi.json', async (_request, reply) => reply.header('cache-control', 'no-cache').send(document))
  server.get('/health', async () => ({ status: 'ok' }))
  server.get('/ready', async () => await readiness(options))
  server.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  await serveWebApp(server, webDir)
  return server
}

/** 200 when the database answers and is at this version. @throws Problem `unavailable` */
async function readiness({ app, pendingMigrations }: ServerOptions): Promise<{ status: 'ready' }> {
  try {
    await sql`select 1`.execute(app.db)
  } catch (cause) {
    throw new Problem('unavailable', 'The database does not answer.', { cause })
  }
  const pending = (await pendingMigrations?.()) ?? []
  if (pending.length > 0) {
    throw new Problem('unavailable', 'The database is not at this version yet; run “throughline migrate”.')
  }
  return { status: 'ready' }
}

/** The one place where a problem becomes an answer. */
function sendProblem(app: App, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = toProblem(error)
  // A database that a full disk stopped answers nobody; the disk says why.
  const problem = found.code === 'unavailable' && lookAtRoom(app.env)?.isFull ? diskFull(found.cause ?? found) : found
  if (problem.status >= 500) {
    const fields = { err: problem.cause ?? problem, requestId: request.id, route: request.routeOptions?.url }
    app.log[problem.code === 'internal' ? 'error' : 'warn'](fields, problem.message)
  }
  const wait = problem.extra.retryAfterSeconds ?? (problem.code === 'unavailable' ? 1 : undefined)
  if (wait !== undefined) reply.header('retry-after', String(wait))
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  return sendDocument(reply, problemDocument(problem, request.id))
}

/** What is no HTTP, or has headers beyond Node's 16 KiB, never reaches a route: it is answered on the socket. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const detail =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'The headers are larger than 16 KiB.'
      : 'This is not a well-formed HTTP request.'
  const body = JSON.stringify(problemDocument(new Problem('malformed', detail)))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/**
 * Headers of every answer (TRUST S24). On plain http neither HSTS nor upgrade-insecure-requests, which would lock a
 * self-hoster out; styles are inline in the component library; pictures of mail previews come from anywhere.
 */
async function secure(server: FastifyInstance, https: boolean): Promise<void> {
  await server.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'https:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(https && { upgradeInsecureRequests: [] }),
      },
    },
    hsts: https,
    crossOriginEmbedderPolicy: false,
  })
}
