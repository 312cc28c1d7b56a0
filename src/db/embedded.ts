import { closeSync, openSync } from 'node:fs'
import { readFile, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { EmbeddedConfig } from './data-dir-lock.ts'
import type { Log } from './database.ts'
import { type Account, chooseAccount, ensureReach } from './embedded-account.ts'
import { type Binaries, findBinaries } from './embedded-binaries.ts'
import { clusterDirectory, ensureCluster, openDataDirectory, owner, settings } from './embedded-cluster.ts'
import { type Postmaster, postmasterPid, startPostmaster, stopOrphans } from './postmaster.ts'
import { StartFailure } from './start-failure.ts'

// Supervises the PostgreSQL that the program brings along.
//
//   starting   a postmaster runs but does not answer yet (first start, or recovery after a crash)
//   running    it answers; a look every half minute finds out when it no longer does
//   restarting it died, or stopped answering: start it again, waiting 0.1 to 10 s between attempts, for ever
//   stopped    by stop(); final

/** What {@link startEmbedded} needs. */
export interface EmbeddedOptions {
  /** Exists already, and is locked by this process. */
  dataDir: string
  log: Log
  /** False for tests only: no fsync. */
  durable?: boolean
}

/** The running server. */
export interface Embedded {
  readonly config: EmbeddedConfig
  /** The postmaster's process id; changes when it had to be restarted, null meanwhile. */
  pid(): Promise<number | null>
  /** Fast shutdown within 9 s, else by force. Safe to call twice. */
  stop(): Promise<void>
}

// A busy machine may take minutes to replay its log after a power cut; the wait is logged.
const longestStartMs = 10 * 60_000
const lockRetryMs = 10_000
const lookEveryMs = 30_000
const looksBeforeRestart = 4

/**
 * Starts PostgreSQL on the data directory, making its files at the first time, and keeps it running until `stop`. Ends
 * what an earlier, killed program left behind. Throws a {@link StartFailure} with what is in the way.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const server = await prepare(options)
  let postmaster = await bringUp(server)
  const stopping = new AbortController()
  const supervised = supervise()

  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted) {
      await Promise.race([postmaster.exited, unresponsive(server, stopping.signal), aborted(stopping.signal)])
      if (stopping.signal.aborted) return
      const what = postmaster.alive ? 'does not answer' : 'ended unexpectedly'
      server.log.error(`The embedded PostgreSQL ${what}; starting it again (its log: ${server.logPath})`)
      await postmaster.stop(5_000)
      for (let pauseMs = 100; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, 10_000)) {
        try {
          postmaster = await bringUp(server, stopping.signal)
          server.log.info('The embedded PostgreSQL is running again')
          break
        } catch (error) {
          if (stopping.signal.aborted) break
          server.log.error(`${error instanceof Error ? error.message : error}; trying again`)
          await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        }
      }
    }
  }

  return {
    config: server.config,
    pid: () => postmasterPid(server.cluster),
    async stop() {
      stopping.abort()
      await supervised
      await postmaster.stop(9_000)
    },
  }
}

/** Everything that stays the same from one postmaster to the next. */
interface Server {
  account: Account
  binaries: Binaries
  cluster: string
  config: EmbeddedConfig
  arguments: string[]
  logPath: string
  log: Log
}

async function prepare({ dataDir: givenDir, log, durable = true }: EmbeddedOptions): Promise<Server> {
  const dataDir = resolve(givenDir)
  const cluster = clusterDirectory(dataDir)
  const wasThere = await stat(cluster).then(
    () => true,
    () => false,
  )
  const chosen = await chooseAccount(dataDir, cluster)
  await openDataDirectory(chosen, dataDir, wasThere)
  const found = await findBinaries(dataDir)
  const { account, binaries } = await ensureReach(chosen, found, dataDir, wasThere ? cluster : dataDir)
  if (!wasThere) log.info(`Making a new database in ${cluster}`)
  const password = await ensureCluster(account, binaries, dataDir, durable)
  const address = await chooseAddress(cluster)
  const logPath = join(dataDir, 'postgres.log')
  // One earlier log is kept: after a crash that is the one that says why.
  await rename(logPath, `${logPath}.1`).catch(() => undefined)
  return {
    account,
    binaries,
    cluster,
    config: { ...address, user: owner, password, database: owner },
    arguments: [
      ...settings(durable),
      ...['-c', `port=${address.port}`],
      ...['-c', `listen_addresses=${address.host === cluster ? '' : address.host}`],
      ...['-c', `unix_socket_directories=${address.host === cluster ? cluster.replaceAll(',', '\\,') : ''}`],
    ],
    logPath,
    log,
  }
}

/**
 * A socket inside the cluster, which only its owner can enter; loopback with a free port where the path is too long for
 * one (sockaddr_un holds 104 to 108 bytes) or on Windows.
 */
async function chooseAddress(cluster: string): Promise<{ host: string; port: number }> {
  const socket = join(cluster, '.s.PGSQL.5432')
  const fits = Buffer.byteLength(socket) <= 100 && !/[,"\\]/.test(cluster)
  if (process.platform !== 'win32' && fits) return { host: cluster, port: 5432 }
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((done, failed) => probe.once('listening', done).once('error', failed))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw new StartFailure('No free port on 127.0.0.1')
  return { host: '127.0.0.1', port: address.port }
}

/** Starts a postmaster and waits until it answers; retries while remains of a killed one are in its way. */
async function bringUp(server: Server, signal?: AbortSignal): Promise<Postmaster> {
  const startedAt = performance.now()
  for (;;) {
    const { account, binaries, cluster } = server
    if (await stopOrphans(account, binaries, cluster)) {
      server.log.warn('Stopped a PostgreSQL that an earlier run had left behind')
    }
    const logFile = openSync(server.logPath, 'a', 0o600)
    const from = (await stat(server.logPath)).size
    const postmaster = startPostmaster(account, binaries, cluster, server.arguments, logFile)
    closeSync(logFile)
    try {
      if (await answers(server, postmaster, signal)) return postmaster
    } catch (error) {
      await postmaster.stop(2_000)
      throw error
    }
    const said = (await readFile(server.logPath)).subarray(from).toString('utf8')
    const inTheWay = /lock file "postmaster.pid"|pre-existing shared memory block|could not bind/.test(said)
    if (!inTheWay || performance.now() - startedAt > lockRetryMs || signal?.aborted) {
      throw new StartFailure(`The embedded PostgreSQL did not start: ${lastWords(said)} (its log: ${server.logPath})`)
    }
    await delay(200)
  }
}

/** Waits until the database can be used, making it the first time; false when the postmaster ended before that. */
async function answers(server: Server, postmaster: Postmaster, signal?: AbortSignal): Promise<boolean> {
  const startedAt = performance.now()
  let reportedAt = startedAt
  let pauseMs = 20
  while (postmaster.alive) {
    if (signal?.aborted) throw new StartFailure('Stopped while PostgreSQL was starting')
    try {
      await ensureDatabase(server.config)
      return true
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === '28P01') {
        throw new StartFailure('The password in postgres-password is not the one of the embedded PostgreSQL', {
          cause: error,
        })
      }
      const now = performance.now()
      if (now - startedAt > longestStartMs) {
        throw new StartFailure(`The embedded PostgreSQL does not answer: ${String(error)}`, { cause: error })
      }
      if (now - reportedAt > 5_000) {
        reportedAt = now
        server.log.info('Waiting for the embedded PostgreSQL, which is recovering from a crash')
      }
    }
    await Promise.race([delay(pauseMs), postmaster.exited])
    pauseMs = Math.min(pauseMs * 1.5, 500)
  }
  return false
}

async function ensureDatabase(config: EmbeddedConfig): Promise<void> {
  const client = new pg.Client({ ...config, database: 'postgres', connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('select from pg_database where datname = $1', [config.database])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(config.database)}`)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Resolves when the server has failed to answer several looks in a row; never while it answers, even to refuse. */
async function unresponsive(server: Server, signal: AbortSignal): Promise<void> {
  for (let failures = 0; failures < looksBeforeRestart; ) {
    await delay(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    const client = new pg.Client({ ...server.config, connectionTimeoutMillis: 10_000, query_timeout: 10_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select 1')
      failures = 0
    } catch (error) {
      // A refusal with an SQLSTATE (too many connections) is an answer.
      failures = error instanceof pg.DatabaseError ? 0 : failures + 1
      server.log.warn({ err: error }, 'The embedded PostgreSQL did not answer')
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }))
}

/** The lines that say why, out of what PostgreSQL logged. */
function lastWords(said: string): string {
  const lines = said.trim().split('\n')
  const telling = lines.filter((line) => /\b(FATAL|PANIC|HINT|error)\b/.test(line))
  return (telling.length > 0 ? telling : lines).slice(-3).join(' ').trim() || 'it said nothing'
}
