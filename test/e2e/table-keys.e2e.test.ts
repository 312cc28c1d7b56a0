import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sql } from '../../src/db/database.ts'
import { addCustomers, makeActive, settle } from '../campaign.ts'
import { describeInBrowser, portrayFailure, unscrolled } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

/** Each list: where it is, what it is called, its search field, whether its rows can be chosen, and what Enter leads to. */
const lists: readonly [
  name: string,
  address: string,
  label: string,
  search: string,
  chosen: boolean,
  opens: RegExp | 'dialog',
][] = [
  ['customers', '/customers', 'Customers', 'Search customers', true, /[?&]open=/],
  ['campaigns', '/campaigns', 'Campaigns', 'Search campaigns', true, /\/campaigns\/[0-9a-f-]{36}\/overview/],
  ['companies', '/companies', 'Companies', 'Search companies', false, /\/companies\/[0-9a-f-]{36}/],
  ['segments', '/segments', 'Segments', 'Search segments', false, /\/segments\/[0-9a-f-]{36}/],
  ['products', '/products', 'Products', 'Search products', false, /\/products\/[0-9a-f-]{36}/],
  ['tasks', '/tasks', 'Tasks', 'Search tasks', true, 'dialog'],
  ['messages', '/messages', 'Messages', 'Search customers', false, 'dialog'],
  ['runs', '/campaigns/:campaign/runs', 'Runs', 'Search people', false, /\/runs\/\d+/],
  ['suppressions', '/settings/suppressions', 'Suppressions', 'Search addresses', false, /\/customers\/[0-9a-f-]{36}/],
]

describeInBrowser('the keys of lists', () => {
  let at: SignedInApp
  let page: SignedInApp['page']
  let campaign: string

  beforeAll(async () => {
    at = await startSignedInApp()
    page = at.page
    const { app } = at
    const { workspaceId } = app
    const db = app.app.db
    const people = await addCustomers(app, 3)
    campaign = await makeActive(app, { name: 'Welcome', enroll: 'now' })
    await app.request('POST', '/campaigns', { body: { name: 'Another' } })
    await settle(app.app)
    for (const n of [1, 2, 3]) {
      await app.request('POST', '/companies', { body: { name: `Company ${n}` } })
      await app.request('POST', '/segments', { body: { name: `Segment ${n}`, kind: 'static' } })
      await app.request('POST', '/products', { body: { name: `Product ${n}` } })
      await app.request('POST', '/tasks', { body: { title: `Task ${n}` } })
      await app.request('POST', '/suppressions', { body: { customerId: people[n - 1] } })
      await sql`insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, channel, state, reason)
        select ${workspaceId}, ${campaign}, ${-n}, 'x', ${people[n - 1]}::uuid, id, 'email', 'skipped', 'no_address' from credential
        where workspace_id = ${workspaceId} limit 1`.execute(db)
    }
  }, 240_000)
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  /** The place of the row that has the focus, from 0; -1 when none has. */
  const focused = () =>
    page.evaluate(
      `[...document.querySelectorAll('.tl-table tbody tr[data-id]')].findIndex((row) => row.contains(document.activeElement))`,
    )

  for (const [name, address, label, search, canChoose, opens] of lists) {
    test(`walk, choose, search and open in ${name}, which fits a phone`, async () => {
      await page.goto(address.replace(':campaign', campaign))
      const table = page.getByRole('table', { name: label, exact: true })
      await table.locator('tbody tr[data-id]').nth(1).waitFor()
      await page.getByText(/^1–\d of \d$/).waitFor()
      // From anywhere on the page.
      await page.keyboard.press('j')
      await expect.poll(focused).toBe(0)
      await page.keyboard.press('j')
      await expect.poll(focused).toBe(1)
      await page.keyboard.press('k')
      await expect.poll(focused).toBe(0)
      await page.keyboard.press('ArrowDown')
      await expect.poll(focused).toBe(1)
      if (canChoose) {
        const bar = page.getByRole('toolbar', { name: /^What to do with the chosen/ })
        await page.keyboard.press('x')
        await bar.getByText(/^1 \w+ chosen$/).waitFor()
        await page.keyboard.press('x')
        await bar.waitFor({ state: 'hidden' })
      }
      await page.keyboard.press('/')
      const field = page.getByRole('searchbox', { name: search })
      await expect.poll(() => page.evaluate(`document.activeElement?.getAttribute('aria-label')`)).toBe(search)
      // Letters are letters there.
      await page.keyboard.type('jjxx')
      await expect.poll(() => field.inputValue()).toBe('jjxx')
      await page.getByText('Nothing matches', { exact: false }).first().waitFor()
      await page.getByRole('button', { name: 'Clear filters' }).click()
      await table.locator('tbody tr[data-id]').nth(1).waitFor()
      await unscrolled(page, `keys-${name}`)
      await table.locator('tbody .tl-row-link').first().focus()
      await page.keyboard.press('Enter')
      if (opens === 'dialog') await page.getByRole('dialog').waitFor()
      else await page.waitForURL(opens)
      expect(at.faults).toEqual([])
    })
  }
})
