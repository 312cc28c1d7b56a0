import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, settle } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let one: string
let other: string
beforeAll(async () => {
  test = await startTestApp()
  ;[one = '', other = ''] = await addCustomers(test, 2)
})
afterAll(() => test.close())

const why = async (customer: string, campaign: string) =>
  (await test.request('GET', `/customers/${customer}/why?campaignId=${campaign}`)).body
const codes = async (customer: string, campaign: string) =>
  (await why(customer, campaign)).because.map(({ code }: { code: string }) => code)

describe('why a customer is in a campaign, or is not', () => {
  it('follows them from not matched over inside to gone through', async () => {
    const list = (customerIds: string[]) => ({ type: 'list', customerIds })
    const campaign = await makeActive(test, { audience: list([other]) })
    expect(await why(one, campaign)).toMatchObject({ in: false, because: [{ code: 'not-matched' }], run: null })
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { audience: list([one, other]) } })
    expect(await codes(one, campaign)).toEqual(['not-fired'])
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { enroll: 'keep' } })
    expect(await codes(one, campaign)).toEqual(['enrolls-soon'])
    await settle(test.app)
    const inside = await why(one, campaign)
    expect(inside).toMatchObject({ in: true, run: { status: 'running', entry: 1 } })
    expect(inside.because[0]).toEqual({ code: 'inside', text: 'They are in it. Waits at “Wait a while”.' })
    await test.request('POST', `/runs/${inside.run.id}/cancel`)
    expect(await why(one, campaign)).toMatchObject({
      in: false,
      because: [{ code: 'went-through' }],
      run: { status: 'canceled' },
    })
  })

  it('names the exclusion, the missing address, the suppression and the state that stand in the way', async () => {
    const segment = await test.request('POST', '/segments', { body: { name: 'Cooling down' } })
    await test.request('POST', `/segments/${segment.body.id}/customers`, { body: { customerIds: [one] } })
    const campaign = await makeDraft(test)
    expect(await codes(other, campaign)).toEqual(['not-active'])
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { excludeSegmentId: segment.body.id } })
    expect((await why(one, campaign)).because).toEqual([
      { code: 'excluded', text: 'They are in the segment “Cooling down”, which the campaign leaves out.' },
    ])
    await sql`
      insert into suppression (workspace_id, customer_id, channel, reason, source) values (${test.workspaceId}, ${other}, 'email', 'unsubscribe', 'test')
    `.execute(test.app.db)
    expect(await codes(other, campaign)).toEqual(['not-active', 'suppressed'])
    const [silent = ''] = await addCustomers(test, 1)
    await sql`update customer set email = null where id = ${silent}`.execute(test.app.db)
    expect(await codes(silent, campaign)).toEqual(['not-active', 'no-address'])
    await sql`update customer set archived_at = now() where id = ${silent}`.execute(test.app.db)
    expect(await codes(silent, campaign)).toEqual(['archived'])
  })

  it('is not told of other workspaces', async () => {
    const campaign = await makeDraft(test)
    const key = test.otherWorkspace.adminKey
    expect((await test.request('GET', `/customers/${one}/why?campaignId=${campaign}`, { key })).status).toBe(404)
    expect((await test.request('GET', `/customers/${randomUUID()}/why?campaignId=${campaign}`)).status).toBe(404)
    expect((await test.request('GET', `/customers/${one}/why?campaignId=${randomUUID()}`)).status).toBe(404)
  })

  it('stands on their page for all campaigns: where they are, by what they came in, and why they are not', async () => {
    const [visitor = ''] = await addCustomers(test, 1)
    const segment = await test.request('POST', '/segments', {
      body: {
        name: 'First names',
        kind: 'dynamic',
        rules: { all: [{ field: 'firstName', op: 'starts-with', value: 'Customer' }] },
      },
    })
    const wide = await makeActive(test, {
      name: 'Wide',
      audience: { type: 'segment', segmentId: segment.body.id },
      enroll: 'keep',
    })
    const narrow = await makeActive(test, { name: 'Narrow', audience: { type: 'list', customerIds: [other] } })
    await makeDraft(test, { name: 'Never ran' })
    await settle(test.app)
    const { body } = await test.request('GET', `/customers/${visitor}/campaigns`)
    expect(body.items[0]).toMatchObject({
      campaign: { id: wide, name: 'Wide', status: 'active' },
      in: true,
      now: { text: 'Waits at “Wait a while”.', until: expect.any(String) },
      passages: [
        {
          entry: 1,
          status: 'running',
          broughtIn: 'The campaign enrolls whoever matches: they were in the segment “First names”.',
          rules: [expect.stringContaining('first name')],
        },
      ],
    })
    expect(body.items.find((item: { campaign: { id: string } }) => item.campaign.id === narrow)).toMatchObject({
      in: false,
      because: [{ code: 'not-matched' }],
      passages: [],
    })
    expect(body.items.map((item: { campaign: { name: string } }) => item.campaign.name)).not.toContain('Never ran')
    const inside = (await test.request('GET', `/customers/${visitor}/campaigns?inside=true`)).body
    expect(inside.items.map((item: { campaign: { id: string } }) => item.campaign.id)).toEqual([wide])
    const first = (await test.request('GET', `/customers/${visitor}/campaigns?limit=1`)).body
    const second = (await test.request('GET', `/customers/${visitor}/campaigns?limit=1&cursor=${first.nextCursor}`))
      .body
    expect([...first.items, ...second.items]).toEqual(body.items.slice(0, 2))
    const key = test.otherWorkspace.adminKey
    expect((await test.request('GET', `/customers/${visitor}/campaigns`, { key })).status).toBe(404)
  })
})
