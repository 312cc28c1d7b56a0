import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

/** What one pass of a loop found. */
export interface Pass {
  /** There is more to do now. */
  again: boolean
  /** Before it, let work gather for so long, in ms: a batch of ten costs nearly what one of a thousand does. */
  restMs?: number
  /** When the next thing is due, as far as the pass knows; null = nothing in sight. */
  nextAt: Date | null
}

/** One of the engine's loops: advance, deliver, fire, keep house. A pass is short and leaves nothing half done. */
export interface Loop {
  name: string
  /** How many passes may run at once in this process. */
  concurrency?: number
  /** Longest sleep in ms: the floor for work that nobody announces. */
  idleMs?: number
  /** Keeps to its own clock: `wake()` does not concern it. */
  deaf?: true
  pass(): Promise<Pass>
  /** Resolves when nothing that a pass has begun is still under way. */
  idle?(): Promise<void>
  /** Takes no new work and waits for what the loop has in hand. */
  stop?(): Promise<void>
}

const shortestNapMs = 10

export interface Scheduler {
  start(): void
  /** Something happened: every sleeping loop looks again. */
  wake(): void
  /** Takes no new work and resolves when all passes have ended. */
  stop(): Promise<void>
}

/**
 * Drives loops in one process. A loop sleeps until its next deadline and is woken by `wake()`; setTimeout is only the alarm, the
 * database's clock decides what is due. A pass that throws is logged and repeated with backoff: no loop ever dies.
 */
export function createScheduler(options: {
  loops: readonly Loop[]
  log: Logger
  /** Asked once a second, for all loops together: is anything due? The floor for work whose announcement was lost. */
  anythingDue?: () => Promise<boolean>
}): Scheduler {
  const { loops, log, anythingDue } = options
  const stopping = new AbortController()
  const alarms = new Set<() => void>()
  const lanes: Promise<void>[] = []
  let wakes = 0

  const nap = async (loop: Loop, ms: number, seen: number): Promise<void> => {
    if (stopping.signal.aborted) return
    if (loop.deaf) return sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
    if (wakes !== seen) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms)
      function done() {
        clearTimeout(timer)
        alarms.delete(done)
        resolve()
      }
      alarms.add(done)
    })
  }

  const lane = async (loop: Loop, first: boolean): Promise<void> => {
    let failures = 0
    while (!stopping.signal.aborted) {
      const seen = wakes
      try {
        const pass = await loop.pass()
        failures = 0
        if (pass.again) {
          if (pass.restMs) await sleep(pass.restMs, undefined, { signal: stopping.signal }).catch(() => {})
          continue
        }
        const idleMs = loop.idleMs ?? 60_000
        // Lanes beyond the first only help under load; one watches the clock.
        const ms = first && pass.nextAt ? Math.min(idleMs, pass.nextAt.getTime() - Date.now()) : idleMs
        // Something overdue that a pass could not take is in another worker's hands: give it a moment.
        await nap(loop, Math.max(shortestNapMs, ms), seen)
      } catch (error) {
        failures += 1
        const ms = Math.min(15_000, 100 * 2 ** failures)
        log.error({ err: error, loop: loop.name, retryInMs: ms }, `The ${loop.name} loop failed and will try again`)
        await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
  }

  const wake = () => {
    wakes += 1
    for (const alarm of [...alarms]) alarm()
  }

  const watch = async (ask: () => Promise<boolean>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(1_000, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted || alarms.size === 0) continue
      // The loops report a database that is away; this one only asks.
      if (await ask().catch(() => false)) wake()
    }
  }

  return {
    start() {
      if (anythingDue) lanes.push(watch(anythingDue))
      for (const loop of loops) {
        for (let index = 0; index < (loop.concurrency ?? 1); index += 1) lanes.push(lane(loop, index === 0))
      }
    },
    wake,
    async stop() {
      stopping.abort()
      for (const alarm of [...alarms]) alarm()
      await Promise.all(loops.map((loop) => loop.stop?.()))
      await Promise.all(lanes)
    },
  }
}
