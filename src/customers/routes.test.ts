import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const post = (path: string, body: unknown, key = test.adminKey) => test.request('POST', path, { body, key })
const get = (path: string, key = test.adminKey) => test.request('GET', path, { key })

let counter = 0
const fresh = () => `person.${++counter}@example.com`

async function made(fields: Record<string, unknown> = {}) {
  const { status, body } = await post('/customers', { email: fresh(), ...fields })
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

async function eventsOf(id: string) {
  const { rows } = await test.database.pool.query(
    `select name, properties from event where customer_id = $1 order by id`,
    [id],
  )
  return rows
}

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

describe('the list', () => {
  it('pages through everybody once, and filters by words, tag, segment and archive', async () => {
    const tag = 'listed'
    const people = []
    for (const firstName of ['Ada', 'Bob', 'Ada', 'Eve', 'Ada']) people.push(await made({ firstName, tags: [tag] }))
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await get(`/customers?tag=${tag}&limit=2${cursor}`)
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      if (body.nextCursor === null) break
      cursor = `&cursor=${body.nextCursor}`
    }
    expect(seen).toEqual(people.map(({ id }) => id).reverse())
    const oldest = await get(`/customers?tag=${tag}&sort=oldest&limit=1`)
    expect(oldest.body.items[0].id).toBe(people[0].id)
    const found = await get(`/customers?tag=${tag}&q=${encodeURIComponent('ADA example.com')}`)
    expect(found.body.items).toHaveLength(3)
    expect((await get('/customers?q=%25%25')).body.items).toEqual([])

    const segment = (await post('/segments', { name: 'Some' })).body
    await post(`/segments/${segment.id}/customers`, { customerIds: [people[1].id, people[3].id] })
    const inSegment = await get(`/customers?segmentId=${segment.id}`)
    expect(inSegment.body.items.map(({ firstName }: { firstName: string }) => firstName)).toEqual(['Eve', 'Bob'])
    await test.request('DELETE', `/customers/${people[3].id}`)
    expect((await get(`/segments/${segment.id}/customers`)).body.items).toHaveLength(1)
    expect((await get(`/customers?tag=${tag}&archived=true`)).body.items).toHaveLength(1)
    expect((await get(`/customers?segmentId=${segment.id}`, test.otherWorkspace.adminKey)).status).toBe(404)
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

describe('CSV over HTTP', () => {
  const csv = { 'content-type': 'text/csv' }

  it('imports the body or the file of a form, and lists what was refused', async () => {
    const text = `E-mail,Stufe\n${fresh()},gold\nbroken,silver\n`
    const first = await test.request('POST', '/customers/import?fileName=people.csv&map=Stufe%3Dattributes.tier', {
      body: text,
      headers: csv,
    })
    expect(first).toMatchObject({ status: 200, body: { status: 'done', rowsRead: 2, created: 1, rejected: 1 } })
    const { id, rejects } = first.body
    expect((await get(`/imports/${id}/rejects`)).body.items).toEqual(rejects)
    expect((await get(`/imports/${id}`)).body).toMatchObject({ status: 'done', fileName: 'people.csv', created: 1 })
    expect((await get(`/imports/${id}`, test.otherWorkspace.adminKey)).status).toBe(404)

    const form = new FormData()
    form.set('note', 'not a file')
    form.set('file', new File([text], 'people.csv', { type: 'text/csv' }))
    const answer = await fetch(`${test.url}/api/v1/customers/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${test.adminKey}` },
      body: form,
    })
    expect(await answer.json()).toMatchObject({ status: 'done', rowsRead: 2, updated: 1, rejected: 1 })
  })

  it('answers what is no CSV with the fault, also while megabytes are still coming', async () => {
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(10_000_000, 7)])
    const answer = await test.request('POST', '/customers/import', { body: png, headers: csv })
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid', errors: [{ path: 'file', code: 'not_csv' }], created: 0 },
    })
    expect((await get(`/imports/${answer.body.importId}`)).body).toMatchObject({ status: 'failed' })
    const unmapped = await test.request('POST', '/customers/import?map=Nope%3Demail', { body: 'email\n', headers: csv })
    expect(unmapped).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_column' }] } })
  })

  it('shows what an import would make of the columns, and writes nothing', async () => {
    const body = 'Mail;Vorname;Lieblingsfarbe\na@example.com;Ann;blau\nb@example.com;;rot\n'
    const answer = await test.request('POST', '/customers/import/preview', { body, headers: csv })
    expect(answer.body).toEqual({
      delimiter: ';',
      columns: [
        { header: 'Mail', target: 'email', samples: ['a@example.com', 'b@example.com'] },
        { header: 'Vorname', target: 'firstName', samples: ['Ann'] },
        { header: 'Lieblingsfarbe', target: 'attributes.lieblingsfarbe', samples: ['blau', 'rot'] },
      ],
    })
  })

  it('exports what an import into another workspace makes again, formulas marked', async () => {
    const tag = 'round;trip'
    const people = [
      {
        email: fresh(),
        firstName: '=cmd()',
        tags: [tag],
        attributes: { note: "'=x", n: 5, deep: { a: [null, true] } },
      },
      {
        email: fresh(),
        lastName: '"quoted",\nline',
        tags: [tag, 'b'],
        company: { name: 'Åcme', domain: 'åcme.example' },
      },
      { email: fresh(), externalId: '-7', tags: [tag], timezone: 'Asia/Kolkata', trackingConsent: 'no', phone: '+49' },
    ]
    for (const person of people) await made(person)
    const exported = await get(`/customers/export.csv?tag=${encodeURIComponent(tag)}`)
    expect(exported.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(exported.body).toContain("'=cmd()")
    const there = test.otherWorkspace.adminKey
    const report = await test.request('POST', '/customers/import', { body: exported.body, headers: csv, key: there })
    expect(report.body).toMatchObject({ created: 3, rejected: 0 })
    const { body } = await get(`/customers?tag=${encodeURIComponent(tag)}&sort=oldest`, there)
    const byEmail = new Map(body.items.map((one: { email: string }) => [one.email, one]))
    for (const person of people) expect(byEmail.get(person.email)).toMatchObject(person)
  })
})

