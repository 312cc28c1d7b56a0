import { arrayLiteral, sql, type Tx } from '../db/database.ts'
import { appendTally } from '../engine/advance-sql.ts'
import { recordEvents } from '../engine/events-sql.ts'

/** A live run that is about to be ended from outside of its workflow. */
export interface EndingRun {
  id: number
  customer_id: string
  node_id: string
}

/** How a run ends that its workflow did not end: `failed` keeps the error that it stood at. */
export type Ending =
  | { status: 'canceled'; reason: 'manual' | 'left-audience' | 'merged' }
  | { status: 'failed'; reason: 'error' }

/**
 * Ends runs of one campaign that the caller has locked, under the campaign's shared lock: messages that were not handed over are
 * taken back, what they were told is dropped, and counts and events follow.
 */
export async function endRuns(
  tx: Tx,
  workspaceId: number,
  campaignId: string,
  runs: readonly EndingRun[],
  { status, reason }: Ending,
): Promise<void> {
  if (runs.length === 0) return
  const ids = runs.map((run) => run.id)
  await sql`
    update run set status = ${status}, reason = ${reason}, finished_at = now(), wake_at = null, wake_on = null, awaiting = null,
      error = ${status === 'failed' ? sql`error` : sql`null`}
    where id = any(${arrayLiteral(ids)}::bigint[])
  `.execute(tx)
  await withdrawMessages(tx, workspaceId, campaignId, ids)
  await sql`delete from run_inbox where run_id = any(${arrayLiteral(ids)}::bigint[])`.execute(tx)
  await appendTally(tx, [{ workspaceId, campaignId, metric: 'ended', key: `${status}:${reason}`, n: runs.length }])
  await recordEvents(
    tx,
    runs.map((run) => ({
      workspaceId,
      customerId: run.customer_id,
      name: 'run.finished',
      properties: { status, reason },
      campaignId,
      runId: run.id,
      nodeId: run.node_id,
    })),
  )
}

/** Runs that leave their node take back the messages that were not handed over yet. */
export async function withdrawMessages(
  tx: Tx,
  workspaceId: number,
  campaignId: string,
  runIds: readonly number[],
): Promise<void> {
  const { rows } = await sql`
    update message set state = 'skipped', reason = 'withdrawn', lease_until = null
    where run_id = any(${arrayLiteral(runIds)}::bigint[]) and state in ('queued', 'claimed') returning id
  `.execute(tx)
  if (rows.length > 0) {
    await appendTally(tx, [{ workspaceId, campaignId, metric: 'message', key: 'skipped', n: rows.length }])
  }
}
