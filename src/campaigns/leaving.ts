import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { type Followed, followRemoved } from './leaving-sql.ts'

/** How many followed each choice, and whether that was everybody. */
export type FollowedSum = Omit<Followed, 'campaignId'>

/** Lets the customers of one campaign follow what a publish chose for them, until all have or `forMs` have passed; the loop does the rest. */
export async function followFor({ db }: Pick<App, 'db'>, campaignId: string, forMs: number): Promise<FollowedSum> {
  const sum: FollowedSum = { finish: 0, move: 0, exit: 0, done: true }
  const until = performance.now() + forMs
  let chunkMs = 0
  do {
    const startedAt = performance.now()
    const chunk = await followRemoved(db, campaignId)
    sum.finish += chunk?.finish ?? 0
    sum.move += chunk?.move ?? 0
    sum.exit += chunk?.exit ?? 0
    sum.done = chunk?.done ?? true
    chunkMs = performance.now() - startedAt
    // The next one takes about as long: it must end in time, too.
  } while (!sum.done && performance.now() + chunkMs < until)
  return sum
}

/** The loop that goes on where a publish had more customers on removed nodes than its answer could wait for, or was cut off. */
export function createFollowing({ db }: Pick<App, 'db'>, { everyMs = 5_000 } = {}): Loop {
  return {
    name: 'follow removed',
    idleMs: everyMs,
    deaf: true,
    async pass() {
      return { again: (await followRemoved(db)) !== null, nextAt: new Date(Date.now() + everyMs) }
    },
  }
}
