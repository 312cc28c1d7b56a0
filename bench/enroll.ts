/**
 * `bench enroll`: everybody of a segment of rules into one campaign, as the worker's loops do it, while customers of another campaign come
 * due: how fast, how long a chunk takes at most, how much memory, and how late the others' steps are meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../src/db/database.ts'
import { createAdvance } from '../src/engine/advance.ts'
import { createScheduler } from '../src/engine/scheduler.ts'
import { firePass } from '../src/firings/fire.ts'
import { nodes } from '../src/nodes/index.ts'
import type { SegmentRule } from '../src/workflow/segment-rules.ts'
import { addPeople } from './people.ts'
import { flow, median, onScratchServer, round, waiting } from './workload.ts'

/** How often a customer of the other campaign comes due, in ms. */
const probeMs = 250

const rules: SegmentRule = {
  all: [
    { field: 'email', op: 'not-empty' },
    { event: 'message.sent', did: true },
  ],
}

/** Runs the benchmark with 1,000,000 customers. BENCH_SCALE=0.1 takes a tenth. */
export default async function benchEnroll({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const customers = Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1))
  return onScratchServer(tell, async (workload) => {
    const { app, db } = workload
    const workspaceId = await addPeople(db, customers, tell)
    workload.enter(workspaceId)
    const large = await workload.campaign('Large', waiting)
    const other = await workload.campaign('Other', flow('other'))
    const made = await sql<{ id: string }>`
      insert into segment (workspace_id, name, kind, rules)
      values (${workspaceId}, 'Bench', 'dynamic', ${JSON.stringify(rules)}::jsonb) returning id
    `.execute(db)
    const audience = { type: 'segment', segmentId: made.rows[0]?.id }
    await sql`
      insert into firing (workspace_id, campaign_id, type, status, audience, by)
      values (${workspaceId}, ${large}, 'manual', 'running', ${JSON.stringify(audience)}::jsonb, 'bench')
    `.execute(db)
    const advance = createAdvance({ db, nodes, log: app.log })
    const chunkMs: number[] = []
    const fire = async () => {
      const startedAt = performance.now()
      const passed = await firePass(app)
      if (passed.again) chunkMs.push(performance.now() - startedAt)
      return passed
    }
    const loops = [advance, { name: 'fire', concurrency: 2, pass: fire }]
    const scheduler = createScheduler({ loops, log: app.log, anythingDue: advance.anythingDue })
    tell('enrolling')
    const rssMb: number[] = []
    const startedAt = performance.now()
    scheduler.start()
    const firing = async () => {
      const { rows } = await sql<{ status: string; enrolled: number }>`
        select status, enrolled from firing where campaign_id = ${large}
      `.execute(db)
      return rows[0] ?? { status: 'done', enrolled: 0 }
    }
    let enrolled = 0
    for (let place = 0; ; place += 1) {
      await sql`
        insert into run (workspace_id, campaign_id, customer_id, node_id, wake_at)
        select ${workspaceId}, ${other}, id, 'trigger-1', now() from customer where workspace_id = ${workspaceId} order by id offset ${place} limit 1
      `.execute(db)
      scheduler.wake()
      await sleep(probeMs)
      rssMb.push(process.memoryUsage().rss / 2 ** 20)
      const now = await firing()
      enrolled = now.enrolled
      if (now.status === 'done') break
      if (now.status === 'failed') throw new Error('The firing failed.')
    }
    const seconds = (performance.now() - startedAt) / 1000
    await sleep(2_000)
    await scheduler.stop()
    const { rows: lags } = await sql<{ ms: number | null }>`
      select extract(epoch from finished_at - started_at)::float8 * 1000 as ms from run where campaign_id = ${other} order by 1
    `.execute(db)
    const finished = lags.flatMap(({ ms }) => (ms === null ? [] : [ms]))
    return {
      customers,
      enrolled,
      seconds: round(seconds, 1),
      customersPerSecond: round(enrolled / seconds),
      chunks: chunkMs.length,
      chunkMsMedian: round(median(chunkMs)),
      chunkMsMax: round(Math.max(...chunkMs)),
      rssMbStart: round(rssMb[0] ?? 0),
      rssMbMax: round(Math.max(...rssMb)),
      rssMbEnd: round(rssMb.at(-1) ?? 0),
      otherCampaign: {
        due: lags.length,
        finished: finished.length,
        lagMsMedian: round(median(finished)),
        lagMsMax: round(Math.max(0, ...finished)),
      },
    }
  })
}
