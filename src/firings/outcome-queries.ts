import { type Db, sql } from '../db/database.ts'

/** How many customers' last passage through a campaign ended in one way. */
export interface Outcome {
  status: 'succeeded' | 'canceled' | 'failed'
  reason: string
  count: number
}

/** How customers' last passages ended, the most frequent first: what re-enrolling by outcome chooses from. Archived customers are left out. */
export async function countOutcomes(db: Db, workspaceId: number, campaignId: string): Promise<Outcome[]> {
  const { rows } = await sql<Outcome>`
    select r.status, coalesce(r.reason, '') as reason, count(*) as count
    from run r join customer u on u.id = r.customer_id and u.archived_at is null
    where r.campaign_id = ${campaignId} and r.workspace_id = ${workspaceId} and r.finished_at is not null
      and not exists (select from run n where n.campaign_id = r.campaign_id and n.customer_id = r.customer_id and n.entry > r.entry)
    group by 1, 2 order by 3 desc, 1, 2
  `.execute(db)
  return rows
}
