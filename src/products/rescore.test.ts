import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const request = (method: string, path: string, body?: unknown) => test.request(method, path, { body })
let counter = 0
const customer = async (fields = {}): Promise<string> =>
  (await request('POST', '/customers', { email: `r${++counter}@example.com`, ...fields })).body.id
const product = async (): Promise<string> => (await request('POST', '/products', { name: `Boat ${++counter}` })).body.id
const criterion = async (productId: string, fields: Record<string, unknown>) =>
  await request('POST', `/products/${productId}/criteria`, { name: 'Fit', type: 'profile', weight: 1, ...fields })
const scoreOn = async (customerId: string, criterionId: string): Promise<number | undefined> => {
  const { body } = await request('GET', `/customers/${customerId}/scores`)
  return body.items.find((item: { criterionId: string }) => item.criterionId === criterionId)?.score
}
const historyOf = async (customerId: string, criterionId: string) =>
  (await request('GET', `/customers/${customerId}/scores/history?criterionId=${criterionId}`)).body.items

const rules = [
  { input: 'customer.country', condition: 'equals', value: 'VN', points: 0.4 },
  { input: 'customer.company.industry', condition: 'equals', value: 'Fintech', points: 0.4 },
  { input: 'customer.attributes.seats', condition: 'greater-than', value: 50, points: 0.3 },
  { input: 'customer.tags', condition: 'contains', value: 'student', points: -0.5 },
]

describe('a profile criterion with rules', () => {
  it('scores those who are there already, with progress', async () => {
    const ids = [await customer({ country: 'VN' }), await customer({ country: 'DE' })]
    const productId = await product()
    const { body } = await criterion(productId, { params: { rules } })
    await test.drain()
    expect(await Promise.all(ids.map((id) => scoreOn(id, body.id)))).toEqual([0.4, 0])
    const { items } = (await request('GET', `/products/${productId}/score-jobs`)).body
    expect(items).toMatchObject([{ status: 'done', criterionId: body.id }])
    expect(items[0].lookedAt).toBe(items[0].total)
    expect((await request('GET', `/score-jobs/${items[0].id}`)).body).toEqual(items[0])
  })

  it('follows the customer, their tags and their company, clamps, and keeps each score with what made it', async () => {
    const { id } = (await criterion(await product(), { params: { rules } })).body
    const company = (await request('POST', '/companies', { name: 'Bank', domain: `bank${++counter}.example` })).body
    const one = await customer({ country: 'VN', companyId: company.id })
    await test.drain()
    expect(await scoreOn(one, id)).toBe(0.4)
    await request('PATCH', `/companies/${company.id}`, { industry: 'fintech' })
    await test.drain()
    expect(await scoreOn(one, id)).toBe(0.8)
    await request('PATCH', `/customers/${one}`, { attributes: { seats: 80 } })
    await test.drain()
    expect(await scoreOn(one, id)).toBe(1)
    await request('PATCH', `/customers/${one}`, { tags: ['Student'] })
    await test.drain()
    expect(await scoreOn(one, id)).toBe(0.6)
    const history = await historyOf(one, id)
    expect(history.map((row: { score: number }) => row.score)).toEqual([0.6, 1, 0.8, 0.4])
    expect(new Set(history.map((row: { text: string }) => row.text))).toEqual(
      new Set(['By the rules of the criterion.']),
    )
    // A change that moves no rule leaves no trace.
    await request('PATCH', `/customers/${one}`, { firstName: '{{ ‏مرحبا 🙂' })
    await test.drain()
    expect(await historyOf(one, id)).toHaveLength(4)
  })

  it('scores everybody anew when its rules change or a person asks, and is not set by hand', async () => {
    const productId = await product()
    const { id } = (await criterion(productId, { params: { rules } })).body
    const one = await customer({ country: 'VN' })
    await test.drain()
    const byHand = await request('POST', `/customers/${one}/scores`, { criterionId: id, score: 1 })
    expect(byHand).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
    await request('PATCH', `/products/${productId}/criteria/${id}`, {
      params: { rules: [{ input: 'customer.country', condition: 'equals', value: 'vn ', points: -0.25 }] },
    })
    await test.drain()
    expect(await scoreOn(one, id)).toBe(-0.25)
    const started = await request('POST', `/products/${productId}/rescore`)
    expect(started).toMatchObject({ status: 202, body: { status: 'running', lookedAt: 0 } })
    await test.drain()
    const done = (await request('GET', `/score-jobs/${started.body.id}`)).body
    expect(done).toMatchObject({ status: 'done', changed: 0 })
  })

  it('explains a score rule by rule', async () => {
    const productId = await product()
    await criterion(productId, { params: { rules }, weight: 0.5 })
    await criterion(productId, { name: 'Talk', type: 'conversation', weight: 0.5 })
    const one = await customer({ country: 'VN', tags: ['student'] })
    const { body } = await request('GET', `/products/${productId}/score-of/${one}`)
    expect(body.score).toBeCloseTo(-0.1, 9)
    expect(body.criteria).toMatchObject([{ score: -0.1 }, { name: 'Talk', score: null, contributions: [] }])
    expect(body.criteria[0].contributions).toEqual([
      { text: 'country is “VN”', points: 0.4, held: true },
      { text: 'company.industry is “Fintech”', points: 0.4, held: false },
      { text: 'attributes.seats is greater than “50”', points: 0.3, held: false },
      { text: 'tags contains “student”', points: -0.5, held: true },
    ])
  })
})

