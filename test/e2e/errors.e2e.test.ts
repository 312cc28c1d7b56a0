import { randomUUID } from 'node:crypto'
import type { Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../app.ts'
import { addCustomers, makeActive, makeDraft, settle } from '../campaign.ts'
import { describeInBrowser, expectAccessible, openPage, portray, portrayFailure, saved } from './browser.ts'
import { openContext, type SignedInApp, startSignedIn, startSignedInApp } from './signed-in.ts'

const everything = /\/(api\/v1|ready)/

/** What the page does when the server, the network, the session or a colleague gets in the way (UX §4.16). */
describeInBrowser('when something goes wrong', () => {
  let signedIn: SignedInApp
  let app: TestApp
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    signedIn = await startSignedInApp()
    ;({ app, page, faults } = signedIn)
    await addCustomers(app, 3)
  })
  afterAll(async () => await signedIn?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })

  const rename = async (id: string) => {
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByRole('button', { name: 'Edit name, description and owner' }).click()
    return page.getByRole('dialog', { name: 'Edit campaign' })
  }

  const cuts: [string, (route: Route) => Promise<void>][] = [
    ['the network is away', (route) => route.abort('internetdisconnected')],
    [
      'the server answers 503',
      (route) =>
        route.fulfill({
          status: 503,
          contentType: 'application/problem+json',
          body: JSON.stringify({ code: 'unavailable', detail: 'The database does not answer right now.' }),
        }),
    ],
  ]
  for (const [what, cut] of cuts) {
    test(`a bar says that ${what}, the page stays, a form stays filled, and all goes on by itself`, async () => {
      await makeDraft(app, { name: `Kept while ${what}` })
      await page.goto('/campaigns')
      await page.getByRole('link', { name: `Kept while ${what}` }).waitFor()
      await page.getByRole('button', { name: 'New campaign' }).click()
      const dialog = page.getByRole('dialog', { name: 'New campaign' })
      await dialog.getByLabel('Name').fill('Typed before the cut')
      await page.route(everything, cut)
      await dialog.getByRole('button', { name: 'Create campaign' }).click()
      await dialog.getByRole('alert').first().waitFor()
      await page.getByText(/What you see is as of \d\d:\d\d; what you typed is kept/).waitFor()
      await expect.poll(() => page.getByRole('link', { name: `Kept while ${what}` }).count()).toBe(1)
      await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('Typed before the cut')
      await portray(page, `errors-${what.replaceAll(' ', '-')}`)
      await page.unroute(everything)
      await page.getByText(/What you see is as of/).waitFor({ state: 'detached' })
      await dialog.getByRole('button', { name: 'Create campaign' }).click()
      await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}\//)
    })
  }

  test('an ended session asks for the password above the page, keeps what was typed, and goes on with it', async () => {
    const id = await makeDraft(app, { name: 'Before' })
    const dialog = await rename(id)
    await dialog.getByLabel('Name').fill('After the session ended')
    await page.evaluate(`fetch('/api/v1/auth/logout', { method: 'POST' })`)
    await dialog.getByRole('button', { name: 'Save' }).click()
    const again = page.getByRole('dialog', { name: 'Sign in again' })
    await again.getByLabel(/^Password of/).fill('not it')
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await again.getByRole('alert').waitFor()
    await expectAccessible(page, 'sign in again')
    await portray(page, 'errors-sign-in-again')
    await again.getByLabel(/^Password of/).fill(app.owner.password)
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'After the session ended' }).waitFor()
    expect((await app.request('GET', `/campaigns/${id}`)).body.name).toBe('After the session ended')
  })

  test('an ended session in the builder keeps the draft and saves it after the sign-in', async () => {
    const id = await makeDraft(app, { name: 'Drawn' })
    await page.goto(`/campaigns/${id}/builder?node=wait-1`)
    const title = page.getByLabel('Name of the step')
    await title.waitFor()
    await page.evaluate(`fetch('/api/v1/auth/logout', { method: 'POST' })`)
    await title.fill('Typed without a session')
    await title.blur()
    const again = page.getByRole('dialog', { name: 'Sign in again' })
    await again.getByLabel(/^Password of/).fill(app.owner.password)
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await again.waitFor({ state: 'detached' })
    await saved(page)
    const { nodes } = (await app.request('GET', `/campaigns/${id}/workflow`)).body
    expect(nodes.find((node: { id: string }) => node.id === 'wait-1').title).toBe('Typed without a session')
  })

  test('what the role forbids says in place who can; what is not there leads back to the list', async () => {
    const session = await memberSession(app)
    const context = await openContext(signedIn.browser, app, { cookie: session })
    const other = await openPage(context)
    await other.page.goto('/settings/audit')
    await other.page.getByText(/Ask .*owner/).waitFor()
    await portray(other.page, 'errors-forbidden')
    await other.page.goto(`/customers/${randomUUID()}`)
    await other.page.getByText('Nothing here').waitFor()
    expect(other.faults).toEqual([])
    await context.close()
  })

  test('a move that the state no longer allows says what is allowed, and the page shows the new state', async () => {
    const id = await makeActive(app, { name: 'Raced' })
    await page.route(/\/api\/v1\/stream/, (route) => route.abort())
    await page.goto(`/campaigns/${id}/overview`)
    const pause = page.getByRole('button', { name: 'Pause', exact: true })
    await pause.waitFor()
    // The page must not hear of it before it acts.
    const acted = Promise.withResolvers<void>()
    await page.route(/\/api\/v1\/campaigns\/[^/]+$/, async (route) => {
      await acted.promise
      await route.continue()
    })
    await app.request('POST', `/campaigns/${id}/pause`)
    await pause.click()
    await page
      .getByRole('alert')
      .filter({ hasText: /paused/ })
      .waitFor()
    acted.resolve()
    await page.getByRole('button', { name: 'Resume…' }).waitFor()
  })

  test('two who change the same form: who was faster is named, and mine or theirs is a choice', async () => {
    const id = await makeDraft(app, { name: 'Start' })
    let dialog = await rename(id)
    await dialog.getByLabel('Name').fill('Mine')
    await app.request('PATCH', `/campaigns/${id}`, { body: { name: 'Theirs' } })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('admin changed this just now').waitFor()
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('Mine')
    await expectAccessible(page, 'keep mine or take theirs')
    await portray(page, 'errors-keep-mine')
    await dialog.getByRole('button', { name: 'Keep mine' }).click()
    await page.getByRole('heading', { name: 'Mine', exact: true }).waitFor()

    dialog = await rename(id)
    await dialog.getByLabel('Name').fill('Mine again')
    await app.request('PATCH', `/campaigns/${id}`, { body: { name: 'Theirs again' } })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('button', { name: 'Take theirs' }).click()
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('Theirs again')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
  })

  test('a call that fails by itself says so in its place, for as long as it does; nothing else stops', async () => {
    await app.request('POST', '/segments', { body: { name: 'Harbor towns', kind: 'static' } })
    const broken = /\/api\/v1\/segments\?/
    await page.route(broken, (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'internal', detail: 'Something broke. The log has it under request 7.' }),
      }),
    )
    await page.goto('/segments')
    const alert = page.locator('main').getByRole('alert')
    await alert.getByText('Something broke.').waitFor()
    expect(await page.getByText(/What you see is as of/).count()).toBe(0)
    await page.unroute(broken)
    await alert.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('link', { name: 'Harbor towns' }).waitFor()
  })

  test('too many calls at once are counted down and go on by themselves; what is too large names the limit', async () => {
    const id = await makeDraft(app, { name: 'Fast' })
    let dialog = await rename(id)
    let refused = 0
    await page.route(/\/api\/v1\/campaigns\/[^/]+$/, async (route) => {
      if (route.request().method() !== 'PATCH' || refused > 0) return await route.continue()
      refused += 1
      await route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'rate_limited', detail: 'Too many.', retryAfterSeconds: 2 }),
      })
    })
    await dialog.getByLabel('Name').fill('Goes on')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/Goes on by itself in \d s/).waitFor()
    await page.getByRole('heading', { name: 'Goes on' }).waitFor()
    expect(refused).toBe(1)

    dialog = await rename(id)
    await dialog.getByLabel('Description').fill('x'.repeat(1_100_000))
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText(/larger than can be sent at once/).waitFor()
    expect((await dialog.getByLabel('Description').inputValue()).length).toBe(1_100_000)
    await page.keyboard.press('Escape')
  })

  test('numbers that no longer come are said to be late, are read meanwhile, and catch up', async () => {
    const id = await makeActive(app, { name: 'Streamed' })
    await page.route(/\/api\/v1\/stream/, (route) => route.abort())
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByText('Live numbers paused, reconnecting').waitFor()
    await portray(page, 'errors-stream-lost')
    const inside = page.locator('.tl-fact', { hasText: 'Inside now' }).locator('b')
    await expect.poll(() => inside.textContent()).toBe('0')
    await app.request('POST', `/campaigns/${id}/run`, { body: {} })
    await settle(app.app)
    await expect.poll(() => inside.textContent()).not.toBe('0')
    await page.unroute(/\/api\/v1\/stream/)
    await page.getByText('Live numbers paused, reconnecting').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /^Wait a while/ }).waitFor()
  })

  test('a panel that fails leaves the rest of the page, and is drawn again', async () => {
    const id = await makeActive(app, { name: 'Cracked' })
    const broken = /\/api\/v1\/campaigns\/[^/]+\/firings/
    await page.route(broken, (route) =>
      route.fulfill({ json: { items: [{ id: 'x', type: 'keep', status: 'done', skipped: null }], nextCursor: null } }),
    )
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByText('This panel failed.').waitFor()
    await page.getByRole('heading', { name: 'Cracked' }).waitFor()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await page.getByRole('button', { name: 'Copy details' }).waitFor()
    await portray(page, 'errors-panel')
    await page.unroute(broken)
    await page.getByRole('button', { name: 'Reload panel' }).click()
    await page.getByText('This panel failed.').waitFor({ state: 'detached' })
    // React says in the console what it caught; nothing else may be there.
    expect(faults.filter((text) => !/skipped|null|boundary/i.test(text))).toEqual([])
  })
})

describeInBrowser('a server that is started anew', () => {
  test('is waited for: the bar comes, the page stays, and the numbers are read again', async () => {
    await using signedIn = await startSignedIn('email\na@example.com\n')
    const { page } = signedIn
    await page.goto('/campaigns')
    await page.getByText('No campaigns yet').waitFor()
    await signedIn.stop()
    await page.getByText(/What you see is as of/).waitFor()
    await expect.poll(() => page.getByText('No campaigns yet').count()).toBe(1)
    await signedIn.start()
    await page.getByText(/What you see is as of/).waitFor({ state: 'detached' })
  })
})

/** A session of somebody with the role `member`. */
async function memberSession(app: TestApp): Promise<string> {
  const { body } = await app.request('POST', '/invitations', { body: { email: 'linh@example.com', role: 'member' } })
  const token = new URL(body.link).hash.replace('#token=', '')
  const joined = await app.request('POST', '/auth/accept-invite', {
    body: { token, name: 'Linh', password: 'a long passphrase' },
    key: null,
  })
  return joined.headers.get('set-cookie')?.split(';')[0] ?? ''
}
