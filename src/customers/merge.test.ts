import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive, runsOf, settle } from '../../test/campaign.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const request = (method: string, path: string, body?: unknown) => test.request(method, path, { body })
let counter = 0
const customer = async (fields: Record<string, unknown> = {}): Promise<string> =>
  (await request('POST', '/customers', { email: `m${++counter}@example.com`, ...fields })).body.id
const merge = (loser: string, into: string) => request('POST', `/customers/${loser}/merge`, { into })
const enroll = async (campaign: string, ...customerIds: string[]) => {
  await request('POST', `/campaigns/${campaign}/enroll`, { customerIds })
  await settle(test.app)
}

it('keeps what the survivor has, fills what they lack, adds tags and segments up, and archives the other', async () => {
  const survivor = await customer({ firstName: 'Minh', tags: ['vip'], attributes: { plan: 'pro' } })
  const loser = await customer({
    firstName: 'M.',
    lastName: 'Tran',
    externalId: 'crm-1',
    tags: ['trial', 'vip'],
    attributes: { plan: 'free', seats: 5 },
    trackingConsent: 'no',
    company: { name: 'Acme' },
  })
  const segment = (await request('POST', '/segments', { name: 'Kept' })).body.id
  await request('POST', `/segments/${segment}/customers`, { customerIds: [loser] })
  const answer = await merge(loser, survivor)
  expect(answer).toMatchObject({
    status: 200,
    body: {
      customer: {
        id: survivor,
        firstName: 'Minh',
        lastName: 'Tran',
        externalId: 'crm-1',
        tags: ['vip', 'trial'],
        attributes: { plan: 'pro', seats: 5 },
        trackingConsent: 'no',
        company: { name: 'Acme' },
      },
      moved: { segments: 1 },
    },
  })
  expect((await request('GET', `/customers/${loser}`)).body).toMatchObject({
    archivedAt: expect.any(String),
    mergedInto: survivor,
  })
  const { items } = (await request('GET', `/segments/${segment}/customers`)).body
  expect(items.map(({ id }: { id: string }) => id)).toEqual([survivor])
})

it('lets a run of the loser alone go on as the survivor’s, with its history', async () => {
  const campaign = await makeActive(test)
  const [survivor, loser] = [await customer(), await customer()]
  await enroll(campaign, loser)
  const answer = await merge(loser, survivor)
  expect(answer.body.moved).toMatchObject({ runsMoved: 1, runsEnded: 0 })
  expect(await runsOf(test.app, campaign)).toMatchObject([
    { customer_id: survivor, status: 'running', node_id: 'wait-1' },
  ])
  const timeline = (await request('GET', `/customers/${survivor}/timeline`)).body.items
  expect(timeline.map(({ type }: { type: string }) => type)).toContain('step')
  await enroll(campaign, survivor)
  expect(await runsOf(test.app, campaign)).toHaveLength(1)
})

it('ends the loser’s live run where both were in a campaign, and the survivor counts as gone through', async () => {
  const campaign = await makeActive(test)
  const [survivor, loser] = [await customer(), await customer()]
  await enroll(campaign, survivor, loser)
  expect((await merge(loser, survivor)).body.moved).toMatchObject({ runsMoved: 0, runsEnded: 1 })
  const runs = await runsOf(test.app, campaign)
  expect(runs.find((run) => run.customer_id === loser)).toMatchObject({ status: 'canceled', reason: 'merged' })
  expect(runs.find((run) => run.customer_id === survivor)).toMatchObject({ status: 'running' })
  const { body } = await request('GET', `/campaigns/${campaign}`)
  expect(body.counts).toMatchObject({ inside: 1, finished: 1 })
  const fired = await request('POST', `/campaigns/${campaign}/enroll`, { customerIds: [survivor] })
  await settle(test.app)
  expect((await request('GET', `/firings/${fired.body.id}`)).body.skipped).toEqual({ inside: 1 })
})

it('holds the wish not to be written to, and the scores of both', async () => {
  const productId = (await request('POST', '/products', { name: 'Boat' })).body.id
  const criterion = async (name: string) =>
    (await request('POST', `/products/${productId}/criteria`, { name, type: 'conversation', weight: 0.5 })).body.id
  const [shared, alone] = [await criterion('Shared'), await criterion('Alone')]
  const [survivor, loser] = [await customer(), await customer()]
  const score = (id: string, criterionId: string, value: number) =>
    request('POST', `/customers/${id}/scores`, { criterionId, score: value })
  await score(survivor, shared, 0.2)
  await score(loser, shared, 0.9)
  await score(loser, alone, 0.5)
  await request('POST', '/suppressions', { customerId: loser, channel: 'email', reason: 'unsubscribe' })
  await merge(loser, survivor)
  const { items } = (await request('GET', `/customers/${survivor}/scores`)).body
  expect(items.map((one: { criterion: string; score: number }) => [one.criterion, one.score])).toEqual([
    ['Shared', 0.2],
    ['Alone', 0.5],
  ])
  const { rows } = await test.database.pool.query(
    'select channel from suppression where customer_id = $1 and lifted_at is null',
    [survivor],
  )
  expect(rows).toEqual([{ channel: 'email' }])
})

it('is refused for oneself, the archived, the unknown and other workspaces’ customers', async () => {
  const [one, two] = [await customer(), await customer()]
  expect(await merge(one, one)).toMatchObject({ status: 422, body: { errors: [{ path: 'into', code: 'same' }] } })
  await request('DELETE', `/customers/${two}`)
  expect((await merge(one, two)).status).toBe(409)
  expect((await merge(two, one)).status).toBe(409)
  const foreign = await test.request('POST', '/customers', {
    body: { email: 'f@example.com' },
    key: test.otherWorkspace.adminKey,
  })
  expect(await merge(one, foreign.body.id)).toMatchObject({ status: 422, body: { errors: [{ path: 'into' }] } })
  expect((await merge(foreign.body.id, one)).status).toBe(404)
})

it('merges once when it is asked for both ways at the same time', async () => {
  const [one, two] = [await customer(), await customer()]
  const campaign = await makeActive(test)
  await enroll(campaign, one, two)
  const answers = await Promise.all([merge(one, two), merge(two, one), merge(one, two)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
  expect((await runsOf(test.app, campaign)).filter(({ status }) => status === 'running')).toHaveLength(1)
})
