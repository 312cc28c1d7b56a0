import { type Db, sql } from '../db/database.ts'
import { type Firing, firingColumns } from '../firings/queries.ts'
import type { Counts } from './queries.ts'

/** What a campaign's page and canvas show while somebody looks. */
export interface LiveCounts extends Counts {
  status: string
  /** Customers who stand at each node now, and those of them who stand at an error. */
  here: Record<string, { count: number; failing: number }>
}

/** Counts the rows themselves, so that the canvas and the list of runs say the same. */
export async function countLive(db: Db, workspaceId: number, campaignId: string): Promise<LiveCounts | undefined> {
  const { rows } = await sql<LiveCounts>`
    with here as (
      select r.node_id, count(*) as n, count(r.error) as failing from run r join campaign c on c.id = r.campaign_id
      where r.campaign_id = ${campaignId} and r.finished_at is null and c.status <> 'archived' group by 1
    ), sums as (
      select coalesce(sum(n) filter (where metric = 'enrolled'), 0) as enrolled,
        coalesce(sum(n) filter (where metric = 'message' and key = 'sent'), 0) as sent,
        coalesce(sum(n) filter (where metric = 'message' and key = 'replied'), 0) as replied
      from tally where campaign_id = ${campaignId} and metric in ('enrolled', 'message')
    ), inside as (select coalesce(sum(n), 0) as n from here)
    select c.status, i.n as inside, s.enrolled - i.n as finished, s.sent, s.replied,
      coalesce((select jsonb_object_agg(node_id, jsonb_build_object('count', n, 'failing', failing)) from here), '{}') as here
    from campaign c, sums s, inside i where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/** Firings that are under way, or ended within the last minute. */
export async function recentFirings(db: Db, workspaceId: number, campaignId: string): Promise<Firing[]> {
  const { rows } = await sql<Firing>`
    select ${firingColumns} from firing where campaign_id = ${campaignId} and workspace_id = ${workspaceId}
      and (finished_at is null or finished_at > now() - interval '1 minute')
    order by id desc limit 20
  `.execute(db)
  return rows
}
