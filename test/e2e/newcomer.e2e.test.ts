import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RunningProgram, startProgram } from '../program.ts'
import {
  describeInBrowser,
  expectAccessible,
  openBrowser,
  openPage,
  portray,
  portrayFailure,
  saved,
} from './browser.ts'

const csv = `E-mail,First Name,Last Name,Company,Country,Tags,Plan
minh@acme.example,Minh,Trần,Acme VN,VN,vip,pro
sara@x-gmbh.example,Sara,Klein,X GmbH,DE,,free
not an address,Bo,,,,,
`

describeInBrowser('a newcomer', () => {
  let program: RunningProgram
  let browser: Browser
  let page: Page
  let faults: string[]
  let dataDir: string

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'throughline-newcomer-'))
    browser = await openBrowser()
    program = await startProgram({ DATA_DIR: dataDir, LOG_LEVEL: 'error' })
    const context = await browser.newContext({ baseURL: program.url, viewport: { width: 1440, height: 900 } })
    ;({ page, faults } = await openPage(context))
  })

  afterAll(async () => {
    await browser?.close()
    await program?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  afterEach(async ({ task }) => await portrayFailure(page, task))

  test('creates the first owner on the first visit and lands on the first steps', async () => {
    await page.goto('/')
    await page.waitForURL('**/setup')
    await expectAccessible(page, 'setup')
    await portray(page, 'setup')
    await page.getByLabel('Workspace').fill('Acme')
    await page.getByLabel('Your name').fill('Linh Tran')
    await page.getByLabel('Email').fill('linh@acme.example')
    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create workspace' }).click()
    await page.waitForURL('**/home')
    await page.getByRole('heading', { name: 'Reach your first customer in ten minutes' }).waitFor()
    await expectAccessible(page, 'home')
    await portray(page, 'home-empty')
  })

  test('imports a CSV and reads what was not taken and why', async () => {
    await page.goto('/customers/import')
    await page.setInputFiles('input[type=file]', { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
    await page.getByRole('cell', { name: 'E-mail' }).waitFor()
    await portray(page, 'import-columns')
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('heading', { name: 'people.csv would create 2, update 0, reject 1' }).waitFor()
    await portray(page, 'import-checked')
    await page.getByRole('button', { name: 'Import 2 rows' }).click()
    await page.getByRole('heading', { name: 'Import finished' }).waitFor()
    await page.getByText('not an address').first().waitFor()
    await portray(page, 'import-report')
    await page.getByRole('link', { name: 'See the customers' }).click()
    await page.getByRole('link', { name: /Minh Trần/ }).waitFor()
    await expect.poll(() => page.getByRole('row').count()).toBe(3)
  })

  test('makes a segment with both of them', async () => {
    await page.goto('/segments')
    await page.getByRole('button', { name: 'New segment' }).first().click()
    await page.getByLabel('Name').fill('Everyone so far')
    await page.getByRole('radio', { name: 'A list' }).click()
    await page.getByRole('button', { name: 'Create segment' }).click()
    await page.waitForURL(/\/segments\/[0-9a-f-]{36}$/)
    await page.getByRole('button', { name: 'Add customers' }).first().click()
    await page.getByRole('button', { name: 'Add all customers' }).click()
    await page.getByText('2 customers', { exact: false }).first().waitFor()
    await page.getByRole('link', { name: /Sara Klein/ }).waitFor()
  })

  test('creates a campaign for the segment and is told how many it reaches', async () => {
    await page.goto('/campaigns')
    await page.getByRole('button', { name: 'New campaign' }).first().click()
    await page.getByLabel('Name').fill('First outreach')
    await page.getByRole('radiogroup', { name: 'Audience' }).getByText('Segment', { exact: true }).click()
    await page.getByRole('combobox', { name: 'Segment' }).click()
    await page.getByRole('option', { name: 'Everyone so far' }).click()
    await page.getByText('match the audience').waitFor()
    await portray(page, 'new-campaign')
    await page.getByRole('button', { name: 'Create campaign' }).click()
    await page.waitForURL('**/builder')
    await page.getByText('What happens first?').waitFor()
    await page.locator('.tl-palette input:focus').waitFor()
  })

  test('draws email, wait and a split on a tag, each saved by itself', async () => {
    await page.locator('.tl-ghost').getByRole('button', { name: 'Send email' }).click()
    const drawer = page.getByRole('complementary', { name: /^Step: / })
    await drawer.getByRole('combobox', { name: 'Sender' }).click()
    await page.getByRole('option', { name: 'Sandbox mailbox' }).click()
    await drawer
      .getByRole('textbox', { name: 'Subject' })
      .fill('Quick question, {{customer.firstName | default: "there"}}')
    await drawer.getByText('Code', { exact: true }).click()
    await drawer
      .getByRole('textbox', { name: 'Body' })
      .fill(
        'Hello {{customer.firstName}},\nmay I ask what you use {{customer.company.name}} for?\nhttps://example.com/more',
      )
    await drawer.getByRole('textbox', { name: 'Body' }).blur()
    const palette = page.getByRole('complementary', { name: 'Steps to add' })
    await palette.getByRole('button', { name: 'Wait', exact: true }).click()
    await drawer.getByRole('textbox', { name: 'How long' }).fill('1s')
    await drawer.getByRole('textbox', { name: 'How long' }).blur()
    await palette.getByRole('button', { name: 'Conditional split' }).click()
    await drawer.getByRole('button', { name: 'Add rule' }).click()
    await drawer.getByLabel('Rule 1: what to look at').fill('customer.tags')
    await drawer.getByRole('combobox', { name: 'Rule 1: condition' }).click()
    await page.getByRole('option', { name: 'contains', exact: true }).click()
    await drawer.getByLabel('Rule 1: value').fill('vip')
    await drawer.getByLabel('Rule 1: value').blur()
    await saved(page)
    await page.getByTestId('step-path-1').getByRole('button', { name: 'Add a step after this one' }).click()
    await page.getByRole('combobox', { name: 'Search steps' }).fill('hand')
    await page.keyboard.press('Enter')
    await page.getByTestId('step-exit-handoff-1').waitFor()
    await page.getByTestId('step-path-2').getByRole('button', { name: 'Add a step after this one' }).click()
    await page.getByRole('combobox', { name: 'Search steps' }).fill('exit')
    await page.keyboard.press('Enter')
    await page.getByTestId('step-exit-1').waitFor()
    await saved(page)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: /Tidy up/ }).click()
    await saved(page)
    await page.getByRole('button', { name: /^Validate/ }).click()
    await page.getByText(/No problems · 8 steps checked/).waitFor()
    await expectAccessible(page, 'builder')
    await page.getByRole('button', { name: 'Close problems' }).click()
    await page.getByTestId('step-email-send-1').click()
    await portray(page, 'builder-drawer')
    await drawer.getByRole('button', { name: 'Close' }).click()
    await portray(page, 'builder')
  })

  test('activates with the number of people on the button', { timeout: 90_000 }, async () => {
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByRole('button', { name: 'Activate and enroll 2' }).waitFor()
    await expectAccessible(page, 'pre-flight')
    await portray(page, 'preflight')
    await page.getByRole('button', { name: 'Activate and enroll 2' }).click()
    await page.getByRole('link', { name: 'Open the campaign' }).click()
    await page.waitForURL('**/overview')
    await page.getByText('Active', { exact: true }).first().waitFor()
    await page
      .getByRole('timer', { name: 'Before the campaign begins' })
      .waitFor({ state: 'detached', timeout: 40_000 })
  })

  test('reads both emails in the sandbox mailbox and answers one', async () => {
    await page.goto('/sandbox')
    await page.getByRole('button', { name: /Quick question, Minh/ }).waitFor()
    await page.getByRole('button', { name: /Quick question, Sara/ }).waitFor()
    await page.getByRole('button', { name: /Quick question, Minh/ }).click()
    const mail = page.frameLocator('iframe')
    await mail.getByText('Hello Minh,').waitFor()
    await expectAccessible(page, 'sandbox')
    await portray(page, 'sandbox')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByRole('button', { name: 'Reply…' }).click()
    await page.getByRole('button', { name: 'Send reply' }).click()
    await page.getByText('Replied').first().waitFor()
  })

  test('sees every run end, one as a handoff with its task', async () => {
    await page.goto('/campaigns')
    await page.getByRole('link', { name: 'First outreach', exact: true }).click()
    await page.getByRole('link', { name: 'Runs' }).click()
    await page.getByText('succeeded · handoff').waitFor()
    await page.getByText('succeeded · exit').waitFor()
    await page.getByRole('button', { name: /Minh/ }).click()
    const run = page.getByRole('dialog', { name: 'Run' })
    await run
      .getByText(/contains “vip”/)
      .first()
      .waitFor()
    await portray(page, 'run')
    await page.keyboard.press('Escape')
    await page.goto('/tasks')
    await page.getByText(/Minh/).first().waitFor()
    await portray(page, 'tasks')
    await page.goto('/home')
    await page.getByRole('link', { name: 'First outreach', exact: true }).waitFor()
    expect(faults).toEqual([])
  })
})
