import { requireState } from '../campaigns/lifecycle.ts'
import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { notFound, Problem } from '../errors.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { type Ending, type EndingRun, endRuns, withdrawMessages } from './end-sql.ts'

/**
 * What a person may do with a live run: `cancel` any; a run that stands at an error also `retry`, `skip` (leave the node by its default
 * way out) or `exit` (end it failed).
 */
export const deeds = ['cancel', 'retry', 'skip', 'exit'] as const
export type Deed = (typeof deeds)[number]

/** How a deed ends a run, if it does. */
const endings: Partial<Record<Deed, Ending>> = {
  cancel: { status: 'canceled', reason: 'manual' },
  exit: { status: 'failed', reason: 'error' },
}

/** Runs changed in one transaction. */
const chunkSize = 1_000

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
    const { rows } = await sql<EndingRun & { status: string; ended: boolean; erred: boolean }>`
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
      const { rows } = await sql<EndingRun>`
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
  runs: readonly EndingRun[],
  deed: Deed,
): Promise<void> {
  const ending = endings[deed]
  if (ending) return await endRuns(tx, workspaceId, campaignId, runs, ending)
  const ids = runs.map((run) => run.id)
  // Due at once on the campaign's clock, which stands while it is paused.
  await sql`
    update run r set error = null, attempt = 0, wake_on = null, wake_at = coalesce(c.paused_at, now()) - c.paused_total,
      awaiting = ${deed === 'skip' ? sql`'skip'` : sql`r.awaiting`}
    from campaign c where c.id = r.campaign_id and r.id = any(${arrayLiteral(ids)}::bigint[])
  `.execute(tx)
  if (deed === 'skip') await withdrawMessages(tx, workspaceId, campaignId, ids)
}
