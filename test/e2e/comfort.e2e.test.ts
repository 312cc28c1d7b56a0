import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeDraft } from '../campaign.ts'
import { describeInBrowser, openPage, portray, portrayFailure, settled } from './browser.ts'
import { openContext, type SignedInApp, startSignedInApp } from './signed-in.ts'

/** What stands around the focus in colours that the system chose: an outline is all that is left of a ring. */
const ring = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return document.activeElement !== document.body && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
})()`

/** For eyes and hands that need it otherwise (UX §4.18): the system's colours, less motion, names from right to left. */
describeInBrowser('a page for everybody', () => {
  let on: SignedInApp
  let page: Page
  let draft: string

  beforeAll(async () => {
    on = await startSignedInApp()
    draft = await makeDraft(on.app, { name: 'حملة الخريف' })
    for (const [firstName, email] of [
      ['نور الدين (VIP)', 'noor@example.com'],
      ['Linh', 'linh@example.com'],
    ])
      await on.app.request('POST', '/customers', { body: { firstName, email } })
  })
  afterAll(async () => await on?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    if (page !== on.page) await page.context().close()
  })

  test('shows in the system’s colours where the focus is, on every stop', async () => {
    const context = await openContext(on.browser, on.app, { forcedColors: 'active' })
    const { page: forced, faults } = await openPage(context)
    page = forced
    for (const address of ['/campaigns', '/customers', `/campaigns/${draft}/builder`]) {
      await page.goto(address)
      await page.locator('h1, [data-testid^=step-]').first().waitFor()
      await settled(page)
      for (let stop = 0; stop < 15; stop += 1) {
        await page.keyboard.press('Tab')
        const where = await page.evaluate('document.activeElement.outerHTML.slice(0, 160)')
        expect(await page.evaluate(ring), `${address}: ${where}`).toBe(true)
      }
    }
    await portray(page, 'forced-colours')
    expect(faults).toEqual([])
  })

  test('moves nothing for who wants less motion', async () => {
    page = on.page
    // Colours may fade, and what turns while something loads may turn.
    const moving = async () =>
      await page.evaluate(`document.getAnimations()
        .filter((one) => one.playState === 'running' && one.effect?.getComputedTiming().endTime !== Infinity)
        .filter((one) => Number(one.effect?.getComputedTiming().duration) > 50)
        .filter((one) => one.effect.getKeyframes().some((frame) =>
          Object.keys(frame).some((name) => /^(transform|translate|scale|rotate|left|right|top|bottom|width|height|inset|margin|padding)/.test(name))))
        .map((one) => (one.transitionProperty ?? one.animationName) + ' of ' + one.effect?.target?.outerHTML.slice(0, 120))`)
    await page.goto('/customers')
    await page.locator('.tl-row-link').first().click()
    await page.getByRole('dialog').first().waitFor()
    expect(await moving()).toEqual([])
    await page.keyboard.press('Escape')
    await page.goto('/campaigns')
    await page.getByRole('button', { name: 'New campaign' }).first().click()
    await page.getByRole('dialog').waitFor()
    expect(await moving()).toEqual([])
    await page.goto(`/campaigns/${draft}/builder`)
    await page.getByTestId('step-wait-1').click()
    expect(await moving()).toEqual([])
    await page.getByRole('complementary', { name: /^Step: / }).waitFor()
    expect(await moving()).toEqual([])
    expect(on.faults).toEqual([])
  })

  test('reads a name from right to left, and keeps everything else in its place', async () => {
    page = on.page
    await page.goto('/customers')
    const names = page.locator('.tl-row-link bdi')
    await expect.poll(() => names.count()).toBeGreaterThanOrEqual(2)
    const text = (await names.allTextContents()).map((name) => name.trim())
    expect(text).toEqual(expect.arrayContaining(['Linh', 'نور الدين (VIP)']))
    const left = async (name: string) => Math.round((await names.filter({ hasText: name }).boundingBox())?.x ?? -1)
    expect(await left('نور')).toBe(await left('Linh'))
    await portray(page, 'right-to-left-list')
    await names.filter({ hasText: 'نور' }).click()
    await page.getByRole('dialog').first().waitFor()
    await portray(page, 'right-to-left-customer')
    await page.goto(`/campaigns/${draft}/overview`)
    await page.getByRole('heading', { level: 1, name: 'حملة الخريف' }).waitFor()
    await portray(page, 'right-to-left-campaign')
    expect(on.faults).toEqual([])
  })
})
