import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { dirtyCsv } from '../../test/dirty-csv.ts'
import { importCustomers } from './import-customers.ts'
import { getImport } from './queries.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

async function workspace(): Promise<number> {
  const { rows } = await database.pool.query(`insert into workspace (name) values ('Acme') returning id`)
  return rows[0].id
}

const run = (id: number, text: string | Buffer, mapping: Record<string, string> = {}) =>
  importCustomers(database.db, id, Readable.from([Buffer.from(text)]), { mapping, by: 'test' })

async function customersOf(id: number) {
  const { rows } = await database.pool.query(
    `select c.*, co.name as company from customer c left join company co on co.id = c.company_id where c.workspace_id = $1 order by c.email, c.external_id`,
    [id],
  )
  return rows
}

async function eventsOf(id: number) {
  const { rows } = await database.pool.query(
    `select name, count(*)::int as n from event where workspace_id = $1 group by name order by name`,
    [id],
  )
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]))
}

const countsOf = (report: Awaited<ReturnType<typeof run>>) => {
  const { rowsRead, created, updated, unchanged, rejected } = report
  return { rowsRead, created, updated, unchanged, rejected }
}

describe('a dirty file', () => {
  it('is taken row by row as its rows say, whatever the chunks, and a second time changes nothing', async () => {
    const id = await workspace()
    const file = dirtyCsv(6_000, 7)
    const pieces = Readable.from(cut(file.csv, 1_013))
    const report = await importCustomers(database.db, id, pieces, { by: 'test' })
    expect(countsOf(report)).toEqual(file.expected)
    const codes = Object.groupBy(report.rejects, ({ code }) => code)
    expect(Object.fromEntries(Object.entries(codes).map(([code, list]) => [code, list?.length]))).toEqual(file.rejects)

    const stored = await customersOf(id)
    const key = (one: { email: string | null; external_id: string | null }) => `${one.email}|${one.external_id}`
    const byKey = new Map(stored.map((one) => [key(one), one]))
    expect(stored).toHaveLength(file.customers.length)
    for (const one of file.customers) {
      const row = byKey.get(key({ email: one.email, external_id: one.externalId }))
      expect(row).toMatchObject({ first_name: one.firstName, country: one.country, tags: one.tags })
      expect(row.attributes).toEqual(one.note === '' ? {} : { note: one.note })
    }
    const events = await eventsOf(id)
    expect(events['customer.created']).toBe(file.expected.created)
    // A row about somebody whom the same chunk makes is part of making them.
    expect(events['customer.updated']).toBeLessThanOrEqual(file.expected.updated)
    expect(events['customer.tagged']).toBe(file.customers.reduce((sum, { tags }) => sum + tags.length, 0))

    const again = await run(id, 'email,first name\nnobody.else@example.com,New\n')
    expect(countsOf(again)).toMatchObject({ created: 1 })
  })

  it('counts a row that repeats what is known as unchanged and writes nothing for it', async () => {
    const id = await workspace()
    const text = 'email,firstName,tags,company,plan\nann@example.com,Ann,vip|lead,Acme,pro\n'
    expect(await run(id, text)).toMatchObject({ created: 1 })
    const [before] = await customersOf(id)
    const events = await eventsOf(id)
    expect(await run(id, text.replace('ann@', 'ANN@'))).toMatchObject({ unchanged: 1, updated: 0 })
    expect(await customersOf(id)).toEqual([before])
    expect(await eventsOf(id)).toEqual(events)
  })
})

