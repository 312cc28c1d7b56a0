import type { RawBuilder } from 'kysely'
import type { FiringAudience } from '../campaigns/audience.ts'
import { matchedCustomers, nextAudiencePage, resolveAudience } from '../campaigns/audience-sql.ts'
import { sql, type Tx } from '../db/database.ts'
import { appendTally } from '../engine/advance-sql.ts'

/** A firing under way, as one chunk of it needs it. */
export interface EnrollingFiring {
  id: string
  workspaceId: number
  campaignId: string
  type: string
  audience: FiringAudience
  excludeSegmentId: string | null
  /** The last customer id that a committed chunk has passed. */
  cursor: string | null
}

/** What enrolling needs of the campaign, read under its lock. */
export interface EnrollingCampaign {
  holdoutPercent: number
  /** The node at which runs start. */
  start: string
}

/** What one chunk did. */
export interface Chunk {
  matched: number
  enrolled: number
  /** By reason: excluded, archived, inside, went-through, and holdout for those whose run ended at once. */
  skipped: Record<string, number>
  /** Where a person named them: who was left out, and why. */
  passedOver?: Record<string, string>
  cursor: string | null
  /** The audience is through. */
  last: boolean
}

/** Customers looked at in one transaction: well under the two seconds that a write transaction may take. */
const chunkSize = 5_000

/**
 * Enrolls the next chunk of a firing's audience behind its cursor: one INSERT … SELECT in the caller's transaction, who holds the
 * campaign's lock shared and has read it as active. Whoever is inside or went through is left to the unique indexes, so that
 * nothing that fires at the same time makes a second run. Re-enrolling gives the next entry number to who is not inside.
 */
export async function enrollChunk(
  tx: Tx,
  firing: EnrollingFiring,
  campaign: EnrollingCampaign,
  limit = chunkSize,
): Promise<Chunk> {
  const { workspaceId, campaignId, excludeSegmentId } = firing
  const again = firing.type === 're-enroll'
  // Rules are read again with each chunk: whoever enrolls matches them as they are now.
  const audience = await resolveAudience(tx, firing.audience, { workspaceId, campaignId, excludeSegmentId })
  const part = await nextAudiencePage(tx, audience, firing.cursor, limit)
  if (!part) return { matched: 0, enrolled: 0, skipped: {}, cursor: firing.cursor, last: true }
  const matched = matchedCustomers(audience, part)
  const entry = again
    ? sql`coalesce((select max(e.entry) from run e where e.campaign_id = c.id and e.customer_id = m.id), 0) + 1`
    : sql`1`
  const live = again ? sql`and l.finished_at is null` : sql``
  const notYetIn = sql`and not exists (select from run l where l.campaign_id = c.id and l.customer_id = m.id ${live})`
  const product = await productOf(tx, campaignId)
  const held = heldOut(campaign.holdoutPercent)
  const insert = async (onConflict: RawBuilder<unknown>): Promise<Entered> => {
    const { rows } = await sql<Entered>`
      with m as materialized (${matched}),
      entered as (
        insert into run (workspace_id, campaign_id, customer_id, entry, product_id, firing_id, node_id, wake_at, status, reason, finished_at)
        select c.workspace_id, c.id, m.id, ${entry}, ${product}, ${firing.id}::uuid, ${campaign.start}::text,
          case when not ${held} then now() - c.paused_total end,
          case when ${held} then 'succeeded' else 'running' end,
          case when ${held} then 'holdout' end,
          case when ${held} then now() end
        from m cross join (select id, workspace_id, paused_total from campaign where id = ${campaignId}) c
        where not m.archived and not m.excluded ${notYetIn}
        order by m.id
        ${onConflict}
        returning id, workspace_id, campaign_id, customer_id, node_id, status, reason, finished_at is not null as held_out
      ), told as (
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select workspace_id, customer_id, 'run.finished', jsonb_build_object('status', status, 'reason', reason), campaign_id, id, node_id,
          now(), now()
        from entered where held_out order by id
      ), e as (select count(*) as entered, count(*) filter (where held_out) as held_out from entered)
      select (select count(*) from m) as matched, (select count(*) from m where archived and not excluded) as archived,
        (select count(*) from m where excluded) as excluded, e.entered, e.held_out
      from e
    `.execute(tx)
    if (!rows[0]) throw new Error('Enrolling answered nothing.')
    return rows[0]
  }
  const row = await enteredBy(tx, insert)
  const left = row.matched - row.archived - row.excluded - row.entered
  const inside = left > 0 ? await countInside(tx, firing, matched) : 0
  await appendTally(
    tx,
    [
      { workspaceId, campaignId, metric: 'enrolled', key: '', n: row.entered },
      { workspaceId, campaignId, metric: 'ended', key: 'succeeded:holdout', n: row.held_out },
    ].filter(({ n }) => n > 0),
  )
  const skipped = {
    excluded: row.excluded,
    archived: row.archived,
    inside: Math.min(inside, left),
    'went-through': left - Math.min(inside, left),
    holdout: row.held_out,
  }
  return {
    matched: row.matched,
    enrolled: row.entered - row.held_out,
    skipped: Object.fromEntries(Object.entries(skipped).filter(([, n]) => n > 0)),
    ...(byName.has(firing.type) &&
      firing.audience.type !== 'filter' &&
      row.entered < row.matched && { passedOver: await passedOver(tx, firing, matched) }),
    cursor: part.upto,
    last: part.last,
  }
}

