import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../app.ts'
import { addCustomers, makeActive, makeDraft, runsOf } from '../campaign.ts'
import { addTrigger, callHook } from '../triggers.ts'
import {
  describeInBrowser,
  expectAccessible,
  openBrowser,
  openPage,
  portray,
  portrayFailure,
  webDir,
} from './browser.ts'
import { openContext } from './signed-in.ts'

describeInBrowser('the triggers of a campaign', () => {
  let app: TestApp
  let browser: Browser
  let page: Page
  let faults: string[]
  let id: string

  beforeAll(async () => {
    browser = await openBrowser()
    app = await startTestApp({ webDir })
    const context = await openContext(browser, app)
    ;({ page, faults } = await openPage(context))
    await app.request('POST', '/customers', { body: { firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' } })
    await addCustomers(app, 3)
    const won = { name: 'deal.won', customer: { email: 'ann@example.com' }, properties: { amount: 120, plan: 'pro' } }
    await app.request('POST', '/events', { body: won })
    id = await makeActive(app, { name: 'Welcome' })
    await page.goto(`/campaigns/${id}/triggers`)
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })
  afterEach(async ({ task }) => portrayFailure(page, task))

  const add = async (kind: string) => {
    await page.getByRole('button', { name: 'Add a trigger' }).click()
    await page.getByRole('menuitem', { name: kind }).click()
  }
  const dialog = () => page.getByRole('dialog')

  test('a schedule is set with presets or a cron, which is checked while it is written', async () => {
    await add('On a schedule')
    await dialog().getByText('Weekdays at 09:00 in UTC').waitFor()
    await expect.poll(() => dialog().getByRole('listitem').count()).toBe(5)
    await dialog().getByRole('combobox', { name: 'How often' }).or(dialog().getByLabel('How often')).first().click()
    await page.getByRole('option', { name: 'Written as a cron' }).click()
    const cron = dialog().getByRole('textbox', { name: 'Cron' })
    await cron.fill('61 * * * *')
    await dialog().getByText('“61” is no minute').waitFor()
    await dialog().getByRole('button', { name: 'Add trigger' }).click()
    await dialog().getByText('“61” is no minute').waitFor()
    await cron.fill('0 9 * * 1,4')
    await dialog().getByText('Mondays and Thursdays at 09:00 in UTC').waitFor()
    await portray(page, 'trigger-schedule')
    await expectAccessible(page, 'schedule form')
    await dialog().getByRole('button', { name: 'Add trigger' }).click()
    await page.getByRole('heading', { name: 'Mondays and Thursdays at 09:00 in UTC' }).waitFor()
    await dialog().waitFor({ state: 'hidden' })
  })

  test('an event is chosen among those that were seen, with a filter on its properties', async () => {
    await add('By an event')
    await dialog().getByRole('button', { name: 'Add trigger' }).click()
    await dialog().getByText('Name the event.').waitFor()
    await dialog().getByLabel('Event').first().click()
    await page.getByRole('option', { name: 'deal.won' }).click()
    await dialog().getByRole('button', { name: 'Add rule' }).click()
    await dialog().getByLabel('Rule 1: property').first().click()
    await page.getByRole('option', { name: 'amount' }).click()
    await dialog().getByLabel('Rule 1: condition').first().click()
    await page.getByRole('option', { name: 'is greater than' }).click()
    await dialog().getByLabel('Rule 1: value').fill('100')
    await dialog().getByLabel('Rule 1: value').press('Enter')
    await page
      .getByRole('heading', { name: 'When “deal.won” happens to a customer where amount is greater than 100' })
      .waitFor()
    await dialog().waitFor({ state: 'hidden' })
  })

  test('a webhook shows its secret once and a call that works, and then what was called', async () => {
    await add('By a webhook')
    await dialog().getByLabel('Where it stands in the body').fill('email')
    await dialog().getByRole('button', { name: 'Add trigger' }).click()
    await dialog().getByText('begins with “$”').waitFor()
    await dialog().getByLabel('Where it stands in the body').fill('$.customer.email')
    await portray(page, 'trigger-webhook-form')
    await expectAccessible(page, 'webhook form')
    await dialog().getByRole('button', { name: 'Add trigger' }).click()
    await dialog().waitFor({ state: 'hidden' })
    const card = page.getByRole('region', { name: /By a webhook/ })
    await card.getByText('The secret, shown this once').waitFor()
    await card.getByText('Waiting for the first call…').waitFor()
    const [hook] = (await app.request('GET', `/campaigns/${id}/triggers`)).body.items.filter(
      ({ type }: { type: string }) => type === 'webhook',
    )
    const secret = (
      await card
        .getByText(/^whsec_/)
        .first()
        .innerText()
    ).trim()
    expect(await card.getByText('openssl dgst').innerText()).toContain(secret)
    const answer = await callHook(app, { url: hook.url, secret }, { customer: { email: 'ann@example.com' } })
    expect(answer.status).toBe(202)
    await callHook(app, { url: hook.url, secret }, { customer: { email: 'nobody@example.com' } })
    await card.getByRole('link', { name: 'Ann Lee' }).waitFor()
    const read = card.getByRole('table', { name: 'How it was read' }).getByRole('row')
    await expect.poll(() => read.allInnerTexts()).toContain('Who it is\t$.customer.email\tann@example.com')
    await card.getByText('No such customer').waitFor()
    await card.getByText('1 matched, 1 enrolled').waitFor()
    await portray(page, 'triggers')
    await expectAccessible(page, 'triggers tab')
    await page.reload()
    await card.getByText('Last calls').waitFor()
    expect(await page.getByText(/whsec_[A-Za-z0-9+/]{20}/).count()).toBe(0)
    await card.getByRole('button', { name: 'New secret…' }).click()
    await dialog().getByRole('button', { name: 'Make a new secret' }).click()
    await card.getByText('The secret before this one works until').waitFor()
    await dialog().waitFor({ state: 'hidden' })
  })

  test('fires once for a customer, is switched off, and is deleted', async () => {
    const card = page.getByRole('region', { name: /By an event/ })
    await card.getByRole('button', { name: 'Fire once for…' }).click()
    await dialog().getByRole('button', { name: 'Fire for this customer' }).click()
    await dialog().getByText('Choose a customer.').waitFor()
    await dialog().getByLabel('Customer').first().fill('ann')
    await page.getByRole('option', { name: /Ann Lee/ }).click()
    await dialog().getByRole('button', { name: 'Fire for this customer' }).click()
    await page.getByText('Nobody enrolled: 1 inside').waitFor()
    expect(await runsOf(app.app, id)).toHaveLength(1)
    await card.getByRole('switch').click({ force: true })
    await card.getByText('switched off').waitFor()
    await card.getByRole('button', { name: /^More for/ }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await dialog().getByRole('button', { name: 'Delete the trigger' }).click()
    await card.waitFor({ state: 'detached' })
  })

  test('a draft with triggers is activated without a choice, and Run now says where to go', async () => {
    const draft = await makeDraft(app, { name: 'By schedule' })
    await addTrigger(app, draft, { type: 'schedule', config: { cron: '0 9 * * *', timezone: 'Europe/Berlin' } })
    await page.goto(`/campaigns/${draft}/overview`)
    await page.getByRole('button', { name: 'Activate' }).click()
    await dialog().getByText('Every day at 09:00 in Europe/Berlin').waitFor()
    expect(await dialog().getByText('Whom to enroll').count()).toBe(0)
    await dialog().getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByText('Enrolls by its triggers').first().waitFor()
    await page.getByRole('button', { name: 'Run now' }).click()
    await dialog().getByRole('link', { name: 'Triggers' }).click()
    await page.getByRole('heading', { name: 'Every day at 09:00 in Europe/Berlin' }).waitFor()
    expect(faults).toEqual([])
  })
})
