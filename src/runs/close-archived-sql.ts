import { type Db, sql } from '../db/database.ts'

/** Runs closed in one transaction. */
const chunkSize = 5_000

/**
 * Closes the next chunk of runs that were live when their campaign was archived, with that moment as their end: their messages that
 * were not handed over are passed over, what they were told is dropped, and the counts follow. `cursors` remembers where it stood in
 * each campaign; losing it costs time only. Answers whether there may be more.
 */
export async function closeArchivedRuns(db: Db, cursors: Map<string, string>): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const found = await sql<{ id: string; archived_at: Date }>`
      select id, archived_at from campaign where status = 'archived' and runs_closed_at is null
      order by id limit 1 for no key update skip locked
    `.execute(tx)
    const campaign = found.rows[0]
    if (!campaign) return false
    const cursor = cursors.get(campaign.id) ?? '00000000-0000-0000-0000-000000000000'
    const { rows } = await sql<{ closed: number; cursor: string | null }>`
      with chunk as materialized (
        select id, customer_id, node_id, workspace_id from run
        where campaign_id = ${campaign.id} and finished_at is null and customer_id > ${cursor}
        order by customer_id limit ${chunkSize} for update
      ), closed as (
        update run r set status = 'canceled', reason = 'archived', finished_at = c.archived_at, wake_at = null, wake_on = null, awaiting = null
        from chunk k, campaign c where r.id = k.id and c.id = ${campaign.id}
      ), withdrawn as (
        update message set state = 'skipped', reason = 'archived', lease_until = null
        where run_id = any(array(select id from chunk)) and state in ('queued', 'claimed') returning workspace_id
      ), told as (
        delete from run_inbox where run_id = any(array(select id from chunk))
      ), recorded as (
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select k.workspace_id, k.customer_id, 'run.finished', '{"status": "canceled", "reason": "archived"}', ${campaign.id}, k.id, k.node_id,
          c.archived_at, now()
        from chunk k, campaign c where c.id = ${campaign.id}
      ), counted as (
        insert into tally (workspace_id, campaign_id, metric, key, n)
        select workspace_id, ${campaign.id}::uuid, 'ended', 'canceled:archived', count(*) from chunk group by 1
        union all
        select workspace_id, ${campaign.id}::uuid, 'message', 'skipped', count(*) from withdrawn group by 1
      )
      select (select count(*) from chunk) as closed, (select customer_id from chunk order by customer_id desc limit 1) as cursor
    `.execute(tx)
    const { closed, cursor: last } = rows[0] ?? { closed: 0, cursor: null }
    if (closed === chunkSize && last !== null) {
      cursors.set(campaign.id, last)
      return true
    }
    cursors.delete(campaign.id)
    await sql`update campaign set runs_closed_at = clock_timestamp() where id = ${campaign.id}`.execute(tx)
    return true
  })
}
