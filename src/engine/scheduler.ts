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
  /** How many passes may run at once in this process. One looks; the others join when there is more than it takes. */
  concurrency?: number
  /** Longest sleep in ms: the floor for work that nobody announces. */
  idleMs?: number
  /** Keeps to its own clock: `wake()` does not concern it. */
  deaf?: true
  /** A pass that takes a while calls `help` once it has work in hand and may have left some: another lane looks, too. */
  pass(help?: () => void): Promise<Pass>
  /** Resolves when nothing that a pass has begun is still under way. */
  idle?(): Promise<void>
  /** Takes no new work and waits for what the loop has in hand. */
  stop?(): Promise<void>
}

const shortestNapMs = 10

export interface Scheduler {
  start(): void
  /** Something happened: of every loop, one lane that sleeps looks again. */
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
  const lanesOf = loops.map((loop) => new Lanes(loop))
  const running: Promise<void>[] = []

  const lane = async (lanes: Lanes): Promise<void> => {
    const { loop } = lanes
    const rest = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
    let failures = 0
    while (!stopping.signal.aborted) {
      lanes.missed = false
      try {
        const pass = await loop.pass(lanes.help)
        failures = 0
        if (pass.again && !pass.restMs) {
          lanes.help()
          continue
        }
        if (pass.again && lanes.asleep === lanes.count - 1) {
          await rest(pass.restMs ?? 0)
          continue
        }
        if (loop.deaf) await rest(lanes.napMs(pass.nextAt))
        // What trickles in is enough for one lane: the others sleep until they are called.
        else if (!stopping.signal.aborted && !lanes.missed) await lanes.nap(pass.nextAt)
      } catch (error) {
        failures += 1
        const ms = Math.min(15_000, 100 * 2 ** failures)
        log.error({ err: error, loop: loop.name, retryInMs: ms }, `The ${loop.name} loop failed and will try again`)
        await rest(ms)
      }
    }
  }

  const wake = () => {
    for (const lanes of lanesOf) lanes.wake()
  }

  const watch = async (ask: () => Promise<boolean>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(1_000, undefined, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted || lanesOf.every(({ asleep }) => asleep === 0)) continue
      // The loops report a database that is away; this one only asks.
      if (await ask().catch(() => false)) wake()
    }
  }

  return {
    start() {
      if (anythingDue) running.push(watch(anythingDue))
      for (const lanes of lanesOf) for (let n = 0; n < lanes.count; n += 1) running.push(lane(lanes))
    },
    wake,
    async stop() {
      stopping.abort()
      for (const lanes of lanesOf) lanes.wakeAll()
      await Promise.all(loops.map((loop) => loop.stop?.()))
      await Promise.all(running)
    },
  }
}

/** The lanes of one loop: who sleeps, and which of those watches the clock for all. */
class Lanes {
  readonly loop: Loop
  readonly count: number
  /** Announced while nobody slept: whoever ends its pass next looks once more. */
  missed = false
  /** The sleepers, the one that watches the clock last. */
  private readonly sleepers: (() => void)[] = []
  private watchedUntil = Number.POSITIVE_INFINITY

  constructor(loop: Loop) {
    this.loop = loop
    this.count = loop.concurrency ?? 1
  }

  get asleep(): number {
    return this.sleepers.length
  }

  /** Calls one more lane, if one sleeps. */
  help = (): void => this.sleepers.at(-1)?.()

  wake(): void {
    if (this.sleepers.length > 0) this.help()
    else this.missed = true
  }

  wakeAll(): void {
    for (const wakeUp of [...this.sleepers]) wakeUp()
  }

  napMs(nextAt: Date | null): number {
    const { idleMs = 60_000 } = this.loop
    const ms = nextAt ? Math.min(idleMs, nextAt.getTime() - Date.now()) : idleMs
    // Something overdue that a pass could not take is in another worker's hands: give it a moment.
    return Math.max(shortestNapMs, ms)
  }

  /** Sleeps until it is called; one of the sleepers, the one with the earliest deadline, also until that. */
  async nap(nextAt: Date | null): Promise<void> {
    const until = performance.now() + this.napMs(nextAt)
    const watches = until < this.watchedUntil
    await new Promise<void>((resolve) => {
      const timer = watches ? setTimeout(wakeUp, until - performance.now()) : undefined
      const { sleepers } = this
      const self = this
      function wakeUp() {
        clearTimeout(timer)
        sleepers.splice(sleepers.indexOf(wakeUp), 1)
        if (watches && self.watchedUntil === until) self.watchedUntil = Number.POSITIVE_INFINITY
        resolve()
      }
      if (watches) {
        this.watchedUntil = until
        sleepers.push(wakeUp)
      } else sleepers.unshift(wakeUp)
    })
  }
}
