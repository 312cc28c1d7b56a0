import { type Db, sql } from '../db/database.ts'

/** How many customers' last passage through a campaign ended in one way. */
export interface Outcome {
  status: 'succeeded' | 'canceled' | 'failed'
  reason: string
  count: number
}

/** A customer whom a firing passed over, and why. */
export interface PassedOver {
  customer: { id: string; firstName: string | null; lastName: string | null; email: string | null }
  reason: string
}

/** Whom a firing passed over whose customers a person named; undefined when there is no such firing. Numbers of all firings are in `skipped`. */
export async function listPassedOver(db: Db, workspaceId: number, firingId: string): Promise<PassedOver[] | undefined> {
  const found = await sql`select from firing where id = ${firingId} and workspace_id = ${workspaceId}`.execute(db)
  if (found.rows.length === 0) return undefined
  const { rows } = await sql<PassedOver>`
    select jsonb_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name, 'email', u.email) as customer, p.value as reason
    from firing f cross join lateral jsonb_each_text(coalesce(f.audience -> 'passedOver', '{}')) p
    join customer u on u.id = p.key::uuid and u.workspace_id = f.workspace_id
    where f.id = ${firingId} and f.workspace_id = ${workspaceId} order by p.value, u.id limit 1000
  `.execute(db)
  return rows
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
