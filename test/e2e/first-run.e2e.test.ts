import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

describeInBrowser('an empty workspace', () => {
  let at: SignedIn

  beforeAll(async () => {
    at = await startSignedIn()
  })
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(at.page, task))

  test('offers an example that runs in the sandbox, where one answers and sees the customer move', async () => {
    const { page } = at
    await page.getByRole('heading', { name: 'Reach your first customer in ten minutes' }).waitFor()
    await page.getByRole('button', { name: 'Load an example' }).click()
    await page.waitForURL('**/builder')
    await page.getByTestId('step-handoff-1').waitFor()
    await page.getByRole('button', { name: 'Activate', exact: true }).click()
    await page.getByRole('button', { name: 'Activate and enroll 6' }).click()
    // One stays in the builder, where the live counts say who stands where.
    await page.getByRole('link', { name: 'Open the campaign' }).waitFor()
    const grace = page.getByRole('timer', { name: 'Before the campaign begins' })
    await grace.waitFor()
    await grace.waitFor({ state: 'detached', timeout: 40_000 })
    await page.getByText('here now').first().waitFor()
    expect(page.url()).toContain('/builder')
    await portray(page, 'activated-in-builder')
    await page.goto('/sandbox')
    await page.getByRole('button', { name: /Welcome, Ada/ }).click()
    const reaction = page.getByRole('complementary', { name: 'How the campaign reacts' })
    await reaction.getByText('Ada Okafor').waitFor()
    await reaction.getByText('running').waitFor()
    await expectAccessible(page, 'sandbox')
    await portray(page, 'sandbox-reaction')
    await page.getByRole('button', { name: 'Auto-reply' }).click()
    await page.getByText('moves nobody').first().waitFor()
    await page.getByRole('button', { name: 'Reply…' }).click()
    await page.getByRole('button', { name: 'Send reply' }).click()
    await reaction.getByText('They answered').waitFor()
    await reaction.getByText('succeeded · handoff').waitFor()
    await reaction.getByRole('link', { name: /Example: welcome/ }).click()
    await page.waitForURL('**/builder**')
    // The passage is drawn on the graph, with why at each step.
    await page.getByText('They replied.').waitFor()
  })

  test('takes the example away again, and counts none of it as a first step', async () => {
    const { page } = at
    await page.goto('/home')
    await page.getByRole('heading', { name: 'The example is loaded' }).waitFor()
    await portray(page, 'home-example')
    expect(await page.getByLabel('Getting started').getByLabel('Done').count()).toBe(0)
    await page.getByRole('button', { name: 'Remove the example' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the example' }).click()
    await page.getByRole('button', { name: 'Load an example' }).waitFor()
    await page.goto('/customers')
    await page.getByText('No customers yet').waitFor()
    await page.goto('/sandbox')
    await page.getByText('No mail yet').waitFor()
  })

  test('opens a demo workspace of its own, leaves it, comes back, and deletes it', async () => {
    const { page, faults } = at
    await page.goto('/home')
    await page.getByRole('button', { name: 'Open the demo workspace' }).click()
    await page.getByRole('dialog').getByText('300 made-up customers').waitFor()
    const bar = page.getByRole('note', { name: 'Demo workspace' })
    // It is filled by running three campaigns for real.
    await bar.waitFor({ timeout: 200_000 })
    await page.getByRole('link', { name: 'Trial onboarding', exact: true }).waitFor()
    await expectAccessible(page, 'demo home')
    await portray(page, 'demo-home')
    await page.goto('/customers')
    await bar.waitFor()
    await bar.getByRole('button', { name: 'Leave' }).click()
    await page.getByRole('button', { name: 'Workspace Acme, switch' }).click()
    await page.getByRole('menuitem', { name: 'Harbor Analytics (demo)' }).click()
    await bar.getByRole('button', { name: 'Delete…' }).click()
    await page.getByRole('button', { name: 'Delete the demo workspace' }).click()
    await page.getByRole('button', { name: 'Workspace Acme, switch' }).waitFor()
    await page.getByRole('button', { name: 'Open the demo workspace' }).waitFor()
    expect(await bar.count()).toBe(0)
    expect(faults).toEqual([])
  })
})
