import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { callsOf } from '../../test/customers.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())
const { post, get, fresh, made, eventsOf } = callsOf(() => test)

describe('creating a customer', () => {
  it('keeps every field that others write, tidied', async () => {
    const email = fresh()
    const { status, body } = await post('/customers', {
      firstName: ' Ann ',
      lastName: '',
      email: `  ${email.toUpperCase()} `,
      phone: '+49 30 1',
      telegramChatId: '42',
      linkedinUrl: 'linkedin.com/in/ann',
      language: 'de',
      country: 'DE',
      timezone: 'europe/berlin',
      tags: ['vip', ' vip ', '', 'lead'],
      attributes: { plan: 'pro', deep: { list: [1, 2] }, gone: null },
      company: { name: 'Acme', domain: 'https://www.Acme.example/about', industry: 'Tools' },
      externalId: 'crm-1',
      trackingConsent: 'yes',
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      firstName: 'Ann',
      lastName: null,
      email: email.toUpperCase(),
      timezone: 'Europe/Berlin',
      tags: ['vip', 'lead'],
      attributes: { plan: 'pro', deep: { list: [1, 2] } },
      company: { name: 'Acme', domain: 'acme.example', industry: 'Tools' },
      trackingConsent: 'yes',
      archivedAt: null,
      version: 1,
    })
    expect(body.company.id).toBe(body.companyId)
    expect((await get(`/customers/${body.id}`)).body).toEqual(body)
    expect(await eventsOf(body.id)).toEqual([
      { name: 'customer.created', properties: { source: 'api', by: expect.stringMatching(/^key:/) } },
      { name: 'customer.tagged', properties: { tag: 'vip' } },
      { name: 'customer.tagged', properties: { tag: 'lead' } },
    ])
    expect((await get('/tags')).body.items.map((tag: { name: string }) => tag.name)).toEqual(
      expect.arrayContaining(['lead', 'vip']),
    )
  })

  it.each([
    [{}, 'email', 'no_contact'],
    [{ email: 'nobody' }, 'email', 'invalid_email'],
    [{ email: 'a b@example.com' }, 'email', 'invalid_email'],
    [{ email: 'a@example.com\r\nBcc: b@example.com' }, 'email', 'invalid_email'],
    [{ externalId: 'x', timezone: 'Mars/Olympus' }, 'timezone', 'invalid_timezone'],
    [{ externalId: 'x', timezone: '+02:00' }, 'timezone', 'invalid_timezone'],
    [{ externalId: 'x', linkedinUrl: 'javascript:alert(1)' }, 'linkedinUrl', 'invalid_url'],
    [{ externalId: 'x', attributes: { big: 'x'.repeat(70_000) } }, 'attributes', 'too_large'],
    [{ externalId: 'x', attributes: { a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } } }, null, null],
    [
      { externalId: 'y', attributes: { a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } } },
      'attributes',
      'too_deep',
    ],
    [{ externalId: 'x', attributes: ['list'] }, 'attributes', 'invalid_type'],
    [{ externalId: 'x', firstName: 'N\u0000L' }, 'firstName', 'invalid_text'],
    [{ externalId: 'x', attributes: { bad: '\ud800' } }, 'attributes.bad', 'invalid_text'],
    [{ externalId: 'x', company: { industry: 'Tools' } }, 'company', 'required'],
    [{ externalId: 'x', companyId: '0190a000-0000-7000-8000-000000000000' }, 'companyId', 'unknown_company'],
    [{ externalId: 'x', claimedBy: '0190a000-0000-7000-8000-000000000000' }, 'claimedBy', 'unknown_member'],
    [{ externalId: 'x', trackingConsent: 'maybe' }, 'trackingConsent', 'invalid_value'],
    [{ externalId: 'x', surname: 'Lee' }, 'surname', 'unknown_field'],
  ])('refuses %j', async (fields, path, code) => {
    const { status, body } = await post('/customers', fields)
    if (path === null) return expect(status).toBe(201)
    expect([status, body.errors?.[0]]).toMatchObject([422, { path, code }])
  })

  it('names the customer who has the address already, in any letters', async () => {
    const first = await made({ externalId: 'taken-1' })
    const again = await post('/customers', { email: first.email.toUpperCase() })
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists', existingId: first.id } })
    const other = await post('/customers', { externalId: 'taken-1' })
    expect(other).toMatchObject({ status: 409, body: { existingId: first.id, errors: [{ path: 'externalId' }] } })
    const elsewhere = await post('/customers', { email: first.email }, test.otherWorkspace.adminKey)
    expect(elsewhere.status).toBe(201)
  })

  it('makes one when twenty ask at once', async () => {
    const email = fresh()
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/customers', { email })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)])
  })
})

describe('upserting a customer', () => {
  it('fills the one who has the email or the external id, and adds tags', async () => {
    const email = fresh()
    const first = await post('/customers?upsert=true', { email, tags: ['a'], attributes: { plan: 'pro', seats: 1 } })
    expect(first.status).toBe(201)
    const second = await post('/customers?upsert=true', {
      email: email.toUpperCase(),
      externalId: `id-${email}`,
      tags: ['b'],
      attributes: { seats: 2, plan: null },
    })
    expect(second).toMatchObject({
      status: 200,
      body: { id: first.body.id, email, tags: ['a', 'b'], attributes: { seats: 2 }, version: 2 },
    })
    const third = await post('/customers?upsert=true', { externalId: `id-${email}`, firstName: 'Ann' })
    expect(third).toMatchObject({ status: 200, body: { id: first.body.id, firstName: 'Ann' } })
  })

  it('is refused without email and external id, and when they belong to two people', async () => {
    expect(await post('/customers?upsert=true', { phone: '1' })).toMatchObject({ status: 422 })
    const one = await made()
    await made({ externalId: 'two-people' })
    const answer = await post('/customers?upsert=true', { email: one.email, externalId: 'two-people' })
    expect(answer).toMatchObject({ status: 409, body: { code: 'already_exists' } })
  })

  it('makes one when twenty ask at once', async () => {
    const email = fresh()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post('/customers?upsert=true', { email, tags: [`t${index}`] })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 19 }, () => 200), 201])
    const { body } = await get(`/customers/${answers[0]?.body.id}`)
    expect(body.tags).toHaveLength(20)
  })
})

