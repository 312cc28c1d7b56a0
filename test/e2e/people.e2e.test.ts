import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

const csv = `email,first_name,company,tags
minh@example.com,Minh,Acme,trial
minh.tran@example.com,Minh Tran,,vip
ada@example.com,Ada,Analytical Engines,trial
`

/** Customers and companies, many at once, two into one; the palette that leads anywhere; a template's earlier words. */
describeInBrowser('people and words', () => {
  let at: SignedIn
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    at = await startSignedIn(csv)
    ;({ page, faults } = at)
  })
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  test('the palette finds a customer, goes there, and does what it is told', async () => {
    await page.getByRole('button', { name: 'Search' }).waitFor()
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Go to, or do' })
    await field.fill('ada')
    await page.getByRole('option', { name: /Ada/ }).waitFor()
    await expectAccessible(page, 'palette')
    await portray(page, 'palette')
    await field.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Ada' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.waitForURL('**/products')
    await page.keyboard.press('Control+k')
    await field.fill('stop all')
    await page.getByRole('option', { name: 'Stop all sending' }).click()
    await page.getByText('All sending is stopped').first().waitFor()
    await page.keyboard.press('Control+k')
    await field.fill('sending go on')
    await page.getByRole('option', { name: 'Let sending go on' }).waitFor()
    await field.press('Enter')
    await page.getByText('Sending goes on').waitFor()
    expect(faults).toEqual([])
  })

  test('the palette does to a campaign what its menu does, and finds the steps of the one that is open', async () => {
    await page.goto('/campaigns/new')
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Spring offer')
    await page.getByRole('button', { name: 'Create campaign' }).click()
    await page.waitForURL('**/builder')
    await page
      .getByTestId(/^step-/)
      .first()
      .waitFor()
    const field = page.getByRole('combobox', { name: 'Go to, or do' })
    await page.keyboard.press('Control+k')
    await field.fill('>outline')
    await field.press('Enter')
    await page.getByRole('tree').waitFor()
    await page.keyboard.press('Control+k')
    await field.fill('@')
    await page.getByRole('option').first().click()
    await page.getByLabel(/^Step: /).waitFor()
    await page.goto('/home')
    await page.getByRole('button', { name: 'Search' }).waitFor()
    await page.keyboard.press('Control+k')
    await field.fill('rename spring')
    await page.getByRole('option', { name: 'Rename Spring offer…' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Summer offer')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Save|Rename/ })
      .click()
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Fold the sidebar').waitFor()
    await expectAccessible(page, 'keys')
    await page.keyboard.press('Escape')
    expect(faults).toEqual([])
  })

  test('many customers are tagged and archived at once, the number on the button', async () => {
    await page.goto('/customers')
    await page.getByRole('checkbox', { name: /Choose all shown/ }).check()
    const bar = page.getByRole('toolbar', { name: 'What to do with the chosen customers' })
    await bar.getByText('3 customers chosen').waitFor()
    await expectAccessible(page, 'bulk bar')
    await portray(page, 'customers-chosen')
    await bar.getByRole('button', { name: 'Add a tag' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Change 3 customers' }).click()
    await dialog.getByText('Write a tag.').waitFor()
    await dialog.getByRole('combobox', { name: 'Tag' }).fill('=cmd() 🙂')
    await dialog.getByRole('button', { name: 'Change 3 customers' }).click()
    await page.getByText('3 customers changed').waitFor()
    await page.getByText('=cmd() 🙂').nth(2).waitFor()
    // From the keyboard: the first row's link, x, and the bar is there.
    await page.locator('.tl-row-link').first().focus()
    await page.keyboard.press('x')
    await bar.getByText('1 customer chosen').waitFor()
    await bar.getByRole('button', { name: 'Clear' }).click()
    expect(faults).toEqual([])
  })

  test('two customers become one, and the other leads there', async () => {
    await page.goto('/customers')
    await page.getByRole('link', { name: /^Minh minh@example/ }).click()
    await page.getByRole('dialog', { name: 'Minh' }).getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Merge into another…' }).click()
    const dialog = page.getByRole('dialog', { name: /Merge/ })
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await dialog.getByText('Choose a customer.').waitFor()
    await dialog.getByRole('combobox', { name: 'Merge into' }).fill('minh tran')
    await page.getByRole('option', { name: /Minh Tran/ }).click()
    await portray(page, 'merge')
    await dialog.getByRole('button', { name: 'Merge into Minh Tran' }).click()
    await page.getByRole('heading', { level: 1, name: 'Minh Tran' }).waitFor()
    await page.getByText('vip').first().waitFor()
    await page.getByText('trial').first().waitFor()
    await page.goto('/customers?archived=true')
    await page.locator('.tl-row-link').first().click()
    await page.getByRole('dialog', { name: 'Minh' }).waitFor()
    await page.getByRole('link', { name: 'Merged into another customer' }).click()
    await page.getByRole('heading', { level: 1, name: 'Minh Tran' }).waitFor()
    expect(faults).toEqual([])
  })

  test('a company shows its people, and is corrected', async () => {
    await page.getByRole('link', { name: 'Acme', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Acme' }).waitFor()
    await page.getByRole('link', { name: /Minh Tran/ }).waitFor()
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Domain' }).fill('no domain')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog
      .getByText(/domain/i)
      .last()
      .waitFor()
    await dialog.getByRole('textbox', { name: 'Domain' }).fill('acme.example')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('acme.example').waitFor()
    await expectAccessible(page, 'company')
    await portray(page, 'company')
    await page.goto('/companies')
    await page.getByRole('link', { name: 'Analytical Engines', exact: true }).waitFor()
    await portray(page, 'companies')
    expect(faults).toEqual([])
  })

  test('a template takes an earlier text back', async () => {
    await page.goto('/templates')
    await page.getByRole('button', { name: 'New template' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Hello')
    await dialog.getByRole('button', { name: 'Create template' }).click()
    const body = page.getByRole('textbox', { name: 'Body' })
    for (const text of ['First words', 'Second words']) {
      await body.fill(text)
      await page.frameLocator('iframe[title=Preview]').getByText(text).waitFor()
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByText('Template saved').first().waitFor()
      await page.getByText(/^Version \d/).waitFor()
    }
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Versions' }).click()
    await page.getByText('First words').waitFor()
    await portray(page, 'template-versions')
    await page.getByRole('button', { name: 'Take this text back' }).first().click()
    await page.getByText('Not saved yet').waitFor()
    await expect.poll(() => body.innerText()).toBe('First words')
    expect(faults).toEqual([])
  })
})
