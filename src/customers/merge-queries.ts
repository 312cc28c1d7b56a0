import { arrayLiteral, sql, type Tx } from '../db/database.ts'
import { recordEvents } from '../engine/events-sql.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { type EndingRun, endRuns } from '../runs/end-sql.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { mergedValues } from './merge.ts'
import { getCustomer, lockCustomers } from './queries.ts'
import { archiveCustomers, writeCustomers } from './save-queries.ts'

/** What a merge moved, by kind. */
export interface MergeReceipt {
  /** Runs of campaigns that only the loser was in: they go on as the survivor's. */
  runsMoved: number
  /** Live runs of campaigns that both were in, which ended (`canceled`, reason `merged`). */
  runsEnded: number
  messages: number
  events: number
  tasks: number
  segments: number
  scores: number
}

/**
 * Makes one customer of two (PRODUCT §8). The survivor keeps what they have and gets what they lack; tags, segments and suppressions
 * add up, and a refused tracking consent stays refused. Runs of campaigns that only the loser was in go on as the survivor's; where both
 * were in one, the loser's live run ends and the survivor counts as gone through. The loser is archived.
 * @throws Problem `not_found`, `invalid`, and `wrong_state` when one of them is archived
 */
export async function mergeCustomers(
  tx: Tx,
  context: AuditContext,
  loserId: string,
  survivorId: string,
): Promise<MergeReceipt> {
  const { workspaceId } = context
  if (loserId === survivorId) throw invalidField('into', 'same', 'Choose another customer to merge into.')
  // No batch is under way in these campaigns until the merge commits: campaigns are locked before customers, as everywhere.
  await lockCampaignsOf(tx, workspaceId, loserId)
  const locked = await lockCustomers(tx, workspaceId, [loserId, survivorId])
  const loser = locked.find(({ id }) => id === loserId)
  const survivor = locked.find(({ id }) => id === survivorId)
  if (!loser) throw await absent(tx, workspaceId, loserId)
  if (!survivor) {
    if (await getCustomer(tx, workspaceId, survivorId)) throw archived('The customer to merge into')
    throw invalidField('into', 'not_found', 'There is no such customer in this workspace.')
  }
  const runsEnded = await endSharedRuns(tx, workspaceId, loserId, survivorId)
  const moved = await moveRuns(tx, loserId, survivorId)
  const receipt = await moveRest(tx, workspaceId, { loserId, survivorId, moved })
  // Archived first: that frees the address and the external id for the survivor.
  await archiveCustomers(tx, workspaceId, [loserId])
  await sql`update customer set merged_into = ${survivorId} where id = ${loserId}`.execute(tx)
  await writeCustomers(tx, workspaceId, [{ id: survivorId, before: survivor, after: mergedValues(survivor, loser) }], {
    source: 'merge',
    by: context.actor.text,
  })
  await recordEvents(tx, [
    { workspaceId, customerId: survivorId, name: 'customer.updated', properties: { mergedFrom: loserId } },
  ])
  const result = { runsMoved: moved.length, runsEnded, ...receipt }
  await audit(tx, context, 'customer.merged', 'customer', survivorId, { from: loserId, ...result })
  return result
}

const archived = (who: string) =>
  new Problem('wrong_state', `${who} is archived; only two current customers are merged.`)

async function absent(tx: Tx, workspaceId: number, id: string): Promise<Problem> {
  return (await getCustomer(tx, workspaceId, id)) ? archived('The customer') : notFound('customer')
}

async function lockCampaignsOf(tx: Tx, workspaceId: number, customerId: string): Promise<void> {
  const { rows } = await sql<{ lock_key: number }>`
    select distinct c.lock_key from run r join campaign c on c.id = r.campaign_id
    where r.customer_id = ${customerId} and r.finished_at is null and c.workspace_id = ${workspaceId} order by 1
  `.execute(tx)
  for (const { lock_key } of rows) await sql`select pg_advisory_xact_lock(1, ${lock_key})`.execute(tx)
}

