import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const request = (method: string, path: string, body?: unknown, headers = {}) =>
  test.request(method, path, { body, headers })
let counter = 0
const customer = async (key = test.adminKey): Promise<string> =>
  (await test.request('POST', '/customers', { body: { email: `c${++counter}@example.com` }, key })).body.id
const product = async (name = 'Boat') => (await request('POST', '/products', { name })).body
const criterion = async (productId: string, fields = {}) =>
  (await request('POST', `/products/${productId}/criteria`, { name: 'Fit', type: 'profile', weight: 1, ...fields }))
    .body

describe('a product', () => {
  it('is made, changed under its version, and archived', async () => {
    const made = await request('POST', '/products', {
      name: 'Boat',
      url: 'https://boat.example',
      attributes: { price: 5 },
    })
    expect(made).toMatchObject({ status: 201, body: { name: 'Boat', status: 'active', attributes: { price: 5 } } })
    const { id } = made.body
    expect((await request('PATCH', `/products/${id}`, { url: null }, { 'if-match': '1' })).body).toMatchObject({
      url: null,
    })
    expect((await request('PATCH', `/products/${id}`, { name: 'x' }, { 'if-match': '1' })).status).toBe(412)
    expect((await request('POST', '/products', { name: 'x', url: 'javascript:alert(1)' })).status).toBe(422)
    expect((await request('DELETE', `/products/${id}`)).status).toBe(204)
    expect((await request('GET', '/products')).body.items).toEqual([])
    expect((await request('GET', '/products?status=archived')).body.items).toMatchObject([{ id }])
  })

  it('stays while a campaign is linked to it', async () => {
    const { id } = await product()
    await test.database.pool.query(
      `with c as (insert into campaign (workspace_id, name) values ($1, 'Spring') returning id)
       insert into campaign_product (campaign_id, product_id) select id, $2 from c`,
      [test.workspaceId, id],
    )
    expect(await request('DELETE', `/products/${id}`)).toMatchObject({ status: 409, body: { code: 'in_use' } })
  })

  it('that is archived but still linked, by a duplicate, is said before activation and can be brought back', async () => {
    const { id } = await product('Sloop')
    const campaign = (await request('POST', '/campaigns', { name: 'Autumn', audience: { type: 'all' } })).body
    await request('PUT', `/campaigns/${campaign.id}/products`, { products: [{ productId: id, primary: true }] })
    await request('POST', `/campaigns/${campaign.id}/archive`)
    expect((await request('DELETE', `/products/${id}`)).status).toBe(204)
    const copy = (await request('POST', `/campaigns/${campaign.id}/duplicate`)).body
    const warnings = async () =>
      (await request('GET', `/campaigns/${copy.id}/preflight`)).body.warnings.map((one: { code: string }) => one.code)
    expect(await warnings()).toContain('product_archived')
    await request('PATCH', `/products/${id}`, { status: 'active' })
    expect(await warnings()).not.toContain('product_archived')
  })

  it('has criteria, a hint about their weights, and one that stands for it', async () => {
    const { id } = await product()
    const first = await criterion(id, { weight: 0.9 })
    expect(first.hint).toContain('0.9')
    const second = await criterion(id, { name: 'Clicks', type: 'engagement', weight: 0.1 })
    expect(second.hint).toBeNull()
    const path = `/products/${id}/criteria`
    expect((await request('GET', path)).body).toMatchObject({
      items: [{ id: first.id }, { id: second.id }],
      defaultCriterionId: second.id,
      hint: null,
    })
    const changed = await request('PATCH', `${path}/${second.id}`, { weight: 0.3 }, { 'if-match': '1' })
    expect(changed.body).toMatchObject({ weight: 0.3, version: 2, hint: expect.stringContaining('1.2') })
    expect((await request('POST', path, { name: 'x', type: 'profile', weight: 1.5 })).status).toBe(422)
    expect((await request('DELETE', `${path}/${second.id}`)).status).toBe(204)
    expect((await request('DELETE', `${path}/${second.id}`)).status).toBe(404)
    const other = await product('Other')
    expect((await request('PATCH', `/products/${other.id}/criteria/${first.id}`, { weight: 0 })).status).toBe(404)
    expect((await request('GET', path)).body).toMatchObject({ items: [{ id: first.id }], defaultCriterionId: first.id })
  })
})

