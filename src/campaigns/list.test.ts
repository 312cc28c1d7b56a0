import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, settle, waitingFlow } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await addCustomers(test, 2)
})
afterAll(() => test.close())

const rowOf = async (id: string, query = '') =>
  (await test.request('GET', `/campaigns?limit=200${query}`)).body.items.find((row: { id: string }) => row.id === id)

it('says beside a row how many entered on each of the last seven days and how far the draft has moved on', async () => {
  const id = await makeActive(test, { enroll: 'now' })
  await settle(test.app)
  await test.drain()
  expect(await rowOf(id)).toMatchObject({ entries: [0, 0, 0, 0, 0, 0, 2], unpublishedChanges: 0, attention: [] })
  await test.request('PUT', `/campaigns/${id}/workflow`, { body: waitingFlow(7_200_000) })
  expect((await rowOf(id)).unpublishedChanges).toBe(1)
  expect((await rowOf(await makeDraft(test))).unpublishedChanges).toBe(0)
})

it('names what needs a person, and finds it by that', async () => {
  const id = await makeActive(test, { enroll: 'now' })
  await settle(test.app)
  expect(await rowOf(id, '&attention=true')).toBeUndefined()
  await sql`update run set error = '{"message": "x"}' where campaign_id = ${id}`.execute(test.app.db)
  expect((await rowOf(id, '&attention=true')).attention).toEqual([{ code: 'failing', count: 2 }])

  const { body: credential } = await test.request('POST', '/credentials', {
    body: { type: 'linkedin', name: 'Linh', memberId: test.owner.memberId },
  })
  const step = { channel: 'linkedin', credentialId: credential.id, body: 'Hello' }
  const flow = {
    nodes: [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      { id: 'say', type: 'send-step', title: 'Say', config: step },
    ],
    edges: [{ id: 'e', source: 'start', target: 'say', when: null }],
  }
  const other = await makeActive(test, { flow })
  await sql`update credential set health = 'dead' where id = ${credential.id}`.execute(test.app.db)
  expect((await rowOf(other)).attention).toEqual([{ code: 'credential', count: 1 }])
})

it('counts by status what the filters choose, and leaves archived ones out of all that is current', async () => {
  const before = (await test.request('GET', '/campaigns/counts?q=Counted')).body
  expect(before).toEqual({ draft: 0, active: 0, paused: 0, completed: 0, archived: 0 })
  const ids = [await makeDraft(test, { name: 'Counted 1' }), await makeDraft(test, { name: 'Counted 2' })]
  await test.request('POST', `/campaigns/${ids[1]}/archive`)
  const after = (await test.request('GET', '/campaigns/counts?q=Counted')).body
  expect(after).toMatchObject({ draft: 1, archived: 1 })
  const { items } = (await test.request('GET', '/campaigns?q=Counted&current=true')).body
  expect(items.map((row: { id: string }) => row.id)).toEqual([ids[0]])
  const theirs = await test.request('GET', '/campaigns/counts', { key: test.otherWorkspace.adminKey })
  expect(theirs.body).toEqual(before)
})

it('lists the customers behind each line of a waterfall, as many as it counts', async () => {
  const [inside = '', reached = '', nowhere = '', out = '', gone = ''] = await addCustomers(test, 5)
  await sql`update customer set email = null, external_id = 'x' where id = ${nowhere}`.execute(test.app.db)
  const { body: segment } = await test.request('POST', '/segments', { body: { name: 'Out', kind: 'static' } })
  await test.request('POST', `/segments/${segment.id}/customers`, { body: { customerIds: [out] } })
  const audience = { type: 'list', customerIds: [inside, reached, nowhere, out, gone] }
  const id = await makeActive(test, { audience })
  await test.request('PATCH', `/campaigns/${id}`, { body: { excludeSegmentId: segment.id } })
  await test.request('POST', `/campaigns/${id}/enroll`, { body: { customerIds: [inside] } })
  await settle(test.app)
  await test.request('DELETE', `/customers/${gone}`)
  const found = (await test.request('GET', `/campaigns/${id}/preflight`)).body
  const behind = async (line: string) => {
    const { items } = (await test.request('GET', `/campaigns/${id}/preflight/people?line=${line}`)).body
    return items.map((customer: { id: string }) => customer.id)
  }
  expect(await behind('excluded')).toEqual([out])
  expect(await behind('archived')).toEqual([gone])
  expect(await behind('inside')).toEqual([inside])
  expect(await behind('will-enroll')).toEqual([reached, nowhere].sort())
  expect(await behind('no-address')).toEqual([nowhere])
  for (const step of found.steps) expect(await behind(step.reason), step.reason).toHaveLength(step.count)
  const page = await test.request('GET', `/campaigns/${id}/preflight/people?line=matched&limit=2`)
  const next = await test.request(
    'GET',
    `/campaigns/${id}/preflight/people?line=matched&limit=200&cursor=${page.body.nextCursor}`,
  )
  expect([...page.body.items, ...next.body.items]).toHaveLength(5)
})
