import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle, waitingFlow } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let sandbox: string
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 10)
  const { items } = (await test.request('GET', '/credentials')).body
  sandbox = items.find((one: { type: string }) => one.type === 'sandbox').id
})
afterAll(() => test.close())

const hourMs = 3_600_000
const audience = () => ({ type: 'list', customerIds: customers })
const mailFlow = () => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    { id: 'mail', type: 'email-send', title: 'Mail', config: { credentialId: sandbox, subject: 'Hi', body: 'Hi' } },
    { id: 'end', type: 'exit', title: 'End', config: {} },
  ],
  edges: [
    { id: 'e1', source: 'start', target: 'mail', when: null },
    { id: 'e2', source: 'mail', target: 'end', when: null },
  ],
})

async function ahead(campaign: string) {
  const { body } = await test.request('GET', `/campaigns/${campaign}/upcoming`)
  const hours: { at: string; waitsEnding: number; messagesQueued: number }[] = body.hours
  const filled = (pick: (hour: (typeof hours)[number]) => number) =>
    Object.fromEntries(hours.flatMap((hour, index) => (pick(hour) > 0 ? [[index, pick(hour)]] : [])))
  return {
    ...body,
    hours,
    waits: filled(({ waitsEnding }) => waitsEnding),
    messages: filled(({ messagesQueued }) => messagesQueued),
  }
}

/** All customers at a wait of an hour that ends at the half of the hour that is so many from now. */
async function waitingUntil(offsets: readonly number[]): Promise<string> {
  const campaign = await makeActive(test, { audience: audience(), enroll: 'now' })
  await settle(test.app)
  for (const [index, offset] of offsets.entries()) {
    await sql`update run set wake_at = date_trunc('hour', now()) + make_interval(hours => ${offset}, mins => 30)
      where campaign_id = ${campaign} and customer_id = ${customers[index]}`.execute(test.app.db)
  }
  return campaign
}

describe('what goes on in the next 24 hours', () => {
  it('counts the waits that end by the hour, the overdue in the first, those of tomorrow in none', async () => {
    const campaign = await waitingUntil([-3, 1, 1, 2, 5, 5, 5, 23, 24, 40])
    const found = await ahead(campaign)
    expect(found).toMatchObject({ paused: false, exact: true, messagesHeld: 0 })
    expect(found.waits).toEqual({ 0: 1, 1: 2, 2: 1, 5: 3, 23: 1 })
    expect(found.messages).toEqual({})
    expect(found.hours).toHaveLength(24)
    const starts = found.hours.map(({ at }: { at: string }) => Date.parse(at))
    expect(starts.map((at: number) => at - starts[0])).toEqual(starts.map((_: number, index: number) => index * hourMs))
    expect(starts[0] % hourMs).toBe(0)
  })

  it('counts a wait until a date by the wall clock', async () => {
    const flow = waitingFlow()
    const untilDate = new Date((Math.floor(Date.now() / hourMs) + 7) * hourMs + 600_000).toISOString()
    for (const node of flow.nodes)
      if (node.type === 'wait') Object.assign(node, { config: { waitType: 'until-date', untilDate } })
    const campaign = await makeActive(test, { audience: audience(), enroll: 'now', flow })
    await settle(test.app)
    const found = await ahead(campaign)
    expect(Object.values(found.waits)).toEqual([10])
    expect(found.hours.find(({ waitsEnding }: { waitsEnding: number }) => waitsEnding > 0)?.at).toBe(
      new Date(Date.parse(untilDate) - 600_000).toISOString(),
    )
  })

  it('moves the hours of a paused campaign with the pause, and says that it is paused', async () => {
    const campaign = await waitingUntil([2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await sql`update campaign set paused_at = paused_at - interval '3 hours' where id = ${campaign}`.execute(
      test.app.db,
    )
    expect(await ahead(campaign)).toMatchObject({ paused: true, waits: { 5: 10 } })
  })

  it('puts messages where the limits of their sender let them leave, and holds them while sending is stopped', async () => {
    const campaign = await makeActive(test, { audience: audience(), enroll: 'now', flow: mailFlow() })
    await settle(test.app)
    expect((await ahead(campaign)).messages).toEqual({ 0: 10 })
    const limit = (limits: object) =>
      sql`update credential set limits = ${JSON.stringify(limits)}::jsonb where id = ${sandbox}`.execute(test.app.db)
    await sql`update message set send_after = date_trunc('hour', now()) + interval '3 hours' where campaign_id = ${campaign}`.execute(
      test.app.db,
    )
    await limit({ perHour: 4 })
    expect((await ahead(campaign)).messages).toEqual({ 3: 4, 4: 4, 5: 2 })
    await limit({ perHour: 4, perDay: 6 })
    expect((await ahead(campaign)).messages).toEqual({ 3: 4, 4: 2 })
    await sql`update credential set health = 'dead' where id = ${sandbox}`.execute(test.app.db)
    expect(await ahead(campaign)).toMatchObject({ messages: {}, messagesHeld: 10 })
    await sql`update credential set health = 'ok', limits = '{}' where id = ${sandbox}`.execute(test.app.db)
  })

  it('gives those who were overdue on resume their turns over the hours that were chosen', async () => {
    const campaign = await waitingUntil([-1, -1, -1, -1, -1, -1, -1, -1, -1, -1])
    await test.request('POST', `/campaigns/${campaign}/pause`)
    const resumed = await test.request('POST', `/campaigns/${campaign}/resume`, {
      body: { waits: 'continue', spreadHours: 10 },
    })
    expect(resumed.body.spread).toMatchObject({ total: 10 })
    const { waits } = await ahead(campaign)
    expect(Object.values(waits as Record<string, number>).reduce((sum, n) => sum + n, 0)).toBe(10)
    expect(Math.max(...Object.values(waits as Record<string, number>))).toBeLessThanOrEqual(2)
  })

  it('is nothing in a draft, and not found in another workspace', async () => {
    const { body } = await test.request('POST', '/campaigns', { body: { name: 'Draft', audience: { type: 'all' } } })
    expect(await ahead(body.id)).toMatchObject({ waits: {}, messages: {}, exact: true })
    const answer = await test.request('GET', '/campaigns/01900000-0000-7000-8000-000000000000/upcoming')
    expect(answer.status).toBe(404)
  })
})
