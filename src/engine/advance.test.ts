import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { addCampaign, addCustomers, addWorkspace, chain, engineOn, enter, runsIn } from '../../test/engine.ts'
import { sql } from '../db/database.ts'
import { stuckRuns } from './keep-house.ts'

let database: TestDatabase
let workspaceId: number
beforeAll(async () => {
  database = await createTestDatabase()
  workspaceId = await addWorkspace(database.db)
})
afterAll(() => database.close())

const runsOf = (campaignId: string) => runsIn(database.db, campaignId)
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
