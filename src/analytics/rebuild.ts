import type { Db } from '../db/database.ts'
import { amongPending, countRuns, takeCounting, takePending } from './count-sql.ts'
import { countNext } from './loop.ts'
import { differingSums, mendSums, nextRuns } from './rebuild-sql.ts'

/** A sum that was not what the rows say. */
export interface SumDifference {
  table: string
  key: Record<string, unknown>
  column: string
  was: number
  is: number
}

/** What a rebuild found and mended. */
export interface Rebuilt {
  runs: number
  /** Runs that were counted as something else than their rows say. */
  runsDiffering: number
  differences: SumDifference[]
}

const runsAtOnce = 4_000

/**
 * Counts every run anew from the rows and compares: first each run with what it was counted as, then the sums with what all runs add up
 * to. What differs is mended. Works in short transactions beside a running system; what changes meanwhile is counted first and is no
 * difference. With a sound system nothing differs.
 */
export async function rebuildAnalytics(db: Db, tell: (line: string) => void): Promise<Rebuilt> {
  while ((await counting(db, (tx) => countNext(tx, runsAtOnce))) > 0);
  let runs = 0
  let runsDiffering = 0
  for (let after = 0; ; ) {
    const chunk = await counting(db, async (tx) => {
      await countRuns(tx, await takePending(tx, runsAtOnce))
      const ids = await nextRuns(tx, after, runsAtOnce)
      const changed = await countRuns(tx, ids)
      // What changed in this moment is on the list: it was not counted wrongly, only not yet.
      const news = await amongPending(tx, changed)
      return { ids, differing: changed.filter((id) => !news.has(id)).length }
    })
    runs += chunk.ids.length
    runsDiffering += chunk.differing
    const last = chunk.ids.at(-1)
    if (last === undefined) break
    after = last
    if (runs % 100_000 < runsAtOnce) tell(`${runs} runs counted`)
  }
  tell('comparing the sums')
  const differences = await counting(db, differingSums)
  for (const campaignId of new Set(differences.map(({ key }) => String(key.campaign_id)))) {
    await counting(db, (tx) => mendSums(tx, campaignId))
  }
  return { runs, runsDiffering, differences }
}

/** A transaction that counts; waits until no other process does. */
async function counting<Result>(
  db: Db,
  work: (tx: Parameters<typeof takeCounting>[0]) => Promise<Result>,
): Promise<Result> {
  return await db.transaction().execute(async (tx) => {
    await takeCounting(tx, 'wait')
    return await work(tx)
  })
}
