import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { addCampaign, addCustomers, addWorkspace, chain, engineOn, enter } from '../../test/engine.ts'
import { sql } from '../db/database.ts'
import { type NewEvent, recordEvents } from './events-sql.ts'
import { stuckRuns } from './keep-house.ts'
import { tellRuns } from './tell-sql.ts'

let database: TestDatabase
let workspaceId: number
beforeAll(async () => {
  database = await createTestDatabase()
  workspaceId = await addWorkspace(database.db)
})
afterAll(() => database.close())

const runsOf = async (campaignId: string) =>
  (
    await sql<{
      id: number
      email: string
      status: string
      reason: string | null
      node_id: string
      awaiting: string | null
      attempt: number
      steps: number
      error: { code: string } | null
      wakes: boolean
    }>`
      select r.id, c.email, r.status, r.reason, r.node_id, r.awaiting, r.attempt, r.steps, r.error, r.wake_at is not null as wakes
      from run r join customer c on c.id = r.customer_id where r.campaign_id = ${campaignId} order by c.email
    `.execute(database.db)
  ).rows
const eventsOf = async (customerId: string) =>
  (
    await sql<{ name: string; properties: Record<string, unknown> }>`
      select name, properties from event where customer_id = ${customerId} order by id
    `.execute(database.db)
  ).rows

