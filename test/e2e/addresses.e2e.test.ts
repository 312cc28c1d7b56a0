import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../app.ts'
import { addCustomers, makeActive, runsOf } from '../campaign.ts'
import { splitFlow } from '../split-flow.ts'
import { describeInBrowser, portrayFailure, settled } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

/** All that a page shows: its words, what stands in its fields, and what of it is chosen, open or sorted by. Run in the page. */
const shown = `(() => {
  // Moments pass between two looks. Words of neighbours stand together without a space in what an element holds.
  const steady = (text) => text
    .replace(/(just now|\\bnow\\b|(\\d+|\\ban?) (s|min|seconds?|minutes?) ago)/g, '…')
    .replace(/\\b\\d+ (second|minute)s?\\b/g, '…')
    .replace(/\\b\\d\\d:\\d\\d(:\\d\\d)?\\b/g, '…')
  const all = (selector, read) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).map(read)
  return {
    words: steady(document.body.innerText).split('\\n').map((line) => line.trim()).filter(Boolean),
    fields: all('input, textarea, select', (one) => one.type === 'checkbox' || one.type === 'radio' ? one.checked : one.value),
    chosen: all('[aria-current], [aria-selected=true], [aria-pressed=true], [data-selected]', (one) => steady(one.textContent)),
    sorted: all('[aria-sort]', (one) => one.textContent + ' ' + one.getAttribute('aria-sort')),
    open: all('[role=dialog], aside', (one) => one.getAttribute('aria-label') ?? one.getAttribute('aria-labelledby') !== null),
  }
})()`

