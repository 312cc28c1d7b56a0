import { type Db, sql, type Tx } from '../db/database.ts'
import type { WebhookEvent } from './events.ts'

/** A webhook as the API shows it; its secret is never in it. */
export interface Webhook {
  id: string
  name: string
  url: string
  events: WebhookEvent[]
  enabled: boolean
  /** Why and when it was switched off by itself. */
  offReason: 'gone' | 'failing' | null
  offAt: Date | null
  /** Since when every delivery has failed. */
  failingSince: Date | null
  /** Until when the secret before the last one signs along. */
  previousSecretUntil: Date | null
  /** Deliveries of the last seven days by how they stand. */
  deliveries: { delivered: number; failed: number; waiting: number }
  version: number
  createdAt: Date
  updatedAt: Date
}

const columns = sql`w.id, w.name, w.url, w.events, w.enabled, w.off_reason as "offReason", w.off_at as "offAt", w.failing_since as "failingSince",
  case when w.previous_until > now() then w.previous_until end as "previousSecretUntil",
  (select jsonb_build_object('delivered', count(*) filter (where state = 'delivered'), 'failed', count(*) filter (where state = 'failed'),
      'waiting', count(*) filter (where state in ('queued', 'handing')))
    from webhook_delivery d where d.webhook_id = w.id and d.created_at > now() - interval '7 days') as deliveries,
  w.version, w.created_at as "createdAt", w.updated_at as "updatedAt"`

/** Webhooks of a workspace, newest first. */
export async function listWebhooks(
  db: Db,
  workspaceId: number,
  { limit, before }: { limit: number; before: string | undefined },
): Promise<Webhook[]> {
  const { rows } = await sql<Webhook>`
    select ${columns} from webhook w where w.workspace_id = ${workspaceId}
      and (${before ?? null}::uuid is null or w.id < ${before ?? null}::uuid)
    order by w.id desc limit ${limit + 1}
  `.execute(db)
  return rows
}

/** One webhook of the workspace. */
export async function findWebhook(db: Db | Tx, workspaceId: number, id: string): Promise<Webhook | undefined> {
  const { rows } = await sql<Webhook>`
    select ${columns} from webhook w where w.id = ${id} and w.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

export interface WebhookFields {
  name: string
  url: string
  events: readonly WebhookEvent[]
  enabled: boolean
}

/** A fresh id: a secret is bound to its row before the row is there. */
export async function newWebhookId(tx: Tx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select new_id() as id`.execute(tx)
  return rows[0]?.id ?? ''
}

/** Adds a webhook; `secret` is sealed. */
export async function addWebhook(
  tx: Tx,
  workspaceId: number,
  id: string,
  { name, url, events, enabled }: WebhookFields,
  secret: string,
): Promise<void> {
  await sql`
    insert into webhook (id, workspace_id, name, url, events, enabled, secret)
    values (${id}, ${workspaceId}, ${name}, ${url}, ${[...events]}, ${enabled}, ${secret})
  `.execute(tx)
}

/**
 * Changes the given fields where the version is the one that the caller saw. Switching it on makes a new beginning: it hears what is
 * recorded from then on, and what waited for another try goes on. Answers its id, or nothing.
 */
export async function changeWebhook(
  tx: Tx,
  workspaceId: number,
  id: string,
  fields: Partial<WebhookFields>,
  ifMatch: number | null,
): Promise<{ id: string } | undefined> {
  const set = [sql`version = version + 1`, sql`updated_at = now()`]
  if (fields.name !== undefined) set.push(sql`name = ${fields.name}`)
  if (fields.url !== undefined) set.push(sql`url = ${fields.url}, failing_since = null`)
  if (fields.events !== undefined) set.push(sql`events = ${[...fields.events]}`)
  if (fields.enabled !== undefined) {
    set.push(sql`enabled = ${fields.enabled}`)
    if (fields.enabled) {
      set.push(
        sql`off_reason = null, off_at = null, hears_from = case when enabled then hears_from else clock_timestamp() end`,
      )
      if (fields.url === undefined) set.push(sql`failing_since = case when enabled then failing_since end`)
    }
  }
  const { rows } = await sql<{ id: string }>`
    update webhook set ${sql.join(set)}
    where id = ${id} and workspace_id = ${workspaceId} and (${ifMatch}::int is null or version = ${ifMatch}) returning id
  `.execute(tx)
  return rows[0]
}

