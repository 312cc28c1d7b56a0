import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type RunningProgram, runCommand, startProgram } from '../program.ts'
import { openBrowser, openPage } from './browser.ts'

/** A fresh program with one owner, who is signed in and on the home page. */
export interface SignedIn extends AsyncDisposable {
  program: RunningProgram
  browser: Browser
  page: Page
  /** What went wrong in the page; a test ends with `expect(faults).toEqual([])`. */
  faults: string[]
}

/** Starts a program in a directory of its own, with these customers in it (CSV; none unless given), and signs its owner in. */
export async function startSignedIn(csv?: string): Promise<SignedIn> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-signed-in-'))
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
  const owner = { email: 'owner@example.com', password: 'a long passphrase' }
  await runCommand(['setup', '--email', owner.email, '--password', owner.password, '--workspace', 'Acme'], env)
  if (csv !== undefined) await runCommand(['import', 'customers', '-'], env, csv)
  const browser = await openBrowser()
  const program = await startProgram(env)
  const context = await browser.newContext({ baseURL: program.url, viewport: { width: 1440, height: 900 } })
  const { page, faults } = await openPage(context)
  await page.goto('/login')
  await page.getByLabel('Email').fill(owner.email)
  await page.getByRole('textbox', { name: 'Password' }).fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/home')
  return {
    program,
    browser,
    page,
    faults,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await program.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
