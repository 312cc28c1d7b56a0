import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf } from '../../test/campaign.ts'
import { createAdvance } from '../engine/advance.ts'
import { createGoalMarking } from '../engine/mark-goals.ts'
import { nodes as types } from '../nodes/index.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const node = (id: string, type: string, config: Record<string, unknown> = {}) => ({ id, type, title: id, config })
const edge = (source: string, target: string) => ({ id: `${source}>${target}`, source, target, when: null })
const waiting = [
  node('start', 'trigger'),
  node('wait', 'wait', { waitType: 'duration', durationMs: 3_600_000 }),
  node('exit', 'exit'),
]
const ways = [edge('start', 'wait'), edge('wait', 'exit')]

/** Makes customers and an active campaign with a goal, in which they stand at their wait unless the goal took them. */
async function enter(
  count: number,
  goal: Record<string, unknown>,
  more: {
    nodes?: unknown[]
    edges?: unknown[]
    holdoutPercent?: number
    before?: (ids: string[]) => Promise<void>
  } = {},
) {
  const customers = await addCustomers(test, count)
  await more.before?.(customers)
  const flow = {
    nodes: [...waiting, node('goal', 'goal', goal), ...(more.nodes ?? [])],
    edges: [...ways, ...(more.edges ?? [])],
  }
  const audience = { type: 'list', customerIds: customers }
  const campaign = await makeActive(test, { audience, flow, enroll: 'now', holdoutPercent: more.holdoutPercent ?? 0 })
  await test.drain()
  return { campaign, customers }
}

async function send(name: string, customer: string | undefined, properties = {}) {
  const answer = await test.request('POST', '/events', { body: { name, customer: { id: customer }, properties } })
  expect(answer.status).toBe(202)
}

async function change(customer: string | undefined, body: Record<string, unknown>) {
  expect((await test.request('PATCH', `/customers/${customer}`, { body })).status).toBe(200)
}

const standing = async (campaign: string) =>
  (await runsOf(test.app, campaign)).map((run) => `${run.status} ${run.reason ?? run.node_id}`)

/** Of each run, what it reached, as the API shows it. */
async function goalsOf(campaign: string): Promise<{ nodeId: string; why: { code: string; text: string } }[][]> {
  const runs = await runsOf(test.app, campaign)
  return await Promise.all(runs.map(async ({ id }) => (await test.request('GET', `/runs/${id}`)).body.goals))
}

const counted = async (campaign: string) => (await goalsOf(campaign)).map((goals) => goals.length)

async function goalEvents(customer: string | undefined) {
  const { rows } = await test.database.pool.query(
    `select name, properties, run_id, node_id from event where customer_id = $1 and name = 'goal.reached'`,
    [customer],
  )
  return rows
}

/** Lets this campaign's runs be that much older. */
const age = (campaign: string, interval: string) =>
  test.database.pool.query('update run set started_at = started_at - $2::interval where campaign_id = $1', [
    campaign,
    interval,
  ])

