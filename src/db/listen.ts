import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from './database.ts'

/** What arrived: a notification, or `reconnected` when some may have been missed and the caller should look itself. */
export type Notice = { kind: 'notification'; channel: string; payload: string } | { kind: 'reconnected' }

/** A running subscription. */
export interface Listener {
  /** Resolves when the first connection listens; what is notified after that is heard. */
  readonly ready: Promise<void>
  /** Stops listening and closes the connection. */
  close(): Promise<void>
}

const shortestPauseMs = 100
const longestPauseMs = 5_000
// A connection cut by a firewall says nothing: ask now and then whether it is still there.
const probeMs = 30_000

/**
 * Listens on `channels` over a connection of its own (LISTEN belongs to a session, so a pool cannot do it) and calls
 * `onNotice` for each notification. Reconnects for ever, waiting 0.1 to 5 s between attempts, and then reports
 * `reconnected` once. Never throws after the start; `onNotice` must not throw.
 */
export function listen(
  config: pg.ClientConfig,
  channels: readonly string[],
  onNotice: (notice: Notice) => void,
  log?: Log,
): Listener {
  const stop = new AbortController()
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>()
  let current: pg.Client | undefined

  async function session(isFirst: boolean): Promise<void> {
    const client = new pg.Client({
      application_name: 'throughline listen',
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      ...config,
      keepAlive: true,
    })
    const lost = new Promise<void>((resolve) => {
      client.on('end', resolve)
      client.on('error', () => resolve())
    })
    client.on('notification', ({ channel, payload }) =>
      onNotice({ kind: 'notification', channel, payload: payload ?? '' }),
    )
    let probe: NodeJS.Timeout | undefined
    try {
      await client.connect()
      current = client
      for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`)
      if (isFirst) becomeReady()
      else if (!stop.signal.aborted) onNotice({ kind: 'reconnected' })
      await new Promise<void>((resolve, reject) => {
        probe = setInterval(() => client.query('select 1').catch(reject), probeMs)
        probe.unref()
        stop.signal.addEventListener('abort', () => resolve(), { once: true })
        lost.then(resolve, reject)
      })
    } finally {
      clearInterval(probe)
      await client.end().catch(() => undefined)
    }
  }

  async function run(): Promise<void> {
    let connected = false
    let pauseMs = shortestPauseMs
    void ready.then(() => {
      connected = true
    })
    while (!stop.signal.aborted) {
      const startedAt = performance.now()
      try {
        await session(!connected)
        if (!stop.signal.aborted) log?.warn('The database connection for notifications was lost; reconnecting')
      } catch (error) {
        log?.warn({ err: error }, 'Could not listen for database notifications; trying again')
      }
      pauseMs = performance.now() - startedAt > longestPauseMs ? shortestPauseMs : Math.min(pauseMs * 2, longestPauseMs)
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }

  const running = run()
  return {
    ready,
    async close() {
      stop.abort()
      await current?.end().catch(() => undefined)
      await running
    },
  }
}
