import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let credentialId: string

beforeAll(async () => {
  test = await startTestApp()
  const made = await test.request('POST', '/credentials', {
    body: { type: 'linkedin', name: 'Ann', memberId: test.owner.memberId },
  })
  credentialId = made.body.id
})
afterAll(() => test.close())

/** Customers with a profile each, in a campaign of one LinkedIn step; everything ran as far as it can. */
async function campaignOf(count: number): Promise<{ campaignId: string; ids: string[] }> {
  const ids = await addCustomers(test, count)
  await sql`update customer set linkedin_url = 'https://linkedin.com/in/' || id where id = any(${ids}::uuid[])`.execute(
    test.app.db,
  )
  const campaignId = await makeActive(test, {
    audience: { type: 'list', customerIds: ids },
    enroll: 'now',
    flow: {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        {
          id: 'send-1',
          type: 'send-step',
          title: 'Connect',
          config: { channel: 'linkedin', credentialId, body: 'Hi {{customer.firstName}} <b>&</b> co' },
        },
        { id: 'yes', type: 'exit', title: 'Yes', config: {} },
        { id: 'no', type: 'exit', title: 'No', config: {} },
      ],
      edges: [
        { id: 'e1', source: 'start', target: 'send-1', when: null },
        { id: 'e2', source: 'send-1', target: 'yes', when: 'replied' },
        { id: 'e3', source: 'send-1', target: 'no', when: null },
      ],
    },
  })
  await test.drain()
  return { campaignId, ids }
}

const tasksOf = async (customerId: string | undefined, status = 'open') =>
  (await test.request('GET', `/tasks?customerId=${customerId}&status=${status}`)).body.items
const done = (id: string, body?: object) => test.request('POST', `/tasks/${id}/done`, { ...(body && { body }) })
const messageOf = async (campaignId: string) =>
  (await test.request('GET', `/messages?campaignId=${campaignId}`)).body.items[0]
const runOf = async (campaignId: string) => {
  const runs = await test.request('GET', `/campaigns/${campaignId}/runs`)
  return (await test.request('GET', `/runs/${runs.body.items[0].id}`)).body
}

it('becomes a task with the text and the profile, and counts as sent when it is done', async () => {
  const { campaignId, ids } = await campaignOf(1)
  const [task] = await tasksOf(ids[0])
  expect(task).toMatchObject({
    kind: 'linkedin',
    title: 'Write to Customer 1 on LinkedIn',
    note: 'Hi Customer 1 <b>&</b> co',
    assigneeId: test.owner.memberId,
    message: { profileUrl: `https://linkedin.com/in/${ids[0]}`, state: 'waiting' },
  })
  expect(await messageOf(campaignId)).toMatchObject({ channel: 'linkedin', state: 'queued', reason: 'by_hand' })
  expect((await runOf(campaignId)).now).toEqual({
    text: 'Waits at “Connect” for Ann to send it by hand: there is a task.',
    until: null,
  })
  expect((await done(task.id)).body).toMatchObject({ doneAt: expect.any(String), message: { state: 'sent' } })
  await test.drain()
  expect(await messageOf(campaignId)).toMatchObject({ state: 'sent', reason: null, sentAt: expect.any(String) })
  expect(await runOf(campaignId)).toMatchObject({ status: 'running', nodeId: 'send-1' })
  expect((await test.request('POST', `/tasks/${task.id}/replied`)).body.message.repliedAt).toEqual(expect.any(String))
  expect((await test.request('POST', `/tasks/${task.id}/replied`)).status).toBe(200)
  await test.drain()
  expect(await runOf(campaignId)).toMatchObject({ status: 'succeeded', nodeId: 'yes' })
  const { rows } = await sql`
    select name, count(*)::int as n from event where campaign_id = ${campaignId} and name like 'message.%' group by 1 order by 1
  `.execute(test.app.db)
  expect(rows).toEqual([
    { name: 'message.replied', n: 1 },
    { name: 'message.sent', n: 1 },
  ])
  expect(await tasksOf(ids[0])).toEqual([])
  expect(await tasksOf(ids[0], 'done')).toHaveLength(1)
})

it('takes the reply along with being done', async () => {
  const { campaignId, ids } = await campaignOf(1)
  const [task] = await tasksOf(ids[0])
  const early = await test.request('POST', `/tasks/${task.id}/replied`)
  expect(early).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
  await done(task.id, { replied: true })
  await test.drain()
  expect(await runOf(campaignId)).toMatchObject({ status: 'succeeded', nodeId: 'yes' })
})

it('cannot be done while the campaign is paused, and can after', async () => {
  const { campaignId, ids } = await campaignOf(1)
  const [task] = await tasksOf(ids[0])
  await test.request('POST', `/campaigns/${campaignId}/pause`)
  expect(await done(task.id)).toMatchObject({ status: 409, body: { code: 'wrong_state', state: 'held' } })
  expect(await tasksOf(ids[0])).toMatchObject([{ doneAt: null, message: { state: 'waiting' } }])
  await test.request('POST', `/campaigns/${campaignId}/resume`)
  expect((await done(task.id)).status).toBe(200)
})

it('goes when the customer leaves the step, and when the campaign is archived', async () => {
  const { campaignId, ids } = await campaignOf(1)
  const [task] = await tasksOf(ids[0])
  await test.request('POST', `/runs/${(await runOf(campaignId)).id}/cancel`)
  expect(await tasksOf(ids[0])).toEqual([])
  expect(await done(task.id)).toMatchObject({ status: 409, body: { state: 'passed-over', reason: 'none' } })
  const second = await campaignOf(1)
  expect(await tasksOf(second.ids[0])).toHaveLength(1)
  await test.request('POST', `/campaigns/${second.campaignId}/archive`)
  expect(await tasksOf(second.ids[0])).toEqual([])
})

it('is passed over for who is suppressed meanwhile, and says so', async () => {
  const { campaignId, ids } = await campaignOf(1)
  const [task] = await tasksOf(ids[0])
  await test.request('POST', '/suppressions', { body: { customerId: ids[0], channel: 'linkedin', reason: 'manual' } })
  const answer = await done(task.id)
  expect(answer).toMatchObject({ status: 409, body: { state: 'passed-over', reason: 'suppressed' } })
  await test.drain()
  expect(await messageOf(campaignId)).toMatchObject({ state: 'skipped', reason: 'suppressed' })
  expect(await runOf(campaignId)).toMatchObject({ status: 'succeeded', nodeId: 'no' })
})

it('counts once, however often and by how many it is marked', async () => {
  const { campaignId, ids } = await campaignOf(1)
  const [task] = await tasksOf(ids[0])
  const answers = await Promise.all([done(task.id), done(task.id), done(task.id)])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  const { rows } = await sql`
    select coalesce(sum(n), 0)::int as n from tally where campaign_id = ${campaignId} and metric = 'message' and key = 'sent'
  `.execute(test.app.db)
  expect(rows).toEqual([{ n: 1 }])
})
