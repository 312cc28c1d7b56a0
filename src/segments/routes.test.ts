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
const segment = async (name = 'Some') => (await request('POST', '/segments', { name })).body

describe('a static segment', () => {
  it('is made, renamed under its version, and listed with its count', async () => {
    const made = await segment('  Trial users ')
    expect(made).toMatchObject({ name: 'Trial users', kind: 'static', customers: 0, version: 1 })
    const renamed = await request('PATCH', `/segments/${made.id}`, { name: 'Trials' }, { 'if-match': '"1"' })
    expect(renamed.body).toMatchObject({ name: 'Trials', version: 2 })
    const stale = await request('PATCH', `/segments/${made.id}`, { name: 'x' }, { 'if-match': '1' })
    expect(stale).toMatchObject({ status: 412, body: { version: 2 } })
    expect((await request('GET', '/segments?q=trials')).body.items).toEqual([renamed.body])
    expect((await request('POST', '/segments', { name: 'x', kind: 'dynamic' })).status).toBe(422)
  })

  it('takes customers once, with an event each, and lets them go', async () => {
    const { id } = await segment()
    const customerIds = [await customer(), await customer()]
    const path = `/segments/${id}/customers`
    expect((await request('POST', path, { customerIds })).body).toEqual({ changed: 2, customers: 2 })
    const more = [...customerIds, ...customerIds, await customer()]
    expect((await request('POST', path, { customerIds: more })).body).toEqual({ changed: 1, customers: 3 })
    expect((await request('GET', path)).body.items.map((one: { id: string }) => one.id).sort()).toEqual(
      [...new Set(more)].sort(),
    )
    expect((await request('DELETE', path, { customerIds })).body).toEqual({ changed: 2, customers: 1 })
    const { rows } = await test.database.pool.query(
      `select properties from event where customer_id = $1 and name = 'customer.updated' order by id`,
      [customerIds[0]],
    )
    expect(rows.map(({ properties }) => properties)).toEqual([{ segmentAdded: id }, { segmentRemoved: id }])
  })

  it('takes customers by their addresses, and says which nobody has', async () => {
    const { id } = await segment()
    const [one, two] = [await customer(), await customer()]
    const listed = (await request('GET', '/customers')).body.items
    const emailOf = (of: string) => listed.find((each: { id: string }) => each.id === of).email as string
    const emails = [` ${emailOf(one).toUpperCase()}`, emailOf(two), emailOf(two), 'nobody@example.com']
    const added = await request('POST', `/segments/${id}/customers`, { emails })
    expect(added.body).toEqual({ changed: 2, customers: 2, unknownEmails: ['nobody@example.com'] })
    expect((await request('POST', `/segments/${id}/customers`, { emails, customerIds: [one] })).status).toBe(422)
  })

  it('refuses foreign and archived customers by name, and takes none of the call', async () => {
    const { id } = await segment()
    const mine = await customer()
    const foreign = await customer(test.otherWorkspace.adminKey)
    const path = `/segments/${id}/customers`
    for (const method of ['POST', 'DELETE']) {
      const answer = await request(method, path, { customerIds: [mine, foreign] })
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'customerIds.1', code: 'not_found' }] } })
    }
    const gone = await customer()
    await request('DELETE', `/customers/${gone}`)
    const archived = await request('POST', path, { customerIds: [mine, gone] })
    expect(archived).toMatchObject({ status: 422, body: { errors: [{ path: 'customerIds.1', code: 'archived' }] } })
    expect((await request('GET', `/segments/${id}`)).body.customers).toBe(0)
    const elsewhere = await test.request('POST', path, {
      body: { customerIds: [foreign] },
      key: test.otherWorkspace.adminKey,
    })
    expect(elsewhere.status).toBe(404)
  })

  it('stays while a campaign uses it as audience, exclusion or in its graph, and says which', async () => {
    const { id } = await segment()
    const uses: [string, unknown[]][] = [
      [`update campaign set audience = $2 where id = $1`, [{ type: 'segment', segmentId: id }]],
      [`update campaign set audience = null, exclude_segment_id = $2 where id = $1`, [id]],
      [
        `with c as (update campaign set exclude_segment_id = null where id = $1 returning id)
         insert into node (campaign_id, id, type, config, position) select id, 'add-1', 'add-to-segment', $2, 0 from c`,
        [{ segmentId: id }],
      ],
    ]
    const { rows } = await test.database.pool.query(
      `insert into campaign (workspace_id, name) values ($1, 'Spring') returning id`,
      [test.workspaceId],
    )
    for (const [statement, values] of uses) {
      await test.database.pool.query(statement, [rows[0].id, ...values])
      const answer = await request('DELETE', `/segments/${id}`)
      expect(answer, statement).toMatchObject({
        status: 409,
        body: { code: 'in_use', campaigns: [{ name: 'Spring' }] },
      })
      expect((await request('GET', `/segments/${id}/uses`)).body).toMatchObject({ campaigns: [{ name: 'Spring' }] })
      expect((await request('GET', `/segments/${id}`)).body.usedBy).toBe(1)
    }
    await test.database.pool.query(`update campaign set status = 'archived', exclude_segment_id = $2 where id = $1`, [
      rows[0].id,
      id,
    ])
    expect((await request('DELETE', `/segments/${id}`)).status).toBe(204)
    expect((await request('GET', `/segments/${id}`)).status).toBe(404)
  })
})
