import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const start = { id: 'start', type: 'trigger', title: 'Go', config: {} }
const tag = (id: string) => ({ id, type: 'add-tag', title: id, config: { name: id } })
const flow = (...ids: string[]) => ({
  nodes: [start, ...ids.map(tag)],
  edges: ids.map((target, index) => ({ id: `e${index}`, source: ids[index - 1] ?? 'start', target, when: null })),
})
const draft = async (...ids: string[]): Promise<string> => {
  const { body } = await test.request('POST', '/campaigns', { body: { name: 'Draft' } })
  await put(body.id, ...ids)
  return body.id
}
const put = (id: string, ...ids: string[]) =>
  test.request('PUT', `/campaigns/${id}/workflow`, { body: { ...flow(...ids), layout: { start: { x: 1, y: 2 } } } })
const keep = (id: string, reason: string) => test.request('POST', `/campaigns/${id}/checkpoints`, { body: { reason } })
const list = async (id: string) => (await test.request('GET', `/campaigns/${id}/checkpoints`)).body.items

it('keeps the draft to the byte, and it comes back by saving it', async () => {
  const id = await draft('a', 'b')
  const before = (await test.request('GET', `/campaigns/${id}/workflow`)).body
  const made = await keep(id, 'ai')
  expect(made.status).toBe(201)
  await put(id, 'c')
  const { body } = await test.request('GET', `/campaigns/${id}/checkpoints/${made.body.id}`)
  expect(body).toMatchObject({ reason: 'ai', steps: 3, madeByName: 'admin' })
  const { nodes, edges, layout } = body
  await test.request('PUT', `/campaigns/${id}/workflow`, { body: { nodes, edges, layout } })
  const { version: _, ...after } = (await test.request('GET', `/campaigns/${id}/workflow`)).body
  const { version: __, ...was } = before
  expect(JSON.stringify(after)).toBe(JSON.stringify(was))
})

it('keeps the same draft once, and says when it was before a proposal', async () => {
  const id = await draft('a')
  const opened = await keep(id, 'opened')
  expect((await keep(id, 'opened')).body.id).toBe(opened.body.id)
  const before = await keep(id, 'ai')
  expect((await keep(id, 'ai')).body.id).toBe(before.body.id)
  expect((await keep(id, 'opened')).body.id).toBe(before.body.id)
  await put(id, 'b')
  await keep(id, 'opened')
  expect((await list(id)).map(({ reason }: { reason: string }) => reason)).toEqual(['opened', 'ai', 'opened'])
  const { body } = await test.request('GET', '/audit-log')
  expect(JSON.stringify(body)).toContain('campaign.draft_kept')
})

it('keeps the last thirty', async () => {
  const id = await draft('a')
  const made: string[] = []
  for (let count = 0; count < 32; count += 1) {
    await put(id, `t${count}`)
    made.push((await keep(id, 'ai')).body.id)
  }
  expect((await list(id)).map((each: { id: string }) => each.id)).toEqual(made.slice(2).reverse())
})

it('is kept once when two tabs ask at the same moment', async () => {
  const id = await draft('a')
  const ids = await Promise.all(Array.from({ length: 6 }, async () => (await keep(id, 'ai')).body.id))
  expect(new Set(ids).size).toBe(1)
})

it('is another workspace’s business for nobody, and an archived draft is not kept', async () => {
  const id = await draft('a')
  const { body } = await keep(id, 'ai')
  const key = test.otherWorkspace.adminKey
  expect((await test.request('GET', `/campaigns/${id}/checkpoints`, { key })).status).toBe(404)
  expect((await test.request('GET', `/campaigns/${id}/checkpoints/${body.id}`, { key })).status).toBe(404)
  expect((await test.request('POST', `/campaigns/${id}/checkpoints`, { key, body: { reason: 'ai' } })).status).toBe(404)
  const other = await draft('a')
  expect((await test.request('GET', `/campaigns/${other}/checkpoints/${body.id}`)).status).toBe(404)
  expect((await keep(id, 'whim')).body).toMatchObject({ code: 'invalid', errors: [{ path: 'reason' }] })
  await test.request('POST', `/campaigns/${id}/archive`)
  expect((await keep(id, 'ai')).body.code).toBe('wrong_state')
})