describe('rows about one customer', () => {
  it('fill and override each other in the order of the file; empty cells clear nothing', async () => {
    const id = await workspace()
    const report = await run(
      id,
      'email,external_id,first name,country,tags,plan,seats\nann@example.com,,Ann,DE,vip,pro,\nann@example.com,crm-1,,VN,lead,,5\n,crm-1,Anna,,,basic,\n',
    )
    expect(countsOf(report)).toEqual({ rowsRead: 3, created: 1, updated: 2, unchanged: 0, rejected: 0 })
    expect(await customersOf(id)).toMatchObject([
      {
        email: 'ann@example.com',
        external_id: 'crm-1',
        first_name: 'Anna',
        country: 'VN',
        tags: ['vip', 'lead'],
        attributes: { plan: 'basic', seats: '5' },
      },
    ])
  })

  it('are refused when their email and external id belong to two people', async () => {
    const id = await workspace()
    const report = await run(id, 'email,externalId\na@example.com,1\nb@example.com,2\na@example.com,2\n')
    expect(report).toMatchObject({ created: 2, rejected: 1, rejects: [{ line: 4, code: 'conflict' }] })
  })

  it('may hand an address from one customer to the next', async () => {
    const id = await workspace()
    await run(id, 'email,externalId\nold@example.com,1\n')
    const report = await run(id, 'email,externalId\nnew@example.com,1\nold@example.com,2\n')
    expect(countsOf(report)).toMatchObject({ updated: 1, created: 1, rejected: 0 })
    expect(await customersOf(id)).toMatchObject([
      { email: 'new@example.com', external_id: '1' },
      { email: 'old@example.com', external_id: '2' },
    ])
  })

  it('make one customer when two imports of a file run at once', async () => {
    const id = await workspace()
    const { csv, expected } = dirtyCsv(2_500, 3)
    const reports = await Promise.all([run(id, csv), run(id, csv), run(id, csv)])
    expect(reports.map(({ status }) => status)).toEqual(['done', 'done', 'done'])
    expect(reports.reduce((sum, { created }) => sum + created, 0)).toBe(expected.created)
    expect(await customersOf(id)).toHaveLength(expected.created)
  })
})

describe('columns', () => {
  it('find companies by domain or name and make one for each', async () => {
    const id = await workspace()
    await run(
      id,
      'email;Company;Website;Industry\na@x.example;Acme;https://www.acme.example/about;Tools\nb@x.example;acme;;\nc@x.example;;acme.example;\nd@x.example;Acme;other.example;\n',
    )
    const { rows } = await database.pool.query(
      `select name, domain, industry from company where workspace_id = $1 order by domain`,
      [id],
    )
    expect(rows).toEqual([
      { name: 'Acme', domain: 'acme.example', industry: 'Tools' },
      { name: 'Acme', domain: 'other.example', industry: null },
    ])
    const customers = await customersOf(id)
    expect(new Set(customers.slice(0, 3).map((one) => one.company_id)).size).toBe(1)
  })

  it('fill the score of a product and keep where it came from', async () => {
    const id = await workspace()
    const { rows } = await database.pool.query(
      `with p as (insert into product (workspace_id, name) values ($1, 'Big Boat') returning id)
       insert into fit_criterion (workspace_id, product_id, name, type, weight) select $1, id, 'Fit', 'profile', 1 from p returning id`,
      [id],
    )
    const text = 'email,Product: big boat : Score\na@x.example,0.5\nb@x.example,7\nc@x.example,\n'
    const report = await run(id, text)
    expect(report).toMatchObject({ created: 2, rejected: 1, rejects: [{ line: 3, code: 'invalid_score' }] })
    const scores = await database.pool.query(
      `select f.score, a.source from fit_score f join fit_assessment a using (customer_id, criterion_id) where f.criterion_id = $1`,
      [rows[0].id],
    )
    expect(scores.rows).toEqual([{ score: 0.5, source: { kind: 'import', importId: report.id } }])
    expect(await eventsOf(id)).toMatchObject({ 'score.changed': 1 })
    expect(await run(id, 'email,product:nothing:score\na@x.example,1\n')).toMatchObject({
      status: 'failed',
      errorCode: 'unknown_product',
    })
  })

  it('go where the mapping says, and nowhere when it says so', async () => {
    const id = await workspace()
    await run(id, 'Kontakt,Secret,Level\nann@example.com,hush,5\n', {
      Kontakt: 'email',
      secret: '',
      Level: 'attributes.tier',
    })
    expect(await customersOf(id)).toMatchObject([{ email: 'ann@example.com', attributes: { tier: '5' } }])
    await expect(run(id, 'email\na@b.example\n', { Mail: 'email' })).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ path: 'mapping.Mail', code: 'unknown_column' }],
    })
  })
})

