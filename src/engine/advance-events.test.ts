import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { addCampaign, addCustomers, addWorkspace, chain, engineOn, enter, runsIn } from '../../test/engine.ts'
import { sql } from '../db/database.ts'
import { type NewEvent, recordEvents } from './events-sql.ts'
import { tellRuns } from './tell-sql.ts'

let database: TestDatabase
let workspaceId: number
beforeAll(async () => {
  database = await createTestDatabase()
  workspaceId = await addWorkspace(database.db)
})
afterAll(() => database.close())

const runsOf = (campaignId: string) => runsIn(database.db, campaignId)

describe('what happens to a customer', () => {
  const credentialId = '00000000-0000-4000-8000-000000000001'
  /** A workflow out of a chain, with further edges, listeners and what they listen to. */
  const listening = (
    nodes: Parameters<typeof chain>[0],
    edges: Record<string, Record<string, string>>,
    listens: Record<string, string[]>,
    listeners: { nodeId: string; below: string[] }[] = [],
  ) => {
    const workflow = chain(nodes)
    for (const [id, out] of Object.entries(edges)) if (workflow.nodes[id]) workflow.nodes[id].out = out
    for (const [id, names] of Object.entries(listens)) if (workflow.nodes[id]) workflow.nodes[id].listens = names
    return { ...workflow, listeners, listens: Object.values(listens).flat() }
  }
  const happen = (customerId: string, name: string, more: Partial<NewEvent> = {}) =>
    recordEvents(database.db, [{ workspaceId, customerId, name, ...more }])
  const stand = async (campaign: string, customer: string) => {
    await enter(database.db, workspaceId, campaign, [customer])
    await settleAll()
    const [run] = await runsOf(campaign)
    return run?.id ?? 0
  }
  /** Other databases' transactions on the same server hold the bus back for moments, so what is to come is asked for again. */
  const settleAll = async () => {
    await tellRuns(database.db)
    await engineOn(database.db).settle()
  }
  const becomes = (campaign: string, expected: Record<string, unknown>) =>
    expect
      .poll(async () => {
        await settleAll()
        return (await runsOf(campaign))[0]
      })
      .toMatchObject(expected)
  const labels = async (runId: number) =>
    (
      await sql<{
        at: string
      }>`select node_id || ':' || coalesce(label, 'end') as at from step where run_id = ${runId} order by seq`.execute(
        database.db,
      )
    ).rows.map((row) => row.at)

  it('lets a wait end by its event, and not by another or one that does not pass its filter', async () => {
    const workflow = listening(
      [
        { type: 'start' },
        { type: 'listen', config: { event: 'deal.won', ms: 3_600_000, only: 'big' } },
        { type: 'finish' },
        { type: 'finish' },
      ],
      { n1: { event: 'n2', timeout: 'n3' }, n2: {} },
      { n1: ['deal.won'] },
    )
    const campaign = await addCampaign(database.db, workspaceId, workflow)
    const [customer = ''] = await addCustomers(database.db, workspaceId, ['event@x.com'])
    await stand(campaign, customer)
    await happen(customer, 'deal.lost')
    await happen(customer, 'deal.won', { properties: { kind: 'small' } })
    await settleAll()
    expect((await runsOf(campaign))[0]).toMatchObject({ status: 'running', node_id: 'n1', awaiting: 'event' })
    await happen(customer, 'deal.won', { properties: { kind: 'big' } })
    await becomes(campaign, { status: 'succeeded', node_id: 'n2' })
  })

  it('takes the timeout when nothing happened, and the event when it came before the deadline but was told after it', async () => {
    const workflow = listening(
      [
        { type: 'start' },
        { type: 'listen', config: { event: 'deal.won', ms: 3_600_000 } },
        { type: 'finish' },
        { type: 'finish' },
      ],
      { n1: { event: 'n2', timeout: 'n3' }, n2: {} },
      { n1: ['deal.won'] },
    )
    const late = await addCampaign(database.db, workspaceId, workflow)
    const [quiet = '', told = ''] = await addCustomers(database.db, workspaceId, ['quiet@x.com', 'told@x.com'])
    const passDeadline = (campaign: string) =>
      sql`update run set wake_at = clock_timestamp() where campaign_id = ${campaign}`.execute(database.db)
    await stand(late, quiet)
    await passDeadline(late)
    await becomes(late, { status: 'succeeded', node_id: 'n3' })

    const campaign = await addCampaign(database.db, workspaceId, workflow)
    await stand(campaign, told)
    await happen(told, 'deal.won')
    // The deadline passes while the event lies on the bus: the engine alone must not end the wait by it.
    await passDeadline(campaign)
    await engineOn(database.db).settle()
    expect((await runsOf(campaign))[0]).toMatchObject({ status: 'running', node_id: 'n1' })
    await becomes(campaign, { status: 'succeeded', node_id: 'n2' })
  })

  it('keeps a sent message’s window open, takes a reply at once, and tells no run of another’s message', async () => {
    const workflow = listening(
      [{ type: 'start' }, { type: 'send', config: { credentialId } }, { type: 'finish' }, { type: 'finish' }],
      { n1: { replied: 'n2', '': 'n3' }, n2: {} },
      { n1: ['message.bounced', 'message.replied'] },
    )
    const campaign = await addCampaign(database.db, workspaceId, workflow)
    const [customer = ''] = await addCustomers(database.db, workspaceId, ['window@x.com'])
    const runId = await stand(campaign, customer)
    await sql`update message set state = 'sent', sent_at = now(), handed_at = now() where run_id = ${runId}`.execute(
      database.db,
    )
    await sql`insert into run_inbox (campaign_id, run_id, name) values (${campaign}, ${runId}, 'message')`.execute(
      database.db,
    )
    await becomes(campaign, { status: 'running', node_id: 'n1', awaiting: 'event', wakes: true })
    await happen(customer, 'message.replied', { runId: runId + 1_000_000, nodeId: 'n1' })
    await settleAll()
    expect((await runsOf(campaign))[0]).toMatchObject({ awaiting: 'event' })
    await sql`update message set replied_at = now() where run_id = ${runId}`.execute(database.db)
    await happen(customer, 'message.replied', { runId, nodeId: 'n1' })
    await becomes(campaign, { status: 'succeeded', node_id: 'n2' })
    expect(await labels(runId)).toEqual(['n0:', 'n1:replied', 'n2:end'])
  })

  it('forgets what is told to a run that has ended', async () => {
    const campaign = await addCampaign(database.db, workspaceId, chain([{ type: 'start' }, { type: 'finish' }]))
    const [customer = ''] = await addCustomers(database.db, workspaceId, ['over@x.com'])
    const runId = await stand(campaign, customer)
    await sql`insert into run_inbox (campaign_id, run_id, name) values (${campaign}, ${runId}, 'deal.won')`.execute(
      database.db,
    )
    await engineOn(database.db).settle()
    expect((await sql`select 1 from run_inbox where campaign_id = ${campaign}`.execute(database.db)).rows).toEqual([])
    // What the runs did is for analytics to count, which no loop does here.
    await sql`delete from analytics_pending`.execute(database.db)
    expect(await engineOn(database.db).advance.anythingDue()).toBe(false)
  })

  it('takes a run from wherever it stands to a listener, once, and withdraws what it leaves unsent', async () => {
    const workflow = listening(
      [
        { type: 'start' },
        { type: 'send', config: { credentialId } },
        { type: 'finish' },
        { type: 'anywhere', config: { event: 'deal.won' } },
        { type: 'pause', config: { ms: 3_600_000 } },
        { type: 'finish' },
      ],
      { n2: {} },
      { n3: ['deal.won'] },
      [{ nodeId: 'n3', below: ['n3', 'n4', 'n5'] }],
    )
    const campaign = await addCampaign(database.db, workspaceId, workflow)
    const [customer = ''] = await addCustomers(database.db, workspaceId, ['anywhere@x.com'])
    const runId = await stand(campaign, customer)
    await happen(customer, 'deal.won')
    await becomes(campaign, { status: 'running', node_id: 'n4', awaiting: 'time' })
    await happen(customer, 'deal.won')
    await settleAll()
    expect(await labels(runId)).toEqual(['n0:', 'n1:at:n3', 'n3:'])
    const { rows } = await sql`select state, reason from message where run_id = ${runId}`.execute(database.db)
    expect(rows).toEqual([{ state: 'skipped', reason: 'withdrawn' }])
  })
})
