import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RunningProgram, runCommand, startProgram } from '../program.ts'
import {
  describeInBrowser,
  expectAccessible,
  openBrowser,
  openPage,
  portray,
  portrayFailure,
  settled,
} from './browser.ts'

/** Each page with demo data: accessible in both colour schemes, no sideways scroll on a phone, no fault in the console. */
const addresses = [
  ['home', '/home'],
  ['campaigns', '/campaigns'],
  ['analytics', '/analytics?range=all'],
  ['customers', '/customers'],
  ['import', '/customers/import'],
  ['segments', '/segments'],
  ['products', '/products'],
  ['templates', '/templates'],
  ['tasks', '/tasks'],
  ['messages', '/messages'],
  ['sandbox-list', '/sandbox'],
  ['settings-workspace', '/settings/workspace'],
  ['settings-credentials', '/settings/credentials'],
  ['settings-members', '/settings/members'],
  ['settings-api-keys', '/settings/api-keys'],
  ['settings-webhooks', '/settings/webhooks'],
  ['settings-suppressions', '/settings/suppressions'],
  ['settings-audit', '/settings/audit'],
  ['settings-account', '/settings/account'],
  ['nowhere', '/nowhere'],
] as const

/** Pages behind the first row of a list. */
const behindLists = [
  ['campaign-overview', '/campaigns', ''],
  ['campaign-audience', '/campaigns', 'Audience'],
  ['campaign-products', '/campaigns', 'Products'],
  ['campaign-analytics', '/campaigns', 'Analytics'],
  ['campaign-runs', '/campaigns', 'Runs'],
  ['campaign-messages', '/campaigns', 'Messages'],
  ['customer', '/customers', ''],
  ['customer-fit', '/customers', 'Fit'],
  ['customer-data', '/customers', 'Data'],
  ['segment', '/segments', ''],
  ['product', '/products', ''],
  ['template', '/templates', ''],
] as const

describeInBrowser('every page with the demo in it', () => {
  let program: RunningProgram
  let browser: Browser
  let page: Page
  let faults: string[]
  let dataDir: string

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'throughline-pages-'))
    const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
    const demo = await runCommand(['demo', '--json'], env)
    const { email, password } = JSON.parse(demo.stdout) as { email: string; password: string }
    browser = await openBrowser()
    // Without a worker the campaigns of the demo stand still, so that a number is the same on each page.
    program = await startProgram(env, ['--role', 'web'])
    const context = await browser.newContext({ baseURL: program.url, viewport: { width: 1440, height: 900 } })
    ;({ page, faults } = await openPage(context))
    await page.goto('/login')
    await settled(page)
    await expectAccessible(page, 'login')
    await portray(page, 'login')
    await page.getByLabel('Email').fill(email)
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/home')
  })

  afterAll(async () => {
    await browser?.close()
    await program?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  afterEach(async ({ task }) => await portrayFailure(page, task))

  async function holds(name: string): Promise<void> {
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await settled(page)
    await expectAccessible(page, name)
    await portray(page, name)
    expect(faults).toEqual([])
  }

  for (const [name, address] of addresses) {
    test(`${name} is accessible and fits a phone`, async () => {
      await page.goto(address)
      await holds(name)
    })
  }

  for (const [name, list, tab] of behindLists) {
    test(`${name} is accessible and fits a phone`, async () => {
      await page.goto(list)
      // What a click on a middle button follows; a plain click on a customer opens the drawer.
      const address = await page.locator('.tl-row-link').first().getAttribute('href')
      await page.goto(address ?? '')
      expect(new URL(page.url()).pathname.startsWith(`${list}/`)).toBe(true)
      if (tab) await page.locator('.tl-tabs').getByRole('link', { name: tab, exact: true }).click()
      await holds(name)
    })
  }

  test('the reading pane of the mailbox is accessible and fits a phone', async () => {
    await page.goto('/sandbox')
    await page.locator('.tl-mail-row').first().click()
    await page.locator('iframe').waitFor()
    await holds('sandbox-mail')
  })

  test('a live workflow shows on the canvas where customers stand', async () => {
    await page.goto('/campaigns?status=active')
    await page.locator('.tl-row-link').first().click()
    await page.getByRole('link', { name: 'Open builder' }).click()
    await page.locator('.tl-step').first().waitFor()
    await page.locator('.tl-step-here').first().waitFor()
    await holds('builder-live')
  })

  test('an unknown id says so in place and leads back to the list', async () => {
    await page.goto('/campaigns/01900000-0000-7000-8000-000000000000/overview')
    await page.getByText('Nothing here').waitFor()
    await page.getByRole('link', { name: 'All campaigns' }).click()
    await page.waitForURL('**/campaigns')
  })

  test('every count of people opens a list of that length', async () => {
    const asked: { from: string; to: string; n: number }[] = []
    for (const from of ['/home', '/campaigns', '/segments', '/companies']) {
      await page.goto(from)
      await page.locator('.tl-people').first().waitFor()
      const found = await page.evaluate(
        `[...document.querySelectorAll('.tl-people')].slice(0, 3).map((one) => ({ to: one.getAttribute('href'), n: Number(one.dataset.people) }))`,
      )
      asked.push(...(found as { to: string; n: number }[]).map((one) => ({ from, ...one })))
    }
    const made = (await page.evaluate(`fetch('/api/v1/segments', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'In Vietnam', kind: 'dynamic', rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } }),
    }).then((answer) => answer.json())`)) as { id: string }
    await page.goto(`/segments/${made.id}`)
    const matching = page.getByRole('region', { name: 'Who matches' }).locator('.tl-people')
    asked.push({
      from: 'rules',
      to: (await matching.getAttribute('href')) ?? '',
      n: Number(await matching.getAttribute('data-people')),
    })
    expect(asked.length).toBeGreaterThan(8)
    for (const { from, to, n } of asked) {
      await page.goto(to)
      await page.locator('.tl-table tbody tr[data-id]').first().waitFor()
      const total = page.getByText(/^1–[\d,]+ of [\d,]+$/)
      const listed = to.startsWith('/customers')
        ? Number(((await total.textContent()) ?? '').split(' of ')[1]?.replaceAll(',', ''))
        : await lengthOfList()
      expect(listed, `${from}: ${to}`).toBe(n)
    }
    expect(faults).toEqual([])
  })

  /** How many rows a list has when all of it was read. */
  async function lengthOfList(): Promise<number> {
    const more = page.getByRole('button', { name: 'Load more' })
    while ((await more.count()) > 0) {
      await more.scrollIntoViewIfNeeded({ timeout: 2_000 }).catch(() => undefined)
      await page.evaluate('new Promise((done) => requestAnimationFrame(done))')
    }
    return await page.locator('.tl-table tbody tr[data-id]').count()
  }
})