describe('changing a customer', () => {
  it('writes the given fields, clears with null, and tells by events what changed', async () => {
    const { id, email } = await made({ tags: ['a', 'b'], attributes: { x: 1, y: 2 }, country: 'DE' })
    const { body } = await test.request('PATCH', `/customers/${id}`, {
      body: { country: null, tags: ['b', 'c'], attributes: { x: null, z: 3 } },
      headers: { 'if-match': '1' },
    })
    expect(body).toMatchObject({ email, country: null, tags: ['b', 'c'], attributes: { y: 2, z: 3 }, version: 2 })
    expect((await eventsOf(id)).slice(3)).toEqual([
      {
        name: 'customer.updated',
        properties: {
          fields: ['country', 'attributes'],
          source: 'api',
          by: expect.stringMatching(/^key:/),
          changes: expect.objectContaining({ country: expect.any(Array) }),
        },
      },
      { name: 'customer.tagged', properties: { tag: 'c' } },
      { name: 'customer.untagged', properties: { tag: 'a' } },
    ])
    const same = await test.request('PATCH', `/customers/${id}`, { body: { tags: ['b', 'c'] } })
    expect(same.body.version).toBe(2)
  })

  it('is refused for a stale version, the last contact, a taken address and an archived customer', async () => {
    const one = await made()
    const two = await made()
    const patch = (body: unknown, headers = {}) => test.request('PATCH', `/customers/${one.id}`, { body, headers })
    expect(await patch({ country: 'DE' }, { 'if-match': '7' })).toMatchObject({ status: 412, body: { version: 1 } })
    expect(await patch({ email: null })).toMatchObject({ status: 422, body: { errors: [{ code: 'no_contact' }] } })
    expect(await patch({ email: two.email })).toMatchObject({ status: 409, body: { existingId: two.id } })
    await test.request('DELETE', `/customers/${one.id}`)
    expect(await patch({ country: 'DE' })).toMatchObject({
      status: 409,
      body: { code: 'wrong_state', state: 'archived' },
    })
  })

  it('archives on DELETE, once, and frees the address', async () => {
    const { id, email } = await made()
    expect((await test.request('DELETE', `/customers/${id}`)).status).toBe(204)
    expect((await test.request('DELETE', `/customers/${id}`)).status).toBe(204)
    expect((await get(`/customers/${id}`)).body.archivedAt).not.toBeNull()
    expect((await eventsOf(id)).map(({ name }) => name)).toEqual(['customer.created', 'customer.archived'])
    expect((await post('/customers', { email })).status).toBe(201)
  })
})

describe('many at once', () => {
  it('are tagged, untagged, put into a segment, assigned and archived, by ids or by a filter', async () => {
    const people = [
      await made({ tags: ['bulk'] }),
      await made({ tags: ['bulk'] }),
      await made({ tags: ['bulk', 'had'] }),
    ]
    const customerIds = people.map(({ id }) => id)
    const bulk = (body: unknown) => post('/customers/bulk', body)
    expect((await bulk({ customerIds, action: 'addTag', tag: 'had' })).body).toEqual({ matched: 3, changed: 2 })
    expect((await bulk({ filter: { tag: 'had' }, action: 'removeTag', tag: 'had' })).body).toEqual({
      matched: 3,
      changed: 3,
    })
    const segment = (await post('/segments', { name: 'Bulk' })).body
    const into = { filter: { tag: 'bulk' }, action: 'addToSegment', segmentId: segment.id }
    expect((await bulk(into)).body).toEqual({ matched: 3, changed: 3 })
    expect((await bulk({ ...into, action: 'removeFromSegment' })).body).toEqual({ matched: 3, changed: 3 })
    const assign = { customerIds, action: 'assign', memberId: test.owner.memberId }
    expect((await bulk(assign)).body).toEqual({ matched: 3, changed: 3 })
    expect((await bulk({ customerIds, action: 'archive' })).body).toEqual({ matched: 3, changed: 3 })
    expect((await bulk({ customerIds, action: 'archive' })).body).toEqual({ matched: 0, changed: 0 })
    expect((await eventsOf(customerIds[0])).map(({ name }) => name)).toEqual([
      ...['customer.created', 'customer.tagged', 'customer.tagged', 'customer.untagged'],
      ...['customer.updated', 'customer.updated', 'customer.updated', 'customer.archived'],
    ])
  })

  it('are refused with the reason when ids are foreign or the action lacks its part', async () => {
    const foreign = (await post('/customers', { email: fresh() }, test.otherWorkspace.adminKey)).body.id
    const mine = await made()
    const answer = await post('/customers/bulk', { customerIds: [mine.id, foreign], action: 'addTag', tag: 'x' })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'customerIds.1', code: 'not_found' }] } })
    expect((await get(`/customers/${mine.id}`)).body.tags).toEqual([])
    const lacking = await post('/customers/bulk', { filter: {}, action: 'addTag' })
    expect(lacking).toMatchObject({ status: 422, body: { errors: [{ path: 'tag', code: 'required' }] } })
    const both = await post('/customers/bulk', { filter: {}, customerIds: [mine.id], action: 'archive' })
    expect(both.status).toBe(422)
  })
})
