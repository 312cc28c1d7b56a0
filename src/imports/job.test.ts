import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { dirtyCsv } from '../../test/dirty-csv.ts'
import { importCustomers } from './import-customers.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const csv = { 'content-type': 'text/csv' }
const pool = () => test.database.pool

async function open(content: string | Uint8Array, fileName = 'people.csv'): Promise<string> {
  const bytes = Buffer.from(content)
  const { status, body } = await test.request('POST', '/imports', { body: { fileName, size: bytes.length } })
  expect(status, JSON.stringify(body)).toBe(201)
  return body.id
}

/** Sends a file whole; answers the import's id. */
async function sent(content: string | Uint8Array): Promise<string> {
  const id = await open(content)
  const { status, body } = await test.request('PUT', `/imports/${id}/file`, {
    body: Buffer.from(content),
    headers: csv,
  })
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body.status).toBe('uploaded')
  return id
}

const read = async (id: string) => (await test.request('GET', `/imports/${id}`)).body
const move = (id: string, deed: 'check' | 'start' | 'cancel', mapping?: Record<string, string>) =>
  test.request('POST', `/imports/${id}/${deed}`, deed === 'check' ? { body: { mapping: mapping ?? {} } } : {})

async function checked(id: string, mapping: Record<string, string> = {}) {
  const asked = await move(id, 'check', mapping)
  expect(asked.status, JSON.stringify(asked.body)).toBe(202)
  expect(asked.body.status).toBe('checking')
  await test.drain()
  return await read(id)
}

async function imported(id: string) {
  expect((await move(id, 'start')).status).toBe(202)
  await test.drain()
  return await read(id)
}

const people = async () =>
  (await pool().query('select * from customer where workspace_id = $1 order by email', [test.workspaceId])).rows

const counts = ({ rowsRead, created, updated, unchanged, rejected }: Record<string, number>) => ({
  rowsRead,
  created,
  updated,
  unchanged,
  rejected,
})