describe('advance', () => {
  it('walks a run through as many nodes as it can in one pass and records each step once', async () => {
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([{ type: 'start' }, { type: 'pause', config: { ms: 0 } }, { type: 'finish' }]),
    )
    const [customer] = await addCustomers(database.db, workspaceId, ['walk@example.com'])
    await enter(database.db, workspaceId, campaign, [customer ?? ''])
    const { advance } = engineOn(database.db)
    await advance.pass()
    const [run] = await runsOf(campaign)
    expect(run).toMatchObject({ status: 'succeeded', reason: 'exit', steps: 3 })
    const { rows } = await sql<{ node_id: string; seq: number; label: string | null }>`
      select node_id, seq, label from step where run_id = ${run?.id} order by seq
    `.execute(database.db)
    expect(rows).toEqual([
      { node_id: 'n0', seq: 1, label: '' },
      { node_id: 'n1', seq: 2, label: '' },
      { node_id: 'n2', seq: 3, label: null },
    ])
    expect((await eventsOf(customer ?? '')).map((event) => event.name)).toEqual(['run.started', 'run.finished'])
  })

  it('applies the effects of a batch relative to what is there, clamps one after the other, and records what changed', async () => {
    const { rows } = await sql<{ id: string }>`
      with p as (insert into product (workspace_id, name) values (${workspaceId}, 'P') returning id)
      insert into fit_criterion (workspace_id, product_id, name, type, weight)
      select ${workspaceId}, id, 'Engagement', 'engagement', 1 from p returning id
    `.execute(database.db)
    const criterionId = rows[0]?.id ?? ''
    const change = (delta: number) => ({ do: 'change-score', criterionId, delta }) as const
    const tag = (name: string, on: boolean) => ({ do: 'tag', name, on }) as const
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([
        { type: 'start' },
        { type: 'effects', config: { effects: [change(0.8), change(0.8), change(-0.5)] } },
        { type: 'effects', config: { effects: [tag('a', true), tag('b', true), tag('a', false), tag('b', true)] } },
        { type: 'finish' },
      ]),
    )
    const [customer = ''] = await addCustomers(database.db, workspaceId, ['effects@example.com'])
    await enter(database.db, workspaceId, campaign, [customer])
    await engineOn(database.db).settle()
    const scores = await sql<{
      score: number
    }>`select score from fit_assessment where customer_id = ${customer} order by id`.execute(database.db)
    expect(scores.rows.map((row) => row.score)).toEqual([0.8, 1, 0.5])
    const tags = await sql<{ tags: string[] }>`select tags from customer where id = ${customer}`.execute(database.db)
    expect(tags.rows[0]?.tags).toEqual(['b'])
    const events = await eventsOf(customer)
    expect(
      events.filter((event) => event.name.startsWith('customer.')).map((event) => [event.name, event.properties.tag]),
    ).toEqual([
      ['customer.tagged', 'a'],
      ['customer.tagged', 'b'],
      ['customer.untagged', 'a'],
    ])
  })

  it('sets a run that throws aside with its error, tries it three times, and moves all others', async () => {
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([{ type: 'start' }, { type: 'poison' }, { type: 'finish' }]),
    )
    const customers = await addCustomers(database.db, workspaceId, [
      'good1@x.com',
      'good2@x.com',
      'poison@x.com',
      'refused@x.com',
    ])
    await enter(database.db, workspaceId, campaign, customers)
    const { settle } = engineOn(database.db)
    await settle()
    expect(
      (await runsOf(campaign)).map(({ email, status, node_id, attempt, error }) => ({
        email,
        status,
        node_id,
        attempt,
        error: error?.code,
      })),
    ).toEqual([
      { email: 'good1@x.com', status: 'succeeded', node_id: 'n2', attempt: 0, error: undefined },
      { email: 'good2@x.com', status: 'succeeded', node_id: 'n2', attempt: 0, error: undefined },
      { email: 'poison@x.com', status: 'running', node_id: 'n1', attempt: 1, error: 'node_threw' },
      { email: 'refused@x.com', status: 'running', node_id: 'n1', attempt: 1, error: 'refused' },
    ])
    for (let round = 0; round < 4; round += 1) {
      await sql`update run set wake_at = now() where campaign_id = ${campaign} and wake_at is not null`.execute(
        database.db,
      )
      await settle()
    }
    const parked = (await runsOf(campaign)).filter((run) => run.status === 'running')
    expect(parked.map(({ attempt, wakes }) => ({ attempt, wakes }))).toEqual([
      { attempt: 3, wakes: false },
      { attempt: 3, wakes: false },
    ])
  })

  it('finds the one run that the database refuses among a batch and commits the rest', async () => {
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([{ type: 'start' }, { type: 'poison' }, { type: 'finish' }]),
    )
    const emails = Array.from({ length: 20 }, (_, index) => (index === 13 ? 'broken13@x.com' : `fine${index}@x.com`))
    await enter(database.db, workspaceId, campaign, await addCustomers(database.db, workspaceId, emails))
    await engineOn(database.db).settle()
    const runs = await runsOf(campaign)
    expect(runs.filter((run) => run.status === 'succeeded')).toHaveLength(19)
    expect(runs.find((run) => run.email === 'broken13@x.com')).toMatchObject({
      status: 'running',
      attempt: 1,
      error: { code: 'refused_by_database' },
    })
  })

  it('rests until the message is known and goes on with its fate, once', async () => {
    const credential = '00000000-0000-4000-8000-000000000001'
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([{ type: 'start' }, { type: 'send', config: { credentialId: credential } }, { type: 'finish' }]),
    )
    const [customer = ''] = await addCustomers(database.db, workspaceId, ['mail@x.com'])
    await enter(database.db, workspaceId, campaign, [customer])
    const { settle } = engineOn(database.db)
    await settle()
    await settle()
    const queued = await sql<{
      id: number
      run_id: number
    }>`select id, run_id from message where campaign_id = ${campaign}`.execute(database.db)
    expect(queued.rows).toHaveLength(1)
    expect(await runsOf(campaign)).toMatchObject([{ awaiting: 'message', status: 'running', node_id: 'n1' }])
    await sql`update message set state = 'sent', sent_at = now() where campaign_id = ${campaign}`.execute(database.db)
    await sql`insert into run_inbox (campaign_id, run_id, name) values (${campaign}, ${queued.rows[0]?.run_id}, 'message')`.execute(
      database.db,
    )
    await settle()
    expect(await runsOf(campaign)).toMatchObject([{ status: 'succeeded', steps: 3 }])
    const inbox = await sql`select 1 from run_inbox where campaign_id = ${campaign}`.execute(database.db)
    expect(inbox.rows).toEqual([])
  })

  it('moves nothing of a paused campaign, and lets a wait keep its remaining time by the campaign’s clock', async () => {
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([{ type: 'start' }, { type: 'pause', config: { ms: 3_600_000 } }, { type: 'finish' }]),
    )
    const customers = await addCustomers(database.db, workspaceId, ['clock@x.com'])
    await enter(database.db, workspaceId, campaign, customers)
    const { settle } = engineOn(database.db)
    await settle()
    // Half an hour passes, a pause of five hours, then another 29 minutes: not due; with 31 it is.
    const shift = (minutes: number) =>
      sql`update run set wake_at = wake_at - make_interval(mins => ${minutes}::int) where campaign_id = ${campaign}`.execute(
        database.db,
      )
    await shift(30)
    await sql`update campaign set status = 'paused' where id = ${campaign}`.execute(database.db)
    await shift(300)
    await settle()
    expect(await runsOf(campaign)).toMatchObject([{ status: 'running', awaiting: 'time' }])
    await sql`update campaign set status = 'active', paused_total = interval '5 hours' where id = ${campaign}`.execute(
      database.db,
    )
    await shift(29)
    await settle()
    expect(await runsOf(campaign)).toMatchObject([{ status: 'running', awaiting: 'time' }])
    await shift(2)
    await settle()
    expect(await runsOf(campaign)).toMatchObject([{ status: 'succeeded' }])
  })

  it('moves each run once when four workers look at the same campaign', async () => {
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([
        { type: 'start' },
        { type: 'effects', config: { effects: [{ do: 'emit', name: 'test.passed', properties: {} }] } },
        { type: 'finish' },
      ]),
    )
    const customers = await addCustomers(
      database.db,
      workspaceId,
      Array.from({ length: 300 }, (_, index) => `many${index}@x.com`),
    )
    await enter(database.db, workspaceId, campaign, customers)
    await Promise.all(Array.from({ length: 4 }, () => engineOn(database.db, { batchSize: 17 }).settle()))
    await engineOn(database.db).settle()
    const { rows } = await sql<{
      n: number
    }>`select count(*)::int as n from event where campaign_id = ${campaign} and name = 'test.passed'`.execute(
      database.db,
    )
    expect(rows[0]?.n).toBe(300)
    const tally = await sql<{
      n: number
    }>`select sum(n)::int as n from tally where campaign_id = ${campaign} and metric = 'ended'`.execute(database.db)
    expect(tally.rows[0]?.n).toBe(300)
  })

  it('leaves by the default way out when a person said skip, and takes an undelivered message back', async () => {
    const credential = '00000000-0000-4000-8000-000000000001'
    const campaign = await addCampaign(
      database.db,
      workspaceId,
      chain([{ type: 'start' }, { type: 'send', config: { credentialId: credential } }, { type: 'finish' }]),
    )
    const customers = await addCustomers(database.db, workspaceId, ['skip@x.com'])
    await enter(database.db, workspaceId, campaign, customers)
    const { settle } = engineOn(database.db)
    await settle()
    await sql`update run set awaiting = 'skip', wake_at = now() where campaign_id = ${campaign}`.execute(database.db)
    await settle()
    expect(await runsOf(campaign)).toMatchObject([{ status: 'succeeded' }])
    const { rows } = await sql<{
      state: string
      reason: string
    }>`select state, reason from message where campaign_id = ${campaign}`.execute(database.db)
    expect(rows).toEqual([{ state: 'skipped', reason: 'withdrawn' }])
  })

  it('reports live runs that have nothing to wait for, and only those', async () => {
    expect(await stuckRuns(database.db)).toEqual([])
    const campaign = await addCampaign(database.db, workspaceId, chain([{ type: 'start' }, { type: 'finish' }]))
    await enter(database.db, workspaceId, campaign, await addCustomers(database.db, workspaceId, ['stuck@x.com']))
    await sql`update run set wake_at = null where campaign_id = ${campaign}`.execute(database.db)
    expect(await stuckRuns(database.db)).toMatchObject([{ campaignId: campaign, nodeId: 'n0' }])
  })
})

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
