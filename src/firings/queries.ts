import type { FiringAudience } from '../campaigns/audience.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'

/**
 * What makes customers enroll. `keep` = a campaign that keeps enrolling took its audience, or those who newly match; `manual` = Run
 * now; `enroll` and `re-enroll` = a person named them; `schedule`, `webhook` and `event` = a trigger fired; `test` = a person fired one
 * for a customer.
 */
export type FiringType = 'keep' | 'manual' | 'enroll' | 're-enroll' | 'schedule' | 'webhook' | 'event' | 'test'

export interface NewFiring {
  workspaceId: number
  campaignId: string
  type: FiringType
  audience: FiringAudience
  excludeSegmentId: string | null
  /** Starts so many seconds from now. */
  graceSeconds?: number
  /** Who fired: `member:<id>`, `key:<id>` or `system`. */
  by: string
  triggerId?: string | null
  /** The one customer whom it is about. */
  customerId?: string | null
  /** `{{trigger.payload}}` of all whom it enrolls. */
  payload?: unknown
  /** Decided before: the id under which a webhook's call is remembered. */
  id?: string
  /** How many firings it stands for, and whom they matched and passed over before it enrolls anybody. */
  times?: number
  matched?: number
  skipped?: Record<string, number>
}

/** Begins a firing; the Fire loop carries it out. Answers its id. */
export async function addFiring(tx: Db | Tx, firing: NewFiring): Promise<string> {
  const grace = firing.graceSeconds ?? 0
  const payload = firing.payload === undefined ? null : JSON.stringify(firing.payload)
  const { rows } = await sql<{ id: string }>`
    insert into firing (id, workspace_id, campaign_id, type, status, audience, exclude_segment_id, by, started_at, trigger_id, customer_id,
      payload, times, matched, skipped)
    values (coalesce(${firing.id ?? null}::uuid, new_id()), ${firing.workspaceId}, ${firing.campaignId}, ${firing.type},
      ${grace > 0 ? 'scheduled' : 'running'}, ${JSON.stringify(firing.audience)}::jsonb, ${firing.excludeSegmentId}, ${firing.by},
      clock_timestamp() + make_interval(secs => ${grace}::float8), ${firing.triggerId ?? null}, ${firing.customerId ?? null},
      ${payload}::jsonb, ${firing.times ?? 1}, ${firing.matched ?? 0}, ${JSON.stringify(firing.skipped ?? {})}::jsonb)
    returning id
  `.execute(tx)
  await notifyWake(tx)
  return rows[0]?.id ?? ''
}

/** This moment by the database's clock, as it writes it. */
export async function momentNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}

/** Gives each customer of a firing a `{{trigger.payload}}` of their own. */
export async function addPayloads(
  tx: Tx,
  firingId: string,
  payloads: readonly { customerId: string; payload: unknown }[],
): Promise<void> {
  await sql`
    insert into firing_payload (firing_id, customer_id, payload)
    select ${firingId}::uuid, p.customer_id, p.payload
    from unnest(${arrayLiteral(payloads.map(({ customerId }) => customerId))}::uuid[],
      ${arrayLiteral(payloads.map(({ payload }) => JSON.stringify(payload)))}::jsonb[]) as p(customer_id, payload)
  `.execute(tx)
}

/** A firing as the API shows it. */
export interface Firing {
  id: string
  campaignId: string
  triggerId: string | null
  customerId: string | null
  type: string
  status: 'scheduled' | 'running' | 'held' | 'done' | 'stopped' | 'refused' | 'failed' | 'missed'
  times: number
  total: number | null
  matched: number
  enrolled: number
  skipped: Record<string, number>
  error: string | null
  by: string
  startedAt: Date
  finishedAt: Date | null
}

/** A row of table firing as the API shows it. */
export const firingColumns = sql`id, campaign_id as "campaignId", trigger_id as "triggerId", customer_id as "customerId", type, status, times,
  (audience ->> 'total')::bigint as total, matched, enrolled, skipped, error, by, started_at as "startedAt", finished_at as "finishedAt"`

/** One firing of the workspace, with what its trigger said. */
export async function findFiring(
  db: Db | Tx,
  workspaceId: number,
  id: string,
): Promise<(Firing & { payload: unknown }) | undefined> {
  const { rows } = await sql<Firing & { payload: unknown }>`
    select ${firingColumns}, payload from firing where id = ${id} and workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/** A campaign's firings, or one trigger's, newest first; one more than `limit`, so that the caller sees whether there are others. */
export async function listFirings(
  db: Db,
  workspaceId: number,
  of: { campaignId: string } | { triggerId: string },
  { limit, before }: { limit: number; before: string | undefined },
): Promise<Firing[]> {
  const whose = 'campaignId' in of ? sql`campaign_id = ${of.campaignId}` : sql`trigger_id = ${of.triggerId}`
  const { rows } = await sql<Firing>`
    select ${firingColumns} from firing
    where ${whose} and workspace_id = ${workspaceId} ${before === undefined ? sql`` : sql`and id < ${before}::uuid`}
    order by id desc limit ${limit + 1}
  `.execute(db)
  return rows
}
