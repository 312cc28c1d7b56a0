import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, settle, waitingFlow } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let sandbox: string
let everybody: string[]
const day = 86_400_000
beforeAll(async () => {
  test = await startTestApp()
  const { items } = (await test.request('GET', '/credentials')).body as { items: { id: string; type: string }[] }
  sandbox = items.find(({ type }) => type === 'sandbox')?.id ?? ''
  everybody = await addCustomers(test, 9)
  const nameless = everybody.slice(0, 2)
  await sql`update customer set first_name = null where id = any(${`{${nameless}}`}::uuid[])`.execute(test.app.db)
})
afterAll(() => test.close())

/** Waits two days, writes, waits a day for an answer. */
const mailing = () => {
  const flow = waitingFlow(2 * day)
  const config = {
    credentialId: sandbox,
    subject: 'Hello {{customer.firstName}}',
    body: '{{customer.lastName | default: "there"}}',
    replyTimeoutMs: day,
  }
  flow.nodes.push({ id: 'mail', type: 'email-send', title: 'Hello', config } as never)
  flow.edges.splice(1, 1, { id: 'e2', source: 'wait-1', target: 'mail', when: null })
  flow.edges.push({ id: 'e3', source: 'mail', target: 'exit-1', when: 'replied' } as never)
  return flow
}
const get = async (path: string) => (await test.request('GET', path)).body
const list = (customerIds: string[]) => ({ type: 'list', customerIds })

describe('the pre-flight', () => {
  it('says when the first message leaves, on which sender and how long that takes, and when the last step comes', async () => {
    const id = await makeDraft(test, { flow: mailing(), audience: list(everybody) })
    const found = await get(`/campaigns/${id}/preflight`)
    expect(found.firstSend).toMatchObject({ nodeId: 'mail', afterMs: 2 * day, pace: { seconds: 1, limit: null } })
    expect(found.longest).toEqual({ ms: 3 * day, atLeast: false })
    expect(found.passed).toEqual([
      'The workflow is valid: 4 steps checked.',
      'An audience is chosen.',
      expect.stringMatching(/^The sender “.+” can be used\.$/),
    ])
    await sql`update credential set limits = '{"perHour": 4}' where id = ${sandbox}`.execute(test.app.db)
    expect((await get(`/campaigns/${id}/preflight`)).firstSend.pace).toEqual({
      seconds: 4_500,
      limit: { count: 4, per: 'hour' },
    })
    await sql`update credential set limits = '{}' where id = ${sandbox}`.execute(test.app.db)
  })

  it('checks without counting anybody when only that is asked', async () => {
    const id = await makeDraft(test, { flow: mailing(), audience: list(everybody) })
    expect(await get(`/campaigns/${id}/preflight?people=false`)).toMatchObject({ ok: true, matched: 0, willEnroll: 0 })
  })

  it('lists who has no value for a field that a message names', async () => {
    const id = await makeDraft(test, { flow: mailing(), audience: list(everybody) })
    const { warnings } = await get(`/campaigns/${id}/preflight`)
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'missing_value', field: 'customer.firstName', count: 2 }),
    )
    const people = await get(`/campaigns/${id}/preflight/people?line=will-enroll&missing=firstName`)
    expect(people.items.map((one: { id: string }) => one.id)).toEqual(everybody.slice(0, 2))
  })

  it('draws by chance to whom the first message can be shown, the same for the same seed, and the emptiest of all', async () => {
    const id = await makeDraft(test, { flow: mailing(), audience: list(everybody) })
    const first = await get(`/campaigns/${id}/preflight/examples?seed=a`)
    expect(first.nodeId).toBe('mail')
    expect(first.items.map((one: { id: string }) => one.id).sort()).toEqual(everybody)
    expect(await get(`/campaigns/${id}/preflight/examples?seed=a`)).toEqual(first)
    expect((await get(`/campaigns/${id}/preflight/examples?seed=b`)).items).not.toEqual(first.items)
    expect(first.emptiest).toMatchObject({ id: everybody[0], missing: ['firstName', 'lastName'] })
  })

  it('has no example where no message is sent', async () => {
    const id = await makeDraft(test, { audience: list(everybody) })
    expect(await get(`/campaigns/${id}/preflight/examples`)).toEqual({ nodeId: null, items: [], emptiest: null })
  })

  it('names other active campaigns that they are in now, with the people', async () => {
    const busy = everybody.slice(3, 6)
    const other = await makeActive(test, { name: 'Other', enroll: 'now', audience: list(busy) })
    await settle(test.app)
    const id = await makeDraft(test, { flow: mailing(), audience: list(everybody) })
    expect(await get(`/campaigns/${id}/preflight/elsewhere`)).toEqual({
      items: [{ id: other, name: 'Other', count: 3 }],
    })
    const people = await get(`/campaigns/${id}/preflight/people?line=will-enroll&alsoIn=${other}`)
    expect(people.items.map((one: { id: string }) => one.id)).toEqual(busy)
    await test.request('POST', `/campaigns/${other}/pause`)
    expect(await get(`/campaigns/${id}/preflight/elsewhere`)).toEqual({ items: [] })
  })
})
