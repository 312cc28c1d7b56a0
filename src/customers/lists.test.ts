import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { callsOf } from '../../test/customers.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())
const { post, get, fresh, made } = callsOf(() => test)

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
        {
          key: 'Mail',
          header: 'Mail',
          target: 'email',
          samples: ['a@example.com', 'b@example.com'],
          looksLike: 'email',
        },
        { key: 'Vorname', header: 'Vorname', target: 'firstName', samples: ['Ann'], looksLike: 'text' },
        {
          key: 'Lieblingsfarbe',
          header: 'Lieblingsfarbe',
          target: 'attributes.lieblingsfarbe',
          samples: ['blau', 'rot'],
          looksLike: 'text',
        },
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

  it('is ordered by the mean of scores among everybody, whoever has only one of them', async () => {
    const product = (await post('/products', { name: 'Raft' })).body
    const criteria: string[] = []
    for (const [type, weight] of [
      ['profile', 0.75],
      ['engagement', 0.25],
    ]) {
      criteria.push((await post(`/products/${product.id}/criteria`, { name: type, type, weight })).body.id)
    }
    const scored = async (lastName: string, ...scores: (number | null)[]) => {
      const { id } = await made({ firstName: 'Scored', lastName })
      for (const [index, score] of scores.entries())
        if (score !== null) await post(`/customers/${id}/scores`, { criterionId: criteria[index], score })
    }
    await scored('0.5', 0.5, 0.5)
    await scored('0.9 of one', null, 0.9)
    await scored('0.25', 0, 1)
    await scored('-1', -1, -1)
    await scored('0.75', 1, 0)
    await scored('none')
    const names = async (sort: string) => {
      const found: string[] = []
      for (let cursor = ''; found.length < 5; ) {
        const { items, nextCursor } = await listed(`sort=${sort}&limit=2${cursor}`)
        found.push(...items.map((item: { lastName: string }) => item.lastName))
        cursor = `&cursor=${nextCursor}`
      }
      return found.slice(0, 5)
    }
    const best = ['0.9 of one', '0.75', '0.5', '0.25', '-1']
    expect(await names(`-score:${product.id}`)).toEqual(best)
    expect(await names(`score:${product.id}`)).toEqual([...best].reverse())
  })

  it('finds words of any length in any letters, also between others, among the archived ones too', async () => {
    const zoe = await made({ firstName: 'Zoë', lastName: 'Ōta', email: 'first.last+Tag@sub.searched.example' })
    const found = async (q: string, more = '') =>
      (await listed(`q=${encodeURIComponent(q)}${more}`)).items.map(({ id }: { id: string }) => id)
    for (const q of ['zoë', 'ZOË', 'ōt', 'ë', 't.l', 'ast+tag@SUB', 'ōTA searched', 'b.s zo'])
      for (const order of ['', '&sort=name', '&sort=-attributes.none']) expect(await found(q, order)).toContain(zoe.id)
    for (const q of ['zoé', 'Ōta first.first', 'x'.repeat(150)]) expect(await found(q)).not.toContain(zoe.id)
    await test.request('DELETE', `/customers/${zoe.id}`)
    expect(await found('zoë')).not.toContain(zoe.id)
    expect(await found('zoë searched', '&archived=true&sort=name')).toEqual([zoe.id])
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
