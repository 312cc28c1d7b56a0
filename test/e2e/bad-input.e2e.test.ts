import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestApp } from '../app.ts'
import { makeDraft } from '../campaign.ts'
import { describeInBrowser, openPage, portrayFailure } from './browser.ts'
import { liquidOf } from './liquid-of.ts'
import { openContext, type SignedInApp, startSignedInApp } from './signed-in.ts'

/** What people's names hold: a template's braces, an emoji, a formula, right-to-left text. All of it is a name. */
const odd = 'Zoë {{ 🙂 =cmd() שלום'
const tooLong = 'x'.repeat(6_000)
const empty = 'Fill this in.'
const noEmail = 'Write an email address such as'

/** Ids that forms are opened for. */
interface Made {
  campaign: string
  customer: string
  product: string
  template: string
}

/** One form: how it is opened, what is typed into it, and what is said where it is wrong. */
interface Form {
  /** An address, as a path. */
  at: (made: Made) => string
  /** What is pressed to open it; nothing where it is the page. */
  open?: string | ((page: Page) => Promise<void>)
  submit: string
  /** Typed first, by the field's label; whatever is refused later, it is there still. */
  typed?: Record<string, string>
  /** Field, what is typed into it, and what it says. In this order, each right again before the next. */
  bad: [field: string, value: string, says: string, right?: string][]
  /** It stands in the page, though a button opens it. */
  inPage?: true
  /** It is taken at the end, and this shows. */
  takes?: string
}

const menu = (name: string, entry: string) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click()
  await page.getByRole('menuitem', { name: entry }).click()
}
const chosen = (field: string, option: string) => async (page: Page) => {
  await page.getByRole('combobox', { name: field, exact: true }).or(page.getByLabel(field).first()).first().click()
  await page.getByRole('option', { name: option }).click()
}

