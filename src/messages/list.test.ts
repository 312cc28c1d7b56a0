import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeDraft } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
const campaigns: string[] = []
beforeAll(async () => {
  test = await startTestApp()
  await test.request('PATCH', '/workspace', { body: { timezone: 'Asia/Ho_Chi_Minh' } })
  const [ann = '', bob = '', gone = ''] = await addCustomers(test, 3)
  await sql`update customer set first_name = 'Ann', last_name = 'Lee', email = 'ann@acme.example' where id = ${ann}`.execute(
    test.app.db,
  )
  await sql`update customer set first_name = 'Gone', archived_at = now() where id = ${gone}`.execute(test.app.db)
  for (const name of ['One', 'Two']) campaigns.push(await makeDraft(test, { name }))
  const rows: [workspace: number, campaign: number, customer: string, channel: string, state: string, at: string][] = [
    // Midnight in Vietnam is 17:00 the day before in UTC.
    [test.workspaceId, 0, ann, 'email', 'sent', '2026-05-01T16:59:59.999Z'],
    [test.workspaceId, 0, bob, 'telegram', 'sent', '2026-05-01T17:00:00Z'],
    [test.workspaceId, 1, ann, 'email', 'failed', '2026-05-02T16:59:59.999Z'],
    [test.workspaceId, 1, gone, 'linkedin', 'skipped', '2026-05-02T17:00:00Z'],
    [test.otherWorkspace.id, 1, ann, 'email', 'sent', '2026-05-02T10:00:00Z'],
  ]
  for (const [index, [workspace, campaign, customer, channel, state, at]] of rows.entries()) {
    await sql`
      insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, channel, state, reason, queued_at)
      values (${workspace}, ${campaigns[campaign]}, ${-1 - index}, ${`m${index}`}, ${customer}, gen_random_uuid(), ${channel}, ${state}, null, ${at})
    `.execute(test.app.db)
  }
})
afterAll(() => test.close())

const found = async (query: string) =>
  (await test.request('GET', `/messages?sort=queuedAt&${query}`)).body.items.map(
    ({ nodeId }: { nodeId: string }) => nodeId,
  )

it('lists messages by campaign, channel, state, and the customer’s name or contacts, archived ones too', async () => {
  expect(await found('')).toEqual(['m0', 'm1', 'm2', 'm3'])
  expect(await found(`campaignId=${campaigns[1]}`)).toEqual(['m2', 'm3'])
  expect(await found('channel=telegram')).toEqual(['m1'])
  expect(await found('state=failed')).toEqual(['m2'])
  expect(await found('q=lee%20acme')).toEqual(['m0', 'm2'])
  expect(await found('q=gone')).toEqual(['m3'])
  expect(await found('q=100%25')).toEqual([])
  expect(await found(`q=ann&channel=email&campaignId=${campaigns[0]}`)).toEqual(['m0'])
})

it('lists those of a range of days, by the workspace’s calendar and both included', async () => {
  expect(await found('from=2026-05-02&to=2026-05-02')).toEqual(['m1', 'm2'])
  expect(await found('to=2026-05-01')).toEqual(['m0'])
  expect(await found('from=2026-05-03')).toEqual(['m3'])
  const { body } = await test.request('GET', '/messages?from=2026-02-30')
  expect(body).toMatchObject({ code: 'invalid', errors: [{ path: 'from' }] })
})

it('says how many there are of what was asked for, and nothing of another workspace', async () => {
  const { body } = await test.request('GET', '/messages?channel=email&total=true&limit=1')
  expect([body.items.length, body.total]).toEqual([1, { count: 2, exact: true }])
  const theirs = await test.request('GET', '/messages?total=true', { key: test.otherWorkspace.adminKey })
  expect(theirs.body.total).toEqual({ count: 1, exact: true })
})
