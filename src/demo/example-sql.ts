import { addCampaign } from '../campaigns/queries.ts'
import { replaceDraft } from '../campaigns/workflow-queries.ts'
import { blankValues } from '../customers/customer.ts'
import { writeCustomers } from '../customers/save-queries.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { campaignsUsing, changeMembers, insertSegment, segmentsUsing } from '../segments/queries.ts'
import { exampleEmail, exampleGraph, exampleNames, examplePeople } from './example.ts'

/** The example of a workspace. */
export interface Example {
  state: 'loaded' | 'removing'
  campaignId: string
  campaignName: string | null
  segmentId: string
  customerIds: string[]
  loadedAt: Date
}

/** What stays when the example goes, because somebody uses it for something of their own. */
export interface Kept {
  customerIds: string[]
  segment: boolean
}

/** The example that is loaded, or on its way out. */
export async function findExample(db: Db | Tx, workspaceId: number): Promise<Example | undefined> {
  const { rows } = await sql<Example>`
    select e.state, e.campaign_id as "campaignId", c.name as "campaignName", e.segment_id as "segmentId", e.customer_ids as "customerIds",
      e.loaded_at as "loadedAt"
    from example e left join campaign c on c.id = e.campaign_id and c.workspace_id = e.workspace_id where e.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/**
 * Makes the example: six people, a segment of them, a draft that sends through the sandbox.
 * @throws Problem `already_exists` when it is there, `wrong_state` while campaigns run, which could enroll the made-up people
 */
export async function loadExample(
  tx: Tx,
  context: { workspaceId: number; actor: { text: string; memberId: string | null } },
): Promise<{ campaignId: string; segmentId: string; customerIds: string[] }> {
  const { workspaceId, actor } = context
  await sql`select pg_advisory_xact_lock(hashtextextended('example', ${workspaceId}))`.execute(tx)
  const there = await findExample(tx, workspaceId)
  if (there) {
    throw new Problem(
      'already_exists',
      there.state === 'loaded'
        ? 'The example is loaded already.'
        : 'The example is being removed; try again in a moment.',
      { extra: { existingId: there.campaignId } },
    )
  }
  await requireNothingRunning(tx, workspaceId)
  const ids = await writeCustomers(
    tx,
    workspaceId,
    examplePeople.map((person) => {
      const { firstName, lastName, country, timezone, plan } = person
      const values = {
        firstName,
        lastName,
        country,
        timezone,
        email: exampleEmail(person),
        attributes: { plan, example: true },
      }
      return { id: null, before: null, after: { ...blankValues(), ...values } }
    }),
    { source: 'example' },
  )
  // Null: a customer of the workspace has the address. They are not ours to use.
  const customerIds = ids.filter((id) => id !== null)
  if (customerIds.length === 0)
    throw new Problem('already_exists', 'Customers with the addresses of the example are here already.')
  const segmentId = await insertSegment(tx, workspaceId, {
    name: exampleNames.segment,
    description: 'Made-up people at example.com. They go when the example is removed.',
    rules: null,
  })
  await changeMembers(tx, workspaceId, segmentId, customerIds, true)
  const campaignId = await addCampaign(tx, workspaceId, actor.memberId, {
    name: exampleNames.campaign,
    description: 'Sends to the sandbox mailbox alone. Answer one of the mails there and watch the customer move.',
    audience: { type: 'segment', segmentId },
  })
  await replaceDraft(
    tx,
    workspaceId,
    campaignId,
    { ...exampleGraph(await sandboxOf(tx, workspaceId)), by: actor.text },
    null,
  )
  await sql`
    insert into example (workspace_id, campaign_id, segment_id, customer_ids)
    values (${workspaceId}, ${campaignId}, ${segmentId}, ${arrayLiteral(customerIds)}::uuid[])
  `.execute(tx)
  return { campaignId, segmentId, customerIds }
}

async function requireNothingRunning(tx: Tx, workspaceId: number): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from campaign where workspace_id = ${workspaceId} and status in ('active', 'paused') order by id limit 3
  `.execute(tx)
  if (rows.length === 0) return
  const names = rows.map(({ name }) => `“${name}”`).join(', ')
  throw new Problem(
    'wrong_state',
    `Campaigns are running here (${names}) and could enroll the example’s made-up customers. Look at the demo workspace instead.`,
    { extra: { state: 'running', allowed: [] } },
  )
}

async function sandboxOf(tx: Tx, workspaceId: number): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from credential where workspace_id = ${workspaceId} and type = 'sandbox'
  `.execute(tx)
  if (!rows[0]) throw new Error('The workspace has no sandbox.')
  return rows[0].id
}

/**
 * What of an example is somebody's own by now: customers who went through another campaign or whom a person changed, and the segment when
 * something else goes by it or others are in it.
 */
export async function keptOf(db: Db | Tx, workspaceId: number, example: Example): Promise<Kept> {
  const ids = arrayLiteral(example.customerIds)
  const { rows } = await sql<{ id: string }>`
    select c.id from customer c where c.workspace_id = ${workspaceId} and c.id = any(${ids}::uuid[]) and (
      exists (select from run r join campaign o on o.id = r.campaign_id
        where o.workspace_id = ${workspaceId} and o.id <> ${example.campaignId} and r.customer_id = c.id)
      or exists (select from audit_log l where l.workspace_id = ${workspaceId} and l.object_type = 'customer' and l.object_id = c.id::text))
    order by c.id
  `.execute(db)
  const others = await sql`
    select from segment_member where segment_id = ${example.segmentId} and customer_id <> all(${ids}::uuid[]) limit 1
  `.execute(db)
  const campaigns = await campaignsUsing(db, workspaceId, example.segmentId)
  const segments = await segmentsUsing(db, workspaceId, example.segmentId)
  const segment = others.rows.length > 0 || segments.length > 0 || campaigns.some(({ id }) => id !== example.campaignId)
  return { customerIds: rows.map(({ id }) => id), segment }
}

/** Marks the example for removal; nothing moves in its campaign from then on. Answers its name, or undefined when there is none. */
export async function beginExampleRemoval(tx: Tx, workspaceId: number): Promise<Example | undefined> {
  const { rows } = await sql`
    update example set state = 'removing' where workspace_id = ${workspaceId} and state = 'loaded' returning 1
  `.execute(tx)
  const example = await findExample(tx, workspaceId)
  if (rows.length === 0 || !example) return example
  // Waits for batches in hand, as every status move does.
  await sql`select pg_advisory_xact_lock(1, lock_key) from campaign where id = ${example.campaignId}`.execute(tx)
  await sql`
    update campaign set status = 'archived', archived_at = now(), runs_closed_at = now() where id = ${example.campaignId}
  `.execute(tx)
  return example
}
