import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

/** A product from nothing: facts, rules that score everybody, why somebody scores as they do, a score by hand with its history. */
describeInBrowser('products and fit', () => {
  let at: SignedIn
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    at = await startSignedIn('email,first_name,country\nminh@example.com,Minh,VN\nada@example.com,Ada,GB\n')
    ;({ page, faults } = at)
  })
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  test('a product with facts and a criterion whose rules score everybody', async () => {
    await page.goto('/products')
    await page.getByRole('button', { name: 'New product' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Boat')
    await dialog.getByRole('button', { name: 'Add fact' }).click()
    await dialog.getByLabel('Fact 1: name').fill('the price')
    await dialog.getByLabel('Fact 1: value').fill('49')
    await dialog.getByRole('button', { name: 'Create product' }).click()
    await dialog.getByText('so that a message can say it').waitFor()
    await dialog.getByLabel('Fact 1: name').fill('price')
    await dialog.getByRole('button', { name: 'Create product' }).click()
    await page.getByRole('heading', { level: 1, name: 'Boat' }).waitFor()
    await page.getByText('{{product.price}}').waitFor()

    await page.getByRole('button', { name: 'Add criterion' }).click()
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Where they are')
    await dialog.getByRole('button', { name: 'Add rule' }).click()
    await dialog.getByLabel('Rule 1: what to look at').fill('country')
    await dialog.getByLabel('Rule 1: value').fill('VN')
    await dialog.getByLabel('Rule 1: points').fill('0.6')
    await dialog.getByRole('button', { name: 'Add criterion' }).click()
    // What the server refuses stands at its rule, and nothing typed is lost.
    await dialog.getByText('Write a path such as customer.country').waitFor()
    await expectAccessible(page, 'criterion dialog')
    await portray(page, 'criterion-rules')
    await dialog.getByLabel('Rule 1: what to look at').fill('customer.country')
    await dialog.getByRole('button', { name: 'Add criterion' }).click()
    await page.getByText('2 scores changed among 2 customers').waitFor()
    await page.getByRole('row', { name: /Minh \+0\.6/ }).waitFor()
    expect(faults).toEqual([])
  })

  test('why a customer scores as they do, and a score by hand with its reason in the history', async () => {
    await page.getByRole('button', { name: 'Add criterion' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('What they say')
    await dialog.getByRole('combobox', { name: 'Type' }).click()
    await page.getByRole('option', { name: /Conversation/ }).click()
    await dialog.getByRole('button', { name: 'Add criterion' }).click()
    await page.getByRole('combobox', { name: 'Customer' }).fill('minh')
    await page.getByRole('option', { name: /Minh/ }).click()
    await page.getByText('✓ country is “VN”: +0.6').waitFor()
    await portray(page, 'product-tester')
    await page.getByRole('row', { name: /Minh/ }).getByRole('link').click()
    await page.getByRole('link', { name: 'Fit', exact: true }).click()
    await page.getByRole('button', { name: 'Set a score' }).click()
    await dialog.getByRole('button', { name: 'Set score' }).click()
    await dialog.getByText('Choose a criterion.').waitFor()
    await dialog.getByRole('combobox', { name: 'Criterion' }).click()
    await page.getByRole('option', { name: 'Boat: What they say' }).click()
    await dialog.getByRole('textbox', { name: 'Score', exact: true }).fill('0.4')
    await dialog.getByLabel('Reason').fill('Called: {{ wants one 🙂')
    await dialog.getByRole('button', { name: 'Set score' }).click()
    await page.getByRole('row', { name: /What they say \+0\.4 \+0\.4 By .*: Called: \{\{ wants one/ }).waitFor()
    const chart = page.getByRole('slider', { name: /Score on Boat/ })
    await expect.poll(() => chart.getAttribute('aria-valuetext')).toContain('Where they are +0.6')
    await expect
      .poll(() => page.locator('nav[aria-label=Customer] [aria-current=page]').allTextContents())
      .toEqual(['Fit'])
    await expectAccessible(page, 'customer fit')
    await portray(page, 'customer-fit-scored')
    expect(faults).toEqual([])
  })
})