describe('a score', () => {
  it('is set or changed within -1 and 1, with history and an event', async () => {
    const { id: productId } = await product()
    const heavy = await criterion(productId, { weight: 0.75 })
    const light = await criterion(productId, { weight: 0.25 })
    const id = await customer()
    const score = (body: unknown) => request('POST', `/customers/${id}/scores`, body)
    await score({ criterionId: heavy.id, score: 0.9 })
    await score({ criterionId: heavy.id, delta: 0.5, reason: 'Called back' })
    await score({ criterionId: heavy.id, score: 1 })
    const { body } = await score({ criterionId: light.id, delta: -0.2 })
    expect(body.items.map((one: { score: number }) => one.score)).toEqual([1, -0.2])
    expect(body.products).toMatchObject([{ productId, score: expect.closeTo(0.7, 9) }])
    expect((await request('GET', `/customers/${id}/scores`)).body).toEqual(body)
    const { rows } = await test.database.pool.query(
      `select a.score, a.delta, a.source ->> 'reason' as reason from fit_assessment a where customer_id = $1 order by id`,
      [id],
    )
    expect(rows).toEqual([
      { score: 0.9, delta: 0.9, reason: null },
      { score: 1, delta: 0.5, reason: 'Called back' },
      { score: -0.2, delta: -0.2, reason: null },
    ])
    const events = await test.database.pool.query(
      `select properties from event where customer_id = $1 and name = 'score.changed' order by id`,
      [id],
    )
    expect(events.rows[1].properties).toEqual({ criterionId: heavy.id, score: 1, delta: 0.5 })
  })

  it('adds up when many change it at once', async () => {
    const { id: criterionId } = await criterion((await product()).id)
    const id = await customer()
    const change = () => request('POST', `/customers/${id}/scores`, { criterionId, delta: 0.03125 })
    await Promise.all(Array.from({ length: 16 }, change))
    expect((await request('GET', `/customers/${id}/scores`)).body.items).toMatchObject([{ score: 0.5 }])
  })

  it('ranks a product’s customers, page by page, by the weighted mean', async () => {
    const { id: productId } = await product()
    const one = await criterion(productId, { weight: 0.5 })
    const two = await criterion(productId, { weight: 0.5 })
    const ids = [await customer(), await customer(), await customer(), await customer()]
    const marks = [0.1, 0.7, 0.1, 0.3]
    for (const [index, id] of ids.entries()) {
      await request('POST', `/customers/${id}/scores`, { criterionId: one.id, score: marks[index] })
    }
    await request('POST', `/customers/${ids[3]}/scores`, { criterionId: two.id, score: 0.9 })
    const first = await request('GET', `/products/${productId}/customers?limit=3`)
    const second = await request('GET', `/products/${productId}/customers?limit=3&cursor=${first.body.nextCursor}`)
    const ranked = [...first.body.items, ...second.body.items]
    expect(ranked.map((row: { customer: { id: string } }) => row.customer.id)).toEqual([ids[1], ids[3], ids[0], ids[2]])
    expect(ranked.map((row: { score: number }) => row.score)).toEqual([0.7, 0.6, 0.1, 0.1])
    expect(second.body.nextCursor).toBeNull()
  })

  it('is refused for other workspaces’ customers and criteria, and out of range', async () => {
    const { id: criterionId } = await criterion((await product()).id)
    const id = await customer()
    const foreign = await customer(test.otherWorkspace.adminKey)
    expect((await request('POST', `/customers/${foreign}/scores`, { criterionId, score: 1 })).status).toBe(404)
    const theirs = await test.request('POST', `/customers/${foreign}/scores`, {
      body: { criterionId, score: 1 },
      key: test.otherWorkspace.adminKey,
    })
    expect(theirs).toMatchObject({ status: 422, body: { errors: [{ path: 'criterionId' }] } })
    expect((await request('POST', `/customers/${id}/scores`, { criterionId, score: 1.1 })).status).toBe(422)
    expect((await request('POST', `/customers/${id}/scores`, { criterionId })).status).toBe(422)
  })
})
