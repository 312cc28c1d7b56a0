import { type Db, sql, type Tx } from '../db/database.ts'

type Role = 'owner' | 'admin' | 'member'

/** A person's login. */
export interface Account {
  id: string
  email: string
  name: string
  passwordHash: string
  /** Null = the one of the browser. */
  timezone: string | null
}

const accountColumns = sql`id, email, name, password_hash as "passwordHash", timezone`

/** The account of an address, in any case of letters. */
export async function findAccount(db: Db | Tx, email: string): Promise<Account | undefined> {
  const { rows } =
    await sql<Account>`select ${accountColumns} from account where lower(email) = lower(${email})`.execute(db)
  return rows[0]
}

/** The account of an id. */
export async function getAccount(db: Db | Tx, id: string): Promise<Account | undefined> {
  const { rows } = await sql<Account>`select ${accountColumns} from account where id = ${id}`.execute(db)
  return rows[0]
}

/** Makes an account; undefined when the address has one. */
export async function createAccount(
  tx: Tx,
  wanted: { email: string; name: string; passwordHash: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into account (email, name, password_hash) values (${wanted.email}, ${wanted.name}, ${wanted.passwordHash})
    on conflict ((lower(email))) do nothing returning id
  `.execute(tx)
  return rows[0]?.id
}

/** A workspace that an account is a member of. */
export interface Membership {
  memberId: string
  workspaceId: number
  workspaceName: string
  role: Role
  isDemo: boolean
}

/** The workspaces of an account, the one joined first in front; a demo once it is whole. */
export async function memberships(db: Db | Tx, accountId: string): Promise<Membership[]> {
  const { rows } = await sql<Membership>`
    select m.id as "memberId", w.id as "workspaceId", w.name as "workspaceName", m.role, d.workspace_id is not null as "isDemo"
    from member m join workspace w on w.id = m.workspace_id left join demo d on d.workspace_id = w.id
    where m.account_id = ${accountId} and m.left_at is null and coalesce(d.state, 'ready') = 'ready' order by m.joined_at, m.id
  `.execute(db)
  return rows
}

/** Starts a session; ended ones of the account are cleared away on the occasion. */
export async function startSession(
  tx: Tx,
  session: {
    tokenHash: Buffer
    accountId: string
    workspaceId: number
    days: number
    /** Where it was started from, for the person's own list of sessions. */
    ip?: string
    userAgent?: string | null
  },
): Promise<void> {
  const { accountId, workspaceId, ip = null, userAgent = null } = session
  await sql`delete from session where account_id = ${accountId} and expires_at < now()`.execute(tx)
  await sql`
    insert into session (token_hash, account_id, workspace_id, expires_at, ip, user_agent)
    values (${session.tokenHash}, ${accountId}, ${workspaceId}, now() + make_interval(days => ${session.days}), ${ip}, ${userAgent})
  `.execute(tx)
  await sql`update member set last_seen_at = now() where account_id = ${accountId} and workspace_id = ${workspaceId}`.execute(
    tx,
  )
}

/** Ends one session. */
export async function endSession(db: Db | Tx, tokenHash: Buffer): Promise<void> {
  await sql`delete from session where token_hash = ${tokenHash}`.execute(db)
}

/** Ends the sessions of an account: in one workspace, or in all of them. */
export async function endSessions(db: Db | Tx, accountId: string, workspaceId: number | null): Promise<void> {
  await sql`
    delete from session where account_id = ${accountId} and (${workspaceId}::int is null or workspace_id = ${workspaceId})
  `.execute(db)
}

/** Changes a person's name, password or time zone; what is undefined stays. */
export async function updateAccount(
  tx: Tx,
  id: string,
  change: { name?: string | undefined; passwordHash?: string | undefined; timezone?: string | null | undefined },
): Promise<void> {
  await sql`
    update account set name = coalesce(${change.name ?? null}, name),
      password_hash = coalesce(${change.passwordHash ?? null}, password_hash),
      timezone = case when ${change.timezone === undefined} then timezone else ${change.timezone ?? null}::text end
    where id = ${id}
  `.execute(tx)
}

/** A session as its person sees it. */
export interface SessionRow {
  id: string
  ip: string | null
  userAgent: string | null
  workspaceName: string
  createdAt: Date
  seenAt: Date
  /** Whether it is the one that asks. */
  here: boolean
}

/** Where somebody is signed in, the last used first; at most 100. `idleDays`: how long a session lasts without a request. */
export async function listSessions(
  db: Db,
  accountId: string,
  own: Buffer | null,
  idleDays: number,
): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select s.id, s.ip, s.user_agent as "userAgent", w.name as "workspaceName", s.created_at as "createdAt", s.seen_at as "seenAt",
      s.token_hash is not distinct from ${own}::bytea as here
    from session s join workspace w on w.id = s.workspace_id
      join member m on m.workspace_id = s.workspace_id and m.account_id = s.account_id and m.left_at is null
    where s.account_id = ${accountId} and s.expires_at > now() and s.seen_at > now() - make_interval(days => ${idleDays})
    order by here desc, s.seen_at desc limit 100
  `.execute(db)
  return rows
}

/** Ends sessions of a person other than `own`: the one with this id, or all of them. Answers how many. */
export async function endOtherSessions(
  tx: Tx,
  accountId: string,
  own: Buffer | null,
  id: string | null,
): Promise<number> {
  const { rows } = await sql`
    delete from session where account_id = ${accountId} and token_hash is distinct from ${own}::bytea
      and (${id}::uuid is null or id = ${id}::uuid) returning 1
  `.execute(tx)
  return rows.length
}