describe('a list of customers', () => {
  const listed = async (query: string) => (await get(`/customers?${query}`)).body
  const pagedThrough = async (query: string) => {
    const found = []
    for (let cursor = ''; ; ) {
      const body = await listed(`${query}&limit=2${cursor}`)
      found.push(...body.items.map(({ firstName }: { firstName: string }) => firstName))
      if (body.nextCursor === null) return found
      cursor = `&cursor=${body.nextCursor}`
    }
  }

  it('is ordered by fields, attributes and scores, page by page, those without the value last', async () => {
    const tag = 'ordered'
    const people = [
      { firstName: 'Émile', country: 'FR', attributes: { seats: 10, plan: 'pro' } },
      { firstName: 'anna', country: 'DE', attributes: { seats: '9' } },
      { firstName: 'Bob', attributes: { seats: 100, plan: 'free' } },
      { firstName: '你好', country: 'AE', attributes: { plan: null } },
    ]
    const ids = []
    for (const person of people) ids.push((await made({ ...person, tags: [tag] })).id)
    const product = (await post('/products', { name: 'Boat' })).body
    const criterion = (await post(`/products/${product.id}/criteria`, { name: 'Fit', type: 'profile', weight: 1 })).body
    await post(`/customers/${ids[1]}/scores`, { criterionId: criterion.id, score: -0.5 })
    await post(`/customers/${ids[3]}/scores`, { criterionId: criterion.id, score: 0.5 })
    const by = (sort: string) => pagedThrough(`tag=${tag}&sort=${sort}`)
    expect(await by('oldest')).toEqual(['Émile', 'anna', 'Bob', '你好'])
    expect(await by('-added')).toEqual(await by('newest'))
    expect(await by('name')).toEqual(['anna', 'Bob', 'Émile', '你好'])
    expect(await by('-name')).toEqual(['你好', 'Émile', 'Bob', 'anna'])
    expect(await by('country')).toEqual(['你好', 'anna', 'Émile', 'Bob'])
    expect(await by('-country')).toEqual(['Émile', 'anna', '你好', 'Bob'])
    expect(await by('attributes.seats')).toEqual(['anna', 'Émile', 'Bob', '你好'])
    expect(await by('-attributes.seats')).toEqual(['Bob', 'Émile', 'anna', '你好'])
    expect((await by('attributes.plan')).slice(0, 2)).toEqual(['Bob', 'Émile'])
    expect((await by(`-score:${product.id}`)).slice(0, 2)).toEqual(['你好', 'anna'])
    expect((await by(`score:${product.id}`)).slice(0, 2)).toEqual(['anna', '你好'])
    expect((await get('/customers?sort=shoe')).body.errors).toMatchObject([{ path: 'sort', code: 'unknown_sort' }])
    const other = await listed(`tag=${tag}&sort=name&limit=1`)
    expect((await get(`/customers?sort=newest&cursor=${other.nextCursor}`)).status).toBe(422)
    const [row] = (await listed(`tag=${tag}&sort=-score:${product.id}&extras=true`)).items
    expect(row).toMatchObject({ campaigns: [], lastActivityAt: null, scores: { [product.id]: 0.5 } })
    await post('/events', { name: 'deal.won', customer: { id: ids[3] } })
    const [active] = (await listed(`tag=${tag}&sort=-score:${product.id}&extras=true`)).items
    expect(active.lastActivityAt).toEqual(expect.any(String))
  })

  it('says how many it holds, by the same filters', async () => {
    await made({ tags: ['counted'], country: 'VN' })
    await made({ tags: ['counted'], country: 'DE' })
    const rules = encodeURIComponent(JSON.stringify({ all: [{ field: 'country', op: 'equals', value: 'VN' }] }))
    expect((await get('/customers/count?tag=counted')).body).toEqual({ count: 2, exact: true })
    expect((await get(`/customers/count?tag=counted&rules=${rules}`)).body).toEqual({ count: 1, exact: true })
    expect((await get('/customers/count?tag=counted', test.otherWorkspace.adminKey)).body.count).toBe(0)
  })

  it('is exported as chosen: by rules, and by ids of this workspace alone', async () => {
    const vn = await made({ tags: ['picked'], country: 'VN', lastName: '=cmd()' })
    await made({ tags: ['picked'], country: 'DE' })
    const rules = encodeURIComponent(JSON.stringify({ all: [{ field: 'country', op: 'equals', value: 'VN' }] }))
    const byRules = (await get(`/customers/export.csv?tag=picked&rules=${rules}`)).body
    expect(byRules.trim().split('\r\n')).toHaveLength(2)
    const chosen = (await post('/customers/export.csv', { customerIds: [vn.id] })).body
    expect(chosen).toContain(vn.email)
    expect(chosen).toContain("'=cmd()")
    const stranger = await post('/customers/export.csv', { customerIds: [vn.id] }, test.otherWorkspace.adminKey)
    expect(stranger).toMatchObject({ status: 422, body: { errors: [{ path: 'customerIds.0' }] } })
  })
})
