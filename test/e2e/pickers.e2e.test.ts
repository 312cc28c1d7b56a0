import { expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray } from './browser.ts'
import { liquidOf } from './liquid-of.ts'
import { testsOnCanvas } from './on-canvas.ts'

const mail = {
  nodes: [
    { id: 'start', type: 'trigger', title: 'Trigger', config: {} },
    { id: 'email-1', type: 'email-send', title: 'Email', config: { subject: 'Mine', body: '<p>My own words</p>' } },
  ],
  edges: [{ id: 'a', source: 'start', target: 'email-1', when: null }],
  layout: { start: { x: 0, y: 0 }, 'email-1': { x: 0, y: 150 } },
}

describeInBrowser('the pickers of a step', () => {
  const on = testsOnCanvas()
  const configOf = async (built: {
    workflow(): Promise<{ nodes: { id: string; config: Record<string, unknown> }[] }>
  }) => (await built.workflow()).nodes.find(({ id }) => id === 'email-1')?.config ?? {}

  test('make a sender, a template and a product in place, and choose what was made', async () => {
    const { page, drawer, step, load, workflow, faults } = await on.prepare(mail)
    await load()
    await step('email-1').click()
    await drawer.getByRole('combobox', { name: 'Sender' }).click()
    await page.getByRole('option', { name: '+ Add a sender' }).click()
    const sender = page.getByRole('dialog', { name: 'Connect an email account' })
    await sender.getByRole('textbox', { name: 'Server' }).fill('mail.acme.example')
    await sender.getByRole('button', { name: 'Next' }).click()
    await sender.getByRole('textbox', { name: /^Name/ }).fill('Sales mail')
    await sender.getByRole('textbox', { name: 'Sender’s address' }).fill('sales@acme.example')
    await sender.getByRole('button', { name: 'Next' }).click()
    await sender.getByText('It does not work yet').waitFor()
    await sender.getByRole('button', { name: 'Save anyway' }).click()
    await sender.waitFor({ state: 'detached' })
    await expect.poll(() => drawer.getByRole('combobox', { name: 'Sender' }).inputValue()).toBe('Sales mail')

    await drawer.getByRole('combobox', { name: 'Template' }).click()
    await page.getByRole('option', { name: '+ New template' }).click()
    const template = page.getByRole('dialog', { name: 'New template' })
    await template.getByRole('textbox', { name: 'Name' }).fill('Hello again')
    await template.getByRole('textbox', { name: 'Subject' }).fill('For {{customer.firstName}}')
    await template.getByRole('textbox', { name: 'Body' }).fill('<p>From the template</p>')
    await template.getByRole('button', { name: 'Create template' }).click()
    await template.waitFor({ state: 'detached' })
    await drawer.getByText('Needs customer.firstName').waitFor()

    await drawer.getByRole('combobox', { name: 'Product' }).click()
    await page.getByRole('option', { name: '+ New product' }).click()
    const product = page.getByRole('dialog', { name: 'New product' })
    await product.getByRole('textbox', { name: 'Name' }).fill('Rocket')
    await product.getByRole('button', { name: /product$/ }).click()
    await product.waitFor({ state: 'detached' })
    await expect.poll(() => drawer.getByRole('combobox', { name: 'Product' }).inputValue()).toBe('Rocket')
    await page.locator('[data-testid=save-state][data-state=saved]').waitFor()
    const config = await configOf({ workflow })
    expect(config).toMatchObject({
      templateName: 'Hello again',
      credentialId: expect.any(String),
      productId: expect.any(String),
    })
    // The template's words stand in place of the step's own.
    expect(config).not.toHaveProperty('body')
    expect(faults).toEqual([])
  })

  test('choose a template by how it looks; undo brings one’s own words back', async () => {
    const { app } = on
    await app.request('POST', '/templates', {
      body: { name: 'Look at me', subject: 'Look', body: '<h1>Big words</h1>' },
    })
    const { page, drawer, step, load, workflow, faults } = await on.prepare(mail)
    await load()
    await step('email-1').click()
    await drawer.getByRole('button', { name: 'Browse templates…' }).click()
    const browser = page.getByRole('dialog', { name: 'Choose a template' })
    await browser.getByRole('textbox', { name: 'Search templates' }).fill('look at')
    await browser.getByRole('button', { name: /Look at me/ }).waitFor()
    await browser.frameLocator('iframe[title="Look at me"]').getByText('Big words').waitFor()
    await expectAccessible(page, 'choosing a template')
    await portray(page, 'template-choices')
    await browser.getByRole('button', { name: /Look at me/ }).click()
    await page.locator('[data-testid=save-state][data-state=saved]').waitFor()
    expect(await configOf({ workflow })).toEqual({ templateName: 'Look at me' })
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await drawer.locator('.tl-write-text', { hasText: 'My own words' }).waitFor()
    expect(faults).toEqual([])
  })

  test('say who has a variable, what it is for the preview customer, and what was meant by one that does not exist', async () => {
    const { app } = on
    for (const [email, firstName] of [
      ['ada@acme.example', 'Ada'],
      ['bo@acme.example', null],
    ] as const) {
      await app.request('POST', '/customers', { body: { email, firstName } })
    }
    const { page, drawer, step, load, faults } = await on.prepare(mail)
    await load()
    await step('email-1').click()
    await drawer.getByRole('tab', { name: 'Preview' }).click()
    await drawer.getByRole('combobox', { name: 'Preview as' }).fill('ada')
    await page.getByRole('option', { name: /Ada/ }).click()
    await drawer.getByRole('tab', { name: 'Configure' }).click()
    // With chips: that field comes a moment after what the drawer is first drawn with.
    const subject = drawer.getByRole('textbox', { name: 'Subject' }).and(page.locator('.tl-chip-text'))
    await subject.fill('')
    await subject.pressSequentially('Hi {{')
    await page.getByRole('combobox', { name: 'Search variables' }).fill('first name')
    const option = page.getByRole('option', { name: /customer.firstName/ })
    await option.getByText('50 % have it').waitFor()
    await option.getByText('Ada').waitFor()
    await page.keyboard.press('Enter')
    // Not everybody has it: what is said then is asked for right away.
    await page.getByRole('textbox', { name: 'Where it is missing' }).and(page.locator(':focus')).fill('you')
    await page.keyboard.press('Enter')
    await drawer.getByText('Ada reads: Hi Ada').waitFor()
    await drawer.getByRole('button', { name: 'First name, or you' }).click()
    await page.getByRole('textbox', { name: 'Where it is missing' }).fill('friend')
    await page.keyboard.press('Enter')
    await drawer.getByRole('button', { name: 'First name, or friend' }).waitFor()
    expect(await liquidOf(subject)).toBe('Hi {{customer.firstName | default: "friend"}}')
    await subject.fill('Hi {{customer.fristName}}')
    await drawer.getByRole('button', { name: /^customer.fristName: There is no/ }).click()
    await page.getByRole('button', { name: 'Use customer.firstName' }).click()
    await page.keyboard.press('Escape')
    expect(await liquidOf(subject)).toBe('Hi {{customer.firstName}}')
    expect(faults).toEqual([])
  })

  test('a task is done by a key, and open again by Undo', async () => {
    const { app } = on
    const dueAt = new Date(Date.now() - 86_400_000).toISOString()
    const made = await app.request('POST', '/tasks', { body: { title: 'Call Ada', dueAt } })
    const { page, faults } = await on.prepare(mail)
    await page.goto('/tasks')
    await page.getByText('Overdue').waitFor()
    await page
      .getByRole('row', { name: /Call Ada/ })
      .locator('.tl-row-link')
      .focus()
    await page.keyboard.press('e')
    await page.getByText('“Call Ada” done').waitFor()
    await page.getByText('All done.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('row', { name: /Call Ada/ }).waitFor()
    expect((await app.request('GET', `/tasks?status=open&limit=5`)).body.items[0]).toMatchObject({
      id: made.body.id,
      doneAt: null,
    })
    expect(faults).toEqual([])
  })
  test('a task is due at a time that is typed as one writes it, in the reader’s own zone', async () => {
    const { app } = on
    const signed = { key: null, headers: { cookie: app.owner.cookie, origin: app.url } }
    const zone = await app.request('PATCH', '/me', { body: { timezone: 'Asia/Tokyo' }, ...signed })
    expect(zone.status).toBe(200)
    const { page, faults } = await on.prepare(mail)
    await page.goto('/tasks')
    await page.getByRole('button', { name: 'New task' }).click()
    const dialog = page.getByRole('dialog', { name: 'New task' })
    await dialog.getByLabel('Title').fill('Call at night')
    await dialog.getByLabel('Due: day').fill('2031-05-05')
    const time = dialog.getByLabel('Due: time')
    await expect.poll(() => time.inputValue()).toBe('09:00')
    await time.fill('noon')
    await dialog.getByLabel('Title').focus()
    await dialog.getByText('A time such as 09:00').waitFor()
    await time.fill('9:30 pm')
    await dialog.getByLabel('Title').focus()
    await expect.poll(() => time.inputValue()).toBe('21:30')
    await dialog.getByRole('button', { name: 'Add task' }).click()
    await dialog.waitFor({ state: 'detached' })
    const { items } = (await app.request('GET', '/tasks?status=open&limit=50')).body
    expect(items.find((task: { title: string }) => task.title === 'Call at night').dueAt).toBe(
      '2031-05-05T12:30:00.000Z',
    )
    expect(faults).toEqual([])
  })
})
