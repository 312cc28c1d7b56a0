import type { Audience } from '../campaigns/audience.ts'
import { matchesCustomer, resolveAudience } from '../campaigns/audience-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { openBus } from '../engine/bus-sql.ts'
import { endLeavers, leavingCampaigns } from './leave-sql.ts'
import { addFiring } from './queries.ts'

/** Events read in one transaction. */
const batchSize = 5_000
const cursorName = 'keep-enrolling'
/** What may make a customer match an audience, or match it no more: a change of theirs, or of the segments they are in. */
const names = ['customer.created', 'customer.updated', 'customer.tagged', 'customer.untagged', 'customer.archived']

/** A campaign that enrolls whoever matches. */
interface Keeping {
  id: string
  workspace_id: number
  audience: Audience
  exclude_segment_id: string | null
}

/**
 * Reads the next changed customers from the bus, in commit order. The campaigns that keep enrolling fire for those who match and were
 * never in; those with *exit when they leave the audience* end the runs of those who no longer match. The cursor and what follows are
 * one transaction, so that nobody is missed or fired for twice. Answers whether there is more to read.
 */
export async function followChanged(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const bus = await openBus(tx, cursorName)
    if (!bus) return false
    const keeping = await keepingCampaigns(tx)
    const leaving = await leavingCampaigns(tx)
    if (keeping.length + leaving.length === 0) {
      await bus.skip()
      return false
    }
    const events = await bus.read(batchSize)
    const last = events.at(-1)
    if (!last) return false
    const changed = new Map<number, Set<string>>()
    for (const event of events) {
      if (!names.includes(event.name)) continue
      const customers = changed.get(event.workspaceId) ?? new Set()
      changed.set(event.workspaceId, customers.add(event.customerId))
    }
    for (const campaign of keeping) {
      const customers = changed.get(campaign.workspace_id)
      if (customers) await fireFor(tx, campaign, [...customers])
    }
    for (const campaign of leaving) {
      const customers = changed.get(campaign.workspace_id)
      if (customers) await endLeavers(tx, campaign, [...customers])
    }
    await bus.moveTo(last)
    return events.length === batchSize
  })
}

async function keepingCampaigns(tx: Tx): Promise<Keeping[]> {
  const { rows } = await sql<Keeping>`
    select id, workspace_id, audience, exclude_segment_id from campaign
    where status = 'active' and enroll_mode = 'keep' and audience is not null order by id
  `.execute(tx)
  return rows
}

async function fireFor(tx: Tx, campaign: Keeping, customers: readonly string[]): Promise<void> {
  const place = { workspaceId: campaign.workspace_id, excludeSegmentId: campaign.exclude_segment_id }
  const resolved = await resolveAudience(tx, campaign.audience, place)
  const { rows } = await sql<{ id: string }>`
    select t.id from unnest(${arrayLiteral(customers)}::uuid[]) as t(id)
    where ${matchesCustomer(resolved, sql`t.id`)}
      and not exists (select from run r where r.campaign_id = ${campaign.id} and r.customer_id = t.id)
  `.execute(tx)
  if (rows.length === 0) return
  await addFiring(tx, {
    workspaceId: campaign.workspace_id,
    campaignId: campaign.id,
    type: 'keep',
    audience: { type: 'list', customerIds: rows.map((row) => row.id) },
    excludeSegmentId: campaign.exclude_segment_id,
    by: 'system',
  })
}
