import { arrayLiteral, type Db, keepPlan, sql } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import type { Answer } from './answer.ts'

/** A request that is about to be made. */
export interface HeldRequest {
  id: number
  fence: number
  attempt: number
  campaignId: string
  runId: number
  nodeId: string
  request: { method: string; url: string; headers: Record<string, string>; body: string | null }
}

/** Most campaigns one claim looks at: each takes a lock. */
const campaignsPerClaim = 64

/** What a run is told under; API.md keeps the prefix for the program. */
const answered = 'message.answered'

/**
 * Takes due requests of moving campaigns whose run still stands at the step, and commits that they are in hand before the first byte.
 * A plain read finds the campaigns, their locks are tried, and a later statement reads the status (ENGINE, "Status moves and batches").
 */
export async function holdRequests(db: Db, limit: number, leaseMs: number): Promise<HeldRequest[]> {
  return await db.transaction().execute(async (tx) => {
    const found = await sql<{ id: string; locked: boolean }>`${keepPlan}
      with waiting as materialized (
        select c.id, c.lock_key from campaign c join workspace w on w.id = c.workspace_id and not w.stop_sending
        where c.status in ('active', 'completed') and c.leaving is null and exists (
          select from http_request h where h.campaign_id = c.id and h.state = 'queued' and h.due_at <= now())
        order by random() limit ${campaignsPerClaim}
      )
      select id, pg_try_advisory_xact_lock_shared(1, lock_key) as locked from waiting
    `.execute(tx)
    const campaigns = found.rows.filter((row) => row.locked).map((row) => row.id)
    if (campaigns.length === 0) return []
    const { rows } = await sql<HeldRequest>`
      with moving as materialized (
        select id from campaign where id = any(${arrayLiteral(campaigns)}::uuid[]) and status in ('active', 'completed') and leaving is null
      ), picked as materialized (
        select h.id, h.standing from moving c cross join lateral (
          select q.id, exists (select from run r where r.id = q.run_id and r.finished_at is null and r.node_id = q.node_id
            and r.awaiting = 'event') as standing
          from http_request q where q.campaign_id = c.id and q.state = 'queued' and q.due_at <= now()
          order by q.due_at limit ${Math.ceil(limit / campaigns.length)} for update skip locked
        ) h
      ), withdrawn as (
        update http_request set state = 'withdrawn', request = null, finished_at = now()
        where id = any(array(select id from picked where not standing))
      )
      update http_request set state = 'handing', attempt = attempt + 1, fence = fence + 1,
        lease_until = now() + ${leaseMs}::int * interval '1 millisecond'
      where id = any(array(select id from picked where standing))
      returning id, fence, attempt, campaign_id as "campaignId", run_id as "runId", node_id as "nodeId", request
    `.execute(tx)
    return rows
  })
}

/** Records an answer and tells the run; a holder whose lease was taken over changes nothing. */
export async function settleRequest(
  db: Db,
  { id, fence }: Pick<HeldRequest, 'id' | 'fence'>,
  answer: Answer,
): Promise<void> {
  await sql`
    with done as (
      update http_request set state = 'done', request = null, lease_until = null, ok = ${answer.ok}, status = ${answer.status}, finished_at = now()
      where id = ${id} and fence = ${fence} and state = 'handing' returning campaign_id, run_id, node_id
    )
    insert into run_inbox (campaign_id, run_id, name, payload)
    select campaign_id, run_id, ${answered}::text, jsonb_build_object('properties', ${JSON.stringify(answer)}::jsonb, 'nodeId', node_id)
    from done
  `.execute(db)
  await notifyWake(db)
}

/** Puts a request back for another try. */
export async function retryRequest(
  db: Db,
  { id, fence }: Pick<HeldRequest, 'id' | 'fence'>,
  afterMs: number,
): Promise<void> {
  await sql`
    update http_request set state = 'queued', lease_until = null, due_at = now() + ${afterMs}::int * interval '1 millisecond'
    where id = ${id} and fence = ${fence} and state = 'handing'
  `.execute(db)
}

/** Requests whose holder is gone: nobody knows whether they arrived. */
export async function lostRequests(db: Db, limit: number): Promise<HeldRequest[]> {
  const { rows } = await sql<HeldRequest>`${keepPlan}
    update http_request set fence = fence + 1, lease_until = now() + interval '1 minute'
    where id = any(array(select id from http_request where state = 'handing' and lease_until < now() limit ${limit} for update skip locked))
    returning id, fence, attempt, campaign_id as "campaignId", run_id as "runId", node_id as "nodeId", request
  `.execute(db)
  return rows
}

/** When the next request is due, by this process's clock; null when none waits. */
export async function nextRequestDue(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ in_ms: number | null }>`${keepPlan}
    select extract(epoch from min(h.due_at) - clock_timestamp())::float8 * 1000 as in_ms
    from campaign c cross join lateral (
      select due_at from http_request where campaign_id = c.id and state = 'queued' order by due_at limit 1) h
    where c.status in ('active', 'completed') and c.leaving is null
  `.execute(db)
  const inMs = rows[0]?.in_ms ?? null
  return inMs === null ? null : new Date(Date.now() + inMs)
}