describe('a goal that ends the run', () => {
  it('ends the runs of those who reach it by its event, and marks them', async () => {
    const { campaign, customers } = await enter(2, { event: 'order.placed', endsRun: true })
    expect(await standing(campaign)).toEqual(['running wait', 'running wait'])
    await send('order.placed', customers[0], { amount: 5 })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded goal', 'running wait'])
    const [first, second] = await goalsOf(campaign)
    expect(first).toMatchObject([
      { nodeId: 'goal', title: 'goal', why: { code: 'event', text: '“order.placed” happened.' } },
    ])
    expect(second).toEqual([])
    const run = (await runsOf(test.app, campaign))[0]
    expect(await goalEvents(customers[0])).toMatchObject([
      { properties: { goal: 'goal', campaignId: campaign, nodeId: 'goal' }, run_id: run?.id, node_id: 'goal' },
    ])
    const { steps } = (await test.request('GET', `/runs/${run?.id}`)).body
    expect(steps.slice(1)).toMatchObject([
      {
        nodeId: 'wait',
        label: 'at:goal',
        why: {
          code: 'goal',
          text: 'The customer left here because they reached the goal “goal”: “order.placed” happened.',
        },
      },
      { nodeId: 'goal', label: null },
    ])
    const timeline = (await test.request('GET', `/customers/${customers[0]}/timeline`)).body.items
    expect(timeline.map((entry: { name: string }) => entry.name)).toContain('goal.reached')
    const listed = await test.request('GET', `/campaigns/${campaign}/runs?goal=goal`)
    expect(listed.body.items.map((item: { id: number }) => item.id)).toEqual([run?.id])
  })

  it('ends at once the runs of those for whom its rules hold as they come in', async () => {
    const { campaign } = await enter(
      2,
      { rules: [{ input: 'customer.attributes.plan', condition: 'equals', value: 'pro' }], endsRun: true },
      { before: async ([first]) => change(first, { attributes: { plan: 'Pro' } }) },
    )
    expect(await standing(campaign)).toEqual(['succeeded goal', 'running wait'])
    expect((await goalsOf(campaign))[0]).toMatchObject([
      { why: { code: 'rules_hold', text: 'customer.attributes.plan is “pro”.' } },
    ])
  })

  it('ends runs when a change of the customer makes its rules hold: a field, a tag, a step of another campaign', async () => {
    const rules = [
      { input: 'customer.country', condition: 'equals', value: 'VN' },
      { input: 'customer.tags', condition: 'contains', value: 'buyer' },
    ]
    const { campaign, customers } = await enter(4, { rules, match: 'any', endsRun: true })
    await change(customers[0], { country: 'VN' })
    await change(customers[1], { tags: ['buyer'] })
    await change(customers[3], { country: 'DE' })
    await makeActive(test, {
      audience: { type: 'list', customerIds: [customers[2]] },
      flow: {
        nodes: [node('start', 'trigger'), node('tag', 'add-tag', { name: 'buyer' })],
        edges: [edge('start', 'tag')],
      },
      enroll: 'now',
    })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded goal', 'succeeded goal', 'succeeded goal', 'running wait'])
    expect(await counted(campaign)).toEqual([1, 1, 1, 0])
  })

  it('hears what the run itself did before the next step is taken', async () => {
    const customers = await addCustomers(test, 1)
    const flow = {
      nodes: [
        ...waiting,
        node('goal', 'goal', {
          rules: [{ input: 'customer.tags', condition: 'contains', value: 'done' }],
          endsRun: true,
        }),
        node('tag', 'add-tag', { name: 'done' }),
        node('tag-2', 'add-tag', { name: 'too far' }),
      ],
      edges: [edge('start', 'tag'), edge('tag', 'tag-2'), edge('tag-2', 'wait'), edge('wait', 'exit')],
    }
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: customers }, flow, enroll: 'now' })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded goal'])
    expect((await test.request('GET', `/customers/${customers[0]}`)).body.tags).toEqual(['done'])
  })

  it('comes before a step that waits for the same event', async () => {
    const customers = await addCustomers(test, 1)
    const flow = {
      nodes: [
        node('start', 'trigger'),
        node('listen', 'wait-for-event', { event: 'order.placed', timeoutMs: 3_600_000 }),
        node('tag', 'add-tag', { name: 'heard' }),
        node('goal', 'goal', { event: 'order.placed', endsRun: true }),
      ],
      edges: [
        edge('start', 'listen'),
        { id: 'e', source: 'listen', target: 'tag', when: 'event' },
        { id: 't', source: 'listen', target: 'tag', when: 'timeout' },
      ],
    }
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: customers }, flow, enroll: 'now' })
    await test.drain()
    await send('order.placed', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded goal'])
    expect((await test.request('GET', `/customers/${customers[0]}`)).body.tags).toEqual([])
  })
})

