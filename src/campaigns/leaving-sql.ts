import { type Db, sql } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'

/** Runs looked at in one transaction. */
const chunkSize = 2_000

/** What one chunk did. */
export interface Followed {
  campaignId: string
  finish: number
  move: number
  exit: number
  /** Everybody of this campaign has followed: it moves again. */
  done: boolean
}

/**
 * Lets the next chunk of runs that stand on nodes which a publish removed follow what was chosen for them, under the campaign's exclusive
 * lock: one statement for all three choices. Those who finish are bound to their version; those who move arrive at the target now, with
 * a step in history for the node they left; those who exit end. Messages of a left node that were not handed over are taken back.
 * The cursor is kept with the campaign, so a restart goes on. Answers what was done, or null when there is nothing to do.
 */
export async function followRemoved(db: Db, only?: string): Promise<Followed | null> {
  return await db.transaction().execute(async (tx) => {
    const found = await sql<{ id: string; lock_key: number }>`
      select id, lock_key from campaign where leaving is not null and (${only ?? null}::uuid is null or id = ${only ?? null}::uuid)
      order by random() limit 1
    `.execute(tx)
    const campaign = found.rows[0]
    if (!campaign) return null
    const { id } = campaign
    await sql`select pg_advisory_xact_lock(1, ${campaign.lock_key})`.execute(tx)
    const { rows } = await sql<{ scanned: number; last: string | null; finish: number; move: number; exit: number }>`
      with c as materialized (
        -- The runs of an archived campaign are closed as such.
        select id, leaving, leaving_cursor, coalesce(paused_at, now()) - paused_total as clock from campaign
        where id = ${id} and leaving is not null and status <> 'archived'
      ), choice as materialized (
        select l.key as left_node, l.value ->> 'action' as action, l.value ->> 'target' as target, (l.value ->> 'versionId')::bigint as left_version,
          (l.value ->> 'retyped')::boolean as retyped, l.value -> 'why' as why
        from c, jsonb_each(c.leaving) l
      ), scanned as materialized (
        select r.id, r.customer_id, r.node_id, r.version_id, r.steps, r.entered_at from run r
        where r.campaign_id = ${id} and r.finished_at is null
          and r.customer_id > coalesce((select leaving_cursor from c), '00000000-0000-0000-0000-000000000000')
          and exists (select from c)
        order by r.customer_id limit ${chunkSize}
      ), concerned as materialized (
        select s.id, s.entered_at, choice.* from scanned s join choice on choice.left_node = s.node_id
        -- Who entered a start under an old id since then has taken no step yet.
        where s.version_id is null and not (choice.retyped and s.steps = 0)
      ), followed as materialized (
        update run r set
          version_id = case k.action when 'finish' then k.left_version end,
          node_id = case k.action when 'move' then k.target else r.node_id end,
          status = case k.action when 'exit' then 'canceled' else r.status end,
          reason = case k.action when 'exit' then 'removed' else r.reason end,
          finished_at = case k.action when 'exit' then now() end,
          wake_at = case k.action when 'finish' then r.wake_at when 'move' then c.clock end,
          wake_on = case k.action when 'finish' then r.wake_on end,
          awaiting = case k.action when 'finish' then r.awaiting end,
          error = case k.action when 'finish' then r.error end,
          attempt = case k.action when 'finish' then r.attempt else 0 end,
          steps = r.steps + case k.action when 'move' then 1 else 0 end,
          entered_at = case k.action when 'move' then now() else r.entered_at end
        from concerned k, c where r.id = k.id and r.finished_at is null
        returning r.id, r.workspace_id, r.customer_id, r.steps, k.action, k.left_node, k.left_version, k.why, k.entered_at
      ), history as (
        insert into step (workspace_id, customer_id, run_id, seq, version_id, node_id, label, why, entered_at, at)
        select workspace_id, customer_id, id, steps, left_version, left_node, 'moved', why, entered_at, now() from followed where action = 'move'
      ), withdrawn as (
        update message m set state = 'skipped', reason = 'withdrawn', lease_until = null, worker = null
        from followed f where f.action <> 'finish' and m.run_id = f.id and m.node_id = f.left_node and m.state in ('queued', 'claimed')
        returning m.workspace_id
      ), told as (
        delete from run_inbox where run_id = any(array(select id from followed where action = 'exit'))
      ), recorded as (
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select workspace_id, customer_id, 'run.finished', '{"status": "canceled", "reason": "removed"}', ${id}, id, left_node, now(), now()
        from followed where action = 'exit'
      ), counted as (
        insert into tally (workspace_id, campaign_id, metric, key, n)
        select workspace_id, ${id}::uuid, 'ended', 'canceled:removed', count(*) from followed where action = 'exit' group by 1
        union all
        select workspace_id, ${id}::uuid, 'node', left_node || ':moved', count(*) from followed where action = 'move' group by 1, left_node
        union all
        select workspace_id, ${id}::uuid, 'message', 'skipped', count(*) from withdrawn group by 1
      )
      select (select count(*) from scanned) as scanned, (select customer_id from scanned order by customer_id desc limit 1) as last,
        count(*) filter (where action = 'finish') as finish, count(*) filter (where action = 'move') as move,
        count(*) filter (where action = 'exit') as exit
      from followed
    `.execute(tx)
    const { scanned, last, ...counts } = rows[0] ?? { scanned: 0, last: null, finish: 0, move: 0, exit: 0 }
    const done = scanned < chunkSize
    if (done) await sql`update campaign set leaving = null, leaving_cursor = null where id = ${id}`.execute(tx)
    else await sql`update campaign set leaving_cursor = ${last}::uuid where id = ${id}`.execute(tx)
    if (done) await notifyWake(tx)
    return { campaignId: id, ...counts, done }
  })
}
