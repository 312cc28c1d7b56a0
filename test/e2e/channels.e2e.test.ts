import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../src/db/database.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { addCustomers, makeActive } from '../campaign.ts'
import { startTelegramServer, type TelegramServer } from '../telegram-server.ts'
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

describeInBrowser('Telegram and LinkedIn in the app', () => {
  let app: TestApp
  let telegram: TelegramServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: string[]
  beforeAll(async () => {
    browser = await openBrowser()
    telegram = await startTelegramServer()
    app = await startTestApp({ webDir, env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${telegram.port}` } })
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await telegram?.close()
  })
  beforeEach(async () => {
    context = await openContext(browser, app)
    ;({ page, faults } = await openPage(context))
  })
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    await context.close()
  })

  test('connects a bot and a member, and says what is wrong with a token', async () => {
    await page.goto('/settings/credentials')
    await page.getByRole('button', { name: 'Connect Telegram bot' }).click()
    const dialog = page.getByRole('dialog', { name: 'Connect a Telegram bot' })
    await dialog.getByLabel('Name').fill('Our bot')
    await dialog.getByLabel('Bot token').fill('1:not-the-token-it-is')
    await dialog.getByLabel('Bot API server').fill(telegram.url)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Telegram does not know this token').waitFor()
    await dialog.getByLabel('Bot token').fill(telegram.token)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('region', { name: 'Our bot' }).getByText('@test_bot', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'LinkedIn by hand' }).click()
    const other = page.getByRole('dialog', { name: 'Send on LinkedIn by hand' })
    await other.getByLabel('Name').fill('Me on LinkedIn')
    await other.getByRole('combobox', { name: 'Who sends' }).click()
    await page.getByRole('option').first().click()
    await other.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('region', { name: 'Me on LinkedIn' }).getByText('Each message is a task for').waitFor()
    await expectAccessible(page, 'senders')
    await portray(page, 'senders')
    expect(faults).toEqual([])
  })

  test('shows a LinkedIn message as a task to copy, do and answer', async () => {
    const account = await app.request('POST', '/credentials', {
      body: { type: 'linkedin', name: 'Ann', memberId: app.owner.memberId },
    })
    const [customer = ''] = await addCustomers(app, 1)
    await sql`update customer set linkedin_url = 'linkedin.com/in/ada' where id = ${customer}`.execute(app.app.db)
    const campaignId = await makeActive(app, {
      audience: { type: 'list', customerIds: [customer] },
      enroll: 'now',
      flow: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          {
            id: 'send-1',
            type: 'send-step',
            title: 'Connect',
            config: { channel: 'linkedin', credentialId: account.body.id, body: 'Hi {{customer.firstName}}' },
          },
          { id: 'yes', type: 'exit', title: 'Yes', config: {} },
        ],
        edges: [
          { id: 'e1', source: 'start', target: 'send-1', when: null },
          { id: 'e2', source: 'send-1', target: 'yes', when: 'replied' },
        ],
      },
    })
    await app.drain()
    await page.goto('/tasks')
    await page.getByText('Hi Customer 1').waitFor()
    await page.getByRole('button', { name: 'Copy text' }).waitFor()
    await expectAccessible(page, 'tasks')
    await portray(page, 'linkedin-task')
    expect(await page.getByRole('link', { name: 'Open profile' }).getAttribute('href')).toBe(
      'https://linkedin.com/in/ada',
    )
    await page.getByRole('button', { name: 'Mark “Write to Customer 1 on LinkedIn” as done' }).click()
    await page.getByText('All done.').waitFor()
    await page.getByText('Done', { exact: true }).first().click()
    await page.getByRole('button', { name: 'They replied to “Write to Customer 1 on LinkedIn”' }).click()
    await page.getByText('they replied', { exact: true }).waitFor()
    await app.drain()
    const runs = await app.request('GET', `/campaigns/${campaignId}/runs`)
    expect(runs.body.items).toMatchObject([{ status: 'succeeded', nodeId: 'yes' }])
    expect(faults).toEqual([])
  })

  test('offers a step only what its channel can know, and only senders and ways that fit', async () => {
    const id = (await app.request('POST', '/campaigns', { body: { name: 'Chat', audience: { type: 'all' } } })).body.id
    await app.request('PUT', `/campaigns/${id}/workflow`, {
      body: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          { id: 'send-1', type: 'send-step', title: 'Ping', config: { channel: 'linkedin', body: 'Hi' } },
        ],
        edges: [{ id: 'e1', source: 'start', target: 'send-1', when: null }],
        layout: { start: { x: 0, y: 0 }, 'send-1': { x: 0, y: 160 } },
      },
    })
    await page.goto(`/campaigns/${id}/builder`)
    const card = page.getByTestId('step-send-1')
    await card.waitFor()
    const ports = () =>
      card.locator('[data-when]').evaluateAll((list) => list.map((one) => one.getAttribute('data-when')))
    expect((await ports()).sort()).toEqual(['default', 'replied'])
    await card.click()
    const drawer = page.getByRole('complementary', { name: /^Step: / })
    await drawer.getByRole('combobox', { name: 'Who sends it' }).waitFor()
    await portray(page, 'send-step')
    expect(faults).toEqual([])
  })
})
