import type { Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeDraft } from '../campaign.ts'
import { describeInBrowser, portray, portrayFailure, settled, unscrolled } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

/** Each page with what it says when there is nothing yet; `:campaign` and `:product` are ones that have nothing either. */
const pages: readonly (readonly [name: string, address: string, empty: string | RegExp])[] = [
  ['home', '/home', 'Reach your first customer in ten minutes'],
  ['campaigns', '/campaigns?status=active', 'No campaign here'],
  ['campaign-overview', '/campaigns/:campaign/overview', 'Before it runs'],
  ['campaign-analytics', '/campaigns/:campaign/analytics', 'Nothing has been sent yet'],
  ['campaign-runs', '/campaigns/:campaign/runs', 'Nobody went in yet'],
  ['analytics', '/analytics', 'Nothing sent yet'],
  ['customers', '/customers', 'No customers yet'],
  ['companies', '/companies', 'No companies yet'],
  ['segments', '/segments', 'No segments yet'],
  ['products', '/products?status=archived', 'No archived product'],
  ['product', '/products/:product', 'No criteria yet'],
  ['templates', '/templates', 'No templates yet'],
  ['tasks', '/tasks', 'All done.'],
  ['messages', '/messages', 'No messages'],
  ['sandbox', '/sandbox', 'No mail yet'],
  ['settings-webhooks', '/settings/webhooks', 'No webhooks yet'],
  ['settings-suppressions', '/settings/suppressions', 'Nobody is suppressed'],
]

/** What the shell around a page reads; it is there while the page waits. */
const ofShell = /\/api\/v1\/(me|work|workspace|workspaces.*|stream)(\?.*)?$/

/** Every page before there is anything, while it reads, and when it cannot be read (UX §4.16); full ones are in pages.e2e.test.ts. */
describeInBrowser('a page with nothing to show', () => {
  let on: SignedInApp
  let page: Page
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    on = await startSignedInApp()
    page = on.page
    ids.campaign = await makeDraft(on.app, { name: 'Not yet' })
    ids.product = (await on.app.request('POST', '/products', { body: { name: 'Boat' } })).body.id
  })
  afterAll(async () => await on?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })

  /** Lets what the page itself reads go through `treat`. */
  const intercept = (treat: (route: Route) => Promise<void>) =>
    page.route(/\/api\/v1\//, async (route) => {
      if (route.request().method() === 'GET' && !ofShell.test(route.request().url())) await treat(route)
      else await route.fallback()
    })

  for (const [name, pattern, empty] of pages) {
    test(`${name} says that it is empty, that it reads, and that it cannot, and then reads again`, async () => {
      const address = pattern.replace(/:(\w+)/, (_, kind: string) => ids[kind] ?? '')
      await page.goto(address)
      await page.locator('main').getByText(empty).first().waitFor()
      await settled(page)
      await portray(page, `${name}-empty`)

      const arrives = Promise.withResolvers<void>()
      await intercept(async (route) => {
        await arrives.promise
        await route.fallback()
      })
      await page.goto(address)
      await page.locator('main [aria-busy=true]').first().waitFor()
      await unscrolled(page, `${name}-loading`)
      arrives.resolve()
      await page.locator('main').getByText(empty).first().waitFor()
      await page.unrouteAll({ behavior: 'wait' })

      await intercept((route) =>
        route.fulfill({
          status: 400,
          contentType: 'application/problem+json',
          body: JSON.stringify({ code: 'invalid', detail: 'The numbers cannot be read right now.' }),
        }),
      )
      await page.goto(address)
      const alert = page.locator('main').getByRole('alert')
      await alert.getByText('The numbers cannot be read right now.').first().waitFor()
      await settled(page)
      await portray(page, `${name}-failing`)
      await page.unrouteAll({ behavior: 'wait' })
      // Pages with live numbers may have asked again by themselves.
      const again = alert.getByRole('button', { name: 'Try again' }).first()
      const reads = async () => {
        if (await again.isVisible()) await again.click({ timeout: 1_000 }).catch(() => undefined)
        return await page.locator('main').getByText(empty).first().isVisible()
      }
      await expect.poll(reads).toBe(true)
      expect(on.faults).toEqual([])
    })
  }
})
