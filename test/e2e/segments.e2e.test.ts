import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, expectAccessible } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

let app: SignedIn
beforeAll(async () => {
  const csv = [
    'email,firstName,country,tags',
    'linh@example.com,Linh,VN,trial',
    'minh@example.com,Minh,VN,',
    'anna@example.com,Anna,DE,trial',
    'noor@example.com,نور,AE,',
  ].join('\n')
  app = await startSignedIn(csv)
})
afterAll(() => app?.[Symbol.asyncDispose]())

describeInBrowser('segments', () => {
  it('are made of rules that count themselves while they are written', async () => {
    const { page, faults } = app
    await page.goto('/segments')
    await page.getByRole('button', { name: 'New segment' }).first().click()
    await page.getByLabel('Name').fill('Trials in Vietnam')
    await page.getByRole('button', { name: 'Create segment' }).click()
    await page.waitForURL(/segments\/[0-9a-f-]{36}/)
    const who = page.getByRole('region', { name: 'Who matches' })
    await who.getByText('of 4 customers').waitFor()
    await page.getByRole('button', { name: 'Add rule' }).first().click()
    const about = page.getByRole('combobox', { name: 'Rule 2: what it is about' })
    await about.click()
    await about.fill('country')
    await page.getByRole('option', { name: /^country/ }).click()
    await page.getByRole('textbox', { name: 'Rule 2: value' }).fill('vn')
    await who.getByText('country is vn').first().waitFor()
    await who.getByText('2', { exact: true }).waitFor()
    await expect.poll(() => who.getByRole('listitem').count()).toBe(2)
    await page.getByRole('button', { name: 'Add group' }).click()
    const tag = page.getByRole('combobox', { name: 'Rule 3.1: what it is about' })
    await tag.click()
    await tag.fill('Tag')
    await page.getByRole('option', { name: 'Tag', exact: true }).click()
    await page.getByRole('combobox', { name: 'Rule 3.1: tag' }).fill('trial')
    await page.keyboard.press('Escape')
    await who.getByText('1', { exact: true }).waitFor()
    await expectAccessible(page, 'the rules of a segment')
    await page.getByRole('button', { name: 'Save rules' }).click()
    await page.getByText('1 customer', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Customers' }).click()
    await page.getByRole('link', { name: /Linh/ }).first().waitFor()
    await page.goto('/segments')
    await page.getByText('By rules').waitFor()
    expect(faults).toEqual([])
  })
})
