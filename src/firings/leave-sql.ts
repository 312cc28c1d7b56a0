import type { Audience } from '../campaigns/audience.ts'
import { goesByRules, matchesCustomer, resolveAudience } from '../campaigns/audience-sql.ts'
import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type EndingRun, endRuns } from '../runs/end-sql.ts'

/** A campaign whose customers exit when they leave its audience. */
export interface Leaving {
  id: string
  workspace_id: number
  audience: Audience
  exclude_segment_id: string | null
}

/** Runs compared in one transaction. */
const chunkSize = 2_000

/** The moving campaigns with *exit when they leave the audience* on; a paused one is caught up with on resume. */
export async function leavingCampaigns(tx: Db | Tx): Promise<Leaving[]> {
  const { rows } = await sql<Leaving>`
    select id, workspace_id, audience, exclude_segment_id from campaign
    where status in ('active', 'completed') and exit_on_audience_leave and audience is not null order by id
  `.execute(tx)
  return rows
}

/**
 * Ends the runs of these customers who are no longer in the audience, under the campaign's lock; whoever a person enrolled by name
 * stays. Nothing happens in a campaign that stopped moving meanwhile.
 */
export async function endLeavers(
  tx: Tx,
  { id, workspace_id: workspaceId }: Pick<Leaving, 'id' | 'workspace_id'>,
  customerIds: readonly string[],
): Promise<void> {
  const campaign = await lockCampaign(tx, workspaceId, id, 'shared')
  const { audience, excludeSegmentId, exitOnAudienceLeave } = campaign
  const moves = campaign.status === 'active' || campaign.status === 'completed'
  if (!moves || !exitOnAudienceLeave || !audience) return
  const resolved = await resolveAudience(tx, audience, { workspaceId, excludeSegmentId })
  const { rows } = await sql<EndingRun>`
    select r.id, r.customer_id, r.node_id from run r left join firing f on f.id = r.firing_id
    where r.campaign_id = ${id} and r.finished_at is null and r.customer_id = any(${arrayLiteral(customerIds)}::uuid[])
      and coalesce(f.type, '') not in ('enroll', 're-enroll')
      and not ${matchesCustomer(resolved, sql`r.customer_id`)}
    order by r.id for update of r
  `.execute(tx)
  await endRuns(tx, workspaceId, id, rows, { status: 'canceled', reason: 'left-audience' })
}

/**
 * Compares the next chunk of a campaign's customers with its audience, where that has to be done for all of them: after a pause, when
 * the audience, its rules or the choice was changed, and each hour where rules decide, because time alone makes customers leave. `cursors` remembers where it stood; whatever changes the campaign begins anew. Answers
 * whether there may be more.
 */
export async function sweepLeavers(db: Db, cursors: Map<string, string>): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql<Pick<Leaving, 'id' | 'workspace_id'>>`
      select c.id, c.workspace_id from campaign c
      where c.status in ('active', 'completed') and c.exit_on_audience_leave
        and (c.leavers_checked_at is null or (c.leavers_checked_at < now() - interval '1 hour' and ${goesByRules}))
      order by c.leavers_checked_at nulls first, c.id limit 1
    `.execute(tx)
    const campaign = rows[0]
    if (!campaign) return false
    const { version } = await lockCampaign(tx, campaign.workspace_id, campaign.id, 'shared')
    // A change of rules waits for this row, so that what it asks for is not marked as done. It begins the comparing anew.
    const rules = await sql<{ changed: string | null }>`
      select (select max(s.updated_at)::text from segment s where s.workspace_id = c.workspace_id and s.kind = 'dynamic') as changed
      from campaign c where c.id = ${campaign.id} for no key update
    `.execute(tx)
    const place = `${campaign.id}/${version}/${rules.rows[0]?.changed ?? ''}`
    const chunk = await sql<{ customer_id: string }>`
      select customer_id from run
      where campaign_id = ${campaign.id} and customer_id > ${cursors.get(place) ?? beforeAll} and finished_at is null
      order by customer_id limit ${chunkSize}
    `.execute(tx)
    const customers = chunk.rows.map((row) => row.customer_id)
    if (customers.length > 0) await endLeavers(tx, campaign, customers)
    const last = customers.at(-1)
    if (last !== undefined && customers.length === chunkSize) cursors.set(place, last)
    else {
      cursors.delete(place)
      await sql`update campaign set leavers_checked_at = now() where id = ${campaign.id}`.execute(tx)
    }
    return true
  })
}

/** Smaller than every id. */
const beforeAll = '00000000-0000-0000-0000-000000000000'
