import type { Audience } from '../campaigns/audience.ts'
import { matchesCustomer } from '../campaigns/audience-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
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
    if (!(await holdCursor(tx))) return false
    // What lies below was committed before the campaigns are read: one that begins to listen after that finds it in its audience.
    const horizon = await horizonOf(tx)
    const keeping = await keepingCampaigns(tx)
    const leaving = await leavingCampaigns(tx)
    if (keeping.length + leaving.length === 0) {
      await skipTo(tx, horizon)
      return false
    }
    const { rows } = await sql<{ xid: string; id: number; workspace_id: number; customer_id: string; name: string }>`
      select e.xid::text, e.id, e.workspace_id, e.customer_id, e.name from event e, bus_cursor b
      where b.name = ${cursorName} and (e.xid, e.id) > (b.xid, b.id) and e.xid < ${horizon}::xid8
      order by e.xid, e.id limit ${batchSize}
    `.execute(tx)
    const last = rows.at(-1)
    if (!last) return false
    const changed = new Map<number, Set<string>>()
    for (const row of rows) {
      if (!names.includes(row.name)) continue
      const customers = changed.get(row.workspace_id) ?? new Set()
      changed.set(row.workspace_id, customers.add(row.customer_id))
    }
    for (const campaign of keeping) {
      const customers = changed.get(campaign.workspace_id)
      if (customers) await fireFor(tx, campaign, [...customers])
    }
    for (const campaign of leaving) {
      const customers = changed.get(campaign.workspace_id)
      if (customers) await endLeavers(tx, campaign, [...customers])
    }
    await sql`update bus_cursor set xid = ${last.xid}::xid8, id = ${last.id} where name = ${cursorName}`.execute(tx)
    return rows.length === batchSize
  })
}

async function keepingCampaigns(tx: Tx): Promise<Keeping[]> {
  const { rows } = await sql<Keeping>`
    select id, workspace_id, audience, exclude_segment_id from campaign
    where status = 'active' and enroll_mode = 'keep' and audience is not null order by id
  `.execute(tx)
  return rows
}

/** One worker reads at a time. */
async function holdCursor(tx: Tx): Promise<boolean> {
  await sql`
    insert into bus_cursor (name, xid, id) select ${cursorName}, '0', 0
    where not exists (select from bus_cursor where name = ${cursorName}) on conflict do nothing
  `.execute(tx)
  const { rows } = await sql`
    select from bus_cursor where name = ${cursorName} for update skip locked
  `.execute(tx)
  return rows.length > 0
}

/** The oldest transaction that is still under way: everything below it is committed, or never will be. */
async function horizonOf(tx: Tx): Promise<string> {
  const { rows } = await sql<{ horizon: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as horizon
  `.execute(tx)
  return rows[0]?.horizon ?? '0'
}

/** Nobody listens: what has happened so far is passed by. */
async function skipTo(tx: Tx, horizon: string): Promise<void> {
  await sql`
    update bus_cursor b set xid = ${horizon}::xid8, id = 0
    where b.name = ${cursorName} and exists (
      select from event e where (e.xid, e.id) > (b.xid, b.id) and e.xid < ${horizon}::xid8)
  `.execute(tx)
}

async function fireFor(tx: Tx, campaign: Keeping, customers: readonly string[]): Promise<void> {
  const place = { workspaceId: campaign.workspace_id, excludeSegmentId: campaign.exclude_segment_id }
  const { rows } = await sql<{ id: string }>`
    select t.id from unnest(${arrayLiteral(customers)}::uuid[]) as t(id)
    where ${matchesCustomer(campaign.audience, place, sql`t.id`)}
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
