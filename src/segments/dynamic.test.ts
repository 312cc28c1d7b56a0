import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive } from '../../test/campaign.ts'
import { peopleOf } from '../../test/people.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())
const { event, people, post } = peopleOf(() => test)
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