/** How long the secret before signs along after a rotation, in hours. */
const overlapHours = 24

/** Replaces the sealed secret; the one before signs along for a day. Answers until when, or nothing when there is no such webhook. */
export async function rotateSecret(
  tx: Tx,
  workspaceId: number,
  id: string,
  secret: string,
): Promise<{ previousSecretUntil: Date } | undefined> {
  const { rows } = await sql<{ previousSecretUntil: Date }>`
    update webhook set previous_secret = secret, previous_until = now() + make_interval(hours => ${overlapHours}), secret = ${secret},
      version = version + 1, updated_at = now()
    where id = ${id} and workspace_id = ${workspaceId} returning previous_until as "previousSecretUntil"
  `.execute(tx)
  return rows[0]
}

/** Deletes a webhook with its deliveries. */
export async function removeWebhook(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`delete from webhook where id = ${id} and workspace_id = ${workspaceId}`.execute(tx)
}

/** A delivery as the log shows it. */
export interface Delivery {
  id: string
  webhookId: string
  event: string
  state: 'queued' | 'handing' | 'delivered' | 'failed'
  /** Of the last try; null when it was taken. */
  reason: string | null
  attempts: number
  /** The status of the last try's answer. */
  status: number | null
  /** When it is tried next. */
  nextAt: Date | null
  createdAt: Date
  finishedAt: Date | null
}

const deliveryColumns = sql`d.id, d.webhook_id as "webhookId", d.event, d.state, d.reason,
  (select count(*) from webhook_attempt a where a.delivery_id = d.id) as attempts,
  (select a.status from webhook_attempt a where a.delivery_id = d.id order by a.id desc limit 1) as status,
  case when d.state = 'queued' and w.enabled then d.due_at end as "nextAt", d.created_at as "createdAt", d.finished_at as "finishedAt"`

export interface DeliveryFilter {
  webhookId: string
  state?: Delivery['state'] | undefined
  event?: string | undefined
  limit: number
  before: string | undefined
}

/** The deliveries of a webhook, newest first; one more than `limit`. */
export async function listDeliveries(db: Db, workspaceId: number, filter: DeliveryFilter): Promise<Delivery[]> {
  const where = [sql`d.webhook_id = ${filter.webhookId}`, sql`d.workspace_id = ${workspaceId}`]
  if (filter.state) where.push(sql`d.state = ${filter.state}`)
  if (filter.event) where.push(sql`d.event = ${filter.event}`)
  if (filter.before) where.push(sql`d.id < ${filter.before}::uuid`)
  const { rows } = await sql<Delivery>`
    select ${deliveryColumns} from webhook_delivery d join webhook w on w.id = d.webhook_id
    where ${sql.join(where, sql` and `)} order by d.id desc limit ${filter.limit + 1}
  `.execute(db)
  return rows
}

/** One try of a delivery. */
export interface Attempt {
  at: Date
  tookMs: number
  status: number | null
  reason: string | null
  requestHeaders: Record<string, string>
  response: string | null
}

/** One delivery with what was sent and every try. */
export async function findDelivery(
  db: Db | Tx,
  workspaceId: number,
  id: string,
): Promise<(Delivery & { body: string | null; tries: Attempt[] }) | undefined> {
  const { rows } = await sql<Delivery & { body: string | null }>`
    select ${deliveryColumns}, d.body from webhook_delivery d join webhook w on w.id = d.webhook_id
    where d.id = ${id} and d.workspace_id = ${workspaceId}
  `.execute(db)
  const [delivery] = rows
  if (!delivery) return undefined
  const tries = await sql<Attempt>`
    select at, took_ms as "tookMs", status, reason, request_headers as "requestHeaders", response from webhook_attempt
    where delivery_id = ${id} order by id
  `.execute(db)
  return { ...delivery, tries: tries.rows }
}
