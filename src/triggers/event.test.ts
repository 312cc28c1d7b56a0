import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, runsOf, waitingFlow } from '../../test/campaign.ts'
import { addTrigger } from '../../test/triggers.ts'
import { sql } from '../db/database.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const listening = async (config: Record<string, unknown>, options: Parameters<typeof makeActive>[1] = {}) => {
  const campaign = await makeActive(test, options)
  return { campaign, trigger: await addTrigger(test, campaign, { type: 'event', config }) }
}
const send = async (name: string, customer: string | undefined, properties: Record<string, unknown> = {}) => {
  const answer = await test.request('POST', '/events', { body: { name, customer: { id: customer }, properties } })
  expect(answer.status).toBe(202)
}
const firings = async (id: string) => (await test.request('GET', `/triggers/${id}/firings`)).body.items
const inside = async (campaign: string) => (await runsOf(test.app, campaign)).map((run) => run.customer_id)

describe('an event trigger', () => {
  const dealWon = { rules: [{ input: 'amount', condition: 'greater-than', value: 100 }] }

  it('enrolls the customers of the events that it means, each with what theirs said', async () => {
    const nodes = [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      {
        id: 'task',
        type: 'create-task',
        title: 'Task',
        config: { title: '{{trigger.type}} {{trigger.payload.amount}}' },
      },
    ]
    const edges = [{ id: 'e1', source: 'start', target: 'task', when: null }]
    const name = 'deal.won-1'
    const { campaign, trigger } = await listening({ event: name, filter: dealWon }, { flow: { nodes, edges } })
    expect(trigger.sentence).toBe('When “deal.won-1” happens to a customer where amount is greater than 100')
    const [one, two, three, four] = await addCustomers(test, 4)
    await send(name, one, { amount: 150 })
    await send(name, two, { amount: 250 })
    await send(name, three, { amount: 99 })
    await send('deal.lost', four, { amount: 150 })
    await test.drain()
    expect(await inside(campaign)).toEqual([one, two].sort())
    const titleOf = async (customer: unknown) =>
      (await test.request('GET', `/tasks?customerId=${customer}`)).body.items.map(
        (task: { title: string }) => task.title,
      )
    expect(await titleOf(one)).toEqual(['event 150'])
    expect(await titleOf(two)).toEqual(['event 250'])
    const made = await firings(trigger.id)
    const sum = (field: 'matched' | 'enrolled' | 'times') =>
      made.reduce((all: number, firing: Record<string, number>) => all + (firing[field] ?? 0), 0)
    expect([sum('matched'), sum('enrolled'), sum('times')]).toEqual([2, 2, 2])
  })

  it('keeps the payload of a single customer on its firing', async () => {
    const { trigger } = await listening({ event: 'cart.left' })
    const [one] = await addCustomers(test, 1)
    await send('cart.left', one, { items: ['a'] })
    await test.drain()
    const [fired] = await firings(trigger.id)
    expect(fired).toMatchObject({ type: 'event', status: 'done', customerId: one, enrolled: 1 })
    expect((await test.request('GET', `/firings/${fired.id}`)).body.payload).toEqual({ items: ['a'] })
  })

  it('enrolls a customer once, however often it happens, and sums up the rest in one row', async () => {
    const { campaign, trigger } = await listening({ event: 'page.seen' })
    const [one] = await addCustomers(test, 1)
    for (let round = 0; round < 3; round += 1) {
      const events = Array.from({ length: 500 }, () => ({ name: 'page.seen', customer: { id: one } }))
      await test.request('POST', '/events/batch', { body: { events } })
      await test.drain()
    }
    expect(await inside(campaign)).toEqual([one])
    const made = await firings(trigger.id)
    expect(made.map(({ enrolled }: { enrolled: number }) => enrolled).sort()).toEqual([0, 1])
    const times = made.reduce((all: number, firing: { times: number }) => all + firing.times, 0)
    expect(times).toBe(1_500)
    expect(Object.keys(made[0].skipped)).toEqual(['inside'])
  })

  it('leaves no trace of what it does not mean, and passes over who is not in the audience', async () => {
    const [one, two] = await addCustomers(test, 2)
    const audience = { type: 'list', customerIds: [one] }
    const { campaign, trigger } = await listening({ event: 'form.sent', filter: dealWon }, { audience })
    await send('form.sent', one, { amount: 1 })
    await test.drain()
    expect(await firings(trigger.id)).toEqual([])
    await send('form.sent', two, { amount: 500 })
    await test.drain()
    expect(await firings(trigger.id)).toMatchObject([{ matched: 1, enrolled: 0, skipped: { 'not-in-audience': 1 } }])
    expect(await inside(campaign)).toEqual([])
  })

  it('hears what is recorded from its creation on, and nothing from before or while it was off', async () => {
    const [one, two, three, four] = await addCustomers(test, 4)
    await send('trial.began', one)
    const { campaign, trigger } = await listening({ event: 'trial.began' })
    await send('trial.began', two)
    await test.request('PATCH', `/triggers/${trigger.id}`, { body: { enabled: false } })
    await send('trial.began', three)
    await test.request('PATCH', `/triggers/${trigger.id}`, { body: { enabled: true } })
    await send('trial.began', four)
    await test.drain()
    // Switched off before it was told of the second, and from then on it hears anew.
    expect(await inside(campaign)).toEqual([four])
  })

  it('refuses for good what happens during a pause, also when it is told after it', async () => {
    const { campaign, trigger } = await listening({ event: 'order.paid' })
    const [one, two, three] = await addCustomers(test, 3)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await send('order.paid', one)
    await test.drain()
    await send('order.paid', two)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: {} })
    await send('order.paid', three)
    await test.drain()
    expect(await inside(campaign)).toEqual([three])
    const refused = (await firings(trigger.id)).filter(({ status }: { status: string }) => status === 'refused')
    expect(refused).toMatchObject([{ times: 2, enrolled: 0, error: 'The campaign was paused.' }])
  })

  it('goes on after a pause with what happened before it', async () => {
    const { campaign } = await listening({ event: 'lead.new' })
    const [one] = await addCustomers(test, 1)
    await send('lead.new', one)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await test.drain()
    expect(await inside(campaign)).toEqual([])
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: {} })
    await test.drain()
    expect(await inside(campaign)).toEqual([one])
  })

  it('hears what the program itself tells, and does not set off its own campaign without end', async () => {
    const tagging = {
      nodes: [
        ...waitingFlow().nodes.filter(({ type }) => type !== 'wait'),
        { id: 'tag', type: 'add-tag', title: 'Tag', config: { name: 'looped' } },
        { id: 'untag', type: 'remove-tag', title: 'Untag', config: { name: 'looped' } },
      ],
      edges: [
        { id: 'a', source: 'start', target: 'tag', when: null },
        { id: 'b', source: 'tag', target: 'untag', when: null },
        { id: 'c', source: 'untag', target: 'exit-1', when: null },
      ],
    }
    const filter = { rules: [{ input: 'tag', condition: 'equals', value: 'looped' }] }
    const { campaign } = await listening({ event: 'customer.tagged', filter }, { flow: tagging })
    const [one] = await addCustomers(test, 1)
    await test.request('PATCH', `/customers/${one}`, { body: { tags: ['looped'] } })
    await test.drain()
    expect(await runsOf(test.app, campaign)).toMatchObject([{ customer_id: one, status: 'succeeded' }])
  })

  it('understands the short names of message events', async () => {
    const { campaign } = await listening({ event: 'replied' })
    const [one] = await addCustomers(test, 1)
    await sql`
      insert into event (workspace_id, customer_id, name, occurred_at, at)
      values (${test.workspaceId}, ${one}, 'message.replied', clock_timestamp(), clock_timestamp())
    `.execute(test.app.db)
    await test.drain()
    expect(await inside(campaign)).toEqual([one])
  })

  it('hears nothing of another workspace', async () => {
    const { campaign } = await listening({ event: 'deal.won' })
    const key = test.otherWorkspace.adminKey
    const stranger = (await test.request('POST', '/customers', { body: { email: `${randomUUID()}@example.com` }, key }))
      .body
    await test.request('POST', '/events', { body: { name: 'deal.won', customer: { id: stranger.id } }, key })
    await test.drain()
    expect(await inside(campaign)).toEqual([])
  })

  it('does nothing in a draft', async () => {
    const draft = await makeDraft(test)
    const trigger = await addTrigger(test, draft, { type: 'event', config: { event: 'deal.open' } })
    const [one] = await addCustomers(test, 1)
    await send('deal.open', one)
    await test.request('POST', `/campaigns/${draft}/activate`, { body: {} })
    await test.drain()
    expect(await firings(trigger.id)).toEqual([])
  })
})

it('one event and a webhook and Run now for one customer make one run', async () => {
  const [one] = await addCustomers(test, 1)
  const campaign = await makeActive(test, { audience: { type: 'list', customerIds: [one] } })
  await addTrigger(test, campaign, { type: 'manual' })
  const trigger = await addTrigger(test, campaign, { type: 'event', config: { event: 'race.run' } })
  await Promise.all([
    test.request('POST', `/campaigns/${campaign}/run`),
    send('race.run', one),
    test.request('POST', `/triggers/${trigger.id}/test`, { body: { customerId: one } }),
  ])
  await test.drain()
  expect(await inside(campaign)).toEqual([one])
})
