import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../app.ts'
import { addCustomers, makeActive, runsOf, settle } from '../campaign.ts'
import {
  describeInBrowser,
  expectAccessible,
  openBrowser,
  openPage,
  portray,
  portrayFailure,
  saved,
  webDir,
} from './browser.ts'
import { openContext } from './signed-in.ts'

const node = (id: string, type: string, title: string, config: Record<string, unknown> = {}) => ({
  id,
  type,
  title,
  config,
})
const edge = (source: string, target: string) => ({ source, target })

describeInBrowser('changing a live workflow', () => {
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
    await addCustomers(app, 3)
    const hour = { waitType: 'duration', durationMs: 3_600_000 }
    id = await makeActive(app, {
      name: 'Onboarding',
      enroll: 'now',
      flow: {
        nodes: [
          node('trigger-1', 'trigger', 'Start'),
          node('wait-1', 'wait', 'First wait', hour),
          node('wait-2', 'wait', 'Second wait', hour),
          node('exit-1', 'exit', 'Done'),
        ],
        edges: [edge('trigger-1', 'wait-1'), edge('wait-1', 'wait-2'), edge('wait-2', 'exit-1')],
      },
    })
    const ids = ['trigger-1', 'wait-1', 'wait-2', 'exit-1']
    const layout = Object.fromEntries(ids.map((one, row) => [one, { x: 0, y: row * 160 }]))
    await app.request('POST', `/campaigns/${id}/workflow/layout`, { body: { layout } })
    await settle(app.app)
  })

  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  afterEach(async ({ task }) => await portrayFailure(page, task))

  test('tells draft and live apart, and says how many changes wait', async () => {
    await page.goto(`/campaigns/${id}/builder`)
    await page.getByRole('button', { name: 'Live v1', exact: true }).waitFor()
    await page.getByTestId('step-wait-1').click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Delete')
    await saved(page)
    await page.getByRole('button', { name: /^Live v1 · \d unpublished changes$/ }).waitFor()
  })

  test('asks what becomes of whoever stands on a removed step, with the number on the button', async () => {
    await page.getByRole('button', { name: /^Publish changes \(\d\)$/ }).click()
    await page.getByText('3 people are here').waitFor()
    await page.getByText('Finish on v1').waitFor()
    await expectAccessible(page, 'publish')
    await portray(page, 'publish')
    await page.getByText('Move to…').click()
    await page.getByRole('combobox', { name: /^Step to which they move/ }).click()
    await page.getByRole('option', { name: 'Second wait' }).click()
    await page.getByLabel('Note').fill('One wait is enough')
    await page.getByRole('button', { name: 'Publish v2, move 3' }).click()
    // A toast stays while the pointer is on it.
    await page.getByText('v2 is live. 3 people moved.').hover()
    await page.getByRole('button', { name: 'Live v2', exact: true }).waitFor()
    expect((await runsOf(app.app, id)).map((run) => run.node_id)).toEqual(['wait-2', 'wait-2', 'wait-2'])
  })

  test('rolls back with a new version that equals the old one', async () => {
    await page.getByRole('button', { name: 'Roll back' }).click()
    await page.getByRole('button', { name: 'Publish v3', exact: true }).click()
    await page.getByText('v3 is live.').waitFor()
    await page.getByTestId('step-wait-1').waitFor()
    await page.getByRole('button', { name: 'Live v3', exact: true }).click()
    await page.getByText('One wait is enough').waitFor()
    await expectAccessible(page, 'versions')
    expect(faults).toEqual([])
  })
})