describe('an import whose file is sent first', () => {
  it('says what it would do without doing it, then does that', async () => {
    await test.request('POST', '/customers', { body: { email: 'ann@example.com', firstName: 'Ann' } })
    const id = await sent(
      'email,first name,plan\nann@example.com,Anna,pro\nbob@example.com,Bob,\nnobody,X,\n,No one,\nbob@example.com,Bob,\n',
    )
    const expected = { rowsRead: 5, created: 1, updated: 1, unchanged: 1, rejected: 2 }
    const found = await checked(id)
    expect(found).toMatchObject({ status: 'checked', checked: expected, created: 0, rowsRead: 0 })
    expect((await people()).map(({ email, first_name }) => [email, first_name])).toEqual([['ann@example.com', 'Ann']])
    const rejects = (await test.request('GET', `/imports/${id}/rejects`)).body.items
    expect(rejects.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [4, 'invalid_email'],
      [5, 'no_contact'],
    ])
    const file = await test.request('GET', `/imports/${id}/rejects.csv`)
    expect(file.body.split('\r\n').slice(0, 2)).toEqual(['line,why,row', expect.stringMatching(/^4,.*nobody/)])

    expect(await imported(id)).toMatchObject({ status: 'done', ...expected, size: expect.any(Number), error: null })
    expect((await people()).map(({ email, first_name }) => [email, first_name])).toEqual([
      ['ann@example.com', 'Anna'],
      ['bob@example.com', 'Bob'],
    ])
    expect((await test.request('GET', `/imports/${id}/rejects`)).body.items).toHaveLength(2)
    expect((await pool().query('select from import_piece where import_id = $1', [id])).rowCount).toBe(0)
    const audit = await pool().query(`select action from audit_log where object_id = $1 order by id`, [id])
    expect(audit.rows.map(({ action }) => action)).toEqual(['import.opened', 'import.started', 'customers.imported'])
  })

  it('finds over many chunks what importing finds', async () => {
    const { workspaceId, app } = test
    const file = dirtyCsv(7_000, 11)
    const found = await checked(await sent(file.csv))
    // What the check says of the file, importing it into an empty workspace would do: nobody of it is here.
    expect(counts(found.checked)).toEqual(file.expected)
    const report = await importCustomers(app.db, workspaceId, oneByOne(file.csv), { by: 'test' })
    expect(counts(report as unknown as Record<string, number>)).toEqual(file.expected)
  })

  it('takes the file in parts, and goes on behind what came of it', async () => {
    const text = `email\n${Array.from({ length: 200 }, (_, n) => `part${n}@example.com`).join('\n')}\n`
    const id = await open(text)
    const put = (at: number, part: string) =>
      test.request('PUT', `/imports/${id}/file?at=${at}`, { body: Buffer.from(part), headers: csv })
    expect((await put(0, text.slice(0, 1_000))).body).toMatchObject({ status: 'uploading', received: 1_000 })
    // The same part again, or one that leaves a gap, is refused: nothing is kept twice.
    expect((await put(0, text.slice(0, 1_000))).status).toBe(409)
    expect((await put(1_500, text.slice(1_500))).status).toBe(409)
    expect((await move(id, 'check')).body).toMatchObject({ code: 'wrong_state', state: 'uploading' })
    expect((await put(1_000, text.slice(1_000))).body).toMatchObject({ status: 'uploaded', received: text.length })
    expect((await checked(id)).checked.created).toBe(200)
  })

  it('names each column, also two of one name, with what its values look like', async () => {
    const id = await sent('Email,Email,seats,since,\nann2@example.com,x@example.com,12,2026-01-02,\n')
    const { body } = await test.request('GET', `/imports/${id}/columns`)
    expect(body.columns.map(({ key, target, looksLike }: Record<string, string>) => [key, target, looksLike])).toEqual([
      ['Email', 'email', 'email'],
      ['Email (2)', 'attributes.email', 'email'],
      ['seats', 'attributes.seats', 'number'],
      ['since', 'attributes.since', 'date'],
      ['column 5', '', 'empty'],
    ])
    await checked(id, { 'Email (2)': 'email', Email: '' })
    await imported(id)
    expect((await people()).map(({ email }) => email)).toContain('x@example.com')
    expect((await people()).map(({ email }) => email)).not.toContain('ann2@example.com')
  })

  it('is refused a mapping that does not fit, by name, and keeps its file', async () => {
    const id = await sent('mail,b\nann3@example.com,1\n')
    const refused = await move(id, 'check', { nowhere: 'email' })
    expect(refused.body).toMatchObject({
      code: 'invalid',
      errors: [{ path: 'mapping.nowhere', code: 'unknown_column' }],
    })
    expect((await move(id, 'start')).body).toMatchObject({
      code: 'wrong_state',
      state: 'uploaded',
      allowed: ['check', 'cancel'],
    })
    expect((await checked(id)).status).toBe('checked')
  })

  it('is canceled before it was started, and nothing is written', async () => {
    const id = await sent('email\ncanceled@example.com\n')
    await checked(id)
    expect((await move(id, 'cancel')).body).toMatchObject({ status: 'canceled', created: 0 })
    await test.drain()
    expect((await move(id, 'start')).status).toBe(409)
    expect((await pool().query('select from import_piece where import_id = $1', [id])).rowCount).toBe(0)
    expect((await people()).filter(({ email }) => email?.startsWith('canceled'))).toEqual([])
  })

  it('is canceled while it runs, and goes no further', async () => {
    const running = await sent('email\ncanceled2@example.com\n')
    await checked(running)
    await move(running, 'start')
    await move(running, 'cancel')
    await test.drain()
    expect(await read(running)).toMatchObject({ status: 'canceled', created: 0 })
    expect((await people()).filter(({ email }) => email?.startsWith('canceled'))).toEqual([])
  })

  it('is followed as work and over its stream, and belongs to its workspace alone', async () => {
    const id = await sent('email\nwork@example.com\n')
    await move(id, 'check')
    const { body } = await test.request('GET', '/work')
    expect(body.items).toEqual([expect.objectContaining({ kind: 'import', id, type: 'checking', name: 'people.csv' })])
    await test.drain()
    await move(id, 'start')
    expect((await test.request('GET', '/work')).body.items).toEqual([
      expect.objectContaining({ id, type: 'running', done: 0, total: 1 }),
    ])
    const key = test.otherWorkspace.adminKey
    for (const deed of ['check', 'start', 'cancel']) {
      const body = deed === 'check' ? {} : undefined
      expect((await test.request('POST', `/imports/${id}/${deed}`, { key, ...(body && { body }) })).status).toBe(404)
    }
    expect((await test.request('PUT', `/imports/${id}/file`, { key, body: 'x', headers: csv })).status).toBe(404)
    await test.drain()
  })
})

