import { type Db, sql, type Tx } from '../db/database.ts'

/** A workspace's settings. */
export interface WorkspaceRow {
  id: number
  name: string
  postalAddress: string | null
  timezone: string
  frequencyCapPerDay: number | null
  trackingConsentDefault: 'yes' | 'no'
  stopSending: boolean
  /** Whether it is a demo, which sends to the sandbox alone. */
  isDemo: boolean
  version: number
  createdAt: Date
  updatedAt: Date
}

/** The settings that a person may change; what is undefined stays. */
export interface WorkspaceChange {
  name?: string | undefined
  postalAddress?: string | null | undefined
  timezone?: string | undefined
  frequencyCapPerDay?: number | null | undefined
  trackingConsentDefault?: 'yes' | 'no' | undefined
  stopSending?: boolean | undefined
}

const columns = sql`id, name, postal_address as "postalAddress", timezone, frequency_cap_per_day as "frequencyCapPerDay",
  tracking_consent_default as "trackingConsentDefault", stop_sending as "stopSending",
  exists (select from demo where workspace_id = workspace.id) as "isDemo", version, created_at as "createdAt",
  updated_at as "updatedAt"`

/** The settings of a workspace; `lock` when they are about to change. */
export async function getWorkspace(db: Db | Tx, workspaceId: number, lock = false): Promise<WorkspaceRow> {
  const { rows } = await sql<WorkspaceRow>`
    select ${columns} from workspace where id = ${workspaceId} ${lock ? sql`for update` : sql``}
  `.execute(db)
  const row = rows[0]
  if (!row) throw new Error(`There is no workspace ${workspaceId}.`)
  return row
}

/** Writes new settings over the locked row `now`. The red switch is no edit: it spoils nobody's open form. */
export async function updateWorkspace(tx: Tx, now: WorkspaceRow, change: WorkspaceChange): Promise<WorkspaceRow> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const after: WorkspaceRow = { ...now, ...given }
  const { rows } = await sql<WorkspaceRow>`
    update workspace set name = ${after.name}, postal_address = ${after.postalAddress}, timezone = ${after.timezone},
      frequency_cap_per_day = ${after.frequencyCapPerDay}, tracking_consent_default = ${after.trackingConsentDefault},
      stop_sending = ${after.stopSending}, version = version + ${change.stopSending === undefined ? 1 : 0}, updated_at = now()
    where id = ${now.id} returning ${columns}
  `.execute(tx)
  return rows[0] ?? after
}

/** One line of the audit log. */
export interface AuditRow {
  id: number
  at: Date
  actor: string
  actorName: string | null
  action: string
  objectType: string
  objectId: string | null
  detail: Record<string, unknown>
  ip: string | null
  requestId: string | null
}

/** What a reader of the audit log may narrow it to. */
export interface AuditFilter {
  actor?: string | undefined
  action?: string | undefined
  objectType?: string | undefined
  objectId?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** The audit log, newest first; one row more than `limit`. */
export async function listAudit(
  db: Db,
  workspaceId: number,
  filter: AuditFilter,
  limit: number,
  before: number | undefined,
): Promise<AuditRow[]> {
  const is = (column: string, value: string | undefined) =>
    value === undefined ? sql`true` : sql`${sql.ref(column)} = ${value}`
  const { rows } = await sql<AuditRow>`
    select l.id, l.at, l.actor, coalesce(a.name, k.name) as "actorName", l.action, l.object_type as "objectType",
      l.object_id as "objectId", l.detail, l.ip, l.request_id as "requestId"
    from (
      select * from audit_log
      where workspace_id = ${workspaceId} and (${before ?? null}::bigint is null or id < ${before ?? null})
        and ${is('actor', filter.actor)} and ${is('action', filter.action)}
        and ${is('object_type', filter.objectType)} and ${is('object_id', filter.objectId)}
        and (${filter.since ?? null}::timestamptz is null or at >= ${filter.since ?? null}::timestamptz)
        and (${filter.until ?? null}::timestamptz is null or at < ${filter.until ?? null}::timestamptz)
      order by id desc limit ${limit + 1}
    ) l
      left join member m on l.actor = 'member:' || m.id::text and m.workspace_id = ${workspaceId}
      left join account a on a.id = m.account_id
      left join api_key k on l.actor = 'key:' || k.id::text and k.workspace_id = ${workspaceId}
    order by l.id desc
  `.execute(db)
  return rows
}

/** Actions that the log of a workspace knows, for a filter to offer. */
export async function auditActions(db: Db, workspaceId: number): Promise<string[]> {
  // One look into the index for each, whatever the size of the log.
  const { rows } = await sql<{ action: string }>`
    with recursive known as (
      (select action from audit_log where workspace_id = ${workspaceId} order by action limit 1)
      union all
      select (select l.action from audit_log l where l.workspace_id = ${workspaceId} and l.action > k.action order by l.action limit 1)
      from known k where k.action is not null
    ) select action from known where action is not null
  `.execute(db)
  return rows.map(({ action }) => action)
}
