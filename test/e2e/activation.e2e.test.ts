import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addCustomers, makeActive, makeDraft, passGrace, runsOf, settle, waitingFlow } from '../campaign.ts'
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

  test('tells before what they get, when it leaves and who hears from others, each number with its people', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 8)
    const busy = { type: 'list', customerIds: customerIds.slice(0, 2) }
    await makeActive(app, { name: 'Other campaign', enroll: 'now', audience: busy })
    await settle(app.app)
    const nameless = (await app.request('POST', '/customers', { body: { email: 'nameless@example.com' } })).body.id
    const id = await makeDraft(app, {
      name: 'Told before',
      flow: mailing(),
      audience: { type: 'list', customerIds: [...customerIds, nameless] },
    })
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    const sheet = page.getByRole('dialog', { name: 'Activate “Told before”' })
    await sheet.getByText('The first message leaves 30 s after activating. 9 first messages take').waitFor()
    const examples = sheet.getByRole('radiogroup', { name: 'As whom' })
    await expect.poll(() => examples.getByRole('radio').count()).toBe(4)
    const first = await examples.getByRole('radio').first().getAttribute('value')
    await sheet.getByRole('button', { name: 'Others after' }).click()
    await expect.poll(() => examples.getByRole('radio').first().getAttribute('value')).not.toBe(first)
    await sheet.getByText(/^The emptiest/).click()
    await sheet.getByText('Has no firstName.').waitFor()
    await sheet.getByRole('button', { name: '2 also in Other campaign now' }).click()
    const people = page.getByRole('dialog', { name: 'Who: also in Other campaign now' })
    await expect.poll(() => people.getByRole('row').count()).toBe(3)
    await page.keyboard.press('Escape')
    await people.waitFor({ state: 'detached' })
    await sheet.getByRole('button', { name: 'Who has no firstName' }).click()
    await page
      .getByRole('dialog', { name: 'Who: has no firstName' })
      .getByText('nameless@example.com')
      .first()
      .waitFor()
    await page.keyboard.press('Escape')
    await sheet.getByText('3 checks passed').click()
    await sheet.getByText('An audience is chosen.').waitFor()
    await expectAccessible(page, 'pre-flight')
    await portray(page, 'preflight-full')
    await sheet.getByText('Enroll nobody yet').click()
    await sheet.getByRole('button', { name: 'Activate', exact: true }).waitFor()
  })

  test('leads from the page of the campaign to the very field that is to be put right', async () => {
    const { page, app } = on
    const id = await makeDraft(app, { name: 'Unfinished', flow: mailing('') })
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByRole('link', { name: 'Fix', exact: true }).first().click()
    await page.waitForURL('**/builder**')
    await expect
      .poll(() =>
        page.evaluate(
          `document.activeElement?.closest('[data-field]')?.dataset.field ?? document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent`,
        ),
      )
      .toMatch(/subject/i)
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