describe('a file that is none', () => {
  const utf16 = Buffer.from('\uFEFFemail\tfirst name\njose@example.com\tJosé\n', 'utf16le')
  const refused: [what: string, bytes: string | Uint8Array, words: RegExp][] = [
    ['a workbook with the name of a CSV', Buffer.from('504b03041400', 'hex'), /Excel workbook/],
    ['a web page', '<html><body>Hi</body></html>', /name the columns/],
    ['a header whose quote never closes', '"email,name\n', /quote/],
    ['spaces alone', '  \n\n', /empty/],
  ]
  it.each(refused)('is refused with its reason before anything is read: %s', async (_what, bytes, words) => {
    const { status, body } = await move(await sent(bytes), 'check')
    expect(status).toBe(422)
    expect(body.detail).toMatch(words)
  })

  it('of no bytes is refused before it is sent', async () => {
    const { status, body } = await test.request('POST', '/imports', { body: { fileName: 'none.csv', size: 0 } })
    expect([status, body.errors[0]]).toEqual([
      422,
      expect.objectContaining({ path: 'size', message: expect.stringMatching(/empty/) }),
    ])
  })

  it('larger than can be taken is refused before it is sent, with how to split it', async () => {
    const { status, body } = await test.request('POST', '/imports', {
      body: { fileName: 'huge.csv', size: 25 * 1024 ** 3 },
    })
    expect([status, body.code, body.errors[0].path]).toEqual([413, 'too_large', 'size'])
    expect(body.detail).toMatch(/up to 10 GB.* 25\.0 GB\. Split it between lines into 3 files or more/)
  })

  const taken: [what: string, bytes: string | Uint8Array, name: string | null][] = [
    ['a mark of UTF-8', '\uFEFFemail,first name\nbom@example.com,Bom\n', 'Bom'],
    ['UTF-16 with tabs', utf16, 'José'],
    ['semicolons', 'email;first name\nsemi@example.com;"a; b"\n', 'a; b'],
    ['an emoji', 'email,first name\nemoji@example.com,👩‍🚀 Ann\n', '👩‍🚀 Ann'],
    ['text from right to left', 'email,first name\nrtl@example.com,מרים\n', 'מרים'],
    ['a formula', 'email,first name\nformula@example.com,=cmd()\n', '=cmd()'],
    ['a formula that a spreadsheet marked', "email,first name\nmarked@example.com,'=cmd()\n", '=cmd()'],
  ]
  it.each(taken)('is another matter than one with %s', async (_what, bytes, name) => {
    const id = await sent(bytes)
    expect((await checked(id)).checked).toMatchObject({ created: 1, rejected: 0 })
    await imported(id)
    expect((await people()).map(({ first_name }) => first_name)).toContain(name)
  })

  it('marks formulas in what it gives back', async () => {
    const id = await sent('email,first name\n=cmd(),x\n')
    await checked(id)
    const { body } = await test.request('GET', `/imports/${id}/rejects.csv`)
    expect(body).toMatch(/^2,[^\n]*,"?'=cmd\(\)/m)
  })
})

async function* oneByOne(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
