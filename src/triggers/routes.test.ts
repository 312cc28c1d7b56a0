import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, runsOf, settleFirings } from '../../test/campaign.ts'
import { addTrigger } from '../../test/triggers.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 2)
})
afterAll(() => test.close())

const schedule = { type: 'schedule', config: { cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' } }
const webhook = { type: 'webhook', config: { customerPath: '$.email' } }
const byEvent = { type: 'event', config: { event: 'deal.won' } }
const create = async (campaign: string, body: unknown) =>
  await test.request('POST', `/campaigns/${campaign}/triggers`, { body })
const enrollOf = async (campaign: string) => (await test.request('GET', `/campaigns/${campaign}`)).body.enroll

describe('triggers of a campaign', () => {
  it('are made, listed, changed and deleted, with what they do in words', async () => {
    const campaign = await makeDraft(test)
    const made = [
      await addTrigger(test, campaign, { type: 'manual' }),
      await addTrigger(test, campaign, schedule),
      await addTrigger(test, campaign, { ...webhook, enabled: false }),
      await addTrigger(test, campaign, byEvent),
    ]
    expect(made.map(({ sentence }) => sentence)).toEqual([
      'When somebody presses Run now',
      'Weekdays at 09:00 in Europe/Berlin',
      'When a signed call names a customer by email at $.email',
      'When “deal.won” happens to a customer',
    ])
    const { items } = (await test.request('GET', `/campaigns/${campaign}/triggers`)).body
    expect(items.map(({ id }: { id: string }) => id)).toEqual(made.map(({ id }) => id))
    expect(items.map(({ enabled }: { enabled: boolean }) => enabled)).toEqual([true, true, false, true])
    expect(items[2]).toMatchObject({
      url: `${test.url}/hooks/${items[2].url.split('/').at(-1)}`,
      config: { customerPath: '$.email', matchBy: 'email', createIfUnknown: false, mapping: {} },
    })
    const path = `/triggers/${made[3].id}`
    const filter = { rules: [{ input: 'amount', condition: 'not-empty' }] }
    const changed = await test.request('PATCH', path, { body: { config: { filter } }, headers: { 'if-match': '"1"' } })
    expect(changed.body).toMatchObject({ version: 2, config: { event: 'deal.won', filter: { match: 'all' } } })
    expect((await test.request('PATCH', path, { body: {}, headers: { 'if-match': '"1"' } })).status).toBe(412)
    const cleared = await test.request('PATCH', path, { body: { config: { filter: null } } })
    expect(cleared.body.config).toEqual({ event: 'deal.won' })
    expect((await test.request('DELETE', path)).status).toBe(204)
    expect((await test.request('GET', path)).status).toBe(404)
    expect((await test.request('GET', `/campaigns/${campaign}/triggers`)).body.items).toHaveLength(3)
  })

  it('belong to their workspace', async () => {
    const campaign = await makeDraft(test)
    const { id } = await addTrigger(test, campaign, webhook)
    const key = test.otherWorkspace.adminKey
    for (const [method, path, body] of [
      ['GET', `/campaigns/${campaign}/triggers`],
      ['POST', `/campaigns/${campaign}/triggers`, byEvent],
      ['GET', `/triggers/${id}`],
      ['PATCH', `/triggers/${id}`, { enabled: false }],
      ['DELETE', `/triggers/${id}`],
      ['POST', `/triggers/${id}/test`, { customerId: customers[0] }],
      ['POST', `/triggers/${id}/rotate-secret`],
      ['GET', `/triggers/${id}/firings`],
      ['GET', `/triggers/${id}/deliveries`],
    ] as const) {
      expect((await test.request(method, path, { key, ...(body && { body }) })).status).toBe(404)
    }
  })

  it.each([
    [{ type: 'schedule', config: { cron: '61 * * * *', timezone: 'UTC' } }, 'config.cron', 'invalid_cron'],
    [{ type: 'schedule', config: { cron: '0 9 * * * *', timezone: 'UTC' } }, 'config.cron', 'invalid_cron'],
    [{ type: 'schedule', config: { cron: '0 0 31 2 *', timezone: 'UTC' } }, 'config.cron', 'invalid_cron'],
    [{ type: 'schedule', config: { cron: '0 9 * * *', timezone: 'Mars/Base' } }, 'config.timezone', 'invalid_timezone'],
    [
      { type: 'webhook', config: { customerPath: '$[?(@.a.constructor("x")())]' } },
      'config.customerPath',
      'invalid_json_path',
    ],
    [{ type: 'webhook', config: { customerPath: 'email' } }, 'config.customerPath', 'invalid_json_path'],
    [
      { type: 'webhook', config: { customerPath: '$.e', mapping: { firstName: '$..a' } } },
      'config.mapping.firstName',
      'invalid_json_path',
    ],
    [
      { type: 'webhook', config: { customerPath: '$.e', matchBy: 'id', createIfUnknown: true } },
      'config.createIfUnknown',
      'invalid',
    ],
    [{ type: 'event', config: { event: 'Deal Won' } }, 'config.event', 'invalid_format'],
    [
      { type: 'event', config: { event: 'a', filter: { rules: [{ input: 'b', condition: 'equals' }] } } },
      'config.filter.rules.0.value',
      'invalid',
    ],
    [{ type: 'sms', config: {} }, 'type', 'invalid_value'],
  ])('are refused with what is wrong: %j', async (body, path, code) => {
    const campaign = await makeDraft(test)
    const answer = await create(campaign, body)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path, code }] } })
    expect((await test.request('GET', `/campaigns/${campaign}/triggers`)).body.items).toEqual([])
  })

  it('refuse a mapping to what no customer has', async () => {
    const campaign = await makeDraft(test)
    const config = { customerPath: '$.e', mapping: { claimedBy: '$.a' } }
    expect((await create(campaign, { type: 'webhook', config })).status).toBe(422)
  })

  it('have one manual one, and fifty at most', async () => {
    const campaign = await makeDraft(test)
    await addTrigger(test, campaign, { type: 'manual' })
    expect((await create(campaign, { type: 'manual' })).status).toBe(409)
    for (let n = 1; n < 50; n += 1) await addTrigger(test, campaign, byEvent)
    expect((await create(campaign, byEvent)).status).toBe(422)
  })

  it('are not copied by Duplicate', async () => {
    const campaign = await makeDraft(test)
    await addTrigger(test, campaign, schedule)
    const copy = (await test.request('POST', `/campaigns/${campaign}/duplicate`)).body.id
    expect((await test.request('GET', `/campaigns/${copy}/triggers`)).body.items).toEqual([])
  })
})

