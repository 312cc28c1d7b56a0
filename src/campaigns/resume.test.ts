import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf, settle, waitingFlow } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 10)
})
afterAll(() => test.close())

const audience = () => ({ type: 'list', customerIds: customers })

/** Puts a paused campaign's instants back, as if the pause had begun so many minutes ago. */
async function pausedSince(campaign: string, minutes: number): Promise<void> {
  const { db } = test.app
  await sql`update campaign set paused_at = paused_at - make_interval(mins => ${minutes}) where id = ${campaign}`.execute(
    db,
  )
  await sql`update run set wake_at = wake_at - make_interval(mins => ${minutes}) where campaign_id = ${campaign}`.execute(
    db,
  )
}

/** All customers at an hour's wait, and the campaign paused for so many minutes. */
async function pausedAtWait(minutes: number): Promise<string> {
  const campaign = await makeActive(test, { audience: audience(), enroll: 'now' })
  await settle(test.app)
  await test.request('POST', `/campaigns/${campaign}/pause`)
  await pausedSince(campaign, minutes)
  return campaign
}

const preview = async (campaign: string) => (await test.request('GET', `/campaigns/${campaign}/resume-preview`)).body
const ended = async (campaign: string) =>
  (await runsOf(test.app, campaign)).filter(({ status }) => status !== 'running').length

describe('the preview of a resume', () => {
  it('says who is overdue by the wall clock, where, and how many go on with either choice', async () => {
    const campaign = await pausedAtWait(90)
    // One was due before the pause began: it goes on whatever is chosen.
    await sql`update run set wake_at = wake_at - interval '2 hours' where campaign_id = ${campaign} and customer_id = ${customers[0]}`.execute(
      test.app.db,
    )
    // Another has more than the pause left.
    await sql`update run set wake_at = wake_at + interval '2 hours' where campaign_id = ${campaign} and customer_id = ${customers[1]}`.execute(
      test.app.db,
    )
    expect(await preview(campaign)).toMatchObject({
      pausedAt: expect.any(String),
      inside: 10,
      overdue: 9,
      exact: true,
      atOnce: { keep: 1, continue: 9 },
      nodes: [{ nodeId: 'wait-1', title: 'Wait a while', overdue: 9 }],
      queuedMessages: 0,
    })
    const listed = await test.request('GET', `/campaigns/${campaign}/runs?overdue=true&nodeId=wait-1&here=true`)
    expect(listed.body.items).toHaveLength(9)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: { waits: 'keep' } })
    await settle(test.app)
    expect(await ended(campaign)).toBe(1)
  })

  it('says whom a held firing and whoever matches by now would bring in, and when the last are through', async () => {
    const campaign = await makeActive(test, { audience: audience(), enroll: 'none' })
    await test.request('POST', `/campaigns/${campaign}/enroll`, { body: { customerIds: customers.slice(0, 4) } })
    await settle(test.app)
    await test.request('POST', `/campaigns/${campaign}/run`)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    expect(await preview(campaign)).toMatchObject({
      sending: { keep: { messages: 0 }, continue: { messages: 0 } },
      enrolling: { firings: 1, customers: 6 },
    })
    const { body } = await test.request('GET', `/campaigns/${campaign}/complete-preview`)
    expect(body).toMatchObject({ inside: 4, exact: true, untold: [], last: { atLeast: false } })
    const aheadMs = Date.parse(body.last.keep) - Date.now()
    expect(aheadMs).toBeGreaterThan(50 * 60_000)
    expect(aheadMs).toBeLessThan(61 * 60_000)
    const foreign = await test.request('GET', `/campaigns/${campaign}/complete-preview`, {
      key: test.otherWorkspace.adminKey,
    })
    expect(foreign.status).toBe(404)
  })

  it('is refused with the state unless the campaign is paused', async () => {
    const answer = await test.request('GET', `/campaigns/${await makeActive(test)}/resume-preview`)
    expect(answer.body).toMatchObject({ status: 409, code: 'wrong_state', state: 'active' })
  })
})

describe('a wait until a date', () => {
  const untilTomorrow = () => {
    const flow = waitingFlow()
    const untilDate = new Date(Date.now() + 86_400_000).toISOString()
    return {
      ...flow,
      nodes: flow.nodes.map((node) =>
        node.type === 'wait' ? { ...node, config: { waitType: 'until-date', untilDate } } : node,
      ),
    }
  }

  it.each(['keep', 'continue'])('keeps its date when waits %s', async (waits) => {
    const campaign = await makeActive(test, { audience: audience(), enroll: 'now', flow: untilTomorrow() })
    await settle(test.app)
    const [run] = await runsOf(test.app, campaign)
    const wakeAt = async () => (await test.request('GET', `/runs/${run?.id}`)).body.wakeAt
    const before = await wakeAt()
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await pausedSince(campaign, 90)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: { waits } })
    expect(await wakeAt()).toBe(before)
  })

  it('that was over during the pause goes on at once, and is shown as overdue', async () => {
    const campaign = await makeActive(test, { audience: audience(), enroll: 'now', flow: untilTomorrow() })
    await settle(test.app)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await sql`update run set wake_on = now() - interval '1 minute' where campaign_id = ${campaign}`.execute(test.app.db)
    expect(await preview(campaign)).toMatchObject({ overdue: 10, atOnce: { keep: 10, continue: 10 } })
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await settle(test.app)
    expect(await ended(campaign)).toBe(10)
  })
})

