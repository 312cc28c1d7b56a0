import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../app.ts'
import { addCustomers, makeActive, makeDraft, runsOf, settle, waitingFlow } from '../campaign.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure, saved, settled } from './browser.ts'
import { openContext, type SignedInApp, startSignedInApp } from './signed-in.ts'

/** Checks of UX §4.21 about campaigns; the others stand in the tests of the builder, the triggers and the pages. */
describeInBrowser('a campaign, through the page alone', () => {
  let signedIn: SignedInApp
  let app: TestApp
  let page: Page
  let faults: string[]
  let sandbox: string

  const mailing = (config: Record<string, unknown> = {}) => ({
    nodes: [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      {
        id: 'mail',
        type: 'email-send',
        title: 'Hello',
        config: {
          credentialId: sandbox,
          subject: 'Hello {{customer.firstName | default: "there"}}',
          body: '<p>Dear {{customer.firstName}}, <a href="https://example.com/a">read on</a></p>',
          ...config,
        },
      },
    ],
    edges: [{ id: 'e', source: 'start', target: 'mail', when: null }],
  })

  beforeAll(async () => {
    signedIn = await startSignedInApp()
    ;({ app, page, faults } = signedIn)
    const { items } = (await app.request('GET', '/credentials')).body as { items: { id: string; type: string }[] }
    sandbox = items.find(({ type }) => type === 'sandbox')?.id ?? ''
    await addCustomers(app, 3)
  })
  afterAll(async () => await signedIn?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  test('can always be asked to be activated: what is wrong is listed, and Fix leads to the field', async () => {
    const id = await makeDraft(app, { name: 'Unfinished', flow: mailing({ subject: '' }) })
    await page.goto(`/campaigns/${id}/builder`)
    await page.getByTestId('step-mail').waitFor()
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByText(/^To fix first/).waitFor()
    await portray(page, 'activate-blocked')
    await page.getByRole('button', { name: 'Fix', exact: true }).first().click()
    await expect
      .poll(() => page.evaluate(`document.activeElement?.closest('.tl-drawer, aside, [role=dialog]') !== null`))
      .toBe(true)
    await expect
      .poll(() => page.evaluate(`document.activeElement?.matches('input, textarea, [contenteditable=true]')`))
      .toBe(true)
  })

  test('says before it starts who enrolls, with the people behind each number, and above 500 wants it typed', async () => {
    const many = await addCustomers(app, 520)
    const audience = { type: 'list', customerIds: many }
    const { body: segment } = await app.request('POST', '/segments', { body: { name: 'Competitors', kind: 'static' } })
    await app.request('POST', `/segments/${segment.id}/customers`, { body: { customerIds: many.slice(0, 8) } })
    const id = await makeDraft(app, { name: 'Large', audience, flow: mailing() })
    await app.request('PATCH', `/campaigns/${id}`, { body: { excludeSegmentId: segment.id } })
    await page.goto(`/campaigns/${id}/overview`)
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Activate “Large”' })
    await dialog.getByRole('button', { name: '520 match the audience' }).waitFor()
    await dialog.getByText(/^Hello Customer \d+$/).waitFor()
    await dialog.getByRole('button', { name: '− 8 in the excluded segment' }).click()
    const people = page.getByRole('dialog', { name: 'Who: in the excluded segment' })
    await expect.poll(() => people.getByRole('row').count()).toBe(9)
    await page.keyboard.press('Escape')
    await people.waitFor({ state: 'detached' })
    await expectAccessible(page, 'activate')
    await portray(page, 'activate')
    const activate = dialog.getByRole('button', { name: 'Activate and enroll 512' })
    await dialog.getByLabel('Type 512 to confirm').fill('520')
    await activate.click()
    await page.getByText('Type 512 to confirm that many people.').waitFor()
    expect((await app.request('GET', `/campaigns/${id}`)).body.status).toBe('draft')
    await dialog.getByLabel('Type 512 to confirm').fill('512')
    await activate.click()
    await dialog.waitFor({ state: 'detached' })
    await settle(app.app)
    expect(await runsOf(app.app, id)).toHaveLength(512)
  })

  for (const [choice, button, ends] of [
    ['Finish on v1', 'Publish v2, finish 3', 'wait-1'],
    ['Exit', 'Publish v2, exit 3', null],
  ] as const) {
    test(`does with who stands on a removed step what was chosen: ${choice}`, async () => {
      const customerIds = await addCustomers(app, 3)
      const audience = { type: 'list', customerIds }
      const id = await makeActive(app, { name: choice, enroll: 'now', audience, flow: waitingFlow() })
      await settle(app.app)
      await page.goto(`/campaigns/${id}/builder`)
      await page.getByTestId('step-wait-1').click()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Delete')
      await saved(page)
      await page.getByRole('button', { name: /^Publish changes \(\d\)$/ }).click()
      await page.getByText('3 people are here').waitFor()
      await page
        .getByRole('radiogroup', { name: /^What becomes of/ })
        .getByText(choice, { exact: true })
        .click()
      await page.getByRole('button', { name: new RegExp(`^${button.slice(0, 10)}`) }).click()
      await page.getByText(/^v2 is live/).waitFor()
      await settle(app.app)
      const runs = await runsOf(app.app, id)
      if (ends === null) expect(runs.every(({ status }) => status !== 'running')).toBe(true)
      else expect(runs.map(({ status, node_id }) => [status, node_id])).toEqual(Array(3).fill(['running', ends]))
    })
  }

  test('is paused on a phone in two taps, and nothing scrolls sideways', async () => {
    await makeActive(app, { name: 'In the pocket' })
    const context = await openContext(signedIn.browser, app, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    const phone = await context.newPage()
    const wider = () =>
      phone.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>
    await phone.goto('/campaigns?status=active&q=pocket')
    await phone.getByText('In the pocket').first().waitFor()
    expect(await wider()).toBeLessThanOrEqual(0)
    await phone.locator('.tl-row-link', { hasText: 'In the pocket' }).tap()
    await phone.getByRole('button', { name: 'Pause', exact: true }).tap()
    await phone.getByRole('button', { name: 'Resume…' }).waitFor()
    expect(await wider()).toBeLessThanOrEqual(0)
    await context.close()
  })

  test('previews exactly the mail that is delivered', async () => {
    const { body: customer } = await app.request('POST', '/customers', {
      body: { firstName: 'Zoë “{{x}}” <b>', email: `zoe-${randomUUID()}@example.com` },
    })
    const audience = { type: 'list', customerIds: [customer.id] }
    const id = await makeDraft(app, { name: 'Same', audience, flow: mailing() })
    await page.goto(`/campaigns/${id}/builder?node=mail`)
    const previewed = (
      await app.request('POST', `/campaigns/${id}/workflow/preview`, {
        body: { nodeId: 'mail', customerId: customer.id },
      })
    ).body
    await app.request('POST', `/campaigns/${id}/activate`, { body: { enroll: 'now' } })
    await app.drain()
    const mails = (await app.request('GET', `/sandbox/messages?q=${encodeURIComponent(customer.email)}`)).body.items
    expect(mails).toHaveLength(1)
    expect(mails[0].subject).toBe(previewed.subject)
    const html = (await app.request('GET', `/sandbox/messages/${mails[0].id}/html`)).body as string
    // Links and pixel of the delivered mail are its own; their places are the same.
    const text = (mail: string) =>
      mail
        .replace(/<img[^>]*\/t\/o\/[^>]*>/g, '')
        .replace(/https?:\/\/[^"\s<]*\/(t\/c|u|p)\/[^"\s<]*/g, 'LINK')
        .replaceAll('https://example.com/a', 'LINK')
    expect(text(html)).toBe(text(previewed.html))
  })

  test('each address shows the same again after a reload, and an unknown id leads back', async () => {
    const id = await makeActive(app, { name: 'Addressed' })
    const { body: customers } = await app.request('GET', '/customers?limit=1')
    const { body: product } = await app.request('POST', '/products', { body: { name: 'Thing' } })
    const { body: segment } = await app.request('POST', '/segments', { body: { name: 'Addressed', kind: 'static' } })
    const addresses = [
      '/home',
      '/campaigns?status=active&q=Addressed&sort=name',
      ...['overview', 'audience', 'triggers', 'products', 'analytics', 'runs'].map((tab) => `/campaigns/${id}/${tab}`),
      `/campaigns/${id}/runs?state=failed`,
      '/customers?q=c',
      `/customers/${customers.items[0].id}`,
      '/customers/import',
      '/segments',
      `/segments/${segment.id}`,
      '/products',
      `/products/${product.id}`,
      '/templates',
      '/tasks',
      '/messages',
      '/sandbox',
      ...['workspace', 'credentials', 'ai', 'members', 'api-keys', 'webhooks', 'suppressions', 'account'].map(
        (section) => `/settings/${section}`,
      ),
      '/settings/audit?on=campaign',
    ]
    const seen = async () => {
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await settled(page)
      return [new URL(page.url()).pathname + new URL(page.url()).search, await page.title()]
    }
    for (const address of addresses) {
      await page.goto(address)
      const before = await seen()
      await page.reload()
      expect(await seen(), address).toEqual(before)
      expect(before[0], address).toContain(address.split('?')[0])
    }
    for (const list of ['campaigns', 'customers', 'segments', 'products', 'templates']) {
      await page.goto(`/${list}/${randomUUID()}`)
      await page.getByText('Nothing here').waitFor()
      await page.locator('main').getByRole('link').first().waitFor()
    }
    await page.goto('/settings/nothing')
    await page.getByText('There is no such page').waitFor()
    expect(faults).toEqual([])
  })

  test('a stop of all sending is said in red on every page, the builder too, and ends there', async () => {
    const id = await makeDraft(app, { name: 'Stopped' })
    await page.goto('/settings/workspace')
    await page.getByRole('switch', { name: 'Nothing is stopped' }).click()
    await page.getByText('All sending is stopped. Messages wait').waitFor()
    await portray(page, 'stopped')
    await page.goto(`/campaigns/${id}/builder`)
    await page.getByText('All sending is stopped. Messages wait').waitFor()
    await expectAccessible(page, 'stopped')
    await page.getByRole('button', { name: 'Let sending go on' }).click()
    await page.getByText('All sending is stopped. Messages wait').waitFor({ state: 'detached' })
    expect((await app.request('GET', '/workspace')).body.stopSending).toBe(false)
  })
})