describe('a goal with a way out', () => {
  it('moves the customer there once, and never marks twice', async () => {
    const { campaign, customers } = await enter(
      1,
      { event: 'order.placed' },
      {
        nodes: [node('wait-2', 'wait', { waitType: 'duration', durationMs: 3_600_000 }), node('exit-2', 'exit')],
        edges: [edge('goal', 'wait-2'), edge('wait-2', 'exit-2')],
      },
    )
    await send('order.placed', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait-2'])
    await send('order.placed', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait-2'])
    expect(await counted(campaign)).toEqual([1])
    expect(await goalEvents(customers[0])).toHaveLength(1)
  })
})

describe('a goal with neither', () => {
  it('marks, and leaves the customer where they are', async () => {
    const { campaign, customers } = await enter(1, { event: 'order.placed' })
    await send('order.placed', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait'])
    expect(await counted(campaign)).toEqual([1])
  })

  it('is an event that others hear: a second goal, and a trigger of another step', async () => {
    const { campaign, customers } = await enter(
      1,
      { event: 'order.placed' },
      { nodes: [node('after', 'goal', { event: 'goal.reached', endsRun: true })] },
    )
    await send('order.placed', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded goal'])
    expect((await goalsOf(campaign))[0]?.map(({ nodeId }) => nodeId)).toEqual(['goal', 'after'])
  })
})

describe('after the run has ended', () => {
  const endNow = (campaign: string) =>
    test.database.pool.query('update run set wake_at = now() where campaign_id = $1 and finished_at is null', [
      campaign,
    ])

  it('counts until 30 days after the enrollment, and no longer', async () => {
    const { campaign, customers } = await enter(2, { event: 'order.placed', endsRun: true })
    await endNow(campaign)
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded exit', 'succeeded exit'])
    await age(campaign, '29 days')
    await send('order.placed', customers[0])
    await test.drain()
    expect(await counted(campaign)).toEqual([1, 0])
    await age(campaign, '2 days')
    await send('order.placed', customers[1])
    await test.drain()
    expect(await counted(campaign)).toEqual([1, 0])
    expect(await standing(campaign)).toEqual(['succeeded exit', 'succeeded exit'])
  })

  it('counts for those who were held out: by event, by rules as they came in and by a change', async () => {
    const events = await enter(40, { event: 'order.placed', endsRun: true }, { holdoutPercent: 50 })
    const held = (await runsOf(test.app, events.campaign)).filter((run) => run.reason === 'holdout')
    expect(held.length).toBeGreaterThan(5)
    await send('order.placed', held[0]?.customer_id)
    await test.drain()
    const reached = await test.request('GET', `/campaigns/${events.campaign}/runs?goal=goal`)
    expect(reached.body.items).toMatchObject([{ customer: { id: held[0]?.customer_id }, reason: 'holdout' }])

    const rules = [{ input: 'customer.country', condition: 'equals', value: 'VN' }]
    const { campaign } = await enter(20, { rules, endsRun: true }, { holdoutPercent: 50 })
    const apart = (await runsOf(test.app, campaign)).filter((run) => run.reason === 'holdout')
    await change(apart[0]?.customer_id, { country: 'VN' })
    await test.drain()
    const marked = await test.request('GET', `/campaigns/${campaign}/runs?goal=goal&reason=holdout`)
    expect(marked.body.items.map((item: { customer: { id: string } }) => item.customer.id)).toEqual([
      apart[0]?.customer_id,
    ])

    const already = await enter(
      20,
      { rules },
      {
        holdoutPercent: 50,
        before: async (ids) =>
          void (await test.database.pool.query(`update customer set country = 'VN' where id = any($1)`, [ids])),
      },
    )
    expect(await counted(already.campaign)).toEqual(Array(20).fill(1))
  })

  it('counts in a paused and an archived campaign, where nobody moves', async () => {
    const paused = await enter(1, { event: 'order.placed', endsRun: true })
    await test.request('POST', `/campaigns/${paused.campaign}/pause`)
    await send('order.placed', paused.customers[0])
    await test.drain()
    expect(await standing(paused.campaign)).toEqual(['running wait'])
    expect(await counted(paused.campaign)).toEqual([1])
    await test.request('POST', `/campaigns/${paused.campaign}/resume`, { body: { waits: 'keep' } })
    await test.drain()
    expect(await standing(paused.campaign)).toEqual(['succeeded goal'])
    expect(await goalEvents(paused.customers[0])).toHaveLength(1)

    const archived = await enter(1, { event: 'order.placed', endsRun: true })
    await test.request('POST', `/campaigns/${archived.campaign}/archive`)
    await send('order.placed', archived.customers[0])
    await test.drain()
    expect(await standing(archived.campaign)).toEqual(['canceled archived'])
    expect(await counted(archived.campaign)).toEqual([1])
  })

  it('counts an event of the customer for the entry that they were in last', async () => {
    const { campaign, customers } = await enter(1, { event: 'order.placed' })
    await endNow(campaign)
    await test.drain()
    await test.request('POST', `/campaigns/${campaign}/re-enroll`, { body: { customerIds: customers } })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded exit', 'running wait'])
    await send('order.placed', customers[0])
    await test.drain()
    expect(await counted(campaign)).toEqual([0, 1])
  })

  it('does not count what happened before they enrolled', async () => {
    const customers = await addCustomers(test, 1)
    await send('order.placed', customers[0])
    const flow = { nodes: [...waiting, node('goal', 'goal', { event: 'order.placed' })], edges: ways }
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: customers }, flow, enroll: 'now' })
    await test.drain()
    expect(await counted(campaign)).toEqual([0])
  })
})

describe('exactly once', () => {
  it('whether the walk marks it first, the bus does, or both at the same time, and across a crash', async () => {
    const { db, log } = test.app
    const { campaign, customers } = await enter(30, { event: 'order.placed', endsRun: true })
    for (const customer of customers) await send('order.placed', customer)
    // The inbox is filled, and then everybody works at once; one dies before its commit.
    const dying = createAdvance({
      db,
      nodes: types,
      log,
      onPoint: (point) => {
        if (point === 'applied') throw new Error('killed')
      },
    })
    const marking = [1, 2].map(() => createGoalMarking({ db, nodes: types }))
    const advancing = [1, 2].map(() => createAdvance({ db, nodes: types, log }))
    await Promise.all([
      dying.pass().catch(() => undefined),
      ...marking.map((loop) => loop.pass()),
      ...advancing.map((loop) => loop.pass()),
    ])
    await test.drain()
    expect(await standing(campaign)).toEqual(Array(30).fill('succeeded goal'))
    const { rows } = await test.database.pool.query(
      `select (select count(*)::int from run_goal where campaign_id = $1) as marks,
        (select count(*)::int from event where campaign_id = $1 and name = 'goal.reached') as events,
        (select sum(n)::int from tally where campaign_id = $1 and metric = 'goal') as counted`,
      [campaign],
    )
    expect(rows).toEqual([{ marks: 30, events: 30, counted: 30 }])
  })

  it('another campaign’s goal with the same id does not move the run', async () => {
    const first = await enter(1, { event: 'order.placed', endsRun: true })
    const flow = {
      nodes: [...waiting, node('goal', 'goal', { event: 'never.happens', endsRun: true })],
      edges: ways,
    }
    const audience = { type: 'list', customerIds: first.customers }
    const second = await makeActive(test, { audience, flow, enroll: 'now' })
    await test.drain()
    await send('order.placed', first.customers[0])
    await test.drain()
    expect(await standing(first.campaign)).toEqual(['succeeded goal'])
    expect(await standing(second)).toEqual(['running wait'])
    expect(await counted(second)).toEqual([0])
  })

  it('is not seen from another workspace', async () => {
    const { campaign } = await enter(1, { event: 'order.placed' })
    const run = (await runsOf(test.app, campaign))[0]
    const answer = await test.request('GET', `/runs/${run?.id}`, { key: test.otherWorkspace.adminKey })
    expect(answer.status).toBe(404)
  })
})
