import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import type { Channel } from '../channels/channel.ts'
import type { Loop, Pass } from '../engine/scheduler.ts'
import type { DueCredential } from './claim-sql.ts'
import { dueCredentials, nextMessageDue, renewLeases } from './claim-sql.ts'
import { credentialWorks, holdCredential } from './credential-state-sql.ts'
import { takeTurn, undoTurn } from './deliver-sql.ts'
import { Lane, type LaneWork } from './lane.ts'
import { holdForLimit } from './limits-sql.ts'
import { type ChannelOf, channelOpener, senderOf } from './open-channel.ts'
import { createRefill } from './refill.ts'
import { createRenderer, type Renderer } from './renderer.ts'

/** Named points at which a crash test may stop the program. */
export type DeliverPoint = 'claimed' | 'rendered' | 'intended' | 'recorded'

export interface DeliverOptions {
  /** Builds the channel of a credential. */
  channelOf?: ChannelOf
  renderer?: Renderer
  /** How long claims and hand-overs belong to a worker that says nothing, in ms. */
  leaseMs?: number
  onPoint?: (point: DeliverPoint) => void
}

/** The Deliver loop of one process. */
export interface Deliverer extends Loop {
  stop(): Promise<void>
  /** Resolves when no credential is being worked on. */
  idle(): Promise<void>
}

/** How long a stop waits for what providers have in hand. */
const graceMs = 8_500
/** Under load runs are woken in groups: at most one NOTIFY in this time. */
const wakeEveryMs = 200
/** A look while something is due that could not be taken comes no sooner. */
const shortestLookMs = 250

/**
 * The Deliver loop (ENGINE, loop 2). A pass finds credentials with something due and gives each a lane of its own, so one provider that
 * hangs holds up nobody else's messages. The promise it keeps is in lane.ts and turn-sql.ts: an intent is committed before the first
 * byte, and what is not known is never sent again by itself.
 */
export function createDeliverer(app: App, options: DeliverOptions = {}): Deliverer {
  const { db, log } = app
  const { channelOf = channelOpener(app), leaseMs = 20_000, onPoint = () => {} } = options
  const worker = randomUUID()
  const renderer = options.renderer ?? createRenderer()
  const lanes = new Map<string, { lane: Lane; done: Promise<void> }>()
  const channels = new Map<string, { channel: Channel; version: number }>()
  const refillOf = createRefill({ app, renderer, worker, leaseMs, onPoint })
  const stopping = new AbortController()
  let waking: NodeJS.Timeout | undefined
  let wokenAt = Number.NEGATIVE_INFINITY

  const wakeSoon = () => {
    waking ??= setTimeout(
      () => {
        waking = undefined
        wokenAt = performance.now()
        app.wake().catch((error) => log.warn({ err: error }, 'The loops could not be woken'))
      },
      Math.max(0, wokenAt + wakeEveryMs - performance.now()),
    )
  }

  const renewal = setInterval(() => {
    const ids = [...lanes.values()].flatMap(({ lane }) => lane.holding)
    renewLeases(db, worker, ids, leaseMs).catch((error) => log.warn({ err: error }, 'Leases could not be renewed'))
  }, leaseMs / 3)
  renewal.unref()

  function channelFor(credential: DueCredential): Channel {
    const known = channels.get(credential.id)
    if (known?.version === credential.version) return known.channel
    if (known) void known.channel.close()
    const channel = channelOf(credential)
    channels.set(credential.id, { channel, version: credential.version })
    return channel
  }

  function workOf(credential: DueCredential): LaneWork {
    const refill = refillOf(credential, senderOf(credential), credential.type === 'smtp')
    return {
      refill,
      async turn(settled, intents) {
        const result = await takeTurn(db, { credential, worker, leaseMs, settled, intents })
        onPoint(intents.length > 0 ? 'intended' : 'recorded')
        if (result.ended) wakeSoon()
        return result
      },
      undo: (intents) => undoTurn(db, worker, intents),
      async signal(signal, response, retryAfterMs) {
        if (signal === 'fine') return credentialWorks(db, credential.id)
        log.warn({ credentialId: credential.id, signal, response }, 'A credential is held')
        await holdCredential(db, credential.id, signal, response, retryAfterMs)
      },
      limited: (waitMs) => holdForLimit(db, credential.id, waitMs),
      sleep: (ms) => pause(ms, stopping.signal),
      onError: (error) =>
        log.error({ err: error, credentialId: credential.id }, 'Delivering failed and will be tried again'),
    }
  }

  function startLane(credential: DueCredential): void {
    const channel = channelFor(credential)
    const lane = new Lane({
      channel,
      work: workOf(credential),
      leaseMs,
      width: credential.failures > 0 ? 1 : channel.connections,
      healthy: credential.health === 'ok' && credential.failures === 0,
    })
    const done = lane
      .run()
      .catch((error) => log.error({ err: error, credentialId: credential.id }, 'A delivery lane ended with an error'))
      .finally(() => {
        lanes.delete(credential.id)
        if (!stopping.signal.aborted) wakeSoon()
      })
    lanes.set(credential.id, { lane, done })
  }

  return {
    name: 'deliver',
    idleMs: 30_000,
    async pass(): Promise<Pass> {
      if (stopping.signal.aborted) return { again: false, nextAt: null }
      for (const credential of await dueCredentials(db)) {
        const running = lanes.get(credential.id)
        if (running) running.lane.again = true
        else if (!stopping.signal.aborted) startCarefully(credential)
      }
      const nextAt = await nextMessageDue(db, [...lanes.keys()])
      const soonest = Date.now() + shortestLookMs
      return { again: false, nextAt: nextAt && new Date(Math.max(nextAt.getTime(), soonest)) }
    },
    async idle() {
      while (lanes.size > 0) await Promise.all([...lanes.values()].map(({ done }) => done))
    },
    async stop() {
      stopping.abort()
      for (const { lane } of lanes.values()) lane.stop()
      const ended = Promise.all([...lanes.values()].map(({ done }) => done))
      await Promise.race([ended, pause(graceMs, new AbortController().signal)])
      clearInterval(renewal)
      clearTimeout(waking)
      await Promise.all([...channels.values()].map(({ channel }) => channel.close()))
      if (!options.renderer) await renderer.close()
    },
  }

  /** A credential whose secret cannot be read must not keep the others from working. */
  function startCarefully(credential: DueCredential): void {
    try {
      startLane(credential)
    } catch (error) {
      log.error({ err: error, credentialId: credential.id }, 'A credential cannot be used')
      const reason = error instanceof Error ? error.message : String(error)
      holdCredential(db, credential.id, 'login-refused', reason).catch((failure) =>
        log.error({ err: failure, credentialId: credential.id }, 'A credential could not be held'),
      )
    }
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
    })
  }
}