describe('what is no good file', () => {
  const cases: [name: string, bytes: string | Buffer, code: string, words: RegExp][] = [
    ['an empty file', '', 'empty_file', /empty/],
    ['a file of blank lines', '\n\n  \n', 'empty_file', /empty/],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'not_csv', /PNG/],
    ['a workbook', Buffer.from('504b0304140006000800', 'hex'), 'not_csv', /Excel/],
    ['bytes with NUL', Buffer.from('email\u0000,name\n'), 'not_csv', /NUL/],
    [
      'a file without column names',
      'ann@example.com,Ann\nbob@example.com,Bob\n',
      'no_contact_column',
      /name the columns/,
    ],
    ['a web page', '<html><body>Hello</body></html>', 'no_contact_column', /name the columns/],
    ['too many columns', `email${',x'.repeat(200)}\n`, 'too_many_columns', /201 columns/],
    ['a header with an open quote', '"email,name\n', 'not_csv', /quote/],
  ]
  it.each(cases)('is refused with a reason: %s', async (_name, bytes, code, words) => {
    const id = await workspace()
    const report = await run(id, bytes)
    expect(report).toMatchObject({ status: 'failed', errorCode: code, rowsRead: 0 })
    expect(report.error).toMatch(words)
    const { rows } = await database.pool.query(`select status, error from import where id = $1`, [report.id])
    expect(rows).toEqual([{ status: 'failed', error: report.error }])
    expect(await customersOf(id)).toEqual([])
  })

  it('reads UTF-16 as Excel writes it, and says which rows are in another encoding', async () => {
    const id = await workspace()
    const utf16 = Buffer.from('\uFEFFemail\tfirst name\njose@example.com\tJosé\n', 'utf16le')
    expect(await run(id, utf16)).toMatchObject({ created: 1 })
    const latin = Buffer.from('email,first name\nzoe@example.com,Zo\xeb\nann@example.com,Ann\n', 'latin1')
    expect(await run(id, latin)).toMatchObject({ created: 1, rejects: [{ line: 2, code: 'invalid_utf8' }] })
    expect((await customersOf(id)).map((one) => one.first_name)).toEqual(['Ann', 'José'])
  })

  it('keeps what was read before the file broke off, and says how much', async () => {
    const id = await workspace()
    async function* broken() {
      yield Buffer.from('email\na@example.com\nb@example.com\nc@exam')
      throw new Error('aborted')
    }
    const report = await importCustomers(database.db, id, broken(), { by: 'test' })
    expect(report).toMatchObject({ status: 'failed', errorCode: 'broken_off', created: 2, rowsRead: 2 })
    expect(report.error).toMatch(/first 2 rows/)
    expect(await customersOf(id)).toHaveLength(2)
  })

  it('is shown as failed when its process was killed in the middle', async () => {
    const id = await workspace()
    const { rows } = await database.pool.query(
      `insert into import (workspace_id, status, by, rows_read, alive_at) values ($1, 'running', 'x', 5, now() - interval '2 minutes') returning id`,
      [id],
    )
    expect(await getImport(database.db, id, rows[0].id)).toMatchObject({
      status: 'failed',
      rowsRead: 5,
      error: expect.stringContaining('stopped in the middle'),
      finishedAt: expect.any(Date),
    })
  })

  it('costs an unreadable record its own line', async () => {
    const id = await workspace()
    const long = 'x'.repeat(1_100_000)
    const report = await run(
      id,
      `email,note\na@example.com,"open\nb@example.com,fine\nc@example.com,${long}\nd@example.com,fine\n`,
    )
    expect(report).toMatchObject({
      created: 2,
      rejects: [
        { line: 2, code: 'broken_quotes' },
        { line: 4, code: 'too_long' },
      ],
    })
  })

  it('sets a row aside that the database refuses, and takes the others', async () => {
    const id = await workspace()
    const report = await run(
      id,
      'email,attributes\na@example.com,"{""x"": ""\\ud800""}"\nb@example.com,"{""x"": 1}"\nc@example.com,[1]\n',
    )
    expect(report).toMatchObject({ created: 1, rejected: 2 })
    expect(report.rejects.map(({ line, code }) => [line, code])).toEqual([
      [2, 'refused'],
      [4, 'invalid_attributes'],
    ])
  })
})

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}