describe('an engagement criterion with rules', () => {
  const engagement = {
    type: 'engagement',
    params: {
      rules: [
        { event: 'demo.booked', delta: 0.7 },
        {
          event: 'plan.viewed',
          filter: { match: 'all', rules: [{ input: 'plan', condition: 'equals', value: 'pro' }] },
          delta: 0.2,
        },
      ],
    },
  }
  const happens = (id: string, name: string, more = {}) =>
    request('POST', '/events', { name, customer: { id }, ...more })

  it('moves by each event once, in order, clamped, and by no other', async () => {
    const { id } = (await criterion(await product(), engagement)).body
    const one = await customer()
    await test.drain()
    expect(await scoreOn(one, id)).toBeUndefined()
    await happens(one, 'demo.booked')
    await happens(one, 'demo.booked', { id: 'same' })
    await happens(one, 'demo.booked', { id: 'same' })
    await happens(one, 'plan.viewed', { properties: { plan: 'free' } })
    await happens(one, 'other')
    await test.drain()
    expect(await scoreOn(one, id)).toBe(1)
    const history = await historyOf(one, id)
    expect(history.map((row: { score: number; text: string }) => [row.score, row.text])).toEqual([
      [1, 'By the event demo.booked.'],
      [0.7, 'By the event demo.booked.'],
    ])
    await happens(one, 'plan.viewed', { properties: { plan: 'Pro' } })
    await test.drain()
    expect(await historyOf(one, id)).toHaveLength(3)
    expect(await scoreOn(one, id)).toBe(1)
  })

  it('hears nothing that was recorded before it was made, and nothing once it was deleted or its product archived', async () => {
    const one = await customer()
    await happens(one, 'demo.booked')
    await test.drain()
    const productId = await product()
    const { id } = (await criterion(productId, engagement)).body
    await test.drain()
    expect(await scoreOn(one, id)).toBeUndefined()
    await request('DELETE', `/products/${productId}`)
    await happens(one, 'demo.booked')
    await test.drain()
    expect(await scoreOn(one, id)).toBeUndefined()
  })
})

describe('rules that make no sense', () => {
  it.each([
    [{ rules: [{ input: 'country', condition: 'equals', value: 'VN', points: 0.1 }] }, 'params.rules.0.input'],
    [
      { rules: [{ input: 'customer.nonsense', condition: 'equals', value: 'VN', points: 0.1 }] },
      'params.rules.0.input',
    ],
    [{ rules: [{ input: 'customer.country', condition: 'is', value: 'VN', points: 0.1 }] }, 'params.rules.0.condition'],
    [{ rules: [{ input: 'customer.country', condition: 'equals', points: 0.1 }] }, 'params.rules.0.value'],
    [{ rules: [{ input: 'customer.country', condition: 'equals', value: 'VN', points: 3 }] }, 'params.rules.0.points'],
    [{ rules: 'many' }, 'params.rules'],
  ])('name the field: %j', async (params, path) => {
    const answer = await criterion(await product(), { params })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } })
  })

  it('are refused where a score would move itself, and for numbers that are none', async () => {
    const productId = await product()
    const loop = { type: 'engagement', params: { rules: [{ event: 'score.changed', delta: 0.1 }] } }
    expect(await criterion(productId, loop)).toMatchObject({ body: { errors: [{ path: 'params.rules.0.event' }] } })
    const one = await customer()
    const { id } = (await criterion(productId, {})).body
    for (const number of ['1e309', '-1e309', 'NaN']) {
      const answer = await test.request('POST', `/customers/${one}/scores`, {
        body: `{"criterionId": "${id}", "delta": ${number}}`,
        headers: { 'content-type': 'application/json' },
      })
      expect([400, 422]).toContain(answer.status)
    }
    expect(await scoreOn(one, id)).toBeUndefined()
  })

  it('do not reach another workspace', async () => {
    const productId = await product()
    const key = test.otherWorkspace.adminKey
    expect((await test.request('POST', `/products/${productId}/rescore`, { key })).status).toBe(404)
    expect((await test.request('GET', `/products/${productId}/score-jobs`, { key })).status).toBe(404)
    expect((await test.request('GET', `/products/${productId}/score-of/${await customer()}`, { key })).status).toBe(404)
    const { body } = await request('POST', `/products/${productId}/rescore`)
    expect((await test.request('GET', `/score-jobs/${body.id}`, { key })).status).toBe(404)
  })
})
