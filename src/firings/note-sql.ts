import { sql, type Tx } from '../db/database.ts'
import type { FiringType } from './queries.ts'

/** Firings that enrolled nobody: refused, or everybody was passed over. */
export interface Noted {
  workspaceId: number
  campaignId: string
  triggerId: string
  type: FiringType
  status: 'refused' | 'done'
  /** How many firings. */
  times: number
  matched: number
  skipped: Record<string, number>
  /** Why, where it was refused. */
  error: string | null
}

/**
 * Notes firings that enrolled nobody on the trigger's last row of the same kind, if that began within the hour, else on a new one: an
 * event that happens a thousand times a minute to somebody who went through makes one row an hour.
 */
export async function noteFirings(tx: Tx, noted: Noted): Promise<void> {
  const { rows } = await sql<{ id: string; skipped: Record<string, number> }>`
    select id, skipped from firing
    where trigger_id = ${noted.triggerId} and workspace_id = ${noted.workspaceId} and status = ${noted.status} and type = ${noted.type}
      and enrolled = 0 and customer_id is null and error is not distinct from ${noted.error}
      and started_at > clock_timestamp() - interval '1 hour'
    order by id desc limit 1 for update
  `.execute(tx)
  const skipped = addCounts(rows[0]?.skipped ?? {}, noted.skipped)
  if (rows[0]) {
    await sql`
      update firing set times = times + ${noted.times}, matched = matched + ${noted.matched}, skipped = ${JSON.stringify(skipped)}::jsonb,
        finished_at = clock_timestamp()
      where id = ${rows[0].id}
    `.execute(tx)
    return
  }
  await sql`
    insert into firing (workspace_id, campaign_id, trigger_id, type, status, audience, times, matched, skipped, error, by, finished_at)
    values (${noted.workspaceId}, ${noted.campaignId}, ${noted.triggerId}, ${noted.type}, ${noted.status},
      '{"type": "list", "customerIds": []}', ${noted.times}, ${noted.matched}, ${JSON.stringify(skipped)}::jsonb, ${noted.error}, 'system',
      clock_timestamp())
  `.execute(tx)
}

/** The sum of two counts by reason. */
export function addCounts(counts: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const sum = { ...counts }
  for (const [reason, n] of Object.entries(more)) sum[reason] = (sum[reason] ?? 0) + n
  return sum
}
