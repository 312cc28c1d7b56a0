import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { pendingMigrations } from './db/migrate.ts'
import { StartFailure } from './db/start-failure.ts'
import type { Env } from './env.ts'
import { createServer } from './http/server.ts'
import { startLoops } from './loops.ts'
import { measuresOf } from './measures.ts'
import { hasOwner, type OpenApp, openApp } from './open-app.ts'
import { plugins, routes } from './router.ts'

/** What a process does: serve the web app and the API, run the loops that move customers and hand messages over, or both. */
export const roles = ['web', 'worker'] as const
export type Role = (typeof roles)[number]

/** A running program. */
export interface Running {
  /** Where the web app is; null for a process that only works. */
  url: string | null
  hasOwner: boolean
  /** Takes no new work, waits up to 9 s for what is in hand, then lets go of the database. Safe to call twice. */
  stop(): Promise<void>
}

/** How long a stop waits for what is in hand: a service manager that gives ten seconds before SIGKILL never has to. */
const graceMs = 9_000

interface Part {
  stop(): Promise<void>
}

/** Starts the program. @throws StartFailure with one clear line; nothing is left running then */
export async function start(options: { env: Env; log: Logger; roles: ReadonlySet<Role> }): Promise<Running> {
  const { env, log } = options
  const opened = await openApp({ env, log, role: 'server' })
  const parts: Part[] = []
  try {
    let url: string | null = null
    if (options.roles.has('web')) {
      const web = await startWeb(opened)
      parts.push(web)
      url = web.url
    }
    if (options.roles.has('worker')) parts.push(startLoops(opened.app, opened.database))
    let stopped: Promise<void> | undefined
    const stop = () => {
      stopped ??= stopAll(opened, parts, log)
      return stopped
    }
    return { url, hasOwner: await hasOwner(opened.app), stop }
  } catch (error) {
    await stopAll(opened, parts, log)
    throw error
  }
}

async function startWeb({ app, database }: OpenApp): Promise<Part & { url: string }> {
  const { env } = app
  const webDir = fileURLToPath(new URL('../web/dist/', import.meta.url))
  const server = await createServer({
    app,
    routes,
    plugins,
    webDir,
    pendingMigrations: () => pendingMigrations(database.pool),
    measures: measuresOf(app.db),
  })
  try {
    await server.listen({ host: env.host, port: env.port })
  } catch (cause) {
    await server.close()
    throw listenFailure(cause, env)
  }
  const address = server.server.address()
  // PORT=0 takes a free one: links in messages need the real number.
  if (address !== null && typeof address === 'object') env.port = address.port
  const host = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(env.host) ? 'localhost' : env.host
  return {
    url: env.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${env.port}`,
    async stop() {
      await server.close()
    },
  }
}

async function stopAll(opened: OpenApp, parts: readonly Part[], log: Logger): Promise<void> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => giveUp('late'), graceMs)
  const ended = Promise.allSettled(parts.map((part) => part.stop())).then((results) => {
    for (const result of results)
      if (result.status === 'rejected') log.warn({ err: result.reason }, 'A part stopped badly')
  })
  if ((await Promise.race([ended, late])) === 'late') {
    log.warn('Not all that was in hand has finished; it goes on, or is shown as unconfirmed, at the next start')
  }
  clearTimeout(timer)
  await opened.close()
}

function listenFailure(cause: unknown, { host, port }: Env): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    return new StartFailure(`Port ${port} is already in use. Stop the program that uses it, or set PORT to another.`, {
      cause,
    })
  }
  if (code === 'EACCES') {
    return new StartFailure(`This user may not listen on port ${port}. Set PORT to one above 1023.`, { cause })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StartFailure(`Cannot listen on ${host}:${port}: ${reason}`, { cause })
}
