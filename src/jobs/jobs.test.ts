import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle } from '../../test/campaign.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await test.database.pool.query(
    `insert into customer (workspace_id, email, first_name, country)
     select $1, 'c' || n || '@example.com', case when n = 1 then '=cmd()' else 'C' || n end, case when n % 2 = 0 then 'VN' else 'DE' end
     from generate_series(1, 5000) n`,
    [test.workspaceId],
  )
})
afterAll(() => test.close())

const start = (body: unknown) => test.request('POST', '/jobs', { body })
const read = async (id: string) => (await test.request('GET', `/jobs/${id}`)).body
const inVietnam = { rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } }

describe('a change to all whom a filter matches', () => {
  it('reaches each of them once, is followed as work, and says in the audit log what it did', async () => {
    await test.request('POST', '/customers', { body: { email: 'extra@example.com', country: 'VN', tags: ['vip'] } })
    const { status, body } = await start({ kind: 'bulk', filter: inVietnam, action: { action: 'addTag', tag: 'vip' } })
    expect([status, body]).toEqual([
      202,
      expect.objectContaining({ kind: 'bulk', what: 'addTag', status: 'running', total: 2_501, done: 0 }),
    ])
    expect((await test.request('GET', '/work')).body.items).toEqual([
      expect.objectContaining({ kind: 'job', id: body.id, type: 'addTag', done: 0, total: 2_501 }),
    ])
    // Who comes after it was asked for was not in the number that was shown.
    await test.request('POST', '/customers', { body: { email: 'late@example.com', country: 'VN' } })
    await test.drain()
    expect(await read(body.id)).toMatchObject({ status: 'done', done: 2_501, changed: 2_500, error: null })
    const count = await test.request('GET', '/customers/count?tag=vip')
    expect(count.body).toEqual({ count: 2_501, exact: true })
    const { rows } = await test.database.pool.query(
      `select detail from audit_log where action = 'customers.bulk-add-tag' order by id desc limit 1`,
    )
    expect(rows[0].detail).toMatchObject({ tag: 'vip', matched: 2_501, changed: 2_500 })
  })

  it('goes on behind its cursor when another worker takes it up, and the one before changes nothing more', async () => {
    const { body } = await start({ kind: 'bulk', filter: {}, action: { action: 'addTag', tag: 'twice' } })
    const pool = test.database.pool
    // As a worker leaves it that was killed: some are done, and its lease is over.
    const { rows } = await pool.query(`select id from customer where workspace_id = $1 order by id limit 1 offset 99`, [
      test.workspaceId,
    ])
    await pool.query(`update job set cursor = $2, done = 100, changed = 100, fence = 1, tries = 1 where id = $1`, [
      body.id,
      rows[0].id,
    ])
    await test.drain()
    expect(await read(body.id)).toMatchObject({ status: 'done', done: body.total, changed: body.total })
    const { count } = (await test.request('GET', '/customers/count?tag=twice')).body
    expect(count).toBe(body.total - 100)
  })

  it('is canceled, and ends then', async () => {
    const { body } = await start({ kind: 'bulk', filter: {}, action: { action: 'archive' } })
    expect((await test.request('POST', `/jobs/${body.id}/cancel`)).body.status).toBe('canceled')
    await test.drain()
    expect((await test.request('GET', '/customers/count?archived=true')).body.count).toBe(0)
    expect((await test.request('POST', `/jobs/${body.id}/cancel`)).body).toMatchObject({ code: 'wrong_state' })
  })

  it('is refused when it names what is not here', async () => {
    const segmentId = randomUUID()
    const filtered = await start({ kind: 'bulk', filter: { segmentId }, action: { action: 'archive' } })
    expect(filtered.status).toBe(404)
    const sorted = await start({ kind: 'bulk', filter: {}, action: { action: 'addToSegment', segmentId } })
    expect(sorted.body).toMatchObject({ code: 'invalid', errors: [{ path: 'segmentId' }] })
    expect((await start({ kind: 'bulk', filter: {}, action: { action: 'addTag' } })).status).toBe(422)
    expect((await start({ kind: 'export', what: 'runs', campaignId: randomUUID() })).status).toBe(404)
  })

  it('belongs to its workspace', async () => {
    const { body } = await start({ kind: 'export', what: 'customers' })
    const key = test.otherWorkspace.adminKey
    expect((await test.request('GET', `/jobs/${body.id}`, { key })).status).toBe(404)
    expect((await test.request('GET', `/jobs/${body.id}/file`, { key })).status).toBe(404)
    expect((await test.request('POST', `/jobs/${body.id}/cancel`, { key })).status).toBe(404)
    await test.drain()
  })
})

