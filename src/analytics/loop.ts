import type { App } from '../app.ts'
import type { Tx } from '../db/database.ts'
import type { Loop } from '../engine/scheduler.ts'
import { anythingToCount, countRuns, isRecounting, takeCounting, takePending, takeRecount } from './count-sql.ts'

/** Runs counted in one transaction: about a third of a second. */
const runsAtOnce = 4_000
/** Changes gather this long: counting ten runs costs nearly what counting a thousand does. */
const gatherMs = 500
/** Looks this often although nobody woke it: a change that was not announced is counted as soon as one can see it. */
const idleMs = 1_000

/** Counts what is next: runs that changed, else some of a workspace that is counted anew. Answers how many; 0 when nothing is left. */
export async function countNext(tx: Tx, limit: number): Promise<number> {
  const pending = await takePending(tx, limit)
  if (pending.length > 0) {
    await countRuns(tx, pending)
    return pending.length
  }
  if (!(await isRecounting(tx))) return 0
  const again = await takeRecount(tx, limit)
  await countRuns(tx, again)
  return Math.max(1, again.length)
}

/**
 * The loop that keeps the sums of analytics equal to the rows: takes the runs that changed and counts them anew. It is behind by what it
 * gathers and one pass, well under two seconds; numbers are never wrong, only that much old.
 */
export function createCounting({ db }: Pick<App, 'db'>): Loop {
  return {
    name: 'count',
    idleMs,
    async pass() {
      if (!(await anythingToCount(db))) return { again: false, nextAt: null }
      const counted = await db
        .transaction()
        .execute(async (tx) => ((await takeCounting(tx)) ? await countNext(tx, runsAtOnce) : 0))
      return { again: counted > 0, restMs: counted < runsAtOnce / 2 ? gatherMs : 0, nextAt: null }
    },
  }
}
