import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { deleteSegment, lockForDeletion } from '../segments/queries.ts'
import { audit } from '../workspaces/audit.ts'
import { type Example, findExample, keptOf } from './example-sql.ts'

/** Runs of the example's campaign that one transaction takes away. */
const chunkRuns = 500

/** Takes away the examples that are to go, in short transactions. Answers whether it did anything. Safe to break off and to call again. */
export async function removeExamples(db: Db, isStopping: () => boolean): Promise<boolean> {
  const { rows } = await sql<{ workspaceId: number }>`
    select workspace_id as "workspaceId" from example where state = 'removing' order by workspace_id limit 10
  `.execute(db)
  for (const { workspaceId } of rows) {
    const example = await findExample(db, workspaceId)
    if (example && !isStopping()) await removeExample(db, workspaceId, example, isStopping)
  }
  return rows.length > 0
}

async function removeExample(db: Db, workspaceId: number, example: Example, isStopping: () => boolean): Promise<void> {
  const { campaignId } = example
  while (!isStopping()) if ((await removeRuns(db, workspaceId, campaignId)) === 0) break
  if (isStopping()) return
  await removeCampaign(db, workspaceId, campaignId)
  await db.transaction().execute(async (tx) => {
    await lockForDeletion(tx, workspaceId, example.segmentId)
    const kept = await keptOf(tx, workspaceId, example)
    if (!kept.segment) await deleteSegment(tx, workspaceId, example.segmentId, null)
    const gone = example.customerIds.filter((id) => !kept.customerIds.includes(id))
    await removeCustomers(tx, workspaceId, gone)
    await sql`delete from example where workspace_id = ${workspaceId}`.execute(tx)
    const detail = { customers: gone.length, kept: kept.customerIds.length, keptSegment: kept.segment }
    await audit(tx, { workspaceId, actor: { text: 'example' } }, 'example.removed', 'campaign', campaignId, detail)
  })
}

/** Takes away some runs of a campaign with everything that they left: answers how many. */
async function removeRuns(db: Db, workspaceId: number, campaignId: string): Promise<number> {
  return await db.transaction().execute(async (tx) => {
    const found = await sql<{ id: number; customerId: string }>`
      select r.id, r.customer_id as "customerId" from run r
      where r.campaign_id = ${campaignId} and r.workspace_id = ${workspaceId} order by r.customer_id limit ${chunkRuns} for update
    `.execute(tx)
    if (found.rows.length === 0) return 0
    const runs = sql`${arrayLiteral(found.rows.map(({ id }) => String(id)))}::bigint[]`
    const customers = sql`${arrayLiteral(found.rows.map(({ customerId }) => customerId))}::uuid[]`
    const messages = sql`(select id from message where run_id = any(${runs}))`
    for (const table of ['sandbox_mail', 'message_content', 'tracking_hit']) {
      await sql`delete from ${sql.table(table)} where message_id in ${messages}`.execute(tx)
    }
    // By the customer, which is what these rows are found by.
    await sql`
      delete from event where customer_id = any(${customers}) and campaign_id = ${campaignId} and workspace_id = ${workspaceId}
    `.execute(tx)
    for (const table of ['message', 'http_request', 'task', 'run_goal', 'run_inbox', 'step', 'analytics_run']) {
      await sql`delete from ${sql.table(table)} where run_id = any(${runs})`.execute(tx)
    }
    await sql`delete from run where id = any(${runs})`.execute(tx)
    return found.rows.length
  })
}

/** The campaign itself, when its runs are gone: what it was counted as, its triggers' memory, its graph. */
async function removeCampaign(db: Db, workspaceId: number, campaignId: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const table of ['analytics_funnel', 'analytics_message', 'analytics_count', 'tally', 'run_inbox', 'task']) {
      await sql`delete from ${sql.table(table)} where campaign_id = ${campaignId}`.execute(tx)
    }
    await sql`delete from firing_payload where firing_id in (select id from firing where campaign_id = ${campaignId})`.execute(
      tx,
    )
    for (const table of ['trigger_audience', 'webhook_key', 'webhook_refusal']) {
      await sql`
        delete from ${sql.table(table)} where trigger_id in (select id from trigger where campaign_id = ${campaignId})
      `.execute(tx)
    }
    await sql`delete from campaign where id = ${campaignId} and workspace_id = ${workspaceId}`.execute(tx)
  })
}

/** Customers who were made up and used for nothing else: they leave no trace. */
async function removeCustomers(
  db: Parameters<typeof keptOf>[0],
  workspaceId: number,
  ids: readonly string[],
): Promise<void> {
  const theirs = sql`workspace_id = ${workspaceId} and customer_id = any(${arrayLiteral(ids)}::uuid[])`
  for (const table of [
    ...['segment_member', 'fit_score', 'fit_assessment', 'suppression', 'task', 'webhook_delivery', 'event'],
  ]) {
    await sql`delete from ${sql.table(table)} where ${theirs}`.execute(db)
  }
  await sql`
    delete from customer where workspace_id = ${workspaceId} and id = any(${arrayLiteral(ids)}::uuid[])
  `.execute(db)
}
