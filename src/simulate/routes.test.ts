import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeDraft, settle } from '../../test/campaign.ts'
import { watchCampaign } from '../campaigns/live.ts'
import { createKysely, createPool, sql } from '../db/database.ts'
import { givenRates } from './assumptions.ts'
import { tellSimulation } from './progress.ts'
import { simulateCampaign } from './simulate-campaign.ts'
import { stepThrough } from './step-through.ts'

let test: TestApp
let customerIds: string[]
let credentialId: string

beforeAll(async () => {
  test = await startTestApp()
  customerIds = await addCustomers(test, 30)
  const credentials = await test.request('GET', '/credentials')
  credentialId = credentials.body.items.find(({ type }: { type: string }) => type === 'sandbox').id
})

afterAll(async () => {
  await test.close()
})

const flow = () => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    {
      id: 'mail',
      type: 'email-send',
      title: 'Hello',
      config: { credentialId, subject: 'Hello {{customer.firstName}}', body: 'Run of {{org.name}}' },
    },
    { id: 'tag', type: 'add-tag', title: 'Tag', config: { name: 'clicked' } },
    { id: 'exit', type: 'exit', title: 'Done', config: {} },
  ],
  edges: [
    { source: 'start', target: 'mail' },
    { source: 'mail', target: 'tag', when: 'clicked' },
    { source: 'mail', target: 'exit' },
    { source: 'tag', target: 'exit' },
  ],
})

