import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle } from '../../test/campaign.ts'
import { watchWork } from './watch.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const work = async (key = test.memberKey) => (await test.request('GET', '/work', { key })).body.items

describe('work under way', () => {
  it('is listed while it lasts, in its workspace alone', async () => {
    await addCustomers(test, 3)
    expect(await work()).toEqual([])
    const campaign = await makeActive(test, { name: 'Q3' })
    const firing = (await test.request('POST', `/campaigns/${campaign}/run`)).body
    const product = (await test.request('POST', '/products', { body: { name: 'Boat' } })).body
    await test.request('POST', `/products/${product.id}/criteria`, {
      body: {
        name: 'Fit',
        type: 'profile',
        weight: 1,
        params: { rules: [{ field: 'country', op: 'not-empty', score: 1 }] },
      },
    })
    const job = (await test.request('POST', `/products/${product.id}/rescore`, { body: {} })).body
    expect(await work()).toEqual([
      expect.objectContaining({
        kind: 'firing',
        id: firing.id,
        name: 'Q3',
        type: 'manual',
        aboutId: campaign,
        done: 0,
      }),
      expect.objectContaining({ kind: 'score-job', id: job.id, name: 'Boat', aboutId: product.id, done: 0, total: 3 }),
    ])
    expect(await work(test.otherWorkspace.adminKey)).toEqual([])
    await settle(test.app)
    await test.drain()
    expect(await work()).toEqual([])
  })

  it('is told as it moves, imports also by themselves, to their end', async () => {
    const leaving = new AbortController()
    const told = watchWork(test.app.db, { workspaceId: test.workspaceId, by: 'x' }, leaving.signal, 20)
    const next = async () => (await told.next()).value
    expect(await next()).toEqual({ event: 'work', data: { items: [] } })
    const { rows } = await test.database.pool.query(
      `insert into import (workspace_id, status, by, file_name, rows_read) values ($1, 'running', 'x', 'people.csv', 5) returning id`,
      [test.workspaceId],
    )
    const item = expect.objectContaining({ kind: 'import', id: rows[0].id, name: 'people.csv', done: 5, total: null })
    expect(await next()).toEqual({ event: 'work', data: { items: [item] } })
    expect(await next()).toMatchObject({ event: 'import', data: { id: rows[0].id, status: 'running', rowsRead: 5 } })
    await test.database.pool.query(
      `update import set status = 'done', rows_read = 9, finished_at = now() where id = $1`,
      [rows[0].id],
    )
    expect(await next()).toEqual({ event: 'work', data: { items: [] } })
    expect(await next()).toMatchObject({ event: 'import', data: { status: 'done', rowsRead: 9 } })
    leaving.abort()
    expect((await told.next()).done).toBe(true)
  })

  it('comes over the stream that names no campaign', async () => {
    const leaving = new AbortController()
    const answer = await fetch(`${test.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${test.memberKey}` },
      signal: leaving.signal,
    })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('event: work')) text += (await reader?.read())?.value ?? ''
    expect(text).toContain('{"items":[]}')
    leaving.abort()
  })
})
