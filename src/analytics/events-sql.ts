import { type Db, sql } from '../db/database.ts'
import { runsInScope, type Scope } from './queries.ts'

/** One event of a passage, as it is exported. */
export interface ExportedEvent {
  at: Date
  name: string
  customerId: string
  email: string | null
  runId: number
  entry: number
  nodeId: string | null
  messageId: number | null
  properties: Record<string, unknown>
}

/**
 * The events of the next `limit` passages of a scope, oldest passages first, each passage's in the order in which they happened. `last` is
 * where to go on, null after the last one.
 */
export async function pageOfEvents(
  db: Db,
  campaignId: string,
  scope: Scope,
  after: number | null,
  limit: number,
): Promise<{ events: ExportedEvent[]; last: number | null }> {
  const { rows: runs } = await sql<{ id: number }>`
    select f.run_id as id from analytics_run f where ${runsInScope(campaignId, scope)} and f.run_id > ${after ?? 0} order by f.run_id limit ${limit}
  `.execute(db)
  const ids = runs.map((run) => run.id)
  const { rows: events } = await sql<ExportedEvent>`
    with r as materialized (select id, customer_id, entry from run where id = any(${`{${ids.join(',')}}`}::bigint[]))
    select e.at, e.name, e.customer_id as "customerId", u.email, e.run_id as "runId", r.entry, e.node_id as "nodeId",
      e.message_id as "messageId", e.properties
    from r cross join lateral (
      select * from event e where e.customer_id = r.customer_id and e.run_id = r.id
    ) e left join customer u on u.id = e.customer_id
    order by r.id, e.id
  `.execute(db)
  return { events, last: runs.length === limit ? (ids.at(-1) ?? null) : null }
}