async function rowCounts(): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
  `.execute(test.app.db)
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    const counted = await sql<{ n: number }>`select count(*) as n from ${sql.raw(name)}`.execute(test.app.db)
    counts[name] = counted.rows[0]?.n ?? 0
  }
  return counts
}

describe('POST /campaigns/:id/simulate', () => {
  it('answers how many reach each node, what is sent when and where customers end, and leaves every table as it was', async () => {
    const id = await makeDraft(test, { flow: flow() })
    const before = await rowCounts()
    const body = { sample: null, rates: { click: 0.5 }, seed: 7, startAt: '2026-01-05T09:00:00Z' }
    const { status, body: result } = await test.request('POST', `/campaigns/${id}/simulate`, { body })
    expect(status).toBe(200)
    expect(result).toMatchObject({ kind: 'audience', customers: 30, errors: [], startAt: '2026-01-05T09:00:00.000Z' })
    expect(result.nodes.map(({ nodeId, reached }: { nodeId: string; reached: number }) => [nodeId, reached])).toEqual([
      ['start', 30],
      ['mail', 30],
      ['tag', expect.any(Number)],
      ['exit', 30],
    ])
    expect(result.sendsPerDay).toEqual([{ date: '2026-01-05', count: 30 }])
    expect(result.ends).toEqual([{ nodeId: 'exit', status: 'succeeded', reason: 'exit', count: 30 }])
    expect((await test.request('POST', `/campaigns/${id}/simulate`, { body })).body).toEqual(result)
    expect(await rowCounts()).toEqual(before)
  })

  it('needs no right to write: it works where the database refuses every write', async () => {
    const id = await makeDraft(test, { flow: flow() })
    const pool = createPool({ ...test.database.config, options: '-c default_transaction_read_only=on' })
    const db = createKysely(pool)
    try {
      await expect(sql`create table written ()`.execute(db)).rejects.toThrow(/read-only/)
      const startAt = new Date('2026-01-05T09:00:00Z')
      const wanted = { sample: null, rates: givenRates.parse({}), seed: '1', startAt, triggerPayload: null }
      expect((await simulateCampaign({ db }, test.workspaceId, id, wanted)).customers).toBe(30)
      const script = { actions: {}, events: [] }
      const step = { customerId: customerIds[0] ?? '', script, startAt, triggerPayload: null }
      const walked = await stepThrough({ ...test.app, db }, test.workspaceId, id, step)
      expect(walked).toMatchObject({ status: 'succeeded', reason: 'exit' })
    } finally {
      await pool.end()
    }
  })

  it('says on the stream how far it is and when it is over, and is given up with its request', async () => {
    const id = await makeDraft(test, { flow: flow() })
    const leaving = new AbortController()
    const stream = watchCampaign(test.app.db, test.workspaceId, id, leaving.signal, 5)
    const simulation = crypto.randomUUID()
    const heard: unknown[] = []
    const listening = (async () => {
      for await (const { event, data } of stream) {
        if (event !== 'simulation') continue
        heard.push(data)
        if ((data as { state: string }).state === 'ended') return
      }
    })()
    const told = tellSimulation(test.app, test.workspaceId, id, simulation)
    told.at(10, 30)
    await expect.poll(() => heard).toEqual([{ campaignId: id, id: simulation, done: 10, total: 30, state: 'running' }])
    await told.end()
    await listening
    expect(heard.at(-1)).toMatchObject({ id: simulation, state: 'ended' })

    const steps: [number, number | null][] = []
    const wanted = { sample: null, rates: givenRates.parse({}), seed: '1', startAt: new Date(), triggerPayload: null }
    await simulateCampaign(test.app, test.workspaceId, id, wanted, undefined, (done, total) =>
      steps.push([done, total]),
    )
    expect(steps).toEqual([
      [0, 30],
      [30, 30],
    ])
    const gone = new AbortController()
    const refused = simulateCampaign(test.app, test.workspaceId, id, wanted, gone.signal, () => gone.abort())
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' })
    const answer = await test.request('POST', `/campaigns/${id}/simulate`, { body: { id: simulation } })
    expect(answer.body.customers).toBe(30)
    expect((await sql`select from simulation`.execute(test.app.db)).rows).toEqual([])
  })

  it('draws as many as asked, the same ones for a seed', async () => {
    const id = await makeDraft(test, { flow: flow() })
    const ask = (seed: string) =>
      test.request('POST', `/campaigns/${id}/simulate`, { body: { sample: 10, seed, startAt: '2026-01-05T09:00:00Z' } })
    const [one, again] = [await ask('a'), await ask('a')]
    expect(one.body.customers).toBe(10)
    expect(again.body).toEqual(one.body)
  })

  it('steps one customer through, with each decision explained and the message rendered', async () => {
    const id = await makeDraft(test, { flow: flow() })
    const customerId = customerIds[3]
    const body = {
      customerId,
      actions: { mail: { do: 'click', afterMs: 60_000 } },
      startAt: '2026-01-05T09:00:00Z',
    }
    const { status, body: walked } = await test.request('POST', `/campaigns/${id}/simulate`, { body })
    expect(status).toBe(200)
    expect(walked).toMatchObject({ kind: 'customer', status: 'succeeded', reason: 'exit' })
    const message = walked.steps.find(({ kind }: { kind: string }) => kind === 'message')
    expect(message.message).toMatchObject({ subject: expect.stringMatching(/^Hello Customer \d+$/), error: null })
    expect(message.message.html).toContain('Run of Acme')
    const left = walked.steps.filter(({ kind }: { kind: string }) => kind === 'left')
    expect(left).toContainEqual(
      expect.objectContaining({ nodeId: 'mail', label: 'clicked', at: '2026-01-05T09:02:30.000Z' }),
    )
    const tags = await sql<{ tags: string[] }>`select tags from customer where id = ${customerId}`.execute(test.app.db)
    expect(tags.rows).toEqual([{ tags: [] }])
  })

  it('takes the ways that the engine takes for the same customers', async () => {
    const id = await makeDraft(test, {
      audience: { type: 'list', customerIds },
      flow: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          {
            id: 'draw',
            type: 'random-split',
            title: 'Draw',
            config: { branches: ['a', 'b', 'c', 'd'].map((branch) => ({ id: branch, label: branch, weight: 1 })) },
          },
          ...['a', 'b', 'c', 'd'].map((branch) => ({ id: branch, type: 'exit', title: branch, config: {} })),
        ],
        edges: [
          { source: 'start', target: 'draw' },
          ...['a', 'b', 'c', 'd'].map((branch) => ({ source: 'draw', target: branch, when: branch })),
        ],
      },
    })
    const simulated = await test.request('POST', `/campaigns/${id}/simulate`, { body: { sample: null } })
    const activated = await test.request('POST', `/campaigns/${id}/activate`, { body: { enroll: 'now' } })
    expect(activated.status).toBe(200)
    await settle(test.app)
    const runs = await test.request('GET', `/campaigns/${id}/runs`)
    const ends = simulated.body.ends.map(({ nodeId, count }: { nodeId: string; count: number }) => [nodeId, count])
    const taken = Map.groupBy(runs.body.items as { nodeId: string }[], ({ nodeId }) => nodeId)
    expect([...taken].map(([nodeId, { length }]) => [nodeId, length]).sort()).toEqual(ends.sort())
    expect(taken.size).toBeGreaterThan(1)
  })

  it('simulates a graph that is sent in place of the draft, whole and for one customer, and stores nothing of it', async () => {
    const id = await makeDraft(test, { flow: { nodes: [], edges: [] } })
    const before = await rowCounts()
    const draft = (await test.request('GET', `/campaigns/${id}/workflow`)).body
    const graph = flow()
    const sent = { graph, sample: null, startAt: '2026-01-05T09:00:00Z' }
    const { status, body } = await test.request('POST', `/campaigns/${id}/simulate`, { body: sent })
    expect(status).toBe(200)
    expect(body).toMatchObject({ customers: 30, messages: { sent: 30 } })
    expect(body.ends).toEqual([{ nodeId: 'exit', status: 'succeeded', reason: 'exit', count: 30 }])
    const one = await test.request('POST', `/campaigns/${id}/simulate`, {
      body: { graph, customerId: customerIds[0] },
    })
    expect(one.body).toMatchObject({ kind: 'customer', status: 'succeeded', reason: 'exit' })

    const [start, mail, ...rest] = graph.nodes
    const mended = { ...mail, config: { ...mail?.config, credentialId: '019f0000-0000-7000-8000-000000000099' } }
    const refused = await test.request('POST', `/campaigns/${id}/simulate`, {
      body: { graph: { nodes: [start, mended, ...rest], edges: [...graph.edges, { source: 'tag', target: 'mail' }] } },
    })
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_workflow' } })
    const fields = refused.body.problems.map((each: { nodeId?: string; field?: string }) => each.field)
    expect(fields).toContain('credentialId')
    const twins = { nodes: [start, start], edges: [] }
    expect((await test.request('POST', `/campaigns/${id}/simulate`, { body: { graph: twins } })).body).toMatchObject({
      code: 'invalid',
      errors: [{ path: 'nodes.1.id', code: 'repeated' }],
    })
    const foreign = { body: sent, key: test.otherWorkspace.adminKey }
    expect((await test.request('POST', `/campaigns/${id}/simulate`, foreign)).status).toBe(404)
    expect((await test.request('GET', `/campaigns/${id}/workflow`)).body).toEqual(draft)
    expect(await rowCounts()).toEqual(before)
  })

  it('refuses a draft with errors, one without an audience, somebody else’s campaign and customer', async () => {
    const broken = await makeDraft(test, { flow: { nodes: [], edges: [] } })
    expect((await test.request('POST', `/campaigns/${broken}/simulate`)).body).toMatchObject({
      status: 422,
      code: 'invalid_workflow',
    })
    const nobody = await makeDraft(test, { audience: null, flow: flow() })
    expect((await test.request('POST', `/campaigns/${nobody}/simulate`)).body).toMatchObject({
      code: 'invalid',
      errors: [{ path: 'audience' }],
    })
    const key = test.otherWorkspace.adminKey
    expect((await test.request('POST', `/campaigns/${nobody}/simulate`, { key })).status).toBe(404)
    const body = { customerId: '019f0000-0000-7000-8000-000000000099' }
    expect((await test.request('POST', `/campaigns/${nobody}/simulate`, { body })).body).toMatchObject({
      code: 'invalid',
      errors: [{ path: 'customerId' }],
    })
  })
})