/** The address bar is all that a page remembers (UX §4.2): whoever reloads it, or is sent it, sees the same. */
describeInBrowser('an address', () => {
  let on: SignedInApp
  let app: TestApp
  let page: Page
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    on = await startSignedInApp()
    ;({ app, page } = on)
    const add = async (path: string, body: unknown): Promise<string> =>
      (await app.request('POST', path, { body })).body.id
    const people = await addCustomers(app, 3)
    const { items } = (await app.request('GET', '/credentials')).body as { items: { id: string; type: string }[] }
    const sandbox = items.find(({ type }) => type === 'sandbox')?.id ?? ''
    ids.campaign = await makeActive(app, { name: 'Addressed', flow: splitFlow(sandbox), enroll: 'now' })
    ids.customer = people[0] ?? ''
    ids.product = await add('/products', { name: 'Boat' })
    ids.template = await add('/templates', { name: 'Hello', channel: 'email', subject: 'Hi', body: 'Hi' })
    ids.segment = await add('/segments', { name: 'Some', kind: 'static' })
    await app.request('POST', `/segments/${ids.segment}/customers`, { body: { customerIds: people.slice(0, 2) } })
    await app.drain()
    ids.run = String((await runsOf(app.app, ids.campaign))[0]?.id)
    ids.mail = String((await app.request('GET', '/sandbox/messages')).body.items[0].id)
  })
  afterAll(async () => await on?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  const filled = (pattern: string) => pattern.replace(/:([a-z]+)/g, (_, kind: string) => ids[kind] ?? '')

  /** What is shown once nothing moves any more for a moment (a part may be on its way), with the address and the title. */
  async function seen(): Promise<object> {
    const look = async () => ({
      address: page.url().replace(app.url, ''),
      title: await page.title(),
      ...((await page.evaluate(shown)) as object),
    })
    for (let before = ''; ; ) {
      await page.locator('h1, [data-testid^=step-]').first().waitFor()
      await settled(page)
      const now = await look()
      if (JSON.stringify(now) === before) return now
      before = JSON.stringify(now)
      await page.waitForTimeout(300)
    }
  }

  async function staysAfterReload(): Promise<void> {
    // What the pointer rests on says more than the page.
    await page.mouse.move(1, 1)
    const before = await seen()
    await page.reload()
    await expect.poll(seen).toEqual(before)
  }

  const addresses = [
    '/home',
    '/campaigns?status=active&q=Addressed&sort=name',
    ...['overview', 'audience', 'triggers', 'products', 'analytics', 'runs', 'messages'].map(
      (tab) => `/campaigns/:campaign/${tab}`,
    ),
    '/campaigns/:campaign/analytics?range=7d&view=graph&step=mail-a',
    '/campaigns/:campaign/runs?status=succeeded',
    '/campaigns/:campaign/runs/:run',
    '/campaigns/:campaign/builder?node=split',
    '/campaigns/:campaign/builder?side=history&tab=versions',
    '/campaigns/:campaign/builder?panel=test&mode=customer',
    '/analytics?range=30d',
    '/customers?q=c&sort=-name',
    '/customers?open=:customer&tab=data',
    '/customers/:customer?tab=fit',
    '/customers/import',
    '/companies',
    '/segments',
    '/segments/:segment',
    '/products?status=archived',
    '/products/:product',
    '/templates',
    '/templates/:template',
    '/tasks',
    '/messages?state=sent',
    '/sandbox?open=:mail',
    ...['workspace', 'credentials', 'ai', 'members', 'api-keys', 'webhooks', 'suppressions', 'account'].map(
      (section) => `/settings/${section}`,
    ),
    '/settings/audit?on=campaign',
  ]
  test.each(addresses)('%s shows the same after a reload, to the word', async (pattern) => {
    const address = filled(pattern)
    await page.goto(address)
    await staysAfterReload()
    expect(page.url()).toContain(address.split('?')[0])
    expect(on.faults).toEqual([])
  })

  /** What one opens, chooses, filters and sorts by with the pointer. */
  const deeds: Record<string, [address: string, deed: () => Promise<unknown>, seen: string]> = {
    'the drawer of a customer, at another tab': [
      '/customers',
      async () => {
        await page.locator('.tl-row-link').first().click()
        await page.getByRole('dialog').getByRole('link', { name: 'Data', exact: true }).click()
      },
      'tab=data',
    ],
    'the order of a list': [
      '/customers',
      () => page.getByRole('columnheader').getByRole('button').first().click(),
      'sort=',
    ],
    'words that are searched for': [
      '/campaigns',
      () =>
        page
          .getByRole('textbox', { name: 'Search campaigns' })
          .or(page.getByRole('searchbox', { name: 'Search campaigns' }))
          .fill('Addr'),
      'q=Addr',
    ],
    'the status of campaigns': [
      '/campaigns',
      () =>
        page
          .getByRole('navigation', { name: 'Status' })
          .getByRole('button', { name: /^Paused/ })
          .click(),
      'status=paused',
    ],
    'the graph of the analytics': [
      '/campaigns/:campaign/analytics',
      () => page.getByRole('tab', { name: 'Graph' }).click(),
      'view=graph',
    ],
    'the run that is looked at': [
      '/campaigns/:campaign/runs',
      () =>
        page
          .getByRole('button', { name: /^Customer/ })
          .first()
          .click(),
      '/runs/',
    ],
    'the step that is chosen': [
      '/campaigns/:campaign/builder',
      () => page.getByTestId('step-mail-a').click(),
      'node=mail-a',
    ],
    'the history beside the canvas': [
      '/campaigns/:campaign/builder',
      () => page.getByRole('button', { name: 'History' }).click(),
      'side=history',
    ],
    'tasks that are done': [
      '/tasks',
      () => page.getByRole('radiogroup', { name: 'Which tasks' }).getByText('Done', { exact: true }).click(),
      'state=done',
    ],
    'the mail that is read': ['/sandbox', () => page.locator('.tl-mail-row').first().click(), 'open='],
  }
  for (const [what, [pattern, deed, part]] of Object.entries(deeds)) {
    test(`keeps ${what}`, async () => {
      await page.goto(filled(pattern))
      await seen()
      await deed()
      await expect.poll(() => page.url()).toContain(part)
      await staysAfterReload()
      expect(on.faults).toEqual([])
    })
  }

  test('with an unknown id leads back to the list', async () => {
    for (const list of ['campaigns', 'customers', 'segments', 'products', 'templates']) {
      await page.goto(`/${list}/${randomUUID()}`)
      await page.getByText('Nothing here').waitFor()
      await page.locator('main').getByRole('link').first().waitFor()
    }
    await page.goto('/settings/nothing')
    await page.getByText('There is no such page').waitFor()
    expect(on.faults).toEqual([])
  })
})
