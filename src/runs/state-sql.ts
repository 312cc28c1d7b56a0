import { sql } from '../db/database.ts'

/**
 * How run `r` of campaign `c` stands, for everything that reads runs: those that were live when their campaign was archived count as
 * canceled from that moment, although housekeeping closes the rows later (ENGINE, "Who moves").
 */
export const runIsLive = sql<boolean>`(r.finished_at is null and c.status <> 'archived')`
export const runStatus = sql<string>`case when r.finished_at is null and c.status = 'archived' then 'canceled' else r.status end`
export const runReason = sql<
  string | null
>`case when r.finished_at is null and c.status = 'archived' then 'archived' else r.reason end`
export const runFinishedAt = sql<Date | null>`case when r.finished_at is null and c.status = 'archived' then c.archived_at else r.finished_at end`
/** The version that run `r` follows: its own, the one that had the removed node on which it stands, or the campaign's current one. */
export const runVersionId = sql<number>`coalesce(r.version_id, (c.leaving -> r.node_id ->> 'versionId')::bigint, c.version_id)`
