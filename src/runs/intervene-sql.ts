import { requireState } from '../campaigns/lifecycle.ts'
import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { appendTally } from '../engine/advance-sql.ts'
import { notifyWake, recordEvents } from '../engine/events-sql.ts'
import { notFound, Problem } from '../errors.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'

/**
 * What a person may do with a live run: `cancel` any; a run that stands at an error also `retry`, `skip` (leave the node by its default
 * way out) or `exit` (end it failed).
 */
export const deeds = ['cancel', 'retry', 'skip', 'exit'] as const
export type Deed = (typeof deeds)[number]

/** How a deed ends a run, if it does. */
const endings: Partial<Record<Deed, { status: string; reason: string }>> = {
  cancel: { status: 'canceled', reason: 'manual' },
  exit: { status: 'failed', reason: 'error' },
}

/** Runs changed in one transaction. */
const chunkSize = 1_000

interface Target {
  id: number
  customer_id: string
  node_id: string
}

/** Does it to one run. @throws Problem `not_found`, `wrong_state` */
export async function interveneInRun(db: Db, context: AuditContext, id: number, deed: Deed): Promise<void> {
  const { workspaceId } = context
  await db.transaction().execute(async (tx) => {
    const found = await sql<{ campaign_id: string }>`
      select campaign_id from run where id = ${id} and workspace_id = ${workspaceId}
    `.execute(tx)
    const campaignId = found.rows[0]?.campaign_id
    if (campaignId === undefined) throw notFound('run')
    const campaign = await lockCampaign(tx, workspaceId, campaignId, 'shared')
    requireState(campaign.status, 'change')
    const { rows } = await sql<Target & { status: string; ended: boolean; erred: boolean }>`
      select id, customer_id, node_id, status, finished_at is not null as ended, error is not null as erred
      from run where id = ${id} and workspace_id = ${workspaceId} for update
    `.execute(tx)
    const run = rows[0]
    if (!run) throw notFound('run')
    const allowed = run.ended ? [] : run.erred ? deeds : ['cancel']
    if (!allowed.includes(deed)) {
      const state = run.ended ? run.status : 'running'
      const detail = run.ended
        ? `The run has ended (${run.status}); nothing can be done with it any more.`
        : `The run does not stand at an error, so there is nothing to ${deed}. Possible now: cancel.`
      throw new Problem('wrong_state', detail, { extra: { state, allowed } })
    }
    await apply(tx, context, campaignId, [run], deed)
    await audit(tx, context, `run.${deed}`, 'run', id, { campaignId, nodeId: run.node_id })
    await notifyWake(tx)
  })
}

/** Does it to all runs of a campaign that stand at an error at one node, in chunks. Answers how many. @throws Problem `not_found`, `wrong_state` */
export async function interveneAtNode(
  db: Db,
  context: AuditContext,
  campaignId: string,
  nodeId: string,
  deed: Exclude<Deed, 'cancel'>,
): Promise<number> {
  const { workspaceId } = context
  let changed = 0
  for (let last = 0; ; ) {
    const chunk = await db.transaction().execute(async (tx) => {
      const campaign = await lockCampaign(tx, workspaceId, campaignId, 'shared')
      requireState(campaign.status, 'change')
      const { rows } = await sql<Target>`
        select id, customer_id, node_id from run
        where campaign_id = ${campaignId} and finished_at is null and error is not null and node_id = ${nodeId} and id > ${last}
        order by id limit ${chunkSize} for update
      `.execute(tx)
      if (rows.length > 0) {
        await apply(tx, context, campaignId, rows, deed)
        await notifyWake(tx)
      }
      return rows
    })
    changed += chunk.length
    last = chunk.at(-1)?.id ?? last
    if (chunk.length < chunkSize) break
  }
  await audit(db, context, `runs.${deed}`, 'campaign', campaignId, { nodeId, changed })
  return changed
}

async function apply(
  tx: Tx,
  { workspaceId }: AuditContext,
  campaignId: string,
  runs: readonly Target[],
  deed: Deed,
): Promise<void> {
  const ids = arrayLiteral(runs.map((run) => run.id))
  const ending = endings[deed]
  if (!ending) {
    // Due at once on the campaign's clock, which stands while it is paused.
    await sql`
      update run r set error = null, attempt = 0, wake_on = null, wake_at = coalesce(c.paused_at, now()) - c.paused_total,
        awaiting = ${deed === 'skip' ? sql`'skip'` : sql`r.awaiting`}
      from campaign c where c.id = r.campaign_id and r.id = any(${ids}::bigint[])
    `.execute(tx)
    if (deed === 'skip') await withdraw(tx, workspaceId, campaignId, ids)
    return
  }
  const { status, reason } = ending
  await sql`
    update run set status = ${status}, reason = ${reason}, finished_at = now(), wake_at = null, wake_on = null, awaiting = null,
      error = ${deed === 'exit' ? sql`error` : sql`null`}
    where id = any(${ids}::bigint[])
  `.execute(tx)
  await withdraw(tx, workspaceId, campaignId, ids)
  await sql`delete from run_inbox where run_id = any(${ids}::bigint[])`.execute(tx)
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

/** A run that leaves its node takes back the message that was not handed over yet. */
async function withdraw(tx: Tx, workspaceId: number, campaignId: string, runIds: string): Promise<void> {
  const { rows } = await sql`
    update message set state = 'skipped', reason = 'withdrawn', lease_until = null
    where run_id = any(${runIds}::bigint[]) and state in ('queued', 'claimed') returning id
  `.execute(tx)
  if (rows.length > 0) {
    await appendTally(tx, [{ workspaceId, campaignId, metric: 'message', key: 'skipped', n: rows.length }])
  }
}
