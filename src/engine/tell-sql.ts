import { arrayLiteral, type Db, keepPlan, sql } from '../db/database.ts'
import { openBus } from './bus-sql.ts'
import { notifyWake } from './events-sql.ts'

/** The cursor of what live runs were told. */
export const toldCursor = 'runs'
/** Events passed on in one transaction. */
const batchSize = 5_000

/**
 * Passes the next events of the bus on to live runs (ENGINE, loop 3 “React”): each event to every live run of its customer whose
 * workflow listens to its name, without looking where the run stands, because the batch that parks it may not have committed yet.
 * Message events go to the run whose message it is. Answers whether there is more.
 */
export async function tellRuns(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const bus = await openBus(tx, toldCursor)
    if (!bus) return false
    const { rows } = await sql<{ name: string }>`${keepPlan}
      select distinct l.name from campaign c join workflow_version v on v.campaign_id = c.id cross join lateral unnest(v.listens) as l(name)
      where c.status in ('active', 'paused', 'completed')
    `.execute(tx)
    if (rows.length === 0) {
      await bus.skip()
      return false
    }
    const events = await bus.read(batchSize)
    const last = events.at(-1)
    if (!last) return false
    const names = new Set(rows.map((row) => row.name))
    const wanted = events.filter((event) => names.has(event.name))
    if (wanted.length > 0) {
      const column = <Value extends string | number | null>(pick: (event: (typeof wanted)[number]) => Value) =>
        arrayLiteral(wanted.map(pick))
      await sql`
        insert into run_inbox (campaign_id, run_id, name, payload, at)
        select r.campaign_id, r.id, e.name, jsonb_build_object('properties', e.properties, 'nodeId', e.node_id, 'runId', e.run_id), e.at
        from unnest(${column((event) => event.customerId)}::uuid[], ${column((event) => event.name)}::text[],
          ${column((event) => JSON.stringify(event.properties))}::jsonb[], ${column((event) => event.runId)}::bigint[],
          ${column((event) => event.nodeId)}::text[], ${column((event) => event.at.toISOString())}::timestamptz[])
          with ordinality as e(customer_id, name, properties, run_id, node_id, at, n)
        join run r on r.customer_id = e.customer_id and r.finished_at is null and r.started_at <= e.at
        join campaign c on c.id = r.campaign_id
        join workflow_version v on v.id = coalesce(r.version_id, (c.leaving -> r.node_id ->> 'versionId')::bigint, c.version_id)
        where e.name = any(v.listens) and (e.name not like 'message.%' or e.run_id = r.id)
        order by e.n
      `.execute(tx)
      await notifyWake(tx)
    }
    await bus.moveTo(last)
    return events.length === batchSize
  })
}
