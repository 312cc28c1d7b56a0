import { arrayLiteral, type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { audit } from '../workspaces/audit.ts'
import { daysOfFailure, retryAfterMs, type Verdict } from './verdict.ts'

/** A delivery that is about to be made. */
export interface HeldDelivery {
  id: string
  webhookId: string
  workspaceId: number
  /** Which try this is, from 1; also the fence of its holder. */
  attempt: number
  event: string
  body: string
  url: string
  secret: string
  /** The secret before, while it still signs along. */
  previousSecret: string | null
  /** The database's clock. */
  now: Date
}

/** How long finished deliveries are kept, in days. */
const keptDays = 30

const held = sql`d.id, d.webhook_id as "webhookId", d.workspace_id as "workspaceId", d.attempt, d.event, d.body, w.url, w.secret,
  case when w.previous_until > now() then w.previous_secret end as "previousSecret", now() as now`

/**
 * Takes due deliveries of one webhook that no other worker is at, and commits that they are in hand before the first byte. One webhook at
 * a time, so that a receiver that does not answer holds up nobody else's.
 */
export async function holdDeliveries(db: Db, limit: number, leaseMs: number): Promise<HeldDelivery[]> {
  const { rows } = await sql<HeldDelivery>`${keepPlan}
    with picked as materialized (
      select w.id from webhook w where w.enabled
        and exists (select from webhook_delivery d where d.webhook_id = w.id and d.state = 'queued' and d.due_at <= now())
        and not exists (select from webhook_delivery d where d.webhook_id = w.id and d.state = 'handing' and d.lease_until > now())
      order by random() limit 1 for no key update skip locked
    ), due as materialized (
      select d.id from picked p cross join lateral (
        select id from webhook_delivery where webhook_id = p.id and state = 'queued' and due_at <= now()
        order by due_at limit ${limit} for update skip locked) d
    )
    update webhook_delivery d set state = 'handing', attempt = d.attempt + 1, lease_until = now() + ${leaseMs}::int * interval '1 millisecond'
    from webhook w where d.id = any(array(select id from due)) and w.id = d.webhook_id
    returning ${held}
  `.execute(db)
  return rows
}

/** Adds a delivery that tries out a webhook, in hand already; a webhook that is switched off can be tried, too. */
export async function holdTest(
  tx: Tx,
  workspaceId: number,
  webhookId: string,
  source: string,
  leaseMs: number,
): Promise<HeldDelivery | undefined> {
  const { rows } = await sql<HeldDelivery>`
    with d as (
      insert into webhook_delivery (workspace_id, webhook_id, source, event, body, state, attempt, lease_until)
      select workspace_id, id, ${`test:${source}`}, 'webhook.test', jsonb_build_object('type', 'webhook.test',
        'timestamp', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', jsonb_build_object('webhookId', id, 'name', name))::text,
        'handing', 1, now() + ${leaseMs}::int * interval '1 millisecond'
      from webhook where id = ${webhookId} and workspace_id = ${workspaceId} returning *
    )
    select ${held} from d join webhook w on w.id = d.webhook_id
  `.execute(tx)
  return rows[0]
}

/** A try as its log shows it. */
export interface Try {
  startedAt: Date
  tookMs: number
  headers: Record<string, string>
}

/**
 * Records what came of a try: the log, where the delivery stands, and how the webhook fares. A receiver that never wants to hear again,
 * or has taken nothing for days, is switched off. A holder whose lease was taken over changes nothing. `once`: there is no second try.
 */
export async function settleDelivery(
  db: Db,
  delivery: HeldDelivery,
  verdict: Verdict,
  made: Try,
  once = false,
): Promise<void> {
  const { id, attempt, webhookId, workspaceId } = delivery
  const retryMs = verdict.is === 'again' && !once ? retryAfterMs(attempt, verdict.waitMs, Math.random()) : null
  const state = verdict.is === 'delivered' ? 'delivered' : retryMs === null ? 'failed' : 'queued'
  await db.transaction().execute(async (tx) => {
    const settled = await sql`
      update webhook_delivery set state = ${state}, reason = ${verdict.reason}, lease_until = null,
        due_at = now() + ${retryMs ?? 0}::int * interval '1 millisecond', finished_at = case when ${state} = 'queued' then null else now() end
      where id = ${id} and attempt = ${attempt} and state = 'handing' returning id
    `.execute(tx)
    if (settled.rows.length === 0) return
    await sql`
      insert into webhook_attempt (delivery_id, at, took_ms, status, reason, request_headers, response)
      values (${id}, ${made.startedAt}, ${made.tookMs}, ${verdict.status}, ${verdict.reason}, ${JSON.stringify(made.headers)}::jsonb, ${verdict.response})
    `.execute(tx)
    if (verdict.is === 'delivered') {
      await sql`update webhook set failing_since = null where id = ${webhookId} and failing_since is not null`.execute(
        tx,
      )
      return
    }
    await sql`update webhook set failing_since = now() where id = ${webhookId} and failing_since is null`.execute(tx)
    const off = await sql<{ reason: string; name: string }>`
      update webhook set enabled = false, off_at = now(), off_reason = ${verdict.is === 'gone' ? 'gone' : 'failing'}, version = version + 1,
        updated_at = now()
      where id = ${webhookId} and enabled and (${verdict.is === 'gone'} or failing_since < now() - make_interval(days => ${daysOfFailure}))
      returning off_reason as reason, name
    `.execute(tx)
    const [gone] = off.rows
    if (gone)
      await audit(tx, { workspaceId, actor: { text: 'system' } }, 'webhook.switched_off', 'webhook', webhookId, {
        ...gone,
      })
  })
}

/** Puts deliveries back whose holder is gone. They may have arrived: the receiver tells a repeat by its id. */
export async function requeueLost(db: Db): Promise<void> {
  await sql`
    update webhook_delivery set state = 'queued', lease_until = null, due_at = now()
    where id = any(array(select id from webhook_delivery where state = 'handing' and lease_until < now() limit 1000 for update skip locked))
  `.execute(db)
}

/** Forgets a chunk of what was finished long ago. */
export async function forgetOld(db: Db): Promise<void> {
  await sql`
    delete from webhook_delivery where id = any(array(
      select id from webhook_delivery where state in ('delivered', 'failed') and finished_at < now() - make_interval(days => ${keptDays})
      order by finished_at limit 5000))
  `.execute(db)
}

/** When the next delivery is due, by this process's clock; null when none waits. */
export async function nextDeliveryDue(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ in_ms: number | null }>`${keepPlan}
    select extract(epoch from min(d.due_at) - clock_timestamp())::float8 * 1000 as in_ms from webhook w cross join lateral (
      select due_at from webhook_delivery where webhook_id = w.id and state = 'queued' order by due_at limit 1) d
    where w.enabled
  `.execute(db)
  const inMs = rows[0]?.in_ms ?? null
  return inMs === null ? null : new Date(Date.now() + inMs)
}

/** Sends deliveries again that came to an end: the same id and body, so that a receiver that had it knows. Answers how many. */
export async function resendDeliveries(tx: Tx, workspaceId: number, ids: readonly string[]): Promise<number> {
  const { rows } = await sql`
    update webhook_delivery set state = 'queued', attempt = 0, reason = null, due_at = now(), finished_at = null
    where id = any(${arrayLiteral(ids)}::uuid[]) and workspace_id = ${workspaceId} and state in ('delivered', 'failed') and body is not null
    returning id
  `.execute(tx)
  await notifyWake(tx)
  return rows.length
}
