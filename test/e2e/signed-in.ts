import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { startTestApp, type TestApp } from '../app.ts'
import { runCommand, startProgram } from '../program.ts'
import { openBrowser, openPage, webDir } from './browser.ts'

/** A fresh program with one owner, who is signed in and on the home page. */
export interface SignedIn extends AsyncDisposable {
  browser: Browser
  page: Page
  /** Ends the program, and starts it again at the same address. */
  stop(): Promise<void>
  start(): Promise<void>
  /** What went wrong in the page; a test ends with `expect(faults).toEqual([])`. */
  faults: string[]
}

/** A page of an app in this process, whose database and loops the test has in hand, with its owner signed in. */
export interface SignedInApp extends AsyncDisposable {
  app: TestApp
  browser: Browser
  context: BrowserContext
  page: Page
  faults: string[]
}

/** Starts an app (test/app.ts) with the web app and opens a page of its owner. */
export async function startSignedInApp(options: Parameters<typeof startTestApp>[0] = {}): Promise<SignedInApp> {
  const browser = await openBrowser()
  const app = await startTestApp({ webDir, ...options })
  const context = await openContext(browser, app)
  const { page, faults } = await openPage(context)
  return {
    app,
    browser,
    context,
    page,
    faults,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await app.close()
    },
  }
}

/** A browser's profile in which the app's owner, or whose session it is, is signed in. */
export async function openContext(
  browser: Browser,
  app: TestApp,
  { cookie = app.owner.cookie, ...options }: BrowserContextOptions & { cookie?: string } = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: app.url,
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  })
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value, url: app.url }])
  return context
}

/** Starts a program in a directory of its own, with these customers in it (CSV; none unless given), and signs its owner in. */
export async function startSignedIn(csv?: string, settings: Record<string, string> = {}): Promise<SignedIn> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-signed-in-'))
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error', ...settings }
  const owner = { email: 'owner@example.com', password: 'a long passphrase' }
  await runCommand(['setup', '--email', owner.email, '--password', owner.password, '--workspace', 'Acme'], env)
  if (csv !== undefined) await runCommand(['import', 'customers', '-'], env, csv)
  const browser = await openBrowser()
  let program = await startProgram(env)
  const context = await browser.newContext({ baseURL: program.url, viewport: { width: 1440, height: 900 } })
  const { page, faults } = await openPage(context)
  await page.goto('/login')
  await page.getByLabel('Email').fill(owner.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/home')
  const { port } = new URL(program.url)
  return {
    browser,
    page,
    faults,
    stop: async () => void (await program.stop()),
    start: async () => {
      program = await startProgram({ ...env, PORT: port })
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await program.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
