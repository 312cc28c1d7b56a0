import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { acquireDataDirLock, type DataDirLock, type EmbeddedConfig, type Role, readHolder } from './data-dir-lock.ts'
import { createKysely, createPool, type Database, type Log } from './database.ts'
import { startEmbedded } from './embedded.ts'
import { StartFailure } from './start-failure.ts'

/** What {@link openDatabase} needs to know of the environment. */
export interface OpenOptions {
  /** A PostgreSQL of the operator's own; without one the embedded server in `dataDir` is used. */
  databaseUrl?: string | undefined
  dataDir: string
  log: Log
  /** A `server` wants the data directory for itself; a `command` also works beside a running server. */
  role: Role
  /** The most connections of the pool; 20 by default. */
  maxConnections?: number
}

// The oldest PostgreSQL whose features the SQL uses, as `server_version_num`.
const oldestVersion = 150_000
const longestWaitMs = 60_000
const nameWaitMs = 5_000

/**
 * Opens the database: the one at `databaseUrl`; else the embedded one, which is started here unless a running program on
 * the same data directory has it up already. Does not migrate. Throws a {@link StartFailure} with one clear line when the
 * server is unreachable or too old, or when another server runs on the data directory.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const { databaseUrl, log, role, maxConnections } = options
  if (databaseUrl !== undefined) {
    const database = databaseOn({ connectionString: databaseUrl }, { embedded: false, max: maxConnections, log })
    try {
      await requireVersion(database.pool)
    } catch (error) {
      await database.close()
      throw error
    }
    return database
  }
  const dataDir = resolve(options.dataDir)
  const place = await takeOrJoin(dataDir, role, log)
  if ('joined' in place) return databaseOn(place.joined, { embedded: true, max: maxConnections, log })
  const { lock } = place
  try {
    const server = await startEmbedded({ dataDir, log })
    await lock.publish(server.config)
    return databaseOn(server.config, {
      embedded: true,
      max: maxConnections,
      log,
      async stop(pool) {
        await pool.end()
        if (role === 'command') await othersGone(server.config, log)
        await server.stop()
        await lock.release()
      },
    })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Throws a {@link StartFailure} unless `versionNumber` (PostgreSQL's `server_version_num`) is one that we run on;
 * `versionText` is for the message.
 */
export function checkVersion(versionNumber: number, versionText: string): void {
  if (versionNumber >= oldestVersion) return
  throw new StartFailure(
    `The PostgreSQL at DATABASE_URL is version ${versionText}; Throughline needs 15 or newer. Upgrade it, or leave DATABASE_URL unset to use the embedded one.`,
  )
}

/** `config` as a connection URL, for programs that take one. */
export function connectionUrl(config: EmbeddedConfig): string {
  const { host, port, user, password, database } = config
  const part = encodeURIComponent
  return host.startsWith('/')
    ? `postgresql://${part(user)}:${part(password)}@localhost:${port}/${part(database)}?host=${part(host)}`
    : `postgresql://${part(user)}:${part(password)}@${host}:${port}/${part(database)}`
}

interface Opened {
  embedded: boolean
  max: number | undefined
  log: Log
  stop?: (pool: pg.Pool) => Promise<void>
}

function databaseOn(config: pg.ClientConfig, { embedded, max, log, stop }: Opened): Database {
  const pool = createPool(config, { ...(max === undefined ? {} : { max }), log })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= stop === undefined ? pool.end() : stop(pool)
    return closing
  }
  return { db: createKysely(pool), pool, config, embedded, close, [Symbol.asyncDispose]: close }
}

async function requireVersion(pool: pg.Pool): Promise<void> {
  let found: { number: number; text: string } | undefined
  try {
    const { rows } = await pool.query<{ number: number; text: string }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
    )
    found = rows[0]
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message || String(cause) : String(cause)
    throw new StartFailure(`The PostgreSQL at DATABASE_URL cannot be used: ${reason}`, { cause })
  }
  if (found !== undefined) checkVersion(found.number, found.text)
}

/** Gets the right to start PostgreSQL on the data directory, or the way to the one that runs there. */
async function takeOrJoin(
  dataDir: string,
  role: Role,
  log: Log,
): Promise<{ lock: DataDirLock } | { joined: EmbeddedConfig }> {
  let told = false
  for (let waitedMs = 0; ; waitedMs += 100) {
    const lock = await acquireDataDirLock(dataDir, role)
    if (lock !== null) return { lock }
    const holder = await readHolder(dataDir)
    if (role === 'server' && holder?.role === 'server') {
      throw new StartFailure(
        `Throughline is already running on ${dataDir} (process ${holder.pid}). Stop that one first, or set another DATA_DIR.`,
      )
    }
    if (role === 'command' && holder?.config && (await canConnect(holder.config))) return { joined: holder.config }
    // A server waits for a command to finish, not for another server that has yet to say its name.
    if (waitedMs >= (role === 'server' && holder === null ? nameWaitMs : longestWaitMs)) {
      const who = holder === null ? 'another process' : `process ${holder.pid}`
      throw new StartFailure(`The data directory ${dataDir} is in use by ${who}, which does not finish or answer.`)
    }
    if (!told && waitedMs >= 1_000) {
      told = true
      log.info(`Waiting for ${holder === null ? 'another process' : `process ${holder.pid}`}, which uses ${dataDir}`)
    }
    await delay(100)
  }
}

async function canConnect(config: EmbeddedConfig): Promise<boolean> {
  const pool = createPool(config, { max: 1 })
  return pool
    .query('select 1')
    .then(
      () => true,
      () => false,
    )
    .finally(() => pool.end())
}

/** Waits for other commands that joined the server of this one: it ends with us. Our own connections are closed. */
async function othersGone(config: EmbeddedConfig, log: Log): Promise<void> {
  const pool = createPool(config, { max: 1 })
  try {
    for (let told = false; ; told = true) {
      const { rows } = await pool.query<{ count: number }>(
        `select count(*) as count from pg_stat_activity where backend_type = 'client backend'
           and pid <> pg_backend_pid() and application_name like 'throughline%'`,
      )
      if ((rows[0]?.count ?? 0) === 0) return
      if (!told) log.info('Waiting for other commands that use the database of this one')
      await delay(200)
    }
  } catch (error) {
    log.warn({ err: error }, 'Could not ask which other commands use the database of this one')
  } finally {
    await pool.end()
  }
}
