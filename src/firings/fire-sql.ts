import { type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import type { Pace } from '../engine/pace.ts'
import { type Chunk, type EnrollingFiring, enrollChunk } from './enroll-sql.ts'
import { addCounts } from './note-sql.ts'

/** What one step of the Fire loop came to. */
export type Fired = 'nothing' | 'busy' | 'more'

/**
 * Takes one open firing that no other worker holds and carries it one chunk further, in one transaction. The campaign's lock is taken
 * shared without waiting, so that a pause never stands behind enrolling; its status is read in a statement after that.
 */
export async function carryFiringOn(db: Db, pace: Pace): Promise<Fired> {
  let taken: OpenFiring | undefined
  try {
    return await db.transaction().execute(async (tx) => {
      taken = await takeFiring(tx)
      return taken ? await carryOn(tx, taken, pace) : 'nothing'
    })
  } catch (error) {
    if (!taken || !isRefusedByDatabase(error)) throw error
    await failFiring(db, taken.id, error instanceof Error ? error.message : String(error))
    return 'more'
  }
}

async function carryOn(tx: Tx, firing: OpenFiring, pace: Pace): Promise<Fired> {
  const campaign = await lockedCampaign(tx, firing)
  if (!campaign) return 'busy'
  if (campaign.status === 'paused') {
    await sql`update firing set status = 'held' where id = ${firing.id}`.execute(tx)
  } else if (campaign.status !== 'active' || campaign.start === null) {
    await sql`update firing set status = 'stopped', finished_at = clock_timestamp() where id = ${firing.id}`.execute(tx)
  } else {
    const { holdoutPercent, start } = campaign
    const startedAt = performance.now()
    const chunk = await enrollChunk(tx, firing, { holdoutPercent, start }, pace.size)
    await recordChunk(tx, firing, chunk)
    pace.took(chunk.matched, performance.now() - startedAt)
    if (chunk.enrolled > 0) await notifyWake(tx)
  }
  return 'more'
}

/** Ends a firing that the database refuses, with the reason, instead of trying it for ever. */
async function failFiring(db: Db, id: string, message: string): Promise<void> {
  await sql`
    update firing set status = 'failed', error = ${message.slice(0, 500)}, finished_at = clock_timestamp()
    where id = ${id} and status in ('running', 'scheduled')
  `.execute(db)
}

/** The database refused the data itself (SQLSTATE class 22, 23 or 42), as opposed to being away or busy. */
const isRefusedByDatabase = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && /^(22|23|42)...$/.test(String(error.code))

/** A firing under way with what it did so far. */
export interface OpenFiring extends EnrollingFiring {
  skipped: Record<string, number>
}

async function takeFiring(tx: Tx): Promise<OpenFiring | undefined> {
  // In no order: a firing for a million must not hold up one for a single customer.
  const { rows } = await sql<OpenFiring>`${keepPlan}
    select id, workspace_id as "workspaceId", campaign_id as "campaignId", type, audience,
      exclude_segment_id as "excludeSegmentId", cursor, skipped
    from firing where status = 'running' or (status = 'scheduled' and started_at <= clock_timestamp())
    order by random() limit 1 for update skip locked
  `.execute(tx)
  return rows[0]
}

async function lockedCampaign(
  tx: Tx,
  { campaignId }: EnrollingFiring,
): Promise<{ status: string; holdoutPercent: number; start: string | null } | null> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock_shared(1, lock_key) as locked from campaign where id = ${campaignId}
  `.execute(tx)
  if (!rows[0]?.locked) return null
  return await readEnrolling(tx, campaignId)
}

/** What enrolling needs of a campaign; `start` is null while nothing was published. */
export async function readEnrolling(
  tx: Tx,
  campaignId: string,
): Promise<{ status: string; holdoutPercent: number; start: string | null }> {
  const { rows } = await sql<{ status: string; holdoutPercent: number; start: string | null }>`
    select c.status, c.holdout_percent as "holdoutPercent", v.graph ->> 'start' as start
    from campaign c left join workflow_version v on v.id = c.version_id where c.id = ${campaignId}
  `.execute(tx)
  return rows[0] ?? { status: 'gone', holdoutPercent: 0, start: null }
}

/** Writes what a chunk did to its firing, and how far it came. */
export async function recordChunk(tx: Tx, firing: OpenFiring, chunk: Chunk): Promise<void> {
  const skipped = addCounts(firing.skipped, chunk.skipped)
  const passedOver = chunk.passedOver ? JSON.stringify(chunk.passedOver) : null
  await sql`
    update firing set status = ${chunk.last ? 'done' : 'running'}, matched = matched + ${chunk.matched},
      enrolled = enrolled + ${chunk.enrolled}, skipped = ${JSON.stringify(skipped)}::jsonb, cursor = ${chunk.cursor}::uuid,
      finished_at = case when ${chunk.last} then clock_timestamp() end,
      -- A list of thousands of ids has done its work.
      audience = (case when ${chunk.last} and audience ->> 'type' = 'list' then audience || '{"customerIds": []}' else audience end)
        || ${passedOver ? sql`jsonb_build_object('passedOver', coalesce(audience -> 'passedOver', '{}') || ${passedOver}::jsonb)` : sql`'{}'::jsonb`}
    where id = ${firing.id}
  `.execute(tx)
}

/** When the next firing that was given a grace period begins, on this machine's clock. */
export async function nextScheduled(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ in_ms: number | null }>`${keepPlan}
    select extract(epoch from min(started_at) - clock_timestamp())::float8 * 1000 as in_ms from firing where status = 'scheduled'
  `.execute(db)
  const inMs = rows[0]?.in_ms ?? null
  return inMs === null ? null : new Date(Date.now() + inMs)
}
