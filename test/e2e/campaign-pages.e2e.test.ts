import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addCustomers, makeActive, makeDraft, passGrace, settle, waitingFlow } from '../campaign.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

describeInBrowser('the pages of a campaign', () => {
  let on: SignedInApp

  beforeAll(async () => {
    on = await startSignedInApp()
  }, 120_000)
  afterAll(async () => await on?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(on.page, task))

  const list = (customerIds: string[]) => ({ type: 'list', customerIds })
  const customer = async (fields: Record<string, unknown>) =>
    (await on.app.request('POST', '/customers', { body: fields })).body.id as string

  test('the audience says whom it reaches with why, and judges one customer by the rule that fails', async () => {
    const { page, app } = on
    const inside = await customer({ firstName: 'Minh', lastName: 'Tran', email: 'minh@example.com', country: 'VN' })
    await customer({ firstName: 'Sara', lastName: 'Novak', email: 'sara@example.com', country: 'CZ' })
    const { body: segment } = await app.request('POST', '/segments', {
      body: { name: 'Vietnam', kind: 'dynamic', rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } },
    })
    const audience = { type: 'segment', segmentId: segment.id }
    const id = await makeActive(app, { name: 'By rules', audience, enroll: 'now' })
    await page.goto(`/campaigns/${id}/audience`)
    const who = page.getByRole('region', { name: 'Who is in' })
    await who.getByRole('button', { name: '1 will enroll' }).waitFor()
    await who.getByRole('link', { name: 'Minh Tran' }).waitFor()
    await who
      .getByText(/Country.*Vietnam|Country.*VN/i)
      .first()
      .waitFor()
    const pick = async (name: string) => {
      await who.getByRole('combobox', { name: 'Is this customer in?' }).fill(name)
      await page.getByRole('option', { name: new RegExp(name) }).click()
    }
    await pick('Sara')
    await who.getByText(/^No\./).waitFor()
    await who.getByText(/What fails: .*Country/i).waitFor()
    await pick('Minh')
    await who.getByText('Yes. They are in the audience.').waitFor()
    await expectAccessible(page, 'audience')
    await portray(page, 'campaign-audience')
    await settle(app.app)
    await page.reload()
    await who.getByRole('button', { name: '− 1 already inside' }).click()
    const people = page.getByRole('dialog', { name: 'Who: already inside' })
    await expect.poll(() => people.getByRole('row').count()).toBe(2)
    await people.getByRole('link', { name: 'Minh Tran' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('radio', { name: 'All customers' }).click()
    await page.getByText('Affects who enters from now on; the 1 customer inside stays.').waitFor()
    await who.getByText('will enroll').waitFor()
    expect((await app.request('GET', `/campaigns/${id}`)).body.audience).toEqual(audience)
    expect(await customerOf(id)).toEqual([inside])
  })

  const customerOf = async (id: string) =>
    (await on.app.request('GET', `/campaigns/${id}/runs`)).body.items.map(
      (run: { customer: { id: string } }) => run.customer.id,
    )

  test('a segment that a campaign goes by is not deleted, and what uses it is listed', async () => {
    const { page, app } = on
    const { body: segment } = await app.request('POST', '/segments', { body: { name: 'In use', kind: 'static' } })
    await makeDraft(app, { name: 'Goes by it', audience: { type: 'segment', segmentId: segment.id } })
    await page.goto(`/segments/${segment.id}`)
    await page
      .getByRole('button', { name: /^(More|Actions)/ })
      .first()
      .click()
    await page.getByRole('menuitem', { name: /^Delete/ }).click()
    const dialog = page.getByRole('dialog', { name: '“In use” is in use' })
    await dialog.getByRole('link', { name: 'Goes by it' }).waitFor()
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    expect((await app.request('GET', `/segments/${segment.id}`)).status).toBe(200)
  })

  test('Run now says whom it enrolls in a small window, and then how far it is', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 4)
    const id = await makeActive(app, { name: 'By hand', enroll: 'none', audience: list(customerIds) })
    await page.goto(`/campaigns/${id}/overview`)
    // Pressed as soon as it is there.
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('button', { name: '4 will enroll' }).waitFor()
    await portray(page, 'campaign-run-now')
    await page.getByRole('button', { name: 'Enroll 4' }).click()
    const progress = page.getByRole('status', { name: 'Enrolling' })
    await progress.getByText('About to enroll; nothing has left yet').waitFor()
    await passGrace(app.app, id)
    await settle(app.app)
    await progress.getByText('Enrolled 4').waitFor()
    expect(await customerOf(id)).toHaveLength(4)
  })

  test('Complete says when the last is through, and Resume how many go on and who', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 3)
    const flow = waitingFlow(7_200_000)
    const id = await makeActive(app, { name: 'Ending', enroll: 'now', audience: list(customerIds), flow })
    await settle(app.app)
    await page.goto(`/campaigns/${id}/overview`)
    const more = page.getByRole('button', { name: 'More actions' })
    await more.click()
    await page.getByRole('menuitem', { name: 'Complete…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Complete “Ending”' })
    await dialog.getByText(/^The last is through ≈ .*\d\d:\d\d/).waitFor()
    await dialog.getByRole('button', { name: 'Complete 3' }).waitFor()
    await expectAccessible(page, 'complete dialog')
    await portray(page, 'campaign-complete')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume…' }).click()
    const resume = page.getByRole('dialog', { name: 'Resume “Ending”' })
    await resume.getByText('Nobody is overdue by the clock.').waitFor()
    expect(await resume.getByRole('link', { name: '3 customers' }).getAttribute('href')).toContain(
      `${id}/runs?state=here`,
    )
    await expectAccessible(page, 'resume dialog')
    await portray(page, 'campaign-resume')
    await resume.getByRole('button', { name: 'Resume 3' }).click()
    await resume.waitFor({ state: 'hidden' })
    await expect.poll(async () => (await app.request('GET', `/campaigns/${id}`)).body.status).toBe('active')
  })

  test('a run has an address of its own: its path on the workflow and its steps beside the list', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 2)
    const id = await makeActive(app, { name: 'Runs', enroll: 'now', audience: list(customerIds) })
    await settle(app.app)
    await page.goto(`/campaigns/${id}/runs?state=here`)
    await page
      .getByRole('button', { name: /^Customer/ })
      .first()
      .click()
    await page.waitForURL(/\/runs\/\d+\?state=here$/)
    const run = page.getByRole('dialog', { name: 'Run' })
    const path = run.getByRole('region', { name: 'Path on the workflow' })
    await path.getByTestId('step-wait-1').waitFor()
    await run.getByRole('heading', { name: 'Steps' }).waitFor()
    await portray(page, 'campaign-run')
    await page.reload()
    await run.getByRole('button', { name: 'Cancel run' }).click()
    await run.getByText(/^canceled/).waitFor()
    await run.getByRole('button', { name: 'Close' }).first().click()
    await page.waitForURL(/\/runs\?state=here$/)
    const { items } = (await app.request('GET', `/campaigns/${id}/runs`)).body
    await page.goto(`/campaigns/${id}/runs?run=${items[0].id}`)
    await page.waitForURL(`**/runs/${items[0].id}`)
  })

  test('versions list who follows each, and lead to exactly those', async () => {
    const { page, app } = on
    const customerIds = await addCustomers(app, 3)
    const id = await makeActive(app, { name: 'Versions', enroll: 'now', audience: list(customerIds) })
    await settle(app.app)
    const flow = waitingFlow(7_200_000)
    await app.request('PUT', `/campaigns/${id}/workflow`, { body: flow })
    await page.goto(`/campaigns/${id}/versions`)
    await page.getByText('The draft has 1 unpublished change.').waitFor()
    await expectAccessible(page, 'versions')
    await portray(page, 'campaign-versions')
    await page.getByRole('link', { name: '3 customers on v1' }).click()
    await page.waitForURL(/state=here/)
    await expect.poll(() => page.locator('.tl-table tbody tr[data-id]').count()).toBe(3)
  })

  test('settings change name and owner, and hold what ends a campaign', async () => {
    const { page, app } = on
    const id = await makeDraft(app, { name: 'Old name' })
    await page.goto(`/campaigns/${id}/settings`)
    await page.getByRole('textbox', { name: 'Name' }).fill('New name')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'New name' }).waitFor()
    await expectAccessible(page, 'campaign settings')
    await portray(page, 'campaign-settings')
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    expect((await file).suggestedFilename()).toBe('new-name.json')
    await page.getByRole('button', { name: 'Archive…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click()
    await page.getByText('it cannot be changed any more').waitFor()
    await page.getByRole('link', { name: 'View workflow' }).waitFor()
    await page.getByRole('button', { name: 'Duplicate' }).waitFor()
    expect(await page.getByRole('button', { name: 'More actions' }).count()).toBe(0)
    expect(on.faults).toEqual([])
  })
})
