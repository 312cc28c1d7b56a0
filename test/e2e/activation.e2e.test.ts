import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addCustomers, makeDraft, passGrace, runsOf, settle, waitingFlow } from '../campaign.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

describeInBrowser('what happens around activation', () => {
  let on: SignedInApp
  let sandbox: string

  beforeAll(async () => {
    on = await startSignedInApp()
    const { items } = (await on.app.request('GET', '/credentials')).body as { items: { id: string; type: string }[] }
    sandbox = items.find(({ type }) => type === 'sandbox')?.id ?? ''
  }, 120_000)
  afterAll(async () => await on?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(on.page, task))

  const mailing = (subject = 'Hello {{customer.firstName}}') => {
    const flow = waitingFlow()
    const config = { credentialId: sandbox, subject, body: '<p>Hello</p>' }
    flow.nodes.splice(1, 1, { id: 'wait-1', type: 'email-send', title: 'Hello', config } as never)
    return flow
  }
  const bar = () => on.page.getByRole('timer', { name: 'Before the campaign begins' })
  const secondsLeft = async () => Number(/(\d+) s/.exec((await bar().textContent()) ?? '')?.[1])
  const mails = async (id: string) =>
    (await on.app.request('GET', `/messages?campaignId=${id}`)).body.items as unknown[]

  test('counts down before anything leaves, through a reload, in builder and page, and Pause within it leaves no trace', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 3)
    const id = await makeDraft(app, { name: 'Careful', flow: mailing(), audience: { type: 'list', customerIds } })
    await page.goto(`/campaigns/${id}/builder`)
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByRole('button', { name: 'Activate and enroll 3' }).click()
    await bar().getByText('First messages leave in').waitFor()
    const first = await secondsLeft()
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThanOrEqual(30)
    await expect.poll(secondsLeft).toBeLessThan(first)
    await page.goto(`/campaigns/${id}/overview`)
    await bar().waitFor()
    expect(await secondsLeft()).toBeLessThan(first)
    await expectAccessible(page, 'before the campaign begins')
    await portray(page, 'campaign-beginning')
    await page.reload()
    await bar().getByRole('button', { name: 'Pause' }).click()
    await bar().waitFor({ state: 'detached' })
    await page.getByText('Paused. Nobody is inside.').waitFor()
    await passGrace(app.app, id)
    await settle(app.app)
    expect(await runsOf(app.app, id)).toEqual([])
    expect(await mails(id)).toEqual([])
  })

  test('shows no bar once the time is over, and everybody is inside then', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 2)
    const id = await makeDraft(app, { name: 'Off it goes', audience: { type: 'list', customerIds } })
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByRole('button', { name: 'Activate and enroll 2' }).click()
    await bar().getByText('Customers enter in').waitFor()
    await passGrace(app.app, id)
    await settle(app.app)
    await bar().waitFor({ state: 'detached' })
    expect(await runsOf(app.app, id)).toHaveLength(2)
    expect(on.faults).toEqual([])
  })
})
