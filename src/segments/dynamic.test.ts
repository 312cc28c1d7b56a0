import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive } from '../../test/campaign.ts'
import { countRules } from './count-sql.ts'
import { segmentRules } from './rules.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const post = (path: string, body: unknown) => test.request('POST', path, { body })

/** Makes customers, each with a mark of this call as an attribute, so that rules of a test look at them alone. */
async function people(...given: Record<string, unknown>[]) {
  const mark = randomUUID()
  const ids: string[] = []
  for (const [index, { attributes = {}, ...fields }] of given.entries()) {
    const email = `p${index}-${mark}@example.com`
    const body = { email, ...fields, attributes: { ...(attributes as object), mark } }
    const answer = await post('/customers', body)
    expect(answer.status, JSON.stringify(answer.body)).toBe(201)
    ids.push(answer.body.id)
  }
  const mine = { field: 'attributes.mark', op: 'equals', value: mark }
  /** The places of those whom rules match. */
  const matched = async (rule: unknown): Promise<number[]> => {
    const made = await post('/segments', { name: 'Some', kind: 'dynamic', rules: { all: [mine, rule] } })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const { body } = await test.request('GET', `/segments/${made.body.id}/customers`)
    const places = body.items.map(({ id }: { id: string }) => ids.indexOf(id)).sort()
    expect(made.body.customers).toBe(places.length)
    return places
  }
  return { ids, matched, mine }
}

const event = async (id: string | undefined, name: string, more: Record<string, unknown> = {}) =>
  expect((await post('/events', { name, customer: { id }, ...more })).status).toBe(202)

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

