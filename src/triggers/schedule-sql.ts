import type { Audience, FiringAudience } from '../campaigns/audience.ts'
import { type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { noteFirings } from '../firings/note-sql.ts'
import { addFiring } from '../firings/queries.ts'
import { dueFirings, nextFiring } from './cron.ts'
import type { Timing } from './schedule.ts'

/** A firing that comes later than this is missed instead, in ms: nobody wants this morning's campaign tonight. */
export const graceMs = 60 * 60_000

interface DueSchedule {
  id: string
  workspaceId: number
  campaignId: string
  config: Timing & { refreshAudience?: boolean }
  enabled: boolean
  nextAt: Date
  now: Date
  status: string
  audience: Audience | null
  excludeSegmentId: string | null
}

/**
 * Fires one schedule that is due, in one transaction with the setting of its next firing: of two schedulers one gets the row, the other
 * goes past it. Of firings that were missed the latest one fires if it is less than `graceMs` late, the rest is one row `missed`; while
 * the campaign is paused they are refused for good. Answers whether one was due.
 */
export async function fireDueSchedule(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql<DueSchedule>`${keepPlan}
      select t.id, t.workspace_id as "workspaceId", t.campaign_id as "campaignId", t.config, t.enabled, t.next_at as "nextAt",
        clock_timestamp() as now, c.status, c.audience, c.exclude_segment_id as "excludeSegmentId"
      from trigger t join campaign c on c.id = t.campaign_id
      where t.next_at <= clock_timestamp() and t.deleted_at is null
        -- Its remembered audience has to be complete before it is enrolled.
        and (t.config ->> 'refreshAudience' is distinct from 'false' or t.snapshot_at is not null or c.status <> 'active')
      order by t.next_at limit 1 for update of t skip locked
    `.execute(tx)
    const due = rows[0]
    if (!due) return false
    const fires = due.enabled && (due.status === 'active' || due.status === 'paused')
    await sql`update trigger set next_at = ${fires ? nextFiring(due.config, due.now) : null} where id = ${due.id}`.execute(
      tx,
    )
    if (!fires) return true
    const firings = dueFirings(due.config, due.nextAt, due.now)
    if (due.status === 'paused') await refuse(tx, due, firings.count)
    else await fireOrMiss(tx, due, firings)
    return true
  })
}

async function refuse(tx: Tx, { id, workspaceId, campaignId }: DueSchedule, times: number): Promise<void> {
  const place = { workspaceId, campaignId, triggerId: id }
  const error = 'The campaign was paused.'
  await noteFirings(tx, { ...place, type: 'schedule', status: 'refused', times, matched: 0, skipped: {}, error })
}

async function fireOrMiss(tx: Tx, due: DueSchedule, firings: ReturnType<typeof dueFirings>): Promise<void> {
  const { id, workspaceId, campaignId, excludeSegmentId } = due
  const inTime = due.now.getTime() - firings.latest.getTime() < graceMs
  const missed = firings.count - (inTime ? 1 : 0)
  if (missed > 0) {
    const upTo = inTime ? '' : ` to ${firings.latest.toISOString()}`
    const error = `Nothing was running when ${missed === 1 ? 'this firing' : `${missed} firings`} came due, from ${firings.first.toISOString()}${missed > 1 ? upTo : ''}.`
    await sql`
      insert into firing (workspace_id, campaign_id, trigger_id, type, status, audience, times, error, by, started_at, finished_at)
      values (${workspaceId}, ${campaignId}, ${id}, 'schedule', 'missed', '{"type": "list", "customerIds": []}', ${missed}, ${error},
        'system', ${firings.first}, clock_timestamp())
    `.execute(tx)
  }
  if (!inTime || !due.audience) return
  const audience: FiringAudience =
    due.config.refreshAudience === false ? { type: 'snapshot', triggerId: id } : due.audience
  const payload = { scheduledAt: firings.latest.toISOString() }
  await addFiring(tx, {
    workspaceId,
    campaignId,
    type: 'schedule',
    audience,
    excludeSegmentId,
    by: 'system',
    triggerId: id,
    payload,
  })
}

/** When the next schedule is due, on this machine's clock. */
export async function nextDue(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ in_ms: number | null }>`${keepPlan}
    select extract(epoch from min(next_at) - clock_timestamp())::float8 * 1000 as in_ms from trigger where next_at is not null
  `.execute(db)
  const inMs = rows[0]?.in_ms ?? null
  return inMs === null ? null : new Date(Date.now() + inMs)
}
