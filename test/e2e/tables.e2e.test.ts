import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

const vietnam = JSON.stringify({ all: [{ field: 'country', op: 'equals', value: 'VN' }] })

/** Long lists: all that match, columns, and what is imported and exported from them. */
describeInBrowser('long lists', () => {
  let at: SignedInApp
  let page: SignedInApp['page']

  beforeAll(async () => {
    at = await startSignedInApp({ loops: true })
    ;({ page } = at)
    await at.app.database.pool.query(
      `insert into customer (workspace_id, email, first_name, country)
       select $1, 'c' || n || '@example.com', case n when 2 then '=cmd()' else 'Person ' || n end, case when n % 2 = 0 then 'VN' else 'DE' end
       from generate_series(1, 1300) n`,
      [at.app.workspaceId],
    )
  }, 240_000)
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  const tagged = async () => (await at.app.request('GET', '/customers/count?tag=vip')).body.count

  test('all that match are chosen, also those that were not loaded, and changed with their number on the button', async () => {
    await page.goto(`/customers?rules=${encodeURIComponent(vietnam)}`)
    await page.getByText('1–200 of 650').waitFor()
    await page.getByRole('checkbox', { name: 'Choose all shown (200)' }).check()
    const bar = page.getByRole('toolbar', { name: 'What to do with the chosen customers' })
    await bar.getByText('200 customers chosen').waitFor()
    await bar.getByRole('button', { name: 'Choose all 650' }).click()
    await bar.getByText('650 customers chosen').waitFor()
    await expectAccessible(page, 'all chosen')
    await portray(page, 'customers-all-chosen')
    await bar.getByRole('button', { name: 'Add a tag' }).click()
    await page.getByRole('dialog').getByLabel('Tag').fill('vip')
    await page.getByRole('button', { name: 'Change 650 customers' }).click()
    await expect.poll(tagged, { timeout: 30_000 }).toBe(650)
    await bar.waitFor({ state: 'hidden' })
    expect(at.faults).toEqual([])
  })

  test('an export is saved as a file, formulas marked', async () => {
    await page.getByRole('checkbox', { name: 'Choose all shown (200)' }).check()
    const bar = page.getByRole('toolbar', { name: 'What to do with the chosen customers' })
    await bar.getByRole('button', { name: 'Choose all 650' }).click()
    const download = page.waitForEvent('download', { timeout: 30_000 })
    await bar.getByRole('button', { name: 'Export' }).click()
    // At once when it took less than two seconds, else from the tray.
    const tray = page.getByRole('region', { name: 'Background work' }).getByRole('link', { name: 'Download' })
    void tray.click({ timeout: 25_000 }).catch(() => undefined)
    const lines = readFileSync(await (await download).path(), 'utf8')
      .trim()
      .split('\r\n')
    expect(lines).toHaveLength(651)
    expect(lines.some((line) => line.includes(",'=cmd(),"))).toBe(true)
    await bar.getByRole('button', { name: 'Clear' }).click()
  })

  test('rows are pasted from a spreadsheet, checked and imported', async () => {
    await page.goto('/customers/import?paste=1')
    await page
      .getByLabel('Rows from a spreadsheet')
      .fill('Email\tFirst name\tNote\npasted1@example.com\tמרים\t=1+1\npasted2@example.com\t👩‍🚀 Zoë\t\nnobody\tX\t')
    await page.getByRole('button', { name: 'Look at 3 rows' }).click()
    await page.getByRole('heading', { name: 'Pasted rows: what each column becomes' }).waitFor()
    await expectAccessible(page, 'import columns')
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('heading', { name: 'Pasted rows would create 2, update 0, reject 1' }).waitFor()
    // The columns once more: nothing has been written yet.
    await page.getByRole('button', { name: 'Change the columns' }).click()
    await page.getByRole('combobox', { name: 'What Note becomes' }).click()
    await page.getByRole('option', { name: 'Leave out' }).click()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('button', { name: 'Import 2 rows' }).click()
    await page.getByRole('heading', { name: 'Import finished' }).waitFor()
    const { items } = (await at.app.request('GET', '/customers?q=pasted')).body
    expect(items.map((one: Record<string, unknown>) => [one.email, one.firstName, one.attributes])).toEqual([
      ['pasted2@example.com', '👩‍🚀 Zoë', {}],
      ['pasted1@example.com', 'מרים', {}],
    ])
    expect(at.faults).toEqual([])
  })

  const unusable: [what: string, name: string, bytes: Buffer, words: RegExp][] = [
    ['nothing', 'empty.csv', Buffer.alloc(0), /The file is empty/],
    ['a workbook', 'people.csv', Buffer.from('504b0304140000', 'hex'), /not a CSV file but an Excel workbook/],
    ['a broken header', 'quote.csv', Buffer.from('"email,name\n'), /a quote is opened and never closed/],
  ]
  test.each(unusable)(
    'a file with %s is refused in words, and another can be chosen',
    async (_what, name, buffer, words) => {
      await page.goto('/customers/import')
      await page.getByLabel('CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer })
      await page.getByRole('alert').filter({ hasText: words }).waitFor()
      await page.getByRole('button', { name: 'Choose a file' }).waitFor()
    },
  )

  test('a file without a column of contacts says so when it is checked, and its columns can be changed', async () => {
    await page.goto('/customers/import')
    const buffer = Buffer.from('first,address\nAnn,ann@mapped.example\n')
    await page.getByLabel('CSV file').setInputFiles({ name: 'names.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('alert').filter({ hasText: 'None of the columns' }).waitFor()
    await page.getByRole('combobox', { name: 'What address becomes' }).click()
    await page.getByRole('option', { name: 'Email', exact: true }).click()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('heading', { name: 'names.csv would create 1, update 0, reject 0' }).waitFor()
  })

  test('two customers who were chosen are merged, whichever stays', async () => {
    for (const firstName of ['Older', 'Newer']) {
      const body = { email: `${firstName.toLowerCase()}@twin.example`, firstName, lastName: 'Twin' }
      await at.app.request('POST', '/customers', { body })
    }
    await page.goto('/customers?q=twin')
    await page.getByText('1–2 of 2').waitFor()
    await page.getByRole('checkbox', { name: 'Choose all shown (2)' }).check()
    await page.getByRole('button', { name: 'Merge the two' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Newer Twin stays.').waitFor()
    await dialog.getByRole('button', { name: 'Keep Older Twin instead' }).click()
    await dialog.getByText('Older Twin stays.').waitFor()
    await expectAccessible(page, 'merge two')
    await portray(page, 'customers-merge-two')
    await dialog.getByRole('button', { name: 'Merge into Older Twin' }).click()
    await page.waitForURL(/\/customers\/[0-9a-f-]{36}/)
    const { items } = (await at.app.request('GET', '/customers?q=twin')).body
    expect(items.map(({ firstName }: { firstName: string }) => firstName)).toEqual(['Older'])
    expect(at.faults).toEqual([])
  })

  test('the columns of campaigns are chosen, sorted by, and remembered', async () => {
    for (const name of ['Beta', 'Alpha', 'Gamma']) await at.app.request('POST', '/campaigns', { body: { name } })
    await page.goto('/campaigns')
    await page.getByText('1–3 of 3').waitFor()
    await page.getByRole('button', { name: 'Choose columns' }).click()
    await page.getByRole('checkbox', { name: 'Created' }).check()
    await page.getByRole('checkbox', { name: 'Audience' }).uncheck()
    await expectAccessible(page, 'campaign columns')
    await page.keyboard.press('Escape')
    const names = () => page.locator('.tl-row-link').allTextContents()
    await page.getByRole('button', { name: 'Name', exact: true }).click()
    await expect.poll(names).toEqual(['Alpha', 'Beta', 'Gamma'])
    await page.getByRole('button', { name: 'Name', exact: true }).click()
    await expect.poll(names).toEqual(['Gamma', 'Beta', 'Alpha'])
    await page.getByRole('button', { name: 'Inside', exact: true }).click()
    await page.getByRole('columnheader', { name: 'Inside' }).and(page.locator('[aria-sort=ascending]')).waitFor()
    await page.reload()
    await page.getByRole('columnheader', { name: 'Created' }).waitFor()
    expect(await page.getByRole('columnheader', { name: 'Audience' }).count()).toBe(0)
    await portray(page, 'campaigns-columns')
    expect(at.faults).toEqual([])
  })
})