describe('a reply window', () => {
  const mailFlow = (credentialId: string) => ({
    nodes: [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      {
        id: 'mail',
        type: 'email-send',
        title: 'Mail',
        config: { credentialId, subject: 'Hi', body: 'Hi', replyTimeoutMs: 3_600_000 },
      },
      { id: 'yes', type: 'exit', title: 'Yes', config: {} },
      { id: 'no', type: 'exit', title: 'No', config: {} },
    ],
    edges: [
      { id: 'e1', source: 'start', target: 'mail', when: null },
      { id: 'e2', source: 'mail', target: 'yes', when: 'replied' },
      { id: 'e3', source: 'mail', target: 'no', when: null },
    ],
  })

  it.each([
    ['keep', 60],
    ['continue', 50],
  ])('with waits %s has %i of 60 minutes left after a pause of ten', async (waits, left) => {
    const credentials = (await test.request('GET', '/credentials')).body.items
    const sandbox = credentials.find((one: { type: string }) => one.type === 'sandbox').id
    const campaign = await makeActive(test, { audience: audience(), enroll: 'now', flow: mailFlow(sandbox) })
    await test.drain()
    const [run] = await runsOf(test.app, campaign)
    const minutes = (at: string) => Math.round((Date.parse(at) - Date.now()) / 60_000)
    const read = async () => (await test.request('GET', `/runs/${run?.id}`)).body
    expect(minutes((await read()).wakeAt)).toBe(60)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await pausedSince(campaign, 10)
    expect(await read()).toMatchObject({ wakeAt: null, nodeId: 'mail' })
    expect(Math.round((await read()).remainingMs / 60_000)).toBe(60)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: { waits } })
    expect(minutes((await read()).wakeAt)).toBe(left)
  })
})

describe('a spread', () => {
  /** Lets so many minutes of the spread go by. */
  const later = (campaign: string, minutes: number) =>
    sql`
      update campaign set spread_from = spread_from - make_interval(mins => ${minutes}), spread_until = spread_until - make_interval(mins => ${minutes})
      where id = ${campaign}
    `.execute(test.app.db)
  const spread = async (campaign: string) => (await test.request('GET', `/campaigns/${campaign}`)).body.spread

  it('lets the overdue go evenly over the hours, whatever the number of workers, and holds up nobody else', async () => {
    const campaign = await pausedAtWait(90)
    const answer = await test.request('POST', `/campaigns/${campaign}/resume`, {
      body: { waits: 'continue', spreadHours: 1 },
    })
    expect(answer.body).toMatchObject({
      status: 'active',
      spread: { total: 10, released: 0 },
      moves: [{ detail: { waits: 'continue', spreadHours: 1, spread: 10 } }, {}, {}],
    })
    await Promise.all([1, 2, 3, 4].map(() => settle(test.app)))
    expect([await ended(campaign), await spread(campaign)]).toMatchObject([1, { released: 1 }])
    const run = (await runsOf(test.app, campaign)).find(({ status }) => status === 'running')
    expect((await test.request('GET', `/runs/${run?.id}`)).body.now).toEqual({
      text: 'Waits at “Wait a while” for its turn: whoever was overdue goes on one after the other.',
      until: (await spread(campaign)).until,
    })

    await later(campaign, 30)
    await Promise.all([1, 2, 3, 4].map(() => settle(test.app)))
    expect([await ended(campaign), await spread(campaign)]).toMatchObject([6, { released: 6 }])

    const [newcomer = ''] = await addCustomers(test, 1)
    await test.request('POST', `/campaigns/${campaign}/enroll`, { body: { customerIds: [newcomer] } })
    await settle(test.app)
    const theirs = (await runsOf(test.app, campaign)).find(({ customer_id }) => customer_id === newcomer)
    expect(theirs).toMatchObject({ node_id: 'wait-1', status: 'running' })

    await later(campaign, 31)
    await settle(test.app)
    expect([await ended(campaign), await spread(campaign)]).toEqual([10, null])
  })

  it('ends with the next pause, and goes on when the campaign is completed', async () => {
    const campaign = await pausedAtWait(90)
    await test.request('POST', `/campaigns/${campaign}/complete`, { body: { waits: 'continue', spreadHours: 1 } })
    await settle(test.app)
    expect([await ended(campaign), await spread(campaign)]).toMatchObject([1, { total: 10 }])
    await test.request('POST', `/campaigns/${campaign}/reopen`)
    expect(await spread(campaign)).toMatchObject({ total: 10, released: 1 })
    await test.request('POST', `/campaigns/${campaign}/pause`)
    expect(await spread(campaign)).toBeNull()
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await settle(test.app)
    expect(await ended(campaign)).toBe(10)
  })

  it('counts those whose date came during the pause, too', async () => {
    const flow = waitingFlow()
    const untilDate = new Date(Date.now() + 86_400_000).toISOString()
    const dated = flow.nodes.map((node) =>
      node.type === 'wait' ? { ...node, config: { waitType: 'until-date', untilDate } } : node,
    )
    const campaign = await makeActive(test, { audience: audience(), enroll: 'now', flow: { ...flow, nodes: dated } })
    await settle(test.app)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await sql`update run set wake_on = now() - interval '1 minute' where campaign_id = ${campaign}`.execute(test.app.db)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: { spreadHours: 1 } })
    await settle(test.app)
    expect(await ended(campaign)).toBe(1)
    await later(campaign, 61)
    await settle(test.app)
    expect(await ended(campaign)).toBe(10)
  })

  it('refuses hours that are none, by name', async () => {
    const campaign = await pausedAtWait(90)
    for (const spreadHours of [0, -1, 721, 'two']) {
      const answer = await test.request('POST', `/campaigns/${campaign}/resume`, { body: { spreadHours } })
      expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, 'spreadHours'])
    }
    expect((await test.request('GET', `/campaigns/${campaign}`)).body.status).toBe('paused')
  })
})
