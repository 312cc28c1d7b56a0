/** `bench segments`: counting who matches rules, as the API does it: five rules, two of them about events, and each rule by itself. */
import { sql } from '../src/db/database.ts'
import { countMatching, countRules } from '../src/segments/count-sql.ts'
import { addPeople, fiveRules } from './people.ts'
import { median, onScratchServer, round } from './workload.ts'

const guard = { timeoutMs: 300_000 }
/** Each question is asked so often, after once to warm up. */
const rounds = 5

/** Runs the benchmark: 1,000,000 customers and 5,000,000 events. BENCH_SCALE=0.1 takes a tenth. */
export default async function benchSegments({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const customers = Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1))
  return onScratchServer(tell, async ({ db }) => {
    const workspaceId = await addPeople(db, customers, tell)
    const timed = async (ask: () => Promise<unknown>): Promise<number> => {
      await ask()
      const took: number[] = []
      for (let index = 0; index < rounds; index += 1) {
        const startedAt = performance.now()
        await ask()
        took.push(performance.now() - startedAt)
      }
      return round(median(took))
    }
    const matched = await countMatching(db, workspaceId, fiveRules, guard)
    tell('counting')
    return {
      customers,
      events: customers * 5,
      matched,
      scanMs: await timed(() =>
        sql`select count(*) from customer c where c.workspace_id = ${workspaceId} and c.country <> ''`.execute(db),
      ),
      countMs: await timed(() => countMatching(db, workspaceId, fiveRules, guard)),
      countEachRuleMs: await timed(() => countRules(db, workspaceId, fiveRules, guard)),
    }
  })
}
