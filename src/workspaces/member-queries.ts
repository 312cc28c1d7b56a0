import { type Db, sql, type Tx } from '../db/database.ts'
import { endSessions } from './account-queries.ts'

type Role = 'owner' | 'admin' | 'member'

/** A person in a workspace. */
export interface MemberRow {
  id: string
  accountId: string
  name: string
  email: string
  role: Role
  joinedAt: Date
  lastSeenAt: Date | null
}

const memberColumns = sql`m.id, m.account_id as "accountId", a.name, a.email, m.role, m.joined_at as "joinedAt", m.last_seen_at as "lastSeenAt"`

/** Those who are in, newest first; one row more than `limit`. */
export async function listMembers(
  db: Db,
  workspaceId: number,
  limit: number,
  after: string | undefined,
): Promise<MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select ${memberColumns} from member m join account a on a.id = m.account_id
    where m.workspace_id = ${workspaceId} and m.left_at is null and (${after ?? null}::uuid is null or m.id < ${after ?? null})
    order by m.id desc limit ${limit + 1}
  `.execute(db)
  return rows
}

/** One member, locked together with all owners, so that two owners cannot demote one another at the same time. */
export async function lockMember(
  tx: Tx,
  workspaceId: number,
  id: string,
): Promise<(MemberRow & { owners: number }) | undefined> {
  const locked = await sql<{ role: Role }>`
    select role from member where workspace_id = ${workspaceId} and left_at is null and (role = 'owner' or id = ${id})
    order by id for update
  `.execute(tx)
  const { rows } = await sql<MemberRow>`
    select ${memberColumns} from member m join account a on a.id = m.account_id
    where m.workspace_id = ${workspaceId} and m.id = ${id} and m.left_at is null
  `.execute(tx)
  const row = rows[0]
  return row && { ...row, owners: locked.rows.filter((one) => one.role === 'owner').length }
}

/** Gives a member another role and ends their sessions here (TRUST S5). */
export async function setRole(tx: Tx, workspaceId: number, member: MemberRow, role: Role): Promise<void> {
  await sql`update member set role = ${role} where id = ${member.id} and workspace_id = ${workspaceId}`.execute(tx)
  await endSessions(tx, member.accountId, workspaceId)
}

/** Takes a member out; the row stays for the history that names them. */
export async function removeMember(tx: Tx, workspaceId: number, member: MemberRow): Promise<void> {
  await sql`update member set left_at = now() where id = ${member.id} and workspace_id = ${workspaceId}`.execute(tx)
  await endSessions(tx, member.accountId, workspaceId)
}

/** What a member has in hand. */
export interface Duties {
  openTasks: number
  /** Campaigns that are not archived. */
  campaigns: number
  customers: number
  /** Names of the LinkedIn accounts that they send by. */
  senders: string[]
}

/** Customers are counted up to here: more is said as "over". */
const countedCustomers = 10_000

/** What somebody has in hand, for whoever is about to take them out. */
export async function dutiesOf(db: Db | Tx, workspaceId: number, memberId: string): Promise<Duties> {
  const { rows } = await sql<Duties>`
    select
      (select count(*)::int from task where workspace_id = ${workspaceId} and assignee_id = ${memberId} and done_at is null) as "openTasks",
      (select count(*)::int from campaign where workspace_id = ${workspaceId} and owner_id = ${memberId} and status <> 'archived') as campaigns,
      (select count(*)::int from (select from customer where workspace_id = ${workspaceId} and claimed_by = ${memberId}
        and archived_at is null limit ${countedCustomers + 1}) counted) as customers,
      array(select name from credential where workspace_id = ${workspaceId} and type = 'linkedin' and archived_at is null
        and config ->> 'memberId' = ${memberId} order by id) as senders
  `.execute(db)
  return rows[0] ?? { openTasks: 0, campaigns: 0, customers: 0, senders: [] }
}

/** Gives the open tasks and the campaigns of one member to another; answers how many. */
export async function handOver(
  tx: Tx,
  workspaceId: number,
  from: string,
  to: string,
): Promise<{ tasks: number; campaigns: number }> {
  const tasks = await sql`
    update task set assignee_id = ${to} where workspace_id = ${workspaceId} and assignee_id = ${from} and done_at is null
  `.execute(tx)
  const campaigns = await sql`
    update campaign set owner_id = ${to}, version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and owner_id = ${from} and status <> 'archived'
  `.execute(tx)
  return { tasks: Number(tasks.numAffectedRows ?? 0), campaigns: Number(campaigns.numAffectedRows ?? 0) }
}

/** An invitation that still holds. */
export interface InvitationRow {
  id: string
  email: string
  role: 'admin' | 'member'
  expiresAt: Date
  createdAt: Date
}

const invitationColumns = sql`i.id, i.email, i.role, i.expires_at as "expiresAt", i.created_at as "createdAt"`

/** Makes an invitation for a day, in place of an earlier one to the same address; undefined when they are a member already. */
export async function invite(
  tx: Tx,
  wanted: { workspaceId: number; email: string; role: 'admin' | 'member'; tokenHash: Buffer; invitedBy: string | null },
): Promise<InvitationRow | undefined> {
  const { workspaceId, email } = wanted
  await sql`delete from invitation where workspace_id = ${workspaceId} and lower(email) = lower(${email}) and accepted_at is null`.execute(
    tx,
  )
  const { rows } = await sql<InvitationRow>`
    insert into invitation as i (workspace_id, email, role, token_hash, invited_by, expires_at)
    select ${workspaceId}::int, ${email}::text, ${wanted.role}::text, ${wanted.tokenHash}::bytea, ${wanted.invitedBy}::uuid, now() + interval '24 hours'
    where not exists (
      select from member m join account a on a.id = m.account_id
      where m.workspace_id = ${workspaceId} and m.left_at is null and lower(a.email) = lower(${email})
    )
    returning ${invitationColumns}
  `.execute(tx)
  return rows[0]
}

/** Open invitations, newest first; one row more than `limit`. */
export async function listInvitations(
  db: Db,
  workspaceId: number,
  limit: number,
  after: string | undefined,
): Promise<InvitationRow[]> {
  const { rows } = await sql<InvitationRow>`
    select ${invitationColumns} from invitation i
    where i.workspace_id = ${workspaceId} and i.accepted_at is null and i.expires_at > now()
      and (${after ?? null}::uuid is null or i.id < ${after ?? null})
    order by i.id desc limit ${limit + 1}
  `.execute(db)
  return rows
}

/** Withdraws an open invitation. */
export async function withdrawInvitation(
  tx: Tx,
  workspaceId: number,
  id: string,
): Promise<{ email: string } | undefined> {
  const { rows } = await sql<{ email: string }>`
    delete from invitation where id = ${id} and workspace_id = ${workspaceId} and accepted_at is null returning email
  `.execute(tx)
  return rows[0]
}

/** The open invitation of a token. */
export async function findInvitation(
  db: Db,
  tokenHash: Buffer,
): Promise<{ email: string; role: 'admin' | 'member'; workspaceName: string } | undefined> {
  const { rows } = await sql<{ email: string; role: 'admin' | 'member'; workspaceName: string }>`
    select i.email, i.role, w.name as "workspaceName" from invitation i join workspace w on w.id = i.workspace_id
    where i.token_hash = ${tokenHash} and i.accepted_at is null and i.expires_at > now()
  `.execute(db)
  return rows[0]
}

/** Uses an invitation up: the account, made unless there is one, becomes a member. Undefined when it was used meanwhile. */
export async function acceptInvitation(
  tx: Tx,
  tokenHash: Buffer,
  person: { name: string; passwordHash: string },
): Promise<{ accountId: string; workspaceId: number; memberId: string; role: Role } | undefined> {
  const { rows } = await sql<{ accountId: string; workspaceId: number; memberId: string; role: Role }>`
    with used as (
      update invitation set accepted_at = now()
      where token_hash = ${tokenHash} and accepted_at is null and expires_at > now()
      returning workspace_id, email, role
    ), made as (
      insert into account (email, name, password_hash)
      select email, ${person.name}, ${person.passwordHash} from used
      where ${person.passwordHash} <> ''
      on conflict ((lower(email))) do nothing returning id
    ), account as (
      select id from made union all select a.id from account a join used u on lower(a.email) = lower(u.email)
    )
    insert into member as m (workspace_id, account_id, role)
    select u.workspace_id, a.id, u.role from used u, account a
    on conflict (workspace_id, account_id) do update set role = excluded.role, left_at = null, joined_at = now()
      where m.left_at is not null
    returning m.account_id as "accountId", m.workspace_id as "workspaceId", m.id as "memberId", m.role
  `.execute(tx)
  return rows[0]
}