const forms: Record<string, Form> = {
  'new campaign': {
    at: () => '/campaigns?new=1',
    open: async (page) => await page.getByRole('dialog').waitFor(),
    submit: 'Create campaign',
    typed: { Description: odd },
    bad: [
      ['Name', '', empty, odd],
      ['Name', ' ', 'name', odd],
      ['Name', tooLong, '200', odd],
    ],
  },
  'new campaign with a segment': {
    at: () => '/campaigns?new=1',
    open: async (page) => await page.getByRole('dialog').getByText('Segment', { exact: true }).click(),
    submit: 'Create campaign',
    typed: { Name: odd },
    bad: [['Segment', '', 'Choose a segment.']],
  },
  campaign: {
    at: ({ campaign }) => `/campaigns/${campaign}/overview`,
    open: 'Edit name, description and owner',
    submit: 'Save',
    typed: { Description: odd },
    bad: [
      ['Name', '', empty],
      ['Name', ' ', 'name'],
      ['Name', tooLong, '200', odd],
    ],
    takes: odd,
  },
  audience: {
    at: ({ campaign }) => `/campaigns/${campaign}/audience`,
    open: async (page) => await page.getByText('Segment', { exact: true }).click(),
    inPage: true,
    submit: 'Save audience',
    bad: [['Segment', '', 'Choose a segment.']],
  },
  'new customer': {
    at: () => '/customers',
    open: 'New customer',
    submit: 'Add customer',
    typed: { 'First name': odd, 'Last name': 'عربي', Company: odd },
    bad: [
      ['Email', 'nobody', noEmail, 'zoe@example.com'],
      ['Attributes', '{"plan": ', 'Write a JSON object', '{"plan": "{{pro}}"}'],
      ['First name', tooLong, '', odd],
      ['Email', 'taken@example.com', 'has this email', 'zoe@example.com'],
    ],
    takes: odd,
  },
  company: {
    at: () => '/companies',
    open: 'New company',
    submit: 'Add company',
    typed: { Industry: odd },
    bad: [
      ['Name', '', empty],
      ['Name', tooLong, '', odd],
      ['Domain', tooLong, '', ''],
    ],
    takes: odd,
  },
  segment: {
    at: () => '/segments',
    open: 'New segment',
    submit: 'Create segment',
    typed: { Description: odd },
    bad: [
      ['Name', '', empty],
      ['Name', ' ', 'Give it a name.'],
      ['Name', tooLong, '200', odd],
    ],
    takes: odd,
  },
  product: {
    at: () => '/products',
    open: 'New product',
    submit: 'Create product',
    typed: { Description: odd },
    bad: [
      ['Name', '', empty],
      ['Name', ' ', 'Give it a name.', odd],
      ['Web address', 'nowhere', 'http', 'https://example.com'],
    ],
    takes: odd,
  },
  criterion: {
    at: ({ product }) => `/products/${product}`,
    open: async (page) => {
      await page.getByRole('button', { name: 'Add criterion' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Add rule' }).click()
    },
    submit: 'Add criterion',
    typed: { 'Rule 1: value': odd },
    bad: [
      ['Name', '', empty, odd],
      ['Weight', '7', '1', '0.5'],
      ['Rule 1: what to look at', 'country', 'Write a path such as customer.country', 'customer.country'],
      ['Rule 1: points', '9', '1', '0.2'],
    ],
    takes: odd,
  },
  'new template': {
    at: () => '/templates',
    open: 'New template',
    submit: 'Create template',
    bad: [
      ['Name', '', empty],
      ['Name', ' ', 'name'],
      ['Name', tooLong, '200', odd],
    ],
    takes: odd,
  },
  template: {
    at: ({ template }) => `/templates/${template}`,
    submit: 'Save',
    typed: { Subject: odd },
    bad: [['Name', ' ', 'name', odd]],
    takes: odd,
  },
  'test of a template': {
    at: ({ template }) => `/templates/${template}`,
    open: 'Send a test',
    submit: 'Send test',
    bad: [
      ['To', '', empty],
      ['To', 'nobody', 'Write an address such as', 'zoe@example.com'],
    ],
    takes: 'was sent to zoe@example.com',
  },
  'note on a customer': {
    at: ({ customer }) => `/customers/${customer}`,
    open: 'Note',
    inPage: true,
    submit: 'Add note',
    bad: [
      ['Note on taken@example.com', '', 'Write something.'],
      ['Note on taken@example.com', 'x'.repeat(10_001), '10,000', odd],
    ],
    takes: odd,
  },
  'limits of AI': {
    at: () => '/settings/ai',
    submit: 'Save limits',
    typed: { 'Limit in tokens': '5,000' },
    bad: [['Limit in US dollars', '2000000', '1,000,000', '20']],
    takes: 'Limits saved',
  },
  'SMTP account: the server': {
    at: () => '/settings/credentials',
    open: 'Connect email',
    submit: 'Next',
    typed: { Password: odd, 'User name': 'zoe' },
    bad: [
      ['Server', '', empty, 'smtp.example.com'],
      ['Port', '', '', '587'],
    ],
    takes: 'Sender’s address',
  },
  'SMTP account: the sender': {
    at: () => '/settings/credentials',
    open: async (page) => {
      await page.getByRole('button', { name: 'Connect email' }).click()
      await page.getByLabel('Server').fill('10.0.0.1')
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByLabel('Sender’s name').waitFor()
    },
    submit: 'Next',
    typed: { 'Sender’s name': odd },
    bad: [
      ['Name', '', empty, odd],
      ['Sender’s address', 'nobody', noEmail, 'team@example.com'],
    ],
    // What only the server knows stands at its field, in its step.
    takes: '10.0.0.1',
  },
  'Telegram bot': {
    at: () => '/settings/credentials',
    open: 'Connect Telegram bot',
    submit: 'Save',
    typed: { Name: odd },
    bad: [
      ['Bot token', '', empty],
      ['Bot token', 'not a token', 'that BotFather gave you', '123456:abcdefghijklmnop'],
      ['Bot API server', 'nowhere', 'https://api.telegram.org'],
    ],
  },
  'AI model': {
    at: () => '/settings/ai',
    open: 'Add an AI model',
    submit: 'Save and test',
    typed: { 'API key': 'secret', Name: odd },
    bad: [
      ['Model', '', empty, 'gpt'],
      ['Address', 'nowhere', 'http', ''],
      ['Price in', '-1', '0', ''],
    ],
  },
  invitation: {
    at: () => '/settings/members',
    open: 'Invite',
    submit: 'Make the link',
    bad: [
      ['Email', '', empty],
      ['Email', 'nobody', noEmail, 'zoe@example.com'],
    ],
    takes: 'Send zoe@example.com this link.',
  },
  'API key': {
    at: () => '/settings/api-keys',
    open: 'New key',
    submit: 'Make the key',
    bad: [
      ['Name', '', empty],
      ['Name', ' ', 'Write a name.'],
      ['Name', tooLong, '200', odd],
    ],
    takes: 'Copy it now',
  },
  webhook: {
    at: () => '/settings/webhooks',
    open: 'New webhook',
    submit: 'Add webhook',
    typed: { Name: odd },
    bad: [
      ['Address', '', empty],
      ['Address', 'nowhere', 'begins with https://'],
      ['Address', 'https://me:secret@example.com', 'Leave user name and password out'],
      ['Address', 'https://10.0.0.1/hook', '10.0.0.1'],
    ],
  },
  'schedule of a campaign': {
    at: ({ campaign }) => `/campaigns/${campaign}/triggers`,
    open: async (page) => {
      await menu('Add a trigger', 'On a schedule')(page)
      await chosen('How often', 'Written as a cron')(page)
    },
    submit: 'Add trigger',
    bad: [['Cron', '61 * * * *', '“61” is no minute']],
  },
  'webhook of a campaign': {
    at: ({ campaign }) => `/campaigns/${campaign}/triggers`,
    open: menu('Add a trigger', 'By a webhook'),
    submit: 'Add trigger',
    bad: [['Where it stands in the body', 'email', 'begins with “$”']],
  },
  'event of a campaign': {
    at: ({ campaign }) => `/campaigns/${campaign}/triggers`,
    open: menu('Add a trigger', 'By an event'),
    submit: 'Add trigger',
    bad: [['Event', '', 'Name the event.']],
  },
  suppression: {
    at: () => '/settings/suppressions',
    open: 'Suppress addresses',
    submit: 'Suppress',
    bad: [
      ['Email addresses', '', empty],
      ['Email addresses', 'nobody', 'no email address'],
    ],
  },
  workspace: {
    at: () => '/settings/workspace',
    submit: 'Save workspace',
    typed: { 'Postal address': odd },
    bad: [
      ['Name', '', empty, odd],
      ['Messages a day for one customer', '0', '', '3'],
      ['Messages a day for one customer', '5000', 'At most 1,000', '3'],
      ['Postal address', tooLong, 'At most 1,000', odd],
    ],
    takes: 'Workspace saved',
  },
  account: {
    at: () => '/settings/account',
    submit: 'Save account',
    bad: [
      ['Name', '', empty],
      ['Name', tooLong, '200', odd],
    ],
  },
  password: {
    at: () => '/settings/account',
    submit: 'Change password',
    typed: { 'New password': 'short', 'Current password': odd },
    bad: [
      ['New password', 'short', 'At least 8 characters.', 'a longer passphrase'],
      ['Current password', 'not it', 'password'],
    ],
  },
  task: {
    at: () => '/tasks',
    open: 'New task',
    submit: 'Add task',
    typed: { Note: odd },
    bad: [
      ['Title', '', empty],
      ['Title', ' ', 'Give it a title.'],
      ['Title', tooLong, '', odd],
    ],
    takes: odd,
  },
  'pasted rows': {
    at: () => '/customers/import?paste=1',
    submit: 'Look at the rows',
    bad: [['Rows from a spreadsheet', 'email', 'at least one row below it']],
  },
}

/** Whatever somebody types wrong, the field says so and what they typed stays (the issue's “Bad input in each form”). */
describeInBrowser('bad input', () => {
  let signedIn: SignedInApp
  let app: TestApp
  let page: Page
  let faults: string[]
  let made: Made

  beforeAll(async () => {
    signedIn = await startSignedInApp()
    ;({ app, page, faults } = signedIn)
    const add = async (path: string, body: unknown) => (await app.request('POST', path, { body })).body.id
    made = {
      campaign: await makeDraft(app),
      customer: await add('/customers', { email: 'taken@example.com' }),
      product: await add('/products', { name: 'Boat' }),
      template: await add('/templates', { name: 'Hello', channel: 'email', subject: 'Hi', body: 'Hi' }),
    }
  })
  afterAll(async () => await signedIn?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  for (const [name, form] of Object.entries(forms)) {
    test(`in the form of ${name} is said at its field, and nothing typed is lost`, async () => {
      await page.goto(form.at(made))
      if (typeof form.open === 'string') await page.getByRole('button', { name: form.open }).first().click()
      else await form.open?.(page)
      const root = page.getByRole(form.open && !form.inPage ? 'dialog' : 'main')
      await check(root, form)
      expect(faults).toEqual([])
    })
  }

  test('at the door: setting up and signing in', async () => {
    const context = await openContext(signedIn.browser, app, { cookie: 'nobody=here' })
    const door = (await openPage(context)).page
    await door.goto('/setup')
    await check(door.getByRole('main'), {
      ...{ at: () => '', submit: 'Create workspace' },
      typed: { 'Your name': odd },
      bad: [
        ['Workspace', '', empty, odd],
        ['Email', 'nobody', noEmail, 'zoe@example.com'],
        ['Password', '', empty],
        ['Password', 'short', 'At least 8 characters.'],
      ],
    })
    await door.goto('/login')
    const main = door.getByRole('main')
    await check(main, {
      ...{ at: () => '', submit: 'Sign in' },
      bad: [
        ['Email', 'nobody', noEmail, 'zoe@example.com'],
        ['Password', '', empty, odd],
      ],
    })
    await main.getByRole('button', { name: 'Sign in' }).click()
    await main.getByRole('alert').waitFor()
    await expect.poll(() => field(main, 'Email').inputValue()).toBe('zoe@example.com')
    await expect.poll(() => field(main, 'Password').inputValue()).toBe(odd)
    await context.close()
  })

  test('of an address where it stands, in the customer’s data', async () => {
    await page.goto(`/customers/${made.customer}?tab=data`)
    await page.getByRole('button', { name: 'Edit Email' }).click()
    const email = page.getByRole('textbox', { name: 'Email', exact: true })
    await email.fill('nobody')
    await email.press('Enter')
    await expect.poll(() => saidAt(email)).not.toBe('')
    await expect.poll(() => email.inputValue()).toBe('nobody')
    await email.press('Escape')
    await page.getByRole('button', { name: 'Add an attribute' }).click()
    await field(page.locator('form'), 'Attribute').fill(odd)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect.poll(() => saidAt(field(page.locator('form'), 'Value'))).toContain('Give it a value.')
    await expect.poll(() => field(page.locator('form'), 'Attribute').inputValue()).toBe(odd)
  })

  test('where only the server knows: a member who is there, two columns that become the same', async () => {
    await page.goto('/settings/members')
    await page.getByRole('button', { name: 'Invite' }).click()
    const dialog = page.getByRole('dialog')
    await field(dialog, 'Email').fill(app.owner.email)
    await dialog.getByRole('button', { name: 'Make the link' }).click()
    await expect.poll(async () => (await saidAt(field(dialog, 'Email'))) || (await alertIn(dialog))).toMatch(/member/)
    await expect.poll(() => field(dialog, 'Email').inputValue()).toBe(app.owner.email)

    await page.goto('/customers/import?paste=1')
    await field(page.getByRole('main'), 'Rows from a spreadsheet').fill(`email\tother\nzoe@example.com\t${odd}`)
    await page.getByRole('button', { name: 'Look at 1 row' }).click()
    await page.getByRole('combobox', { name: 'What other becomes' }).click()
    await page.getByRole('option', { name: 'Email', exact: true }).click()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await expect.poll(async () => await saidAt(field(page.getByRole('main'), 'What other becomes'))).toMatch(/email/i)
    await expect.poll(() => page.getByRole('combobox', { name: 'What other becomes' }).inputValue()).toBe('Email')
  })

  test('of a step in the builder', async () => {
    await page.goto(`/campaigns/${made.campaign}/builder?node=wait-1`)
    const drawer = page.getByRole('complementary', { name: /^Step: / })
    const wait = drawer.locator('[data-field=durationMs]').first()
    await wait.fill('soon')
    await wait.blur()
    await expect.poll(() => saidAt(wait)).toContain('Write a time like')
    await expect.poll(() => wait.inputValue()).toBe('soon')
    await drawer.getByLabel('Name of the step').fill(odd)
    await drawer.getByLabel('Name of the step').blur()
    await page.getByTestId('step-wait-1').getByText(odd).waitFor()
    expect(faults).toEqual([])
  })

  test('of a text with variables: it is marked where it is written, and stays as it was typed', async () => {
    const email = { id: 'email-1', type: 'email-send', title: 'Email', config: { subject: 'Hi', body: 'Hi' } }
    const campaign = await makeDraft(app)
    const { nodes, edges, ...rest } = (await app.request('GET', `/campaigns/${campaign}/workflow`)).body
    await app.request('PUT', `/campaigns/${campaign}/workflow`, {
      body: { ...rest, nodes: [...nodes, email], edges },
    })
    await page.goto(`/campaigns/${campaign}/builder?node=email-1`)
    const subject = page.getByRole('textbox', { name: 'Subject', exact: true }).and(page.locator('.tl-chip-text'))
    for (const [typed, says] of [
      ['Hi {% if customer.email %} there', 'if'],
      ['Hi {{customer.firstName | nosuch}}', 'nosuch'],
    ] as const) {
      await subject.fill(typed)
      await subject.blur()
      await expect.poll(() => saidAt(subject), { message: typed }).toContain(says)
      expect(await liquidOf(subject)).toBe(typed)
    }
    await subject.fill(odd)
    await subject.blur()
    await page.locator('[data-testid=save-state][data-state=saved]').waitFor()
    expect(await liquidOf(subject)).toBe(odd)
    expect(faults).toEqual([])
  })
})

/** Types each bad value in turn, presses, and reads what the field says; everything else stays as typed. */
async function check(root: Locator, { submit, typed = {}, bad, takes }: Form): Promise<void> {
  const held = new Map(Object.entries(typed))
  const type = async (label: string, value: string) => {
    if ((await liquidOf(field(root, label))) !== value) await field(root, label).fill(value)
    held.set(label, value)
  }
  const press = async () => await root.getByRole('button', { name: submit, exact: true }).last().click()
  for (const [label, value] of held) await type(label, value)
  for (const [label, value, says, right] of bad) {
    const what = `${label}: “${value.slice(0, 40)}”`
    await type(label, value)
    await press()
    await expect.poll(() => saidAt(field(root, label)), { message: what }).toMatch(/\p{L}/u)
    expect((await saidAt(field(root, label))).toLowerCase(), what).toContain(says.toLowerCase())
    for (const [other, given] of held)
      expect(await liquidOf(field(root, other)).then(bare), `${other} after ${what}`).toBe(bare(given))
    if (right !== undefined) await type(label, right)
  }
  if (takes === undefined) return
  await press()
  await root.page().getByText(takes).first().waitFor()
}

/** A value without what a number is shown with. */
const bare = (value: string) => value.replace(/^(-?)[+$](?=[\d.])/, '$1')

/** A field by its label. */
const field = (root: Locator, name: string): Locator =>
  root
    .getByRole('textbox', { name, exact: true })
    .or(root.getByRole('combobox', { name, exact: true }))
    .first()

/** What assistive technology is told is wrong with a field; '' when it is not said to be wrong. */
const saidAt = async (input: Locator): Promise<string> =>
  await input.evaluate((element) => {
    if (element.getAttribute('aria-invalid') !== 'true') return ''
    const ids = (element.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .filter((id: string) => id.endsWith('-error'))
    return ids.map((id: string) => element.ownerDocument.getElementById(id)?.textContent ?? '').join(' ')
  })

const alertIn = async (root: Locator): Promise<string> => (await root.getByRole('alert').allTextContents()).join(' ')
