import type { Logger } from 'pino'
import { type Db, sql } from '../db/database.ts'
import type { Loop } from './scheduler.ts'

/** A live run with neither a deadline, nor something awaited, nor an error: it would stand for ever. There should be none. */
export interface StuckRun {
  id: number
  campaignId: string
  nodeId: string
  startedAt: Date
}

/** The watchdog's list, oldest first. */
export async function stuckRuns(db: Db, limit = 100): Promise<StuckRun[]> {
  const { rows } = await sql<StuckRun>`
    select id, campaign_id as "campaignId", node_id as "nodeId", started_at as "startedAt" from run
    where finished_at is null and wake_at is null and wake_on is null and (awaiting is null or awaiting in ('time', 'skip')) and error is null
    order by id limit ${limit}
  `.execute(db)
  return rows
}

/** Folds the counts: many small rows become one a campaign and key, in one statement, so that no reader sees a sum twice. */
export async function foldTally(db: Db): Promise<void> {
  await sql`
    with crowded as materialized (
      select campaign_id, metric, key from tally group by 1, 2, 3 having count(*) > 20 limit 500
    ), taken as (
      delete from tally t using crowded c
      where t.campaign_id = c.campaign_id and t.metric = c.metric and t.key = c.key returning t.*
    )
    insert into tally (workspace_id, campaign_id, metric, key, n)
    select workspace_id, campaign_id, metric, key, sum(n) from taken group by 1, 2, 3, 4
  `.execute(db)
}

/** The Keep house loop (ENGINE, loop 5) of the engine's own tables: partitions ahead, counts folded, stuck runs reported, old keys dropped. */
export function createHousekeeping(options: { db: Db; log: Logger; everyMs?: number }): Loop {
  const { db, log, everyMs = 30_000 } = options
  let partitionsMadeOn = ''
  return {
    name: 'keep house',
    idleMs: everyMs,
    deaf: true,
    async pass() {
      // Two processes may clean at once: whoever holds the lock does it, the other one has nothing to do.
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(2, 1) as mine`.execute(tx)
        if (!rows[0]?.mine) return
        const today = new Date().toISOString().slice(0, 10)
        if (partitionsMadeOn !== today) await sql`select ensure_partitions(current_date, 3)`.execute(tx)
        partitionsMadeOn = today
        await foldTally(tx)
        await sql`delete from idempotency_key where created_at < now() - interval '24 hours'`.execute(tx)
        await sql`delete from session where expires_at < now()`.execute(tx)
        await sql`
          delete from event_key where ctid = any(array(
            select ctid from event_key where created_at < now() - interval '30 days' order by created_at limit 20000))
        `.execute(tx)
      })
      const stuck = await stuckRuns(db, 10)
      if (stuck.length > 0) log.error({ runs: stuck }, 'Runs stand without anything to wait for')
      return { again: false, nextAt: new Date(Date.now() + everyMs) }
    },
  }
}
