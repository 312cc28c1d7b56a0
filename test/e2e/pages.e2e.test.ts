import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
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

  /** Where counts of people and of messages stand. */
  const counted: [where: string, go: () => Promise<unknown>][] = [
    ['home', () => page.goto('/home')],
    ['campaigns', () => page.goto('/campaigns')],
    ['segments', () => page.goto('/segments')],
    ['companies', () => page.goto('/companies')],
    ['analytics of all campaigns', () => page.goto('/analytics?range=all')],
    ['campaigns compared', goToComparison],
    ['overview', () => goToCampaign('active', 'overview')],
    ['products', () => goToCampaign('active', 'products')],
    ['versions', () => goToCampaign('active', 'versions')],
    ['analytics', () => goToCampaign('active', 'analytics?range=all')],
    ['analytics of messages', () => goToCampaign('active', 'analytics?range=all&unit=messages&by=product')],
    ['analytics of a step', goToStep],
    ['canvas', () => goToCampaign('active', 'builder')],
    ['pre-flight', goToPreflight],
    ['rules', goToRules],
  ]
  /** So many counts of one kind are followed on a page: what differs in a step’s or a campaign’s name only is one kind. */
  const eachKind = 1
  const followed = new Map<string, number>()
  const isToFollow = (kind: string): boolean => {
    const times = followed.get(kind) ?? 0
    followed.set(kind, times + 1)
    return times < eachKind
  }

  for (const [where, go] of counted) {
    test(`every count of people opens a list of that length: ${where}`, async () => {
      await go()
      // What a drawer covers is not to be pressed.
      const within = where === 'analytics of a step' ? '[role=dialog] ' : ''
      const counts = page.locator(`${within}[data-people]:visible, ${within}[data-messages]:visible`)
      await counts.first().waitFor()
      await settled(page)
      const found = await counts.evaluateAll((all) =>
        all.map((one) => ({
          name: one.getAttribute('aria-label') ?? one.textContent,
          to: one.getAttribute('href'),
          n: Number(one.getAttribute('data-people') ?? one.getAttribute('data-messages')),
        })),
      )
      // First what opens beside the page, while that stands; a link leads away from it.
      for (const [index, { name, to, n }] of found.entries()) {
        if (to !== null || !isToFollow(`${where}: ${name?.replaceAll(/[\d,]+/g, '').split(/ at |: /)[0]}`)) continue
        await counts.nth(index).click()
        const rows = page.locator('[role=dialog] tr[data-id], .tl-run-list > li')
        await rows.first().waitFor()
        expect(await lengthOf(rows), `${where}: ${name}`).toBe(n)
        if (where === 'canvas')
          await page.locator('.tl-drawer', { has: rows }).getByRole('button', { name: 'Close' }).click()
        else await page.keyboard.press('Escape')
        await rows.first().waitFor({ state: 'detached' })
      }
      for (const { name, to, n } of found) {
        const kind = to?.replaceAll(/[0-9a-f-]{36}/g, ':id').replace(/=[^&=]*(:id|%7B)[^&]*/, '=')
        if (to === null || kind === undefined || !isToFollow(kind)) continue
        await page.goto(to)
        await page.locator('tr[data-id]').first().waitFor()
        const beside = to.includes('who=') ? '[role=dialog] tr[data-id]' : 'tr[data-id]'
        await page.locator(beside).first().waitFor()
        const total = page.getByText(/^1–[\d,]+ of [\d,]+$/)
        const listed = to.startsWith('/customers')
          ? Number(((await total.textContent()) ?? '').split(' of ')[1]?.replaceAll(',', ''))
          : await lengthOf(page.locator(beside))
        expect(listed, `${where}: ${name}: ${to}`).toBe(n)
      }
      expect(faults).toEqual([])
    })
  }

  /** How many rows a list has when all of it was read. */
  async function lengthOf(rows: Locator): Promise<number> {
    const more = page.getByRole('button', { name: /^(Load|Show) more$/ })
    while ((await more.count()) > 0) {
      await more.click({ timeout: 2_000 }).catch(() => undefined)
      await page.evaluate('new Promise((done) => requestAnimationFrame(done))')
    }
    return await rows.count()
  }

  const read = async <Found>(path: string): Promise<Found> =>
    (await page.evaluate(`fetch('/api/v1${path}').then((answer) => answer.json())`)) as Found

  const send = async <Made>(method: string, path: string, body: unknown): Promise<Made> =>
    (await page.evaluate(`fetch('/api/v1${path}', {
      method: '${method}',
      headers: { 'content-type': 'application/json' },
      body: ${JSON.stringify(JSON.stringify(body))},
    }).then((answer) => answer.json())`)) as Made

  /** A campaign in a status, the one with most customers inside. */
  async function addressOf(status: string): Promise<string> {
    const { items } = await read<{ items: { id: string; counts: { inside: number } }[] }>(
      `/campaigns?limit=50&status=${status}`,
    )
    const [most] = items.toSorted((a, b) => b.counts.inside - a.counts.inside)
    return `/campaigns/${most?.id}`
  }

  async function goToCampaign(status: string, tab: string): Promise<void> {
    await page.goto(`${await addressOf(status)}/${tab}`)
  }

  async function goToComparison(): Promise<void> {
    const { groups } = await read<{ groups: { key: string }[] }>('/analytics?range=all&groupBy=campaign')
    const ids = groups.slice(0, 2).map(({ key }) => key)
    await page.goto(`/analytics?range=all&compare=1&campaigns=${ids.join(',')}`)
  }

  async function goToStep(): Promise<void> {
    const address = await addressOf('active')
    const { groups } = await read<{ groups: { key: string; node: { sent: number } }[] }>(
      `${address}/analytics?range=all&groupBy=node`,
    )
    const [most] = groups.toSorted((a, b) => b.node.sent - a.node.sent)
    await page.goto(`${address}/analytics?range=all&step=${most?.key}`)
    await page.getByRole('dialog').getByRole('button', { name: 'came here', exact: true }).waitFor()
  }

  async function goToPreflight(): Promise<void> {
    const { id } = await send<{ id: string }>('POST', `${await addressOf('active')}/duplicate`, {})
    await send('PATCH', `/campaigns/${id}`, { audience: { type: 'all' } })
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByRole('button', { name: 'Activate' }).first().click()
    await page.getByRole('dialog').waitFor()
  }

  async function goToRules(): Promise<void> {
    const rules = {
      all: [
        { field: 'country', op: 'equals', value: 'VN' },
        { field: 'email', op: 'not-empty' },
      ],
    }
    const made = await send<{ id: string }>('POST', '/segments', { name: 'In Vietnam', kind: 'dynamic', rules })
    await page.goto(`/segments/${made.id}`)
    await page.getByRole('region', { name: 'Who matches' }).locator('.tl-people').waitFor()
  }
})