interface Entered {
  matched: number
  archived: number
  excluded: number
  entered: number
  held_out: number
}

/**
 * Inserts as if nobody else were enrolling into this campaign, which is nearly always so: ON CONFLICT costs a third of the rate, because
 * every row is written twice. When somebody else was faster after all, the chunk is inserted again that way.
 */
async function enteredBy(tx: Tx, insert: (onConflict: RawBuilder<unknown>) => Promise<Entered>): Promise<Entered> {
  await sql`savepoint chunk`.execute(tx)
  try {
    return await insert(sql``)
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    await sql`rollback to savepoint chunk`.execute(tx)
    return await insert(sql`on conflict do nothing`)
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505'

/** A fixed share of the customers, always the same ones of a campaign. */
const heldOut = (percent: number) =>
  percent > 0
    ? sql`(('x' || left(md5(c.id::text || m.id::text), 8))::bit(32)::bigint / 4294967296.0 * 100 < ${percent}::float8)`
    : sql`false`

/**
 * The product that a run is attributed to: the linked one on which the customer scores highest; without a score or at a tie the primary
 * one, then by id (PRODUCT §2). Scores are only looked at when there is a choice.
 */
async function productOf(tx: Tx, campaignId: string) {
  const { rows } = await sql<{ product_id: string }>`
    select product_id from campaign_product where campaign_id = ${campaignId} order by is_primary desc, product_id
  `.execute(tx)
  const [first, second] = rows
  if (!first) return sql`null::uuid`
  if (!second) return sql`${first.product_id}::uuid`
  return sql`(
    select p.product_id from campaign_product p
    left join lateral (
      select sum(s.score * k.weight) / nullif(sum(k.weight), 0) as mean
      from fit_criterion k join fit_score s on s.criterion_id = k.id and s.customer_id = m.id
      where k.product_id = p.product_id and k.deleted_at is null
    ) f on true
    where p.campaign_id = c.id order by f.mean desc nulls last, p.is_primary desc, p.product_id limit 1)`
}

/** Firings whose customers a person named one by one, or may have. */
const byName: ReadonlySet<string> = new Set(['enroll', 're-enroll'])
/** Most customers of a chunk whose reason is kept; the numbers count all. */
const mostPassedOver = 1_000

/** Whom a chunk left out, each with the reason. */
async function passedOver(
  tx: Tx,
  { id, campaignId }: EnrollingFiring,
  matched: ReturnType<typeof matchedCustomers>,
): Promise<Record<string, string>> {
  const { rows } = await sql<{ customer: string; reason: string }>`
    select m.id as customer, case when m.excluded then 'excluded' when m.archived then 'archived' when exists (
      select from run r where r.campaign_id = ${campaignId} and r.customer_id = m.id and r.finished_at is null) then 'inside'
      else 'went-through' end as reason
    from (${matched}) m
    where not exists (select from run r where r.campaign_id = ${campaignId} and r.customer_id = m.id and r.firing_id = ${id}::uuid)
    order by m.id limit ${mostPassedOver}
  `.execute(tx)
  return Object.fromEntries(rows.map(({ customer, reason }) => [customer, reason]))
}

/** Of those a chunk left out, how many are inside through another firing; the rest went through. */
async function countInside(
  tx: Tx,
  { id, campaignId }: EnrollingFiring,
  matched: ReturnType<typeof matchedCustomers>,
): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (${matched}) m
    where not m.archived and not m.excluded and exists (
      select from run r where r.campaign_id = ${campaignId} and r.customer_id = m.id and r.finished_at is null and r.firing_id is distinct from ${id})
  `.execute(tx)
  return rows[0]?.n ?? 0
}
