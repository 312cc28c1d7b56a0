import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

const csv = `email,first_name,country,tags,seats,timezone
linh@example.com,Linh,VN,trial,9,Asia/Ho_Chi_Minh
minh@example.com,Minh,VN,,100,Asia/Ho_Chi_Minh
anna@example.com,Anna,DE,trial,20,Europe/Berlin
noor@example.com,نور,AE,,3,Asia/Dubai
`

/** The list of customers, one of them beside it, what narrows it, and what goes on in the background. */
describeInBrowser('customers', () => {
  let at: SignedIn
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    at = await startSignedIn(csv)
    ;({ page, faults } = at)
  })
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  const names = async () =>
    (await page.locator('.tl-row-link bdi').allTextContents()).map((text) => text.trim()).filter(Boolean)
  const drawer = (name: string) => page.getByRole('dialog', { name, exact: true })

  test('one opens beside the list, by its address, and the list stays usable', async () => {
    await page.goto('/customers')
    await page.getByText('1–4 of 4').waitFor()
    const row = page.getByRole('link', { name: /Minh/ })
    await expect.poll(() => row.getAttribute('href')).toMatch(/^\/customers\/[0-9a-f-]{36}$/)
    await row.click()
    await drawer('Minh').waitFor()
    expect(new URL(page.url()).searchParams.get('open')).toMatch(/^[0-9a-f-]{36}$/)
    await drawer('Minh').getByText('their time').waitFor()
    await expectAccessible(page, 'customer drawer')
    await portray(page, 'customer-drawer')
    // From the keyboard in the list behind it: the next row opens in its place.
    await row.focus()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await drawer('Linh').waitFor()
    await page.reload()
    await drawer('Linh').waitFor()
    await page.getByRole('link', { name: /Anna/ }).click()
    await drawer('Anna').waitFor()
    await page.keyboard.press('Escape')
    await drawer('Anna').waitFor({ state: 'hidden' })
    await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toContain('Anna')
    expect(new URL(page.url()).search).toBe('')
    expect(faults).toEqual([])
  })

  test('a note, a task and an inline change show in the timeline, what it was before with it', async () => {
    await page.getByRole('link', { name: /Minh/ }).click()
    const panel = drawer('Minh')
    await panel.getByRole('button', { name: 'Add note' }).click()
    await panel.getByRole('textbox', { name: 'Note on Minh' }).fill('Wants {{ a boat 🙂')
    await page.keyboard.press('Control+Enter')
    await panel.getByText('Wants {{ a boat 🙂').waitFor()
    await panel.getByRole('button', { name: 'Add task' }).click()
    await page
      .getByRole('dialog', { name: 'Task about Minh' })
      .getByRole('textbox', { name: 'Title' })
      .fill('Call them')
    await page.getByRole('button', { name: 'Add task', exact: true }).last().click()
    await panel.getByRole('region', { name: 'Open tasks' }).getByText('Call them').waitFor()
    await panel.getByRole('link', { name: 'Data', exact: true }).click()
    await panel.getByRole('button', { name: 'Edit Time zone' }).waitFor()
    await panel.getByRole('button', { name: 'Edit Email' }).click()
    await panel.getByRole('textbox', { name: 'Email' }).fill('linh@example.com')
    await page.keyboard.press('Enter')
    // What is refused is said at the field, and what was typed stays.
    await panel.getByText(/Another customer has this email/).waitFor()
    await expect.poll(() => panel.getByRole('textbox', { name: 'Email' }).inputValue()).toBe('linh@example.com')
    await page.keyboard.press('Escape')
    await panel.getByRole('button', { name: 'Edit Country' }).click()
    await panel.getByRole('textbox', { name: 'Country' }).fill('SG')
    await page.keyboard.press('Enter')
    await panel.getByRole('definition').getByText('SG', { exact: true }).waitFor()
    await expectAccessible(page, 'customer data')
    await portray(page, 'customer-data-inline')
    await panel.getByRole('link', { name: 'Timeline' }).click()
    await panel.getByRole('button', { name: 'Profile', exact: true }).click()
    await panel.getByRole('button', { name: /Country: VN → SG/ }).click()
    await panel.getByRole('cell', { name: '"VN"' }).waitFor()
    expect(new URL(page.url()).searchParams.get('kind')).toBe('profile')
    await panel.getByRole('button', { name: 'Why not', exact: true }).click()
    await panel.getByText('Nothing was held back').waitFor()
    await panel.getByRole('link', { name: 'Open as a page' }).click()
    await page.getByRole('heading', { level: 1, name: 'Minh' }).waitFor()
    expect(faults).toEqual([])
  })

  test('rules narrow the list, stand in the address, and become a segment', async () => {
    await page.goto('/customers')
    await page.getByRole('button', { name: 'Filter' }).click()
    const about = page.getByRole('combobox', { name: 'Rule 1: what it is about' })
    await about.click()
    await about.fill('country')
    await page.getByRole('option', { name: /^country/ }).click()
    await page.getByRole('textbox', { name: 'Rule 1: value' }).fill('de')
    await page.getByText('1–1 of 1').waitFor()
    expect(await names()).toEqual(['Anna'])
    await expectAccessible(page, 'filtered customers')
    await portray(page, 'customers-filtered')
    await page.reload()
    await page.getByText('1–1 of 1').waitFor()
    await page.getByRole('button', { name: 'Save as segment' }).click()
    await page.getByRole('button', { name: 'Save segment' }).click()
    await page.getByText('Give it a name.').waitFor()
    await page.getByRole('textbox', { name: 'Name' }).fill('Germans')
    await page.getByRole('button', { name: 'Save segment' }).click()
    await page.getByRole('heading', { level: 1, name: 'Germans' }).waitFor()
    await page.getByText('1 customer', { exact: true }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Take off country is de' }).click()
    await page.getByText('1–4 of 4').waitFor()
    expect(new URL(page.url()).search).toBe('')
    expect(faults).toEqual([])
  })

  test('columns are chosen and sorted by, and remembered', async () => {
    await page.getByRole('button', { name: 'Choose columns' }).click()
    await page.getByRole('checkbox', { name: 'seats' }).check()
    await page.getByRole('checkbox', { name: 'Tags' }).uncheck()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'seats' }).click()
    await page.getByRole('columnheader', { name: 'seats' }).and(page.locator('[aria-sort=ascending]')).waitFor()
    await expect.poll(names).toEqual(['نور', 'Linh', 'Anna', 'Minh'])
    await page.getByRole('button', { name: 'seats' }).click()
    await expect.poll(names).toEqual(['Minh', 'Anna', 'Linh', 'نور'])
    await page.reload()
    await expect.poll(names).toEqual(['Minh', 'Anna', 'Linh', 'نور'])
    expect(await page.getByRole('columnheader', { name: 'Tags' }).count()).toBe(0)
    expect(faults).toEqual([])
  })

  test('an import survives a reload and goes on while one is elsewhere, and says at the end what it did', async () => {
    const rows = Array.from({ length: 30_000 }, (_, n) => `many${n}@example.com,Person ${n},VN`)
    await page.goto('/customers/import')
    await page.getByLabel('CSV file').setInputFiles({
      name: 'many.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(['email,first_name,country', 'not an address,X,VN', ...rows].join('\n')),
    })
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('The server has the file: you can leave this page').waitFor()
    await page.reload()
    const heading = 'many.csv would create 30,000, update 0, reject 1'
    await page.getByRole('heading', { name: heading }).waitFor({ timeout: 60_000 })
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download them' }).click()
    expect(readFileSync(await (await download).path(), 'utf8')).toMatch(/^line,why,row\r\n2,.*not an address/)
    await expectAccessible(page, 'import check')
    await portray(page, 'import-check')
    await page.getByRole('button', { name: 'Import 30,000 rows' }).click()
    await page.getByText('Importing: ').waitFor()
    await page.reload()
    const tray = page.getByRole('region', { name: 'Background work' })
    await tray.getByText('Importing many.csv').waitFor()
    await page.getByRole('link', { name: 'Campaigns', exact: true }).click()
    await tray.getByText('30,000 created, 1 rejected').waitFor({ timeout: 120_000 })
    await expectAccessible(page, 'background work')
    await portray(page, 'background-work')
    await tray.getByRole('link', { name: 'Importing many.csv' }).click()
    await page.getByRole('heading', { name: 'Rows that were not taken' }).waitFor()
    await page.goto('/customers')
    await page.getByText('1–200 of 30,004').waitFor()
    // Further down than what is drawn: rows come and go, the walk goes on.
    await page.locator('.tl-row-link').first().focus()
    for (let step = 0; step < 40; step += 1) await page.keyboard.press('j')
    await expect.poll(() => page.evaluate('document.activeElement?.closest("tr")?.dataset.index')).toBe('40')
    await page.evaluate('document.querySelector(".tl-scroll").scrollTo(0, 1e7)')
    await page.getByText('1–400 of 30,004').waitFor()
    expect(await page.locator('.tl-table tbody tr').count()).toBeLessThan(120)
    expect(faults).toEqual([])
  })
})
