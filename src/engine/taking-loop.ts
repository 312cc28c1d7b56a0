import type { Loop } from './scheduler.ts'

/** The program stops: what is done of a long work stays, the rest is another worker's. */
export class Stopped extends Error {}

/** The longest sleep, in ms: how soon work is taken up again whose worker was killed, beyond its lease. */
const idleMs = 5_000

/**
 * A loop that takes up one long work after the other and carries it on, two of them at once. `carryOn` calls `unlessStopped` before each
 * chunk, which throws {@link Stopped} when the program is about to end; `sweep` puts away what is over, and answers whether there is more.
 */
export function createTakingLoop<Held>(options: {
  name: string
  wake(): Promise<void>
  take(): Promise<Held | undefined>
  carryOn(held: Held, unlessStopped: () => void): Promise<void>
  sweep(): Promise<boolean>
}): Loop {
  const { name, wake, take, carryOn, sweep } = options
  let isStopping = false
  return {
    name,
    concurrency: 2,
    idleMs,
    async pass(help) {
      const held = isStopping ? undefined : await take()
      if (!held) return { again: await sweep(), nextAt: null }
      help?.()
      await carryOn(held, () => {
        if (isStopping) throw new Stopped()
      })
      await wake()
      return { again: true, nextAt: null }
    },
    async stop() {
      isStopping = true
    },
  }
}
