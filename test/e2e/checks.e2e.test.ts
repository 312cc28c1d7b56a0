import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../app.ts'
import { addCustomers, makeActive, makeDraft, passGrace, runsOf, settle, waitingFlow } from '../campaign.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure, saved } from './browser.ts'
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
    await passGrace(app.app, id)
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
    await page.getByRole('tab', { name: 'Preview' }).click()
    await page.getByRole('combobox', { name: 'Preview as' }).fill(customer.email)
    await page.getByRole('option', { name: /^Zoë/ }).click()
    await page.getByText('Hello Zoë “{{x}}” <b>', { exact: true }).waitFor()
    const bodyOf = async (frame: string) => {
      const body = page.frameLocator(frame).locator('body')
      await body.getByText('Dear Zoë “{{x}}” <b>').waitFor()
      // Links and pixel of the delivered mail are its own; their places are the same.
      return (await body.innerHTML())
        .replace(/<img[^>]*\/t\/o\/[^>]*>/g, '')
        .replace(/https?:\/\/[^"\s<]*\/(t\/c|u|p)\/[^"\s<]*/g, 'LINK')
        .replaceAll('https://example.com/a', 'LINK')
        .trim()
    }
    const previewed = await bodyOf('iframe[title=Preview]')
    await app.request('POST', `/campaigns/${id}/activate`, { body: { enroll: 'now' } })
    await app.drain()
    await page.goto(`/sandbox?q=${encodeURIComponent(customer.email)}`)
    await page.locator('.tl-mail-row').click()
    expect(await bodyOf('.tl-mailbox iframe')).toBe(previewed)
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
    expect(faults).toEqual([])
  })
})
