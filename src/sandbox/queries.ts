import { containing, type Db, sql, type Tx } from '../db/database.ts'

/** What somebody did in the sandbox mailbox. */
export interface SandboxAction {
  action: 'open' | 'click' | 'reply' | 'bounce' | 'complain' | 'unsubscribe' | 'scan' | 'auto-reply'
  at: string
  link?: number
  text?: string
}

/** A message in the list of the mailbox. */
export interface SandboxRow {
  id: number
  messageId: number | null
  from: string
  to: string
  subject: string
  campaignId: string | null
  campaignName: string | null
  customerId: string | null
  /** The passage that made it; null for a test. */
  runId: number | null
  actions: SandboxAction[]
  receivedAt: Date
}

/** A message as a mail program would show it. */
export interface SandboxMail extends SandboxRow {
  html: string | null
  text: string
  headers: Record<string, string>
  /** Destinations of its tracked links, by position. */
  links: string[]
}

const listed = sql`s.id, s.message_id as "messageId", s.from_address as "from", s.to_address as "to", s.subject, m.campaign_id as "campaignId",
  c.name as "campaignName", m.customer_id as "customerId", m.run_id as "runId", s.actions, s.received_at as "receivedAt"`
const sources = sql`sandbox_mail s left join message m on m.id = s.message_id left join campaign c on c.id = m.campaign_id`

/** The mailbox, newest first. */
export async function listSandbox(
  db: Db,
  workspaceId: number,
  filter: {
    campaignId?: string | undefined
    customerId?: string | undefined
    q?: string | undefined
    before?: number | undefined
    limit: number
  },
): Promise<SandboxRow[]> {
  const conditions = [sql`s.workspace_id = ${workspaceId}`]
  if (filter.campaignId !== undefined) conditions.push(sql`m.campaign_id = ${filter.campaignId}`)
  if (filter.customerId !== undefined) conditions.push(sql`m.customer_id = ${filter.customerId}`)
  if (filter.q !== undefined) {
    const like = containing(filter.q)
    conditions.push(sql`(s.to_address ilike ${like} or s.subject ilike ${like})`)
  }
  if (filter.before !== undefined) conditions.push(sql`s.id < ${filter.before}`)
  const { rows } = await sql<SandboxRow>`
    select ${listed} from ${sources} where ${sql.join(conditions, sql` and `)} order by s.id desc limit ${filter.limit}
  `.execute(db)
  return rows
}

/** Messages that a member has not seen are counted up to here: a badge says "99+". */
const countedNew = 100

/** How many messages came since a member looked into the mailbox last, at most 100. */
export async function countNewSandbox(db: Db, workspaceId: number, memberId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from (
      select from sandbox_mail s join member m on m.id = ${memberId} and m.workspace_id = s.workspace_id
      where s.workspace_id = ${workspaceId} and s.id > m.sandbox_seen_id order by s.id limit ${countedNew}
    ) counted
  `.execute(db)
  return rows[0]?.n ?? 0
}

/** Notes that a member has seen the mailbox up to a message. */
export async function markSandboxSeen(db: Db, workspaceId: number, memberId: string, upTo: number): Promise<void> {
  await sql`
    update member set sandbox_seen_id = ${upTo} where id = ${memberId} and workspace_id = ${workspaceId} and sandbox_seen_id < ${upTo}
  `.execute(db)
}

/** One message of the mailbox. */
export async function getSandboxMail(db: Db | Tx, workspaceId: number, id: number): Promise<SandboxMail | undefined> {
  const { rows } = await sql<SandboxMail>`
    select ${listed}, s.html, s.text, s.headers, coalesce(mc.links, '{}') as links
    from ${sources} left join message_content mc on mc.message_id = s.message_id
    where s.workspace_id = ${workspaceId} and s.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Keeps what was done, in order. */
export async function recordAction(tx: Db | Tx, id: number, action: Omit<SandboxAction, 'at'>): Promise<void> {
  await sql`
    update sandbox_mail set actions = actions || jsonb_build_array(${JSON.stringify(action)}::jsonb || jsonb_build_object('at', now()))
    where id = ${id}
  `.execute(tx)
}
