import { type Db, sql, type Tx } from '../db/database.ts'
import type { TriggerType } from './kinds.ts'

/** A trigger's row, the secrets still sealed. */
export interface TriggerRow {
  id: string
  workspaceId: number
  campaignId: string
  type: TriggerType
  config: Record<string, unknown>
  enabled: boolean
  nextAt: Date | null
  snapshotAt: Date | null
  path: string | null
  secret: string | null
  previousSecret: string | null
  previousSecretUntil: Date | null
  version: number
  createdAt: Date
  updatedAt: Date
}

const columns = sql`t.id, t.workspace_id as "workspaceId", t.campaign_id as "campaignId", t.type, t.config, t.enabled, t.next_at as "nextAt",
  t.snapshot_at as "snapshotAt", t.path, t.secret,
  case when t.previous_secret_until > clock_timestamp() then t.previous_secret end as "previousSecret",
  case when t.previous_secret_until > clock_timestamp() then t.previous_secret_until end as "previousSecretUntil", t.version,
  t.created_at as "createdAt", t.updated_at as "updatedAt"`

/** One more than `limit` triggers of a campaign, oldest first. */
export async function listTriggers(
  db: Db | Tx,
  workspaceId: number,
  campaignId: string,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<TriggerRow[]> {
  const { rows } = await sql<TriggerRow>`
    select ${columns} from trigger t
    where t.campaign_id = ${campaignId} and t.workspace_id = ${workspaceId} and t.deleted_at is null
      and (${after ?? null}::uuid is null or t.id > ${after ?? null}::uuid)
    order by t.id limit ${limit + 1}
  `.execute(db)
  return rows
}

/** One trigger of the workspace; not a deleted one. */
export async function findTrigger(db: Db | Tx, workspaceId: number, id: string): Promise<TriggerRow | undefined> {
  const { rows } = await sql<TriggerRow>`
    select ${columns} from trigger t where t.id = ${id} and t.workspace_id = ${workspaceId} and t.deleted_at is null
  `.execute(db)
  return rows[0]
}

export interface NewTrigger {
  id: string
  workspaceId: number
  campaignId: string
  type: TriggerType
  config: unknown
  enabled: boolean
  nextAt: Date | null
  path: string | null
  secret: string | null
  by: string
}

/** An id for a trigger to be: its secret is sealed for its row. */
export async function newTriggerId(db: Db | Tx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select new_id() as id`.execute(db)
  return rows[0]?.id ?? ''
}

/** Adds a trigger. */
export async function addTrigger(tx: Tx, trigger: NewTrigger): Promise<void> {
  await sql`
    insert into trigger (id, workspace_id, campaign_id, type, config, enabled, next_at, path, secret, created_by)
    values (${trigger.id}, ${trigger.workspaceId}, ${trigger.campaignId}, ${trigger.type}, ${JSON.stringify(trigger.config)}::jsonb,
      ${trigger.enabled}, ${trigger.nextAt}, ${trigger.path}, ${trigger.secret}, ${trigger.by})
  `.execute(tx)
}

/** What a change makes of a trigger. */
export interface TriggerChange {
  config: unknown
  enabled: boolean
  nextAt: Date | null
  /** It hears from now on: it was switched on, or listens to another name. */
  hearsAnew: boolean
  /** Another audience is to be remembered. */
  remembersAnew: boolean
}

/** Changes a trigger; undefined when it is gone or its version is not the one that was seen. */
export async function changeTrigger(
  tx: Tx,
  workspaceId: number,
  id: string,
  change: TriggerChange,
  ifMatch: number | null,
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    update trigger set config = ${JSON.stringify(change.config)}::jsonb, enabled = ${change.enabled}, next_at = ${change.nextAt},
      heard_from = case when ${change.hearsAnew} then clock_timestamp() else heard_from end,
      snapshot = snapshot + ${change.remembersAnew ? 1 : 0},
      snapshot_at = case when ${change.remembersAnew} then null else snapshot_at end,
      snapshot_cursor = case when ${change.remembersAnew} then null else snapshot_cursor end,
      version = version + 1, updated_at = now()
    where id = ${id} and workspace_id = ${workspaceId} and deleted_at is null and (${ifMatch}::int is null or version = ${ifMatch})
    returning id
  `.execute(tx)
  return rows[0]
}

/** Takes a trigger away: it fires no more, its address and secrets are forgotten; its firings stay. */
export async function removeTrigger(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`
    update trigger set deleted_at = now(), enabled = false, next_at = null, path = null, secret = null, previous_secret = null,
      previous_secret_until = null, version = version + 1, updated_at = now()
    where id = ${id} and workspace_id = ${workspaceId}
  `.execute(tx)
}

/** Puts a new secret in place; the one before it stays valid for so many hours. */
export async function rotateSecret(
  tx: Tx,
  workspaceId: number,
  id: string,
  { secret, previous, overlapHours }: { secret: string; previous: string | null; overlapHours: number },
): Promise<void> {
  await sql`
    update trigger set secret = ${secret}, previous_secret = ${overlapHours > 0 ? previous : null},
      previous_secret_until = case when ${overlapHours > 0} then clock_timestamp() + make_interval(hours => ${overlapHours}::int) end,
      version = version + 1, updated_at = now()
    where id = ${id} and workspace_id = ${workspaceId} and deleted_at is null
  `.execute(tx)
}

/** The database's clock: what schedules go by. */
export async function clock(db: Db | Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  return rows[0]?.now ?? new Date()
}

/** One refusal of a webhook, or several of a kind within a minute. */
export interface Refusal {
  reason: string
  detail: string
  times: number
  webhookId: string | null
  at: Date
}

/** The latest refused calls of a webhook, newest first. */
export async function listRefusals(db: Db, workspaceId: number, triggerId: string, limit: number): Promise<Refusal[]> {
  const { rows } = await sql<Refusal>`
    select r.reason, r.detail, r.times, r.webhook_id as "webhookId", r.at
    from webhook_refusal r join trigger t on t.id = r.trigger_id
    where r.trigger_id = ${triggerId} and t.workspace_id = ${workspaceId} order by r.minute desc, r.reason limit ${limit}
  `.execute(db)
  return rows
}

/** An accepted call of a webhook. */
export interface Accepted {
  firingId: string
  webhookId: string | null
  customer: { id: string; name: string } | null
  payload: unknown
  enrolled: number
  skipped: Record<string, number>
  at: Date
}

/** The latest accepted calls of a webhook, newest first; `webhookId` as long as it is remembered. */
export async function listAccepted(db: Db, workspaceId: number, triggerId: string, limit: number): Promise<Accepted[]> {
  const { rows } = await sql<Accepted>`
    select f.id as "firingId", (select k.id from webhook_key k where k.trigger_id = f.trigger_id and k.firing_id = f.id) as "webhookId",
      case when c.id is not null then jsonb_build_object('id', c.id,
        'name', coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.email, c.external_id, 'No name')) end as customer,
      f.payload, f.enrolled, f.skipped, f.started_at as at
    from firing f left join customer c on c.id = f.customer_id and c.workspace_id = f.workspace_id
    where f.trigger_id = ${triggerId} and f.workspace_id = ${workspaceId} and f.type = 'webhook' and f.status <> 'refused'
    order by f.id desc limit ${limit}
  `.execute(db)
  return rows
}
