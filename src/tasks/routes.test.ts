import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const request = (method: string, path: string, body?: unknown) => test.request(method, path, { body })

describe('a task', () => {
  it('is made for a member about a customer, listed, and done once', async () => {
    const customer = (await request('POST', '/customers', { email: 'ann@example.com', firstName: 'Ann' })).body
    const made = await request('POST', '/tasks', {
      title: 'Call Ann',
      customerId: customer.id,
      assigneeId: test.owner.memberId,
      dueAt: '2030-01-02T03:04:05+01:00',
    })
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'todo', customer: { firstName: 'Ann' }, dueAt: '2030-01-02T02:04:05.000Z', doneAt: null },
    })
    const { id } = made.body
    expect(
      (await request('GET', `/tasks?customerId=${customer.id}&assigneeId=${test.owner.memberId}`)).body.items,
    ).toEqual([made.body])
    const mine = await test.request('GET', '/tasks?assigneeId=me', {
      key: null,
      headers: { cookie: test.owner.cookie },
    })
    expect(mine.body.items).toHaveLength(1)
    const done = await request('POST', `/tasks/${id}/done`)
    expect(done.body.doneAt).not.toBeNull()
    expect((await request('POST', `/tasks/${id}/done`)).body).toEqual(done.body)
    expect((await request('GET', '/tasks')).body.items).toEqual([])
    expect((await request('GET', '/tasks?status=done')).body.items).toHaveLength(1)
  })

  it('is listed by when it is due, page by page, what has no date last', async () => {
    const customerId = (await request('POST', '/customers', { email: 'due@example.com' })).body.id
    const due = { Later: '2031-01-01T00:00:00Z', Never: null, Soon: '2029-01-01T00:00:00Z', Also: null }
    for (const [title, dueAt] of Object.entries(due)) await request('POST', '/tasks', { title, customerId, dueAt })
    const titles: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await request('GET', `/tasks?customerId=${customerId}&sort=due&limit=1${cursor}`)
      titles.push(...body.items.map(({ title }: { title: string }) => title))
      if (body.nextCursor === null) break
      cursor = `&cursor=${body.nextCursor}`
    }
    expect(titles).toEqual(['Soon', 'Later', 'Never', 'Also'])
    const newest = (await request('GET', `/tasks?customerId=${customerId}&limit=1`)).body.nextCursor
    expect((await request('GET', `/tasks?sort=due&cursor=${newest}`)).status).toBe(422)
  })

  it('knows nobody of another workspace', async () => {
    const other = test.otherWorkspace.adminKey
    const theirs = (await test.request('POST', '/customers', { body: { email: 'x@example.com' }, key: other })).body.id
    expect(await request('POST', '/tasks', { title: 'x', customerId: theirs })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'customerId', code: 'not_found' }] },
    })
    const assigned = await test.request('POST', '/tasks', {
      body: { title: 'x', assigneeId: test.owner.memberId },
      key: other,
    })
    expect(assigned).toMatchObject({ status: 422, body: { errors: [{ path: 'assigneeId' }] } })
    const { id } = (await request('POST', '/tasks', { title: 'Mine' })).body
    expect((await test.request('POST', `/tasks/${id}/done`, { key: other })).status).toBe(404)
  })
})
