import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { buildWebApp } from './build-web.ts'

const root = join(import.meta.dirname, '../..')
const screenshots = join(root, 'test-output', 'screenshots')

/** Where Chromium is on this machine; undefined when it is not. */
const executablePath = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))

if (!executablePath) {
  process.stderr.write(
    'Browser tests are skipped: no Chromium at /usr/bin/chromium. Install it, or set CHROMIUM to its path.\n',
  )
}

/** `describe`, skipped where there is no Chromium. */
export const describeInBrowser = describe.skipIf(!executablePath)

/** Starts Chromium without anything that would reach out of this machine. */
export async function openBrowser(): Promise<Browser> {
  await buildWebApp()
  return await chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Where the built web app is. */
export const webDir = join(root, 'web', 'dist')

/** What went wrong in the pages of a context: exceptions, and console errors other than refused requests. */
export interface Watched {
  page: Page
  faults: string[]
}

/** Refused requests, and pictures in a mail that the page's policy does not let in. */
const expected = /^Failed to load resource|^Loading the image .* violates the following Content Security Policy/

/** A page that notes what goes wrong in it; a test ends with `expect(faults).toEqual([])`. */
export async function openPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) faults.push(message.text())
  })
  return { page, faults }
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }[]
}

/** Holds the page to WCAG 2.2 AA as far as axe can tell, light and dark: no serious finding. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    await page.evaluate(await axeSource)
    const result = (await page.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })`,
    )) as AxeResult
    const serious = result.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} — ${failureSummary?.split('\n')[1]?.trim()}`).join(' | ')}`,
      )
    expect(serious, `${where}, ${colorScheme}`).toEqual([])
  }
}

/** A picture of what a failed test saw last; for `afterEach`. */
export async function portrayFailure(page: Page, task: { name: string; result?: { state?: string } }): Promise<void> {
  if (task.result?.state !== 'fail') return
  await mkdir(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `failed-${task.name.replaceAll(/\W+/g, '-')}.png`) })
}

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

/**
 * The narrowest screen that WCAG 1.4.10 names, a phone, and a laptop at 200 %: a page may not be wider than any of them (UX §4.18).
 */
const narrow = {
  smallest: { width: 320, height: 640 },
  phone: sizes.phone,
  zoomed: { width: 720, height: 450 },
} as const

/** Holds the page to fit every narrow screen, and takes a picture on the smallest. Leaves it on the desktop. */
export async function unscrolled(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true })
  const wider: Record<string, number> = {}
  for (const [size, viewport] of Object.entries(narrow)) {
    await page.setViewportSize(viewport)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    if (size === 'smallest')
      await page.screenshot({ path: join(screenshots, `${name}-320.png`), animations: 'disabled' })
    const overhang = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    wider[size] = Math.max(0, Number(overhang))
  }
  await page.setViewportSize(sizes.desktop)
  expect(wider, `${name}: sideways scroll, in pixels`).toEqual({ smallest: 0, phone: 0, zoomed: 0 })
}

/** Pictures of the page on a desktop and a phone, light and dark, into test-output/screenshots; it may scroll sideways on no narrow screen. */
export async function portray(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true })
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await settled(page)
      await page.screenshot({ path: join(screenshots, `${name}-${size}-${colorScheme}.png`), animations: 'disabled' })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await unscrolled(page, name)
}

/** Waits until nothing is loading any more. Streams stay open, so the network is never idle. */
export async function settled(page: Page): Promise<void> {
  for (let tries = 0; (await page.locator('[aria-busy=true]').count()) > 0; tries += 1) {
    if (tries === 200) throw new Error('The page goes on loading.')
    await page.waitForTimeout(50)
  }
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  // Colours move over 0.2 s when the scheme changes; axe and pictures want the end of it.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished.catch(() => {})))`)
}

/** Waits until the builder says that the server has everything. */
export async function saved(page: Page): Promise<void> {
  await page.locator('[data-testid=save-state][data-state=saved]').waitFor()
}
