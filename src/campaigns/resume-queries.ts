import { type Db, sql, type Tx } from '../db/database.ts'

/** Customers inside a paused campaign whose wait is over by the wall clock, at one step. */
export interface OverdueAtNode {
  nodeId: string
  title: string
  overdue: number
}

/** What going on would let loose. */
export interface ResumePreview {
  pausedAt: Date
  inside: number
  /** Customers whose wait is over by the wall clock, as if there had been no pause. */
  overdue: number
  /** How many go on at once, by what becomes of the waits. */
  atOnce: { keep: number; continue: number }
  nodes: OverdueAtNode[]
  /** Messages that were queued and not handed over yet; the limits of their senders hold. */
  queuedMessages: number
}

/**
 * The live runs of a paused campaign (id) that are due by the wall clock, once each, with whether they go on at once even when waits are kept:
 * due before the pause, or by a date. Two index scans.
 */
const overdueRuns = (campaignId: string) => sql`
  select r.node_id, r.wake_at <= c.paused_at - c.paused_total or coalesce(r.wake_on <= now(), false) as anyway
  from campaign c join run r on r.campaign_id = c.id and r.finished_at is null and r.wake_at <= now() - c.paused_total
  where c.id = ${campaignId}
  union all
  select r.node_id, true from campaign c join run r on r.campaign_id = c.id and r.finished_at is null and r.wake_on <= now()
  where c.id = ${campaignId} and not coalesce(r.wake_at <= now() - c.paused_total, false)`

/** How many of a paused campaign's customers go on at once, by what becomes of the waits. */
export async function countOverdue(tx: Db | Tx, campaignId: string): Promise<ResumePreview['atOnce']> {
  const { rows } = await sql<ResumePreview['atOnce']>`
    select count(*) filter (where anyway) as keep, count(*) as continue from (${overdueRuns(campaignId)}) o
  `.execute(tx)
  return rows[0] ?? { keep: 0, continue: 0 }
}

/** Who is overdue in a campaign, and where; undefined unless it is paused. Titles are those of the version that customers follow. */
export async function previewResume(
  db: Db,
  workspaceId: number,
  campaignId: string,
): Promise<Omit<ResumePreview, 'inside'> | undefined> {
  const found = await sql<{ pausedAt: Date; queuedMessages: number }>`
    select paused_at as "pausedAt", (select count(*) from credential k join message m on m.credential_id = k.id
      and m.campaign_id = c.id and m.state = 'queued' where k.workspace_id = c.workspace_id) as "queuedMessages"
    from campaign c where id = ${campaignId} and workspace_id = ${workspaceId} and status = 'paused'
  `.execute(db)
  const campaign = found.rows[0]
  if (!campaign) return undefined
  const { rows } = await sql<OverdueAtNode & { anyway: number }>`
    with at as (
      select node_id, count(*) as n, count(*) filter (where anyway) as anyway from (${overdueRuns(campaignId)}) o group by 1
    )
    select at.node_id as "nodeId", coalesce(v.graph -> 'nodes' -> at.node_id ->> 'title', '') as title, at.n as overdue, at.anyway
    from at join campaign c on c.id = ${campaignId} left join workflow_version v on v.id = c.version_id
    order by at.n desc, at.node_id
  `.execute(db)
  const overdue = rows.reduce((sum, row) => sum + row.overdue, 0)
  return {
    ...campaign,
    overdue,
    atOnce: { keep: rows.reduce((sum, row) => sum + row.anyway, 0), continue: overdue },
    nodes: rows.map(({ anyway: _, ...row }) => row),
  }
}
