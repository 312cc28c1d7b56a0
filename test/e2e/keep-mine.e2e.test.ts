import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeDraft } from '../campaign.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { liquidOf } from './liquid-of.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

/** Ids of what the forms are about. */
type Made = Record<'campaign' | 'customer' | 'template' | 'segment' | 'product', string>

/** One form that is saved over what it was filled from: how it is opened, one of its texts, and what that text is to the API. */
interface Form {
  at: (made: Made) => string
  open: (page: Page) => Promise<unknown>
  field: (page: Page) => Locator
  submit: (page: Page) => Promise<unknown>
  /** The path of what is changed, and its member that the text is. */
  path: (made: Made) => string
  member: string
}

const menu = (button: string, entry: string) => async (page: Page) => {
  await page.getByRole('button', { name: button }).first().click()
  await page.getByRole('menuitem', { name: entry }).click()
}
const press = (name: string) => async (page: Page) =>
  await page.getByRole('button', { name, exact: true }).last().click()
const labelled = (name: string) => (page: Page) => page.getByRole('textbox', { name, exact: true })

const forms: Record<string, Form> = {
  'a field of a customer': {
    at: ({ customer }) => `/customers/${customer}?tab=data`,
    open: press('Edit Last name'),
    field: labelled('Last name'),
    submit: press('Save Last name'),
    path: ({ customer }) => `/customers/${customer}`,
    member: 'lastName',
  },
  'a campaign’s settings': {
    at: ({ campaign }) => `/campaigns/${campaign}/overview`,
    open: press('Edit name, description and owner'),
    field: labelled('Description'),
    submit: press('Save'),
    path: ({ campaign }) => `/campaigns/${campaign}`,
    member: 'description',
  },
  'a template': {
    at: ({ template }) => `/templates/${template}`,
    open: async (page) => await page.locator('.tl-chip-text').first().waitFor(),
    field: labelled('Subject'),
    submit: press('Save'),
    path: ({ template }) => `/templates/${template}`,
    member: 'subject',
  },
  'a segment': {
    at: ({ segment }) => `/segments/${segment}`,
    open: menu('More actions', 'Edit name'),
    field: labelled('Description'),
    submit: press('Save'),
    path: ({ segment }) => `/segments/${segment}`,
    member: 'description',
  },
  'a product': {
    at: ({ product }) => `/products/${product}`,
    open: press('Edit'),
    field: labelled('Description'),
    submit: press('Save'),
    path: ({ product }) => `/products/${product}`,
    member: 'description',
  },
  'the workspace': {
    at: () => '/settings/workspace',
    open: async () => {},
    field: labelled('Postal address'),
    submit: press('Save workspace'),
    path: () => '/workspace',
    member: 'postalAddress',
  },
}

/** Two at the same form: whoever is later is asked whose text it shall be, and has both (UX §4.16, 412). */
describeInBrowser('a form that somebody else has saved meanwhile', () => {
  let signedIn: SignedInApp
  let made: Made

  beforeAll(async () => {
    signedIn = await startSignedInApp()
    const { app } = signedIn
    const make = async (path: string, body: object) => String((await app.request('POST', path, { body })).body.id)
    made = {
      campaign: await makeDraft(app, { name: 'Shared' }),
      customer: await make('/customers', { email: 'ada@acme.example', firstName: 'Ada', tags: ['one'] }),
      template: await make('/templates', { name: 'Shared', subject: 'S', body: '<p>B</p>' }),
      segment: await make('/segments', {
        name: 'Shared',
        kind: 'dynamic',
        rules: { all: [{ field: 'email', op: 'not-empty' }] },
      }),
      product: await make('/products', { name: 'Shared' }),
    }
  })
  afterAll(async () => await signedIn?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(signedIn.page, task))

  test.each(Object.entries(forms))('%s: mine or theirs is a choice, and nothing typed is lost', async (name, form) => {
    const { app, page } = signedIn
    const path = form.path(made)
    const theirs = async (text: string) => {
      expect((await app.request('PATCH', path, { body: { [form.member]: text } })).status).toBe(200)
    }
    const stored = async () => (await app.request('GET', path)).body[form.member]
    await page.goto(form.at(made))
    await form.open(page)
    await form.field(page).fill('Mine {{ 🙂 שלום')
    await theirs('Theirs')
    await form.submit(page)
    await page.getByText(/^admin changed this /).waitFor()
    expect(await liquidOf(form.field(page))).toBe('Mine {{ 🙂 שלום')
    expect(await stored()).toBe('Theirs')
    if (name === 'a field of a customer') {
      await expectAccessible(page, 'keep mine at a field of a customer')
      await portray(page, 'keep-mine-customer')
    }
    await page.getByRole('button', { name: 'Take theirs' }).click()
    await expect.poll(() => liquidOf(form.field(page))).toBe('Theirs')

    await form.field(page).fill('Mine after all')
    await theirs('Theirs again')
    await form.submit(page)
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await expect.poll(stored).toBe('Mine after all')
  })

  test('a customer: who changes another field is in nobody’s way, and tags of both stay', async () => {
    const { app, page, faults } = signedIn
    const path = `/customers/${made.customer}`
    await page.goto(`${path}?tab=data`)
    await page.getByRole('button', { name: 'Edit First name' }).click()
    await labelled('First name')(page).fill('Ada Mine')
    await app.request('PATCH', path, { body: { country: 'VN', tags: ['one', 'theirs'] } })
    await page.keyboard.press('Enter')
    await expect
      .poll(async () => (await app.request('GET', path)).body)
      .toMatchObject({
        firstName: 'Ada Mine',
        country: 'VN',
        tags: ['one', 'theirs'],
      })
    expect(faults).toEqual([])
  })
})
