import type { Audience } from '../campaigns/audience.ts'
import {
  audienceChanges,
  goesByRules,
  matchedCustomers,
  matchesCustomer,
  nextAudiencePage,
  type ResolvedAudience,
  resolveAudience,
} from '../campaigns/audience-sql.ts'
import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type BusEvent, openBus } from '../engine/bus-sql.ts'
import { endLeavers, leavingCampaigns } from './leave-sql.ts'
import { addFiring } from './queries.ts'

/** Events read in one transaction. */
const batchSize = 5_000
const cursorName = 'keep-enrolling'
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
    const changedFor = changedCustomers(events)
    for (const campaign of keeping) {
      const resolved = await resolve(tx, campaign)
      const customers = changedFor(campaign.workspace_id, audienceChanges(resolved))
      if (customers.length > 0) await fireFor(tx, campaign, resolved, customers)
    }
    for (const campaign of leaving) {
      const resolved = await resolve(tx, campaign)
      const customers = changedFor(campaign.workspace_id, audienceChanges(resolved))
      if (customers.length > 0) await endLeavers(tx, campaign, customers)
    }
    await bus.moveTo(last)
    return events.length === batchSize
  })
}

/** Whom events are about, by workspace and the names that are asked for. */
function changedCustomers(events: readonly BusEvent[]): (workspaceId: number, names: ReadonlySet<string>) => string[] {
  const byWorkspace = Map.groupBy(events, ({ workspaceId }) => workspaceId)
  return (workspaceId, names) => {
    const told = (byWorkspace.get(workspaceId) ?? []).filter(({ name }) => names.has(name))
    return [...new Set(told.map(({ customerId }) => customerId))]
  }
}

const resolve = (
  tx: Tx,
  campaign: { workspace_id: number; audience: Audience; exclude_segment_id: string | null },
): Promise<ResolvedAudience> =>
  resolveAudience(tx, campaign.audience, {
    workspaceId: campaign.workspace_id,
    excludeSegmentId: campaign.exclude_segment_id,
  })

async function keepingCampaigns(tx: Tx): Promise<Keeping[]> {
  const { rows } = await sql<Keeping>`
    select c.id, c.workspace_id, c.audience, c.exclude_segment_id from campaign c
    where c.status = 'active' and c.enroll_mode = 'keep' and c.audience is not null
      -- Nobody enrolls before a grace period is over; the firing that waits for it takes whoever matches then.
      and not exists (select from firing f where f.campaign_id = c.id and f.type = 'keep' and f.status = 'scheduled')
    order by c.id
  `.execute(tx)
  return rows
}

async function fireFor(
  tx: Tx,
  campaign: Keeping,
  resolved: ResolvedAudience,
  customers: readonly string[],
): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select t.id from unnest(${arrayLiteral(customers)}::uuid[]) as t(id)
    where ${matchesCustomer(resolved, sql`t.id`)}
      and not exists (select from run r where r.campaign_id = ${campaign.id} and r.customer_id = t.id)
  `.execute(tx)
  await fireList(
    tx,
    campaign,
    rows.map(({ id }) => id),
  )
}

async function fireList(tx: Tx, campaign: Keeping, customerIds: string[]): Promise<void> {
  if (customerIds.length === 0) return
  await addFiring(tx, {
    workspaceId: campaign.workspace_id,
    campaignId: campaign.id,
    type: 'keep',
    audience: { type: 'list', customerIds },
    excludeSegmentId: campaign.exclude_segment_id,
    by: 'system',
  })
}

/**
 * Compares the next part of everybody with the audience of a campaign that keeps enrolling by rules, where that is due: each hour, because
 * time alone makes customers match, and at once when rules were changed. A firing of the whole audience under way does the same.
 * Answers whether there may be more.
 */
export async function sweepMatches(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: string; workspace_id: number }>`
      select c.id, c.workspace_id from campaign c where ${isDue} order by c.matches_checked_at nulls first, c.id limit 1
    `.execute(tx)
    const [due] = rows
    if (!due) return false
    await lockCampaign(tx, due.workspace_id, due.id, 'shared')
    // In this order, because a move waits for the row under the lock; what is read now stays true.
    const locked = await sql<Keeping & { matches_cursor: string | null }>`
      select c.id, c.workspace_id, c.audience, c.exclude_segment_id, c.matches_cursor from campaign c
      where c.id = ${due.id} and ${isDue} for no key update skip locked
    `.execute(tx)
    const [campaign] = locked.rows
    if (!campaign) return false
    const resolved = await resolve(tx, campaign)
    const part = await nextAudiencePage(tx, resolved, campaign.matches_cursor, sweepSize)
    if (part) {
      const matched = await sql<{ id: string }>`
        select m.id from (${matchedCustomers(resolved, part)}) m where not m.archived and not m.excluded
          and not exists (select from run r where r.campaign_id = ${campaign.id} and r.customer_id = m.id)
      `.execute(tx)
      await fireList(
        tx,
        campaign,
        matched.rows.map(({ id }) => id),
      )
    }
    const next = part && !part.last ? part.upto : null
    await sql`
      update campaign set matches_cursor = ${next}::uuid,
        matches_checked_at = case when ${next}::uuid is null then now() else matches_checked_at end where id = ${campaign.id}
    `.execute(tx)
    return true
  })
}

/** Customers compared in one transaction. */
const sweepSize = 5_000

const isDue = sql<boolean>`c.status = 'active' and c.enroll_mode = 'keep' and ${goesByRules}
  and (c.matches_checked_at is null or c.matches_checked_at < now() - interval '1 hour')
  and not exists (select from firing f where f.campaign_id = c.id and f.type = 'keep' and f.status in ('scheduled', 'running', 'held')
    and f.audience ->> 'type' <> 'list')`
