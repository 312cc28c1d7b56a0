import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf } from '../../test/campaign.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const node = (id: string, type: string, config: Record<string, unknown> = {}) => ({ id, type, title: id, config })
const edge = (source: string, target: string, when: string | null = null) => ({
  id: `${source}>${target}`,
  source,
  target,
  when,
})

/** Makes customers and an active campaign in which they stand at their first wait. */
async function enter(count: number, nodes: unknown[], edges: unknown[]) {
  const customers = await addCustomers(test, count)
  const audience = { type: 'list', customerIds: customers }
  const flow = { nodes: [node('start', 'trigger'), ...nodes], edges }
  const campaign = await makeActive(test, { audience, flow, enroll: 'now' })
  await test.drain()
  return { campaign, customers }
}

async function send(name: string, customer: string | undefined, properties = {}) {
  const answer = await test.request('POST', '/events', { body: { name, customer: { id: customer }, properties } })
  expect(answer.status).toBe(202)
}

const standing = async (campaign: string) =>
  (await runsOf(test.app, campaign)).map((run) => `${run.status} ${run.reason ?? run.node_id}`)

async function stepsOf(campaign: string, index: number) {
  const run = (await runsOf(test.app, campaign))[index]
  return (await test.request('GET', `/runs/${run?.id}`)).body.steps
}

describe('a wait for an event', () => {
  const nodes = [
    node('wait', 'wait-for-event', {
      event: 'order.paid',
      filter: { rules: [{ input: 'amount', condition: 'greater-than', value: 100 }] },
      timeoutMs: 3_600_000,
    }),
    node('tag', 'add-tag', { name: 'paid' }),
    node('task', 'create-task', { title: 'Thank for {{node.wait.output.properties.amount}}' }),
    node('exit', 'exit'),
    node('late', 'exit-suppress', { reason: 'manual' }),
  ]
  const edges = [
    edge('start', 'wait'),
    edge('wait', 'tag', 'event'),
    edge('wait', 'late', 'timeout'),
    edge('tag', 'task'),
    edge('task', 'exit'),
  ]

  it('lets those go on for whom POST /events tells it, and no others', async () => {
    const { campaign, customers } = await enter(3, nodes, edges)
    expect(await standing(campaign)).toEqual(['running wait', 'running wait', 'running wait'])
    await send('order.paid', customers[0], { amount: 250 })
    await send('order.paid', customers[1], { amount: 99 })
    await send('order.lost', customers[2], { amount: 250 })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded exit', 'running wait', 'running wait'])
    const [, waited] = await stepsOf(campaign, 0)
    expect(waited).toMatchObject({ nodeId: 'wait', label: 'event', why: { code: 'event' } })
    const { body } = await test.request('GET', `/tasks?customerId=${customers[0]}`)
    expect(body.items).toMatchObject([{ title: 'Thank for 250' }])
    await send('order.paid', customers[1], { amount: 101 })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded exit', 'succeeded exit', 'running wait'])
  })

  it('ends by its timeout, and an event that was recorded in time wins over it', async () => {
    const { campaign, customers } = await enter(2, nodes, edges)
    await send('order.paid', customers[0], { amount: 250 })
    // Nobody has told the run yet when its time is over.
    await test.database.pool.query(
      `update run set wake_at = clock_timestamp() + interval '1 millisecond' where campaign_id = $1`,
      [campaign],
    )
    const settled = async () => {
      await test.drain()
      return await standing(campaign)
    }
    await expect.poll(settled).toEqual(['succeeded exit', 'canceled suppressed'])
  })

  it('does not count what happened before the customer arrived', async () => {
    const { campaign, customers } = await enter(
      1,
      [node('pause', 'wait', { waitType: 'duration', durationMs: 3_600_000 }), ...nodes],
      [edge('start', 'pause'), edge('pause', 'wait'), ...edges.slice(1)],
    )
    await send('order.paid', customers[0], { amount: 250 })
    await test.drain()
    await test.database.pool.query('update run set wake_at = now() where campaign_id = $1', [campaign])
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait'])
  })
})

describe('at any point', () => {
  const nodes = [
    node('wait-1', 'wait', { waitType: 'duration', durationMs: 3_600_000 }),
    node('exit-1', 'exit'),
    node('won', 'at-any-point', { event: 'deal.won' }),
    node('wait-2', 'wait', { waitType: 'duration', durationMs: 3_600_000 }),
    node('handoff', 'exit-handoff', { assignTo: { type: 'campaignOwner' } }),
    node('lost', 'at-any-point', {
      event: 'deal.lost',
      filter: { rules: [{ input: 'reason', condition: 'equals', value: 'price' }] },
    }),
    node('exit-3', 'exit'),
  ]
  const edges = [
    edge('start', 'wait-1'),
    edge('wait-1', 'exit-1'),
    edge('won', 'wait-2'),
    edge('wait-2', 'handoff'),
    edge('lost', 'exit-3'),
  ]

  it('takes a customer from where they are, once, and not from below itself; the step says why', async () => {
    const { campaign, customers } = await enter(2, nodes, edges)
    await send('deal.won', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait-2', 'running wait-1'])
    const steps = await stepsOf(campaign, 0)
    expect(steps.map((step: { nodeId: string }) => step.nodeId)).toEqual(['start', 'wait-1', 'won'])
    expect(steps[1].why.code).toBe('taken_by_listener')
    await send('deal.won', customers[0])
    await send('deal.lost', customers[0], { reason: 'time' })
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait-2', 'running wait-1'])
    await send('deal.lost', customers[0], { reason: 'price' })
    await test.drain()
    expect(await standing(campaign)).toEqual(['succeeded exit', 'running wait-1'])
  })

  it('waits with what happened while the campaign was paused until it goes on', async () => {
    const { campaign, customers } = await enter(1, nodes, edges)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await send('deal.won', customers[0])
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait-1'])
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await test.drain()
    expect(await standing(campaign)).toEqual(['running wait-2'])
  })
})

it('draws branches at random, the same for a customer who comes again', async () => {
  const split = {
    branches: [
      { id: 'a', label: 'A', weight: 1 },
      { id: 'b', label: 'B', weight: 1 },
    ],
  }
  const nodes = [node('split', 'random-split', split), node('exit-a', 'exit'), node('tag-b', 'add-tag', { name: 'b' })]
  const edges = [edge('start', 'split'), edge('split', 'exit-a', 'a'), edge('split', 'tag-b', 'b')]
  const { campaign, customers } = await enter(100, nodes, edges)
  const first = await runsOf(test.app, campaign)
  const inB = first.filter((run) => run.reason === 'end-of-flow').length
  expect(inB).toBeGreaterThan(20)
  expect(inB).toBeLessThan(80)
  await test.request('POST', `/campaigns/${campaign}/re-enroll`, { body: { customerIds: customers } })
  await test.drain()
  const all = await runsOf(test.app, campaign)
  expect(all).toHaveLength(200)
  const reasons = Map.groupBy(all, (run) => run.customer_id)
  for (const [, runs] of reasons) expect(new Set(runs.map((run) => run.reason)).size).toBe(1)
})
