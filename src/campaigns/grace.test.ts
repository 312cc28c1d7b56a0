import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeDraft, passGrace, runsOf, settle, waitingFlow } from '../../test/campaign.ts'
import { reactPass } from '../firings/react.ts'

let test: TestApp
let sandbox: string
beforeAll(async () => {
  test = await startTestApp()
  const { items } = (await test.request('GET', '/credentials')).body as { items: { id: string; type: string }[] }
  sandbox = items.find(({ type }) => type === 'sandbox')?.id ?? ''
})
afterAll(() => test.close())

const mailing = () => {
  const flow = waitingFlow()
  const config = { credentialId: sandbox, subject: 'Hello', body: 'Hello' }
  flow.nodes.splice(1, 1, { id: 'wait-1', type: 'email-send', title: 'Hello', config } as never)
  return flow
}
const read = async (id: string) => (await test.request('GET', `/campaigns/${id}`)).body
/** Lets every loop that may enroll or send work until nothing is left to do now. */
const work = async () => {
  while ((await reactPass(test.app)).again);
  await settle(test.app)
}
const begin = async (options: Parameters<typeof makeDraft>[1] = {}, enroll = 'keep') => {
  const id = await makeDraft(test, options)
  const body = { enroll, graceSeconds: 30 }
  const answer = await test.request('POST', `/campaigns/${id}/activate`, { body })
  expect(answer.status).toBe(200)
  return { id, answer: answer.body }
}
describe('the grace period after activation', () => {
  it('says by the clock of the database how long nothing leaves, and when the first message may follow', async () => {
    await addCustomers(test, 2)
    const { id, answer } = await begin({ flow: mailing() })
    expect(answer.beginning).toMatchObject({ firstSendMs: 0 })
    expect(answer.beginning.inMs).toBeGreaterThan(0)
    expect(answer.beginning.inMs).toBeLessThanOrEqual(30_000)
    const later = (await read(id)).beginning
    expect(later.inMs).toBeLessThanOrEqual(answer.beginning.inMs)
    await passGrace(test.app, id)
    await work()
    expect(await read(id)).toMatchObject({ beginning: null, counts: { inside: 2 } })
  })

  it('names no moment of a first message where there is none', async () => {
    const { answer } = await begin()
    expect(answer.beginning.firstSendMs).toBeNull()
  })

  it('lets nothing leave when the campaign is paused within it, nobody even enters', async () => {
    const customerIds = await addCustomers(test, 3)
    const { id } = await begin({ flow: mailing(), audience: { type: 'list', customerIds } })
    await work()
    expect((await test.request('POST', `/campaigns/${id}/pause`)).body).toMatchObject({ beginning: null, inHand: 0 })
    await passGrace(test.app, id)
    await work()
    expect(await runsOf(test.app, id)).toEqual([])
    expect((await test.request('GET', `/messages?campaignId=${id}`)).body.items).toEqual([])
    await test.request('POST', `/campaigns/${id}/resume`)
    await work()
    expect(await runsOf(test.app, id)).toHaveLength(3)
  })

  it('holds back customers who change meanwhile, too, and loses none of them', async () => {
    const customerIds = await addCustomers(test, 2)
    const { id } = await begin({ audience: { type: 'list', customerIds } })
    await test.request('PATCH', `/customers/${customerIds[0]}`, { body: { country: 'VN' } })
    await work()
    expect(await runsOf(test.app, id)).toEqual([])
    await passGrace(test.app, id)
    await work()
    expect(await runsOf(test.app, id)).toHaveLength(2)
  })

  it('goes on counting when the audience is changed within it', async () => {
    const customerIds = await addCustomers(test, 2)
    const { id } = await begin({ audience: { type: 'list', customerIds } })
    const audience = { type: 'list', customerIds: customerIds.slice(1) }
    const changed = await test.request('PATCH', `/campaigns/${id}`, { body: { audience } })
    expect(changed.body.beginning.inMs).toBeGreaterThan(0)
    await work()
    expect(await runsOf(test.app, id)).toEqual([])
    await passGrace(test.app, id)
    await work()
    expect((await runsOf(test.app, id)).map((run) => run.customer_id)).toEqual(customerIds.slice(1))
  })
})
