import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive } from '../../test/campaign.ts'
import { peopleOf } from '../../test/people.ts'
import { countRules } from './count-sql.ts'
import { segmentRules } from './rules.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())
const { event, people, post } = peopleOf(() => test)

describe('a preview of rules', () => {
  it('counts the whole, each group and each rule by itself, shows who matches, and names what leaves nobody', async () => {
    const { ids, mine } = await people(
      { country: 'VN' },
      { country: 'VN', tags: ['peek'] },
      { country: 'DE', tags: ['peek'] },
    )
    const vietnam = { field: 'country', op: 'equals', value: 'VN' }
    const tagged = { tag: 'peek', op: 'contains' }
    const { status, body } = await post('/segments/preview', {
      rules: { all: [mine, { any: [{ all: [vietnam, tagged] }, { not: vietnam }] }] },
    })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.count).toBe(2)
    expect(body.counts).toMatchObject({ 'all.0': 3, 'all.1.any.0.all.1': 2 })
    expect(body.customers).toBeGreaterThanOrEqual(3)
    expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual([ids[1], ids[2]].sort())
    expect(body.blocker).toBe(null)
    const asked = async (customerId: string | undefined) =>
      (await post('/segments/preview', { rules: { all: [mine, vietnam] }, customerId })).body
    expect((await asked(ids[0])).customer).toMatchObject({ in: true })
    expect((await asked(ids[2])).customer).toEqual({ in: false, because: ['country is VN: it is DE'] })
    expect((await post('/segments/preview', { rules: vietnam, customerId: randomUUID() })).status).toBe(404)
    const nobody = await post('/segments/preview', {
      rules: { all: [mine, vietnam, { field: 'country', op: 'equals', value: 'DE' }] },
    })
    expect(nobody.body).toMatchObject({ count: 0, counts: { 'all.0': 3 }, blocker: 'all.2', items: [] })
    expect((await post('/segments/preview', { rules: { segment: randomUUID(), in: true } })).status).toBe(422)
  })
})

describe('a question that takes long', () => {
  /** Keeps everybody from reading customers until `work` is done. */
  async function whileLocked(work: (waiting: () => Promise<number>) => Promise<void>) {
    const client = await test.database.pool.connect()
    // Asked outside the transaction, which would know none of the connections that were made after its first look.
    const waiting = async () =>
      (
        await test.database.pool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).rows.length
    try {
      await client.query('begin; lock table customer in access exclusive mode')
      await work(waiting)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const rules = { field: 'country', op: 'equals', value: 'VN' }

  it('is broken off in the database as soon as the asker is gone', async () => {
    await whileLocked(async (waiting) => {
      const asker = new AbortController()
      const answer = fetch(`${test.url}/api/v1/segments/preview`, {
        method: 'POST',
        headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ rules }),
        signal: asker.signal,
      })
      await expect.poll(waiting).toBe(1)
      asker.abort()
      await expect(answer).rejects.toThrow()
      await expect.poll(waiting).toBe(0)
    })
    expect((await post('/segments/preview', { rules })).status).toBe(200)
  })

  it('is broken off after its time, and says so', async () => {
    await whileLocked(async () => {
      const asked = countRules(test.app.db, test.workspaceId, segmentRules.parse(rules), { timeoutMs: 100 })
      await expect(asked).rejects.toMatchObject({ code: 'too_slow', status: 503 })
    })
  })
})

describe('why', () => {
  it('names the rule that fails, with what the customer has instead', async () => {
    const { ids, mine } = await people({ country: 'DE', tags: ['trial'] }, { country: 'VN' })
    const rules = {
      all: [
        mine,
        { field: 'country', op: 'equals', value: 'VN' },
        { not: { tag: 'trial', op: 'contains' } },
        { event: 'deal.won', did: true, within: '30d' },
      ],
    }
    const segment = (await post('/segments', { name: 'Vietnam', kind: 'dynamic', rules })).body.id
    const audience = { type: 'segment', segmentId: segment }
    const { body } = await post('/audience/preview', { audience, customerId: ids[0] })
    expect(body.customer).toMatchObject({ in: false, reason: 'not-matched' })
    expect(body.customer.text).toContain('country is VN: it is DE')
    expect(body.customer.text).toContain('excluded because: tagged “trial”')
    expect(body.customer.text).toContain('did deal.won in the last 30 days: no')
    const campaign = await makeActive(test, { audience, enroll: 'none' })
    const why = await test.request('GET', `/customers/${ids[0]}/why?campaignId=${campaign}`)
    expect(why.body.because[0].text).toContain(
      'They are not in the segment “Vietnam”. What fails: country is VN: it is DE',
    )
    await event(ids[1], 'deal.won')
    const preview = await post('/segments/preview', { rules })
    expect(preview.body.items).toMatchObject([
      { id: ids[1], because: expect.arrayContaining(['country is VN', 'did deal.won in the last 30 days']) },
    ])
    expect((await post('/audience/preview', { audience, customerId: ids[1] })).body.customer.in).toBe(true)
  })
})

describe('what is known of customers', () => {
  it('lists the paths of an audience with their type, a sample and who has them', async () => {
    const { mine } = await people(
      {
        country: 'VN',
        attributes: { plan: { seats: 5 }, 'a.b': 1 },
        company: { name: 'Acme', domain: `k-${randomUUID()}.example` },
      },
      { attributes: { plan: { seats: 7, name: 'Pro' }, list: ['x'], nothing: null } },
    )
    const segment = (await post('/segments', { name: 'Mine', kind: 'dynamic', rules: mine })).body.id
    const { body } = await test.request('GET', `/customers/attributes?segmentId=${segment}`)
    const of = (path: string) => body.items.find((item: { path: string }) => item.path === path)
    expect(of('country')).toEqual({ path: 'country', type: 'string', sample: 'VN', share: 0.5 })
    expect(of('company.name')).toMatchObject({ sample: 'Acme', share: 0.5 })
    expect(of('attributes.plan.seats')).toMatchObject({ type: 'number', share: 1 })
    expect(of('attributes.plan.name')).toMatchObject({ type: 'string', sample: 'Pro', share: 0.5 })
    expect(of('attributes.list')).toMatchObject({ type: 'array' })
    for (const path of ['attributes.plan', 'attributes.a.b', 'attributes.nothing']) expect(of(path)).toBe(undefined)
    const audience = encodeURIComponent(JSON.stringify({ type: 'segment', segmentId: segment }))
    expect((await test.request('GET', `/customers/attributes?audience=${audience}`)).body).toEqual(body)
    expect((await test.request('GET', '/customers/attributes?audience=x')).status).toBe(422)
  })

  it('filters the list of customers and bulk actions by rules', async () => {
    const { ids, mine } = await people({ country: 'VN' }, { country: 'DE' })
    const rules = { all: [mine, { field: 'country', op: 'equals', value: 'VN' }] }
    const listed = await test.request('GET', `/customers?rules=${encodeURIComponent(JSON.stringify(rules))}`)
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([ids[0]])
    const done = await post('/customers/bulk', { filter: { rules }, action: 'addTag', tag: 'seen' })
    expect(done.body).toEqual({ matched: 1, changed: 1 })
    expect((await test.request('GET', '/customers?rules={')).status).toBe(422)
  })
})
