import { type Db, sql } from '../db/database.ts'
import type { Role } from './access.ts'
import { idleDays } from './session.ts'

/** A session that still holds, with the person behind it. */
export interface FoundSession {
  accountId: string
  workspaceId: number
  memberId: string
  role: Role
  name: string
  /** seen_at lies so far back that it is worth a write. */
  stale: boolean
}

/** The session of a token hash; undefined when it ended, or its member left the workspace. */
export async function findSession(db: Db, tokenHash: Buffer): Promise<FoundSession | undefined> {
  const { rows } = await sql<FoundSession>`
    select s.account_id as "accountId", s.workspace_id as "workspaceId", m.id as "memberId", m.role, a.name,
      s.seen_at < now() - interval '5 minutes' as stale
    from session s
      join member m on m.workspace_id = s.workspace_id and m.account_id = s.account_id and m.left_at is null
      join account a on a.id = s.account_id
    where s.token_hash = ${tokenHash} and s.expires_at > now() and s.seen_at > now() - make_interval(days => ${idleDays})
  `.execute(db)
  return rows[0]
}

/** Notes that a session is in use, and its member at work. */
export async function touchSession(db: Db, tokenHash: Buffer): Promise<void> {
  await sql`
    with touched as (
      update session set seen_at = now() where token_hash = ${tokenHash} returning workspace_id, account_id
    )
    update member m set last_seen_at = now() from touched t
    where m.workspace_id = t.workspace_id and m.account_id = t.account_id
  `.execute(db)
}

/** An API key that is neither revoked nor expired. */
export interface FoundKey {
  id: string
  workspaceId: number
  name: string
  role: Role
  keyHash: Buffer
  /** Who made the key, while they are still a member. */
  memberId: string | null
  stale: boolean
}

/** The key of a prefix; the caller compares the hash. */
export async function findKey(db: Db, prefix: string): Promise<FoundKey | undefined> {
  const { rows } = await sql<FoundKey>`
    select k.id, k.workspace_id as "workspaceId", k.name, k.role, k.key_hash as "keyHash", m.id as "memberId",
      coalesce(k.last_used_at < now() - interval '1 minute', true) as stale
    from api_key k left join member m on m.id = k.created_by and m.left_at is null
    where k.prefix = ${prefix} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
  `.execute(db)
  return rows[0]
}

/** Notes that a key is in use, at most once a minute whatever the number of processes. */
export async function touchKey(db: Db, id: string): Promise<void> {
  await sql`
    update api_key set last_used_at = now()
    where id = ${id} and coalesce(last_used_at < now() - interval '1 minute', true)
  `.execute(db)
}

/** Records that someone tried what their role does not allow (TRUST S31). */
export async function recordDenied(
  db: Db,
  denied: { workspaceId: number; actor: string; route: string; action: string; ip: string; requestId: string },
): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({
      workspace_id: denied.workspaceId,
      actor: denied.actor,
      action: 'access.denied',
      object_type: 'route',
      object_id: denied.route,
      detail: sql`${JSON.stringify({ action: denied.action })}::jsonb`,
      ip: denied.ip,
      request_id: denied.requestId,
    })
    .execute()
}

/** Up to three members of these roles, by name: whom to ask for what one's own role does not allow. */
export async function membersOf(db: Db, workspaceId: number, roles: readonly Role[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select coalesce(nullif(a.name, ''), a.email) as name from member m join account a on a.id = m.account_id
    where m.workspace_id = ${workspaceId} and m.left_at is null and m.role = any(${roles}) order by m.joined_at limit 3
  `.execute(db)
  return rows.map(({ name }) => name)
}

/** Log entries that are looked through for who changed something: whoever was faster than a 412 was so lately. */
const lookedThrough = 2_000

/** Who changed a thing last and when, by the audit log; nothing when that was long ago. */
export async function lastChange(
  db: Db,
  workspaceId: number,
  objectId: string,
): Promise<{ changedBy: string; changedAt: Date } | undefined> {
  const { rows } = await sql<{ changedBy: string; changedAt: Date }>`
    select coalesce(nullif(a.name, ''), a.email, k.name, l.actor) as "changedBy", l.at as "changedAt"
    from (
      select * from (
        select * from audit_log where workspace_id = ${workspaceId} order by id desc limit ${lookedThrough}
      ) lately where object_id = ${objectId} order by id desc limit 1
    ) l
      left join member m on l.actor = 'member:' || m.id::text and m.workspace_id = ${workspaceId}
      left join account a on a.id = m.account_id
      left join api_key k on l.actor = 'key:' || k.id::text and k.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}
