import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { splitFlow } from '../split-flow.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

/** A campaign's analytics as people use them: numbers that follow what happens, its graph, one step closely, also by the keyboard. */
describeInBrowser('analytics of a campaign', () => {
  let at: SignedIn
  let page: Page
  let faults: string[]
  let campaignId: string

  const call = async (method: string, path: string, body?: unknown) =>
    (await page.evaluate(
      `fetch('/api/v1${path}', { method: '${method}', headers: { 'content-type': 'application/json' }, body: ${body === undefined ? 'undefined' : JSON.stringify(JSON.stringify(body))} }).then(async (answer) => answer.ok ? await answer.json() : Promise.reject(new Error(await answer.text())))`,
      // biome-ignore lint/suspicious/noExplicitAny: an answer is read field by field
    )) as any

  beforeAll(async () => {
    const people = Array.from({ length: 20 }, (_, n) => `p${n}@example.com,Person ${n}`)
    at = await startSignedIn(`email,first_name\n${people.join('\n')}\n`)
    ;({ page, faults } = at)
    const { items } = await call('GET', '/credentials')
    const sandbox = items.find((item: { type: string }) => item.type === 'sandbox').id
    campaignId = (await call('POST', '/campaigns', { name: 'Two tones', audience: { type: 'all' } })).id
    await call('PUT', `/campaigns/${campaignId}/workflow`, { ...splitFlow(sandbox), layout: {} })
    // Before it was ever activated: what to expect, said to be simulated.
    await page.goto(`/campaigns/${campaignId}/analytics`)
    const simulated = page.getByRole('region', { name: 'Simulated funnel' })
    await simulated.getByText('simulated', { exact: true }).waitFor()
    await simulated.getByText('What this assumes').waitFor()
    await simulated.getByText('40 % are opened').waitFor()
    expect(await simulated.getByText('20', { exact: true }).count()).toBeGreaterThanOrEqual(2)
    await expectAccessible(page, 'simulated funnel')
    await portray(page, 'analytics-simulated')
    await call('POST', `/campaigns/${campaignId}/activate`, { enroll: 'now', holdoutPercent: 0 })
  })
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(page, task))

  test('numbers come in while one looks, as customers and as messages', async () => {
    await page.goto(`/campaigns/${campaignId}/analytics`)
    await page.getByRole('button', { name: '20 sent: show who' }).waitFor()
    await page.getByText(/^Updated (now|\d+ s ago)$/).waitFor()
    const { items } = await call('GET', '/sandbox/messages')
    await call('POST', `/sandbox/messages/${items[0].id}/reply`, { text: 'Yes' })
    await page.getByRole('button', { name: '1 replied: show who' }).click()
    await page
      .getByRole('dialog', { name: 'Replied' })
      .getByText(/Person \d+/)
      .waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel('Compare with the period before').check()
    await page.getByText('the period before', { exact: true }).waitFor()
    await page.getByRole('radiogroup', { name: 'Count' }).getByText('Messages').click()
    await page.waitForURL(/unit=messages/)
    await expectAccessible(page, 'analytics of a campaign')
    await portray(page, 'analytics-numbers')
    expect(faults).toEqual([])
  })

  test('before activation an audience without anybody is said, with the way to change it', async () => {
    const { items } = await call('GET', '/credentials')
    const sandbox = items.find((item: { type: string }) => item.type === 'sandbox').id
    const { id: segmentId } = await call('POST', '/segments', { name: 'Nobody yet', kind: 'static' })
    const { id } = await call('POST', '/campaigns', { name: 'Too early', audience: { type: 'segment', segmentId } })
    await call('PUT', `/campaigns/${id}/workflow`, { ...splitFlow(sandbox), layout: {} })
    await page.goto(`/campaigns/${id}/analytics`)
    await page.getByText('Nobody is in the audience now').waitFor()
    await page.getByRole('link', { name: 'Change the audience' }).click()
    await page.waitForURL(`**/campaigns/${id}/audience`)
    expect(faults).toEqual([])
  })

  test('the numbers of each part say who they are, too', async () => {
    await page.goto(`/campaigns/${campaignId}/analytics?by=entry`)
    await page.getByRole('button', { name: '20 sent: First entries: show who' }).click()
    const who = page.getByRole('dialog', { name: 'Sent: First entries' })
    await who
      .getByText(/Person \d+/)
      .first()
      .waitFor()
    await page.keyboard.press('Escape')
    await page.goto(`/campaigns/${campaignId}/analytics`)
    expect(faults).toEqual([])
  })

  test('a chart is walked with the arrows, and says what it shows', async () => {
    const chart = page.getByRole('slider', { name: /By the day of enrolling/ })
    await chart.focus()
    const said = () => chart.getAttribute('aria-valuetext')
    expect(await said()).toMatch(/: Enrolled 20, Sent 20, Replied 1$/)
    await page.keyboard.press('Home')
    expect(await said()).toMatch(/: Enrolled 0, Sent 0, Replied 0$/)
    await page.keyboard.press('End')
    expect(await said()).toMatch(/: Enrolled 20, Sent 20, Replied 1$/)
    expect(faults).toEqual([])
  })

  test('a range of one’s own is carried to the builder’s live counts and back', async () => {
    const today = new Date().toISOString().slice(0, 10)
    await page.goto(`/campaigns/${campaignId}/analytics?view=graph&range=custom&from=2020-01-01&to=2020-01-31`)
    await page.getByRole('link', { name: 'The same in the builder' }).click()
    await page.waitForURL(/builder\?.*range=custom&from=2020-01-01&to=2020-01-31/)
    const start = page.getByTestId('step-start')
    await start.waitFor()
    expect(await start.getByText('20 passed').count()).toBe(0)
    // By the keyboard: the button of the days opens their fields.
    await page.getByRole('button', { name: 'Jan 1, 2020 – Jan 31, 2020' }).press('Enter')
    await page.getByLabel('To', { exact: true }).fill('')
    await start.getByText('20 passed').waitFor()
    await page.getByLabel('From', { exact: true }).fill(today)
    await page.waitForURL(new RegExp(`from=${today}`))
    await expectAccessible(page, 'days of the live counts')
    await portray(page, 'live-range')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Analytics', exact: true }).click()
    await page.waitForURL(new RegExp(`analytics\\?.*range=custom&from=${today}`))
    await page.getByTestId('step-start').getByText('20 passed').waitFor()
    expect(faults).toEqual([])
  })

  test('the calendar says what was sent on which day, by the arrows and as a table', async () => {
    await page.goto(`/campaigns/${campaignId}/analytics`)
    const calendar = page.getByRole('grid', { name: 'Send calendar' })
    const today = calendar.getByRole('gridcell', { name: /\(today\): 20 messages sent/ })
    await today.focus()
    await page.keyboard.press('ArrowLeft')
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toMatch(/: 0 messages sent$/)
    await page.keyboard.press('ArrowRight')
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toMatch(/\(today\): 20 messages/)
    const part = page.locator('section', { has: calendar })
    await part.getByText('As a table').click()
    await part
      .getByRole('table', { name: 'Send calendar, day by day' })
      .getByRole('cell', { name: '20', exact: true })
      .waitFor()
    await calendar.scrollIntoViewIfNeeded()
    await expectAccessible(page, 'send calendar')
    await portray(page, 'analytics-calendar')
    expect(faults).toEqual([])
  })

  test('the graph shows who went where, and opens one step; it stays when the campaign is archived', async () => {
    await page.getByRole('tab', { name: 'Graph' }).click()
    await page.getByTestId('step-mail-a').click()
    const step = page.getByRole('dialog', { name: 'Mail mail-a' })
    await step.getByRole('heading', { name: 'By branch' }).waitFor()
    await step.getByRole('slider').waitFor()
    await page.waitForURL(/step=mail-a/)
    await expectAccessible(page, 'one step closely')
    await portray(page, 'analytics-step')
    await page.keyboard.press('Escape')
    await step.waitFor({ state: 'detached' })
    // By the keyboard alone: the field names every step.
    await page.getByRole('combobox', { name: 'Step' }).fill('Tone')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Tone' }).getByText('Which way they took').waitFor()
    await call('POST', `/campaigns/${campaignId}/archive`)
    await page.goto(`/campaigns/${campaignId}/analytics?view=graph&range=all`)
    await page.getByTestId('step-split').getByText('20 passed').waitFor()
    await portray(page, 'analytics-graph')
    expect(faults).toEqual([])
  })
})