/** Ends the loser's live runs in campaigns that both were in. */
async function endSharedRuns(tx: Tx, workspaceId: number, loserId: string, survivorId: string): Promise<number> {
  const { rows } = await sql<EndingRun & { campaign_id: string }>`
    select r.id, r.customer_id, r.node_id, r.campaign_id from run r
    where r.customer_id = ${loserId} and r.finished_at is null
      and exists (select from run s where s.campaign_id = r.campaign_id and s.customer_id = ${survivorId})
    order by r.campaign_id, r.id for update of r
  `.execute(tx)
  for (const run of rows)
    await endRuns(tx, workspaceId, run.campaign_id, [run], { status: 'canceled', reason: 'merged' })
  return rows.length
}

/** Gives the survivor the runs of campaigns that only the loser was in; answers their ids. */
async function moveRuns(tx: Tx, loserId: string, survivorId: string): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    update run r set customer_id = ${survivorId}
    where r.customer_id = ${loserId} and not exists (select from run s where s.campaign_id = r.campaign_id and s.customer_id = ${survivorId})
    returning r.id
  `.execute(tx)
  return rows.map(({ id }) => id)
}

async function moveRest(
  tx: Tx,
  workspaceId: number,
  { loserId, survivorId, moved }: { loserId: string; survivorId: string; moved: readonly number[] },
): Promise<Omit<MergeReceipt, 'runsMoved' | 'runsEnded'>> {
  const runs = sql`${arrayLiteral(moved)}::bigint[]`
  const ofMoved = (table: string) =>
    sql`update ${sql.table(table)} set customer_id = ${survivorId} where run_id = any(${runs})`.execute(tx)
  await ofMoved('step')
  await ofMoved('run_goal')
  await ofMoved('http_request')
  await sql`
    update firing_payload set customer_id = ${survivorId} where customer_id = ${loserId}
      and firing_id in (select firing_id from run where id = any(${runs}))
  `.execute(tx)
  // Schedules that keep to the audience of their activation: whoever of the two was in it, the survivor is.
  await sql`
    insert into trigger_audience (trigger_id, snapshot, customer_id)
    select a.trigger_id, a.snapshot, ${survivorId} from trigger t
    join trigger_audience a on a.trigger_id = t.id and a.snapshot = t.snapshot and a.customer_id = ${loserId}
    where t.workspace_id = ${workspaceId} on conflict do nothing
  `.execute(tx)
  const messages = await ofMoved('message')
  const events = await sql`
    update event set customer_id = ${survivorId} where customer_id = ${loserId} and (run_id is null or run_id = any(${runs}))
  `.execute(tx)
  const tasks = await sql`
    update task set customer_id = ${survivorId} where customer_id = ${loserId} and workspace_id = ${workspaceId}
  `.execute(tx)
  await sql`
    update customer_note set customer_id = ${survivorId} where customer_id = ${loserId} and workspace_id = ${workspaceId}
  `.execute(tx)
  const segments = await sql`
    insert into segment_member (segment_id, customer_id, workspace_id)
    select segment_id, ${survivorId}, workspace_id from segment_member where customer_id = ${loserId} order by segment_id
    on conflict do nothing
  `.execute(tx)
  await sql`delete from segment_member where customer_id = ${loserId}`.execute(tx)
  await sql`
    insert into suppression (workspace_id, customer_id, channel, address, address_hash, reason, source, campaign_id, created_at)
    select workspace_id, ${survivorId}, channel, address, address_hash, reason, source, campaign_id, created_at from suppression
    where customer_id = ${loserId} and lifted_at is null on conflict do nothing
  `.execute(tx)
  // Where both have a score the survivor's stands, so the loser's history stays with the loser.
  const own = sql`criterion_id not in (select criterion_id from fit_score where customer_id = ${survivorId})`
  await sql`update fit_assessment set customer_id = ${survivorId} where customer_id = ${loserId} and ${own}`.execute(tx)
  const scores = await sql`
    update fit_score set customer_id = ${survivorId} where customer_id = ${loserId} and ${own}
  `.execute(tx)
  const count = ({ numAffectedRows }: { numAffectedRows?: bigint }) => Number(numAffectedRows ?? 0)
  return {
    messages: count(messages),
    events: count(events),
    tasks: count(tasks),
    segments: count(segments),
    scores: count(scores),
  }
}
