import type { Audience } from '../campaigns/audience.ts'
import { matchedCustomers, nextAudiencePage, resolveAudience } from '../campaigns/audience-sql.ts'
import { type Db, keepPlan, sql } from '../db/database.ts'

/** Customers remembered in one transaction. */
const chunkSize = 5_000

interface Remembering {
  id: string
  workspaceId: number
  campaignId: string
  audience: Audience
  snapshot: number
  cursor: string | null
}

/**
 * Remembers the next chunk of the audience of a schedule that enrolls only who was in it at activation, as one narrow row a customer: a
 * dynamic segment cannot be asked later who was in it then. Begins right after activation (or after the trigger was made, if that is
 * later) and pages by id, so that a million take no long transaction. The trigger waits for the last chunk. Answers whether there was one.
 */
export async function rememberAudience(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql<Remembering>`${keepPlan}
      select t.id, t.workspace_id as "workspaceId", t.campaign_id as "campaignId", c.audience, t.snapshot, t.snapshot_cursor as cursor
      from trigger t join campaign c on c.id = t.campaign_id
      where t.type = 'schedule' and t.enabled and t.deleted_at is null and t.snapshot_at is null and t.config ->> 'refreshAudience' = 'false'
        and c.status = 'active' and c.audience is not null
      order by t.id limit 1 for update of t skip locked
    `.execute(tx)
    const trigger = rows[0]
    if (!trigger) return false
    const { id, workspaceId, campaignId, audience, snapshot, cursor } = trigger
    const resolved = await resolveAudience(tx, audience, { workspaceId, campaignId, excludeSegmentId: null })
    const part = await nextAudiencePage(tx, resolved, cursor, chunkSize)
    if (part) {
      await sql`
        insert into trigger_audience (trigger_id, snapshot, customer_id)
        select ${id}::uuid, ${snapshot}::int, m.id from (${matchedCustomers(resolved, part)}) m on conflict do nothing
      `.execute(tx)
    }
    await sql`
      update trigger set snapshot_cursor = ${part?.upto ?? cursor}::uuid,
        snapshot_at = case when ${part?.last ?? true} then clock_timestamp() end
      where id = ${id}
    `.execute(tx)
    return true
  })
}
