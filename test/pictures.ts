// Takes the pictures of the README anew, from a demo workspace of its own: node bin/node24.js test/pictures.ts [folder]
// The fonts are this machine's: take them where `system-ui` is one that people read every day.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openBrowser, settled } from './e2e/browser.ts'
import { runCommand, startProgram } from './program.ts'

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'images')
/** Of the demo, which three campaigns run in; what the pictures are of. */
const campaign = 'Autumn news'
const step = 'The news, as a question'

async function take(page: Page, name: string): Promise<void> {
  await settled(page)
  // Numbers come by themselves, a little later than the page.
  await page.waitForTimeout(1_500)
  await settled(page)
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
  process.stdout.write(`${join(folder, `${name}.png`)}\n`)
}

async function takeAll(page: Page): Promise<void> {
  await page.getByRole('link', { name: campaign, exact: true }).waitFor()
  const address = await page.getByRole('link', { name: campaign, exact: true }).getAttribute('href')
  await take(page, 'home')

  await page.goto((address ?? '').replace('/overview', '/builder'))
  await page.getByText(step).first().click()
  await page.getByRole('complementary', { name: `Step: ${step}` }).waitFor()
  await page.getByRole('button', { name: 'Fit view' }).click()
  await page.mouse.move(700, 860)
  await take(page, 'builder')

  await page.goto((address ?? '').replace('/overview', '/analytics'))
  await page.getByText('Over time').first().waitFor()
  await take(page, 'analytics')

  await page.goto('/sandbox')
  await page
    .getByRole('button', { name: /Welcome to Harbor/ })
    .first()
    .click()
  await page.getByRole('complementary', { name: 'How the campaign reacts' }).waitFor()
  await take(page, 'sandbox')

  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await page.goto('/campaigns')
  await page.getByText(campaign).waitFor()
  await take(page, 'campaigns-dark')
}

const dataDir = await mkdtemp(join(tmpdir(), 'throughline-pictures-'))
const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
const browser = await openBrowser()
try {
  const { stdout } = await runCommand(['demo', '--json'], env)
  const { email, password } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as {
    email: string
    password: string
  }
  await using program = await startProgram(env)
  const context = await browser.newContext({
    baseURL: program.url,
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 1.5,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto('/login')
  await page.getByLabel('Email').fill(email)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/home')
  await takeAll(page)
} finally {
  await browser.close()
  await rm(dataDir, { recursive: true, force: true })
}