describe('a campaign with triggers that fire by themselves', () => {
  it('is activated without a choice of who enrolls, and refuses one', async () => {
    for (const body of [schedule, webhook, byEvent]) {
      const campaign = await makeDraft(test)
      await addTrigger(test, campaign, body)
      for (const enroll of ['keep', 'now']) {
        expect(await test.request('POST', `/campaigns/${campaign}/activate`, { body: { enroll } })).toMatchObject({
          status: 422,
          body: { errors: [{ path: 'enroll', code: 'has_triggers' }] },
        })
      }
      const active = await test.request('POST', `/campaigns/${campaign}/activate`)
      expect(active).toMatchObject({ status: 200, body: { status: 'active', enroll: 'none' } })
      await test.drain()
      expect(await runsOf(test.app, campaign)).toEqual([])
    }
  })

  it('is like any other while they are switched off, or with a manual one alone', async () => {
    for (const body of [{ ...schedule, enabled: false }, { type: 'manual' }]) {
      const campaign = await makeDraft(test)
      await addTrigger(test, campaign, body)
      await test.request('POST', `/campaigns/${campaign}/activate`)
      expect(await enrollOf(campaign)).toBe('keep')
    }
  })

  it('stops to keep enrolling when the first is added or switched on, and does not begin again', async () => {
    const campaign = await makeActive(test, { enroll: 'keep' })
    const { id } = await addTrigger(test, campaign, { ...byEvent, enabled: false })
    expect(await enrollOf(campaign)).toBe('keep')
    await test.request('PATCH', `/triggers/${id}`, { body: { enabled: true } })
    expect(await enrollOf(campaign)).toBe('none')
    const keep = async () => await test.request('PATCH', `/campaigns/${campaign}`, { body: { enroll: 'keep' } })
    expect(await keep()).toMatchObject({ status: 422, body: { errors: [{ path: 'enroll', code: 'has_triggers' }] } })
    await test.request('PATCH', `/triggers/${id}`, { body: { enabled: false } })
    expect(await enrollOf(campaign)).toBe('none')
    expect((await keep()).status).toBe(200)
  })

  it('takes Run now with a manual trigger beside them, and refuses it without', async () => {
    const campaign = await makeActive(test)
    await addTrigger(test, campaign, schedule)
    const refused = await test.request('POST', `/campaigns/${campaign}/run`)
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'wrong_state', detail: expect.stringContaining('schedule') },
    })
    const manual = await addTrigger(test, campaign, { type: 'manual' })
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    expect(fired).toMatchObject({ status: 202, body: { type: 'manual', triggerId: manual.id } })
    await settleFirings(test.app)
    const { items } = (await test.request('GET', `/triggers/${manual.id}/firings`)).body
    expect(items).toMatchObject([{ id: fired.body.id, status: 'done', enrolled: 2 }])
  })
})

describe('fire once for this customer', () => {
  it('enrolls them for real, and says why not when they were passed over', async () => {
    const [one, two] = customers
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: [one] } })
    const { id } = await addTrigger(test, campaign, { ...webhook, enabled: false })
    const fire = async (body: unknown) =>
      await test.request('POST', `/triggers/${id}/test`, { body, key: test.memberKey })
    expect(await fire({ customerId: one, payload: { plan: 'pro' } })).toMatchObject({
      status: 202,
      body: { type: 'test', status: 'done', customerId: one, enrolled: 1, payload: { plan: 'pro' } },
    })
    expect((await fire({ customerId: one })).body).toMatchObject({ enrolled: 0, skipped: { inside: 1 } })
    expect((await fire({ customerId: two })).body).toMatchObject({ enrolled: 0, skipped: { 'not-in-audience': 1 } })
    expect(await fire({ customerId: randomUUID() })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'customerId' }] },
    })
    expect(await runsOf(test.app, campaign)).toHaveLength(1)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    expect((await fire({ customerId: two })).status).toBe(409)
  })
})