describe('an export', () => {
  it('is a file once it is done, the same that the direct download is', async () => {
    const { body } = await start({ kind: 'export', what: 'customers', filter: inVietnam })
    const early = await test.request('GET', `/jobs/${body.id}/file`)
    expect(early.body).toMatchObject({ code: 'wrong_state', state: 'running' })
    await test.drain()
    const done = await read(body.id)
    expect(done).toMatchObject({ status: 'done', what: 'customers', done: 2_502, size: expect.any(Number) })
    const file = await test.request('GET', `/jobs/${body.id}/file`)
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="customers.csv"')
    const rules = encodeURIComponent(JSON.stringify(inVietnam.rules))
    expect(file.body).toBe((await test.request('GET', `/customers/export.csv?rules=${rules}`)).body)
    expect(Buffer.byteLength(file.body)).toBe(done.size)
  })

  it('holds those who were chosen, with formulas marked', async () => {
    const { items } = (await test.request('GET', '/customers?q=c1@example.com')).body
    const [{ id }] = items.filter(({ email }: { email: string }) => email === 'c1@example.com')
    const { body } = await start({ kind: 'export', what: 'customers', customerIds: [id] })
    await test.drain()
    const lines = (await test.request('GET', `/jobs/${body.id}/file`)).body.trim().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toContain(",'=cmd(),")
  })

  it('of a campaign’s runs has a line for each', async () => {
    await addCustomers(test, 3)
    const campaign = await makeActive(test, { name: 'Q3' })
    await test.request('POST', `/campaigns/${campaign}/run`)
    await settle(test.app)
    await test.drain()
    const { total } = { total: (await test.database.pool.query('select count(*)::int as n from run')).rows[0].n }
    const { body } = await start({ kind: 'export', what: 'runs', campaignId: campaign })
    expect(body.total).toBe(total)
    await test.drain()
    const lines = (await test.request('GET', `/jobs/${body.id}/file`)).body.trim().split('\r\n')
    expect(lines[0]).toBe('runId,customerId,email,firstName,lastName,entry,status,reason,nodeId,startedAt,finishedAt')
    expect(lines).toHaveLength(total + 1)
  })

  it('of a campaign’s events is what the direct download is', async () => {
    const { rows } = await test.database.pool.query('select id from campaign order by id limit 1')
    const campaignId = rows[0].id
    const { body } = await start({ kind: 'export', what: 'events', campaignId, filter: { entry: 'first' } })
    expect(body).toMatchObject({ what: 'events', total: null })
    await test.drain()
    const file = await test.request('GET', `/jobs/${body.id}/file`)
    const direct = await test.request('GET', `/campaigns/${campaignId}/analytics.csv?table=events&entry=first`)
    expect(file.body).toBe(direct.body)
    expect((await start({ kind: 'export', what: 'events', campaignId, filter: { branch: 'x' } })).status).toBe(422)
    const theirs = { body: { kind: 'export', what: 'events', campaignId }, key: test.otherWorkspace.adminKey }
    expect((await test.request('POST', '/jobs', theirs)).status).toBe(404)
  })

  it('is put away after a day', async () => {
    const { body } = await start({ kind: 'export', what: 'customers', filter: { tag: 'nobody' } })
    await test.drain()
    await test.database.pool.query(`update job set finished_at = now() - interval '25 hours' where id = $1`, [body.id])
    await test.drain()
    expect(await read(body.id)).toMatchObject({ status: 'done', size: null })
    expect((await test.request('GET', `/jobs/${body.id}/file`)).body.detail).toContain('a day has passed')
  })
})
