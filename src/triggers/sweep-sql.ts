import { type Db, sql } from '../db/database.ts'

/** Rows removed in one transaction. */
const chunkSize = 20_000

/** How long an accepted webhook id is remembered (PRODUCT §3), in days. */
export const idDays = 7
/** How long refused calls are shown, in days. */
const refusalDays = 30

/**
 * Forgets what triggers no longer need: ids of old calls, old refusals, and audiences that are remembered for nothing. Answers whether
 * there may be more.
 */
export async function sweepTriggers(db: Db): Promise<boolean> {
  const removed = [
    await sql`
      delete from webhook_key where ctid = any(array(
        select ctid from webhook_key where at < now() - make_interval(days => ${idDays}::int) order by at limit ${chunkSize}))
    `.execute(db),
    await sql`
      delete from webhook_refusal where ctid = any(array(
        select ctid from webhook_refusal where minute < now() - make_interval(days => ${refusalDays}::int) limit ${chunkSize}))
    `.execute(db),
    await sql`
      delete from trigger_audience where ctid = any(array(
        select a.ctid from (
          select g.trigger_id, g.snapshot from trigger t cross join lateral (
            select t.id as trigger_id, s as snapshot from generate_series(1, t.snapshot) s
          ) g join campaign c on c.id = t.campaign_id
          where t.type = 'schedule' and (t.deleted_at is not null or c.status = 'archived' or g.snapshot < t.snapshot)
        ) old join lateral (
          select ctid from trigger_audience a where a.trigger_id = old.trigger_id and a.snapshot = old.snapshot limit ${chunkSize}
        ) a on true limit ${chunkSize}))
    `.execute(db),
  ]
  return removed.some(({ numAffectedRows }) => Number(numAffectedRows ?? 0) === chunkSize)
}