describe('rules of a dynamic segment', () => {
  it('look at fields of customer and company, whatever type an attribute has', async () => {
    const { ids, matched } = await people(
      {
        country: 'VN',
        firstName: '=cmd()',
        company: { name: 'Acme', domain: `a-${randomUUID()}.example`, industry: 'Fintech' },
      },
      { country: 'DE', firstName: '😀 مرحبا', attributes: { seats: 25, plan: { name: 'Pro' }, renewsAt: daysAgo(-3) } },
      { attributes: { seats: '7', plan: { name: ['basic', 'PRO'] }, renewsAt: daysAgo(40) } },
      { attributes: { seats: 1e300, plan: 'pro', renewsAt: 'soon' }, tags: ['VIP'] },
    )
    expect(await matched({ field: 'country', op: 'equals', value: ' vn ' })).toEqual([0])
    expect(await matched({ field: 'customer.country', op: 'in', value: ['de', 'VN'] })).toEqual([0, 1])
    expect(await matched({ field: 'country', op: 'not-in', value: ['de'] })).toEqual([0, 2, 3])
    expect(await matched({ field: 'country', op: 'empty' })).toEqual([2, 3])
    expect(await matched({ field: 'firstName', op: 'equals', value: '=CMD()' })).toEqual([0])
    expect(await matched({ field: 'firstName', op: 'contains', value: 'مرحبا' })).toEqual([1])
    expect(await matched({ field: 'company.industry', op: 'equals', value: 'fintech' })).toEqual([0])
    expect(await matched({ field: 'attributes.seats', op: 'greater-than', value: 6 })).toEqual([1, 2, 3])
    expect(await matched({ field: 'attributes.plan.name', op: 'contains', value: 'pro' })).toEqual([1, 2])
    expect(await matched({ field: 'attributes.plan.name', op: 'empty' })).toEqual([0, 3])
    expect(await matched({ field: 'attributes.renewsAt', op: 'within', value: '+7d' })).toEqual([1])
    expect(await matched({ field: 'attributes.renewsAt', op: 'before', value: '30d' })).toEqual([2])
    expect(await matched({ field: 'attributes.renewsAt', op: 'after', value: '1999-01-01' })).toEqual([1, 2])
    expect(await matched({ field: 'createdAt', op: 'within', value: '1h' })).toEqual([0, 1, 2, 3])
    expect(await matched({ field: 'createdAt', op: 'before', value: '2020-01-01' })).toEqual([])
    expect(await matched({ tag: 'vip', op: 'contains' })).toEqual([3])
    expect(await matched({ tag: 'vip', op: 'not-contains' })).toEqual([0, 1, 2])
    await post('/customers/bulk', { customerIds: [ids[2]], action: 'assign', memberId: test.owner.memberId })
    expect(await matched({ field: 'claimedBy', op: 'equals', value: test.owner.memberId })).toEqual([2])
  })

  it('take what looks like SQL or a template for a text', async () => {
    const nasty = `'; drop table customer; -- {{x}} %_\\ "`
    const { matched } = await people({ lastName: nasty, tags: [nasty], attributes: { "o'brien": nasty } }, {})
    expect(await matched({ field: 'lastName', op: 'equals', value: nasty })).toEqual([0])
    expect(await matched({ field: 'lastName', op: 'contains', value: '%_\\' })).toEqual([0])
    expect(await matched({ tag: nasty, op: 'equals' })).toEqual([0])
    expect(await matched({ field: "attributes.o'brien", op: 'ends-with', value: '"' })).toEqual([0])
    expect(await matched({ field: 'attributes.{x,y}"', op: 'not-empty' })).toEqual([])
  })

  it('group with all, any and not, nested', async () => {
    const { matched } = await people(
      { country: 'VN', tags: ['a'] },
      { country: 'VN' },
      { country: 'DE', tags: ['a'] },
      {},
    )
    const vietnam = { field: 'country', op: 'equals', value: 'VN' }
    const tagged = { tag: 'a', op: 'contains' }
    expect(await matched({ any: [vietnam, tagged] })).toEqual([0, 1, 2])
    expect(await matched({ not: vietnam })).toEqual([2, 3])
    expect(await matched({ not: { any: [vietnam, { not: tagged }] } })).toEqual([2])
    expect(await matched({ any: [{ all: [vietnam, tagged] }, { not: { any: [vietnam, tagged] } }] })).toEqual([0, 3])
  })

  it('look at events: did or did not, how often, since when, and with which properties', async () => {
    const { ids, matched } = await people({}, {}, {}, {})
    await event(ids[0], 'order.paid', { properties: { amount: 100 }, occurredAt: daysAgo(1) })
    await event(ids[0], 'order.paid', { properties: { amount: 900 }, occurredAt: daysAgo(2) })
    await event(ids[1], 'order.paid', { properties: { amount: '500' }, occurredAt: daysAgo(90) })
    await event(ids[2], 'order.lost')
    expect(await matched({ event: 'order.paid', did: true })).toEqual([0, 1])
    expect(await matched({ event: 'order.paid', did: false })).toEqual([2, 3])
    expect(await matched({ event: 'order.paid', did: true, count: 2 })).toEqual([0])
    expect(await matched({ event: 'order.paid', did: false, count: 2 })).toEqual([1, 2, 3])
    expect(await matched({ event: 'order.paid', did: true, within: '7d' })).toEqual([0])
    expect(await matched({ event: 'order.paid', did: false, within: '7d' })).toEqual([1, 2, 3])
    const large = { rules: [{ input: 'amount', condition: 'greater-than', value: 400 }] }
    expect(await matched({ event: 'order.paid', did: true, filter: large })).toEqual([0, 1])
    expect(
      await matched({
        not: {
          any: [
            { event: 'order.paid', did: true },
            { event: 'order.lost', did: true },
          ],
        },
      }),
    ).toEqual([3])
  })

  it('look at other segments, static and dynamic', async () => {
    const { ids, matched, mine } = await people({ country: 'VN' }, { country: 'VN' }, { country: 'DE' })
    const list = (await post('/segments', { name: 'List' })).body.id
    await post(`/segments/${list}/customers`, { customerIds: [ids[0], ids[2]] })
    const rules = { all: [mine, { field: 'country', op: 'equals', value: 'VN' }] }
    const vietnam = (await post('/segments', { name: 'Vietnam', kind: 'dynamic', rules })).body.id
    expect(await matched({ segment: list, in: true })).toEqual([0, 2])
    expect(await matched({ segment: list, in: false })).toEqual([1])
    expect(
      await matched({
        all: [
          { segment: list, in: true },
          { segment: vietnam, in: true },
        ],
      }),
    ).toEqual([0])
    expect(await matched({ segment: vietnam, in: false })).toEqual([2])
    expect(await matched({ segment: vietnam.toUpperCase(), in: true })).toEqual([0, 1])
  })

  it('look at the score on a product: the weighted mean of the latest scores', async () => {
    const { ids, matched } = await people({}, {}, {})
    const product = (await post('/products', { name: 'Plan' })).body.id
    const criterion = async (name: string, weight: number) =>
      (await post(`/products/${product}/criteria`, { name, type: 'profile', weight })).body.id
    const [heavy, light] = [await criterion('Heavy', 0.75), await criterion('Light', 0.25)]
    const score = (customer: string | undefined, criterionId: string, value: number) =>
      test.database.pool.query(
        'insert into fit_score (customer_id, criterion_id, workspace_id, score) values ($1, $2, $3, $4)',
        [customer, criterionId, test.workspaceId, value],
      )
    await score(ids[0], heavy, 0.8)
    await score(ids[0], light, 0)
    await score(ids[1], light, 0.2)
    const on = { score: { productId: product } }
    expect(await matched({ ...on, op: 'equals', value: 0.6 })).toEqual([0])
    expect(await matched({ ...on, op: 'greater-than', value: 0.2 })).toEqual([0])
    expect(await matched({ ...on, op: 'less-than', value: 0.5 })).toEqual([1])
    expect(await matched({ ...on, op: 'not-equals', value: 0.6 })).toEqual([1, 2])
    expect(await matched({ ...on, op: 'empty' })).toEqual([2])
  })

  it('look at what became of a customer in a campaign', async () => {
    const { ids, matched } = await people({}, {}, {})
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: ids.slice(0, 2) }, enroll: 'now' })
    await test.drain()
    const state = (given: string) => matched({ campaign, state: given })
    expect(await state('entered')).toEqual([0, 1])
    expect(await state('never-in')).toEqual([2])
    const { rows } = await test.database.pool.query('select id from run where customer_id = $1', [ids[0]])
    await post(`/runs/${rows[0].id}/cancel`, {})
    expect(await state('inside')).toEqual([1])
    expect(await state('went-through')).toEqual([0])
    expect(await state('canceled')).toEqual([0])
    expect(await state('finished')).toEqual([])
    expect(await state('replied')).toEqual([])
    await test.request('POST', `/campaigns/${campaign}/archive`, { body: {} })
    expect(await state('inside')).toEqual([])
    expect(await state('went-through')).toEqual([0, 1])
  })

  it('are refused with the path of what is wrong', async () => {
    const refused = async (rules: unknown) => {
      const { status, body } = await post('/segments', { name: 'Bad', kind: 'dynamic', rules })
      expect(status, JSON.stringify(rules)).toBe(422)
      return body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)
    }
    const country = { field: 'country', op: 'equals', value: 'VN' }
    const deep = (levels: number): unknown => (levels === 0 ? country : { all: [deep(levels - 1)] })
    expect(await refused(undefined)).toEqual(['rules required'])
    expect(await refused({ all: [] })).toEqual(['rules.all too_small'])
    expect(await refused({ all: [{ ...country, field: 'contry' }] })).toEqual(['rules.all.0.field unknown_field'])
    expect(await refused({ any: [country, { ...country, op: 'like' }] })).toEqual(['rules.any.1.op invalid_value'])
    expect(await refused({ all: [{ field: 'country', op: 'equals' }] })).toEqual(['rules.all.0.value required'])
    expect(await refused({ all: [{ field: 'country', op: 'in', value: 'VN' }] })).toEqual([
      'rules.all.0.value invalid_type',
    ])
    expect(await refused({ not: { field: 'createdAt', op: 'within', value: '7 moons' } })).toEqual([
      'rules.not.value invalid_span',
    ])
    expect(await refused({ not: { field: 'createdAt', op: 'after', value: '2027-13-01' } })).toEqual([
      'rules.not.value invalid_date',
    ])
    expect(await refused({ all: [{ event: 'Deal won', did: true }] })).toEqual(['rules.all.0.event invalid_format'])
    expect(await refused({ all: [{ event: 'deal.won', did: true, count: 0 }] })).toEqual([
      'rules.all.0.count too_small',
    ])
    expect(await refused({ all: [{ segment: randomUUID(), in: true }] })).toEqual([
      'rules.all.0.segment unknown_segment',
    ])
    expect(await refused({ campaign: randomUUID(), state: 'inside' })).toEqual(['rules.campaign unknown_campaign'])
    expect(await refused({ score: { productId: randomUUID() }, op: 'empty' })).toEqual([
      'rules.score.productId unknown_product',
    ])
    expect(await refused(deep(7))).toEqual(['rules too_deep'])
    expect(await refused({ any: Array.from({ length: 101 }, () => country) })).toEqual(['rules too_many'])
    const theirs = await test.request('POST', '/segments', { body: { name: 'x' }, key: test.otherWorkspace.adminKey })
    expect(await refused({ segment: theirs.body.id, in: true })).toEqual(['rules.segment unknown_segment'])
  })

  it('never lead back to their own segment, not through others either', async () => {
    const of = (segment: string) => ({ all: [{ segment, in: true }] })
    const country = { field: 'country', op: 'equals', value: 'VN' }
    const made = async (rules: unknown) =>
      (await post('/segments', { name: 'S', kind: 'dynamic', rules })).body.id as string
    const first = await made(country)
    const second = await made(of(first))
    const third = await made(of(second))
    for (const id of [first, second, third]) {
      const { status, body } = await test.request('PATCH', `/segments/${first}`, { body: { rules: of(id) } })
      expect(status).toBe(422)
      expect(body.errors[0]).toMatchObject({ path: 'rules.all.0.segment', code: 'circular' })
    }
    const answers = await Promise.all([
      test.request('PATCH', `/segments/${await made(country)}`, { body: { rules: of(second) } }),
      test.request('PATCH', `/segments/${first}`, { body: { rules: country } }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const kept = await test.request('DELETE', `/segments/${second}`)
    expect(kept).toMatchObject({ status: 409, body: { code: 'in_use', segments: [{ name: 'S' }, { name: 'S' }] } })
  })

  it('let no two segments come to name each other at once', async () => {
    const country = { field: 'country', op: 'equals', value: 'VN' }
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = [
        (await post('/segments', { name: '1', kind: 'dynamic', rules: country })).body.id,
        (await post('/segments', { name: '2', kind: 'dynamic', rules: country })).body.id,
      ]
      const answers = await Promise.all([
        test.request('PATCH', `/segments/${one}`, { body: { rules: { segment: two, in: true } } }),
        test.request('PATCH', `/segments/${two}`, { body: { rules: { segment: one, in: true } } }),
      ])
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422])
    }
  })

  it('are not for a static segment, nor members for a dynamic one', async () => {
    const country = { field: 'country', op: 'equals', value: 'VN' }
    const fixed = (await post('/segments', { name: 'List' })).body
    expect(fixed).toMatchObject({ kind: 'static', rules: null })
    const patched = await test.request('PATCH', `/segments/${fixed.id}`, { body: { rules: country } })
    expect(patched).toMatchObject({ status: 422, body: { errors: [{ path: 'rules', code: 'not_dynamic' }] } })
    expect((await post('/segments', { name: 'x', rules: country })).status).toBe(422)
    const moving = (await post('/segments', { name: 'Rules', kind: 'dynamic', rules: country })).body
    const { ids } = await people({})
    const added = await post(`/segments/${moving.id}/customers`, { customerIds: ids })
    expect(added).toMatchObject({ status: 422, body: { errors: [{ code: 'not_static' }] } })
    expect(
      (await post(`/segments/${fixed.id}/customers`, { customerIds: Array.from({ length: 100_000 }, () => ids[0]) }))
        .status,
    ).toBe(413)
  })
})

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
    const waiting = async () =>
      (
        await client.query(
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
