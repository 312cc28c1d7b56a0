import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addCustomers, makeActive, makeDraft } from '../campaign.ts'
import { describeInBrowser, portrayFailure } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

describeInBrowser('the … menus', () => {
  let on: SignedInApp
  beforeAll(async () => {
    on = await startSignedInApp({ env: { ALLOW_PRIVATE_HOSTS: '127.0.0.1:9' } })
  })
  afterEach(async ({ task }) => portrayFailure(on.page, task))
  afterAll(async () => on?.[Symbol.asyncDispose]())

  /** The entries of the menu that a button opens, in order; danger is marked, and what has no icon too. */
  const entriesOf = async (page: Page, button: string | RegExp): Promise<string[]> => {
    await page.getByRole('button', { name: button }).first().click()
    const items = page.getByRole('menuitem')
    await items.first().waitFor()
    const entries = await items.evaluateAll((all) =>
      all.map((item) => {
        const icon = item.querySelector('[data-position=left] svg') ? '' : ' (no icon)'
        return `${item.hasAttribute('data-danger') ? '! ' : ''}${item.textContent}${icon}`
      }),
    )
    const close = async () => {
      await page.keyboard.press('Escape')
      return items.count()
    }
    await expect.poll(close).toBe(0)
    return entries
  }

  test('have one order everywhere: open, edit, duplicate, its state, and danger last, in red, each with its icon', async () => {
    const { app, page } = on
    const [customer] = await addCustomers(app, 1)
    const make = async (path: string, body: object) => {
      const made = await app.request('POST', path, { body })
      expect(made, path).toMatchObject({ status: expect.toSatisfy((status: number) => status < 300) })
      return made.body.id as string
    }
    const draft = await makeDraft(app, { name: 'A draft' })
    const active = await makeActive(app, { name: 'In use' })
    const segment = await make('/segments', { name: 'Harbor towns', kind: 'static' })
    const product = await make('/products', { name: 'Quay' })
    await make(`/products/${product}/criteria`, { name: 'Near the sea', type: 'conversation', weight: 1 })
    const template = await make('/templates', {
      name: 'hello',
      channel: 'email',
      subject: 'Hello',
      body: '<p>Hello</p>',
    })
    await make('/webhooks', { name: 'Our CRM', url: 'http://127.0.0.1:9/hook', events: ['run.finished'] })
    await make('/suppressions', { email: 'no@harbor.example' })
    const menus: [at: string, button: string | RegExp, entries: string[]][] = [
      [
        '/campaigns',
        'Actions for A draft',
        ['Open', 'Open builder', 'Rename…', 'Duplicate', 'Export', 'Activate…', '! Archive…', '! Delete…'],
      ],
      [
        '/campaigns',
        'Actions for In use',
        [
          ...['Open', 'Open builder', 'Rename…', 'Duplicate', 'Export', 'Run now…', 'Pause', 'Complete…'],
          ...['Re-enroll…', '! Archive…'],
        ],
      ],
      [`/campaigns/${draft}/overview`, 'More actions', ['Rename…', 'Duplicate', 'Export', '! Archive…', '! Delete…']],
      [
        `/campaigns/${active}/overview`,
        'More actions',
        ['Rename…', 'Duplicate', 'Export', 'Complete…', 'Re-enroll…', '! Archive…'],
      ],
      [
        `/customers/${customer}`,
        'More actions',
        [
          ...['Edit', 'Export what is kept', '! Do not write to them…', '! Merge into another…', '! Archive…'],
          '! Erase the person…',
        ],
      ],
      [`/segments/${segment}`, 'More actions', ['Edit', '! Delete…']],
      [`/products/${product}`, 'More actions', ['! Archive…']],
      [`/products/${product}`, 'Actions for Near the sea', ['Edit', '! Remove']],
      [`/templates/${template}`, 'More actions', ['Versions', '! Archive…']],
      ['/settings/webhooks', 'Actions for Our CRM', ['Deliveries', 'Edit', 'Send a test', 'New secret…', '! Delete…']],
      ['/settings/suppressions', 'Actions for no@harbor.example', ['! Lift…']],
      ['/settings/api-keys', /^Actions for/, ['! End…']],
      ['/settings/members', /^Actions for/, ['Change role…', 'Make a reset link']],
    ]
    const seen: typeof menus = []
    for (const [at, button] of menus) {
      if (!page.url().endsWith(at)) await page.goto(at)
      seen.push([at, button, await entriesOf(page, button)])
    }
    expect(seen).toEqual(menus)
    expect(on.faults).toEqual([])
  })
})
