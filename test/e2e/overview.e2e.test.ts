import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sql } from '../../src/db/database.ts'
import { addCustomers, makeActive, runsOf, settle, waitingFlow } from '../campaign.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

describeInBrowser('the overview of a campaign', () => {
  let on: SignedInApp
  let id: string

  beforeAll(async () => {
    on = await startSignedInApp()
    const customerIds = await addCustomers(on.app, 8)
    const audience = { type: 'list', customerIds }
    id = await makeActive(on.app, { name: 'Welcome', enroll: 'now', audience, flow: waitingFlow(5 * 3_600_000) })
    await settle(on.app.app)
    const error = { code: 'node_failed', message: 'The shop did not answer within 10 s.', nodeId: 'wait-1' }
    await sql`update run set wake_at = null, awaiting = null, attempt = 3, error = ${JSON.stringify(error)}::jsonb
      where campaign_id = ${id} and customer_id = any(${`{${customerIds.slice(0, 5)}}`}::uuid[])`.execute(on.app.app.db)
    await on.app.request('POST', `/campaigns/${id}/triggers`, { body: { type: 'manual', config: {} } })
  })
  afterAll(async () => await on?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(on.page, task))

  const failing = async () => (await on.app.request('GET', `/campaigns/${id}`)).body.failing

  test('shows how far they got, what needs a person, and what comes in the next 24 hours', async () => {
    const { page } = on
    await page.goto(`/campaigns/${id}/overview`)
    const funnel = page.getByRole('region', { name: 'Funnel' })
    await funnel.getByText('Handoff').waitFor()
    await page.getByText('5 customers cannot go on at “Wait a while”.').waitFor()
    await page.getByText('The shop did not answer within 10 s.').first().waitFor()
    const next = page.getByRole('region', { name: 'Next 24 hours' })
    await next.getByText('3 waits end').waitFor()
    await next.getByText('Hour by hour').click()
    await next.getByRole('table').getByText('3', { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Triggers' }).getByText('Has not fired yet').waitFor()
    await expectAccessible(page, 'overview')
    await portray(page, 'campaign-overview-problems')
    await funnel.getByRole('link', { name: 'Open Analytics' }).click()
    await page.waitForURL('**/analytics**')
  })

  test('repairs one, those who are chosen, and all at a step', async () => {
    const { page, faults } = on
    await page.goto(`/campaigns/${id}/overview`)
    await page
      .getByRole('button', { name: /^Retry: / })
      .first()
      .click()
    await page.getByText('1 customer: tried again').waitFor()
    await expect.poll(failing).toBe(4)
    await page.getByRole('checkbox', { name: 'Choose row 1' }).check()
    await page.getByRole('checkbox', { name: 'Choose row 2' }).check()
    await page.getByRole('button', { name: 'End: 2 chosen customers' }).click()
    await page.getByRole('button', { name: 'End 2 runs as failed' }).click()
    await page.getByText('2 customers: run ended as failed').waitFor()
    await expect.poll(failing).toBe(2)
    expect((await runsOf(on.app.app, id)).filter(({ status }) => status === 'failed')).toHaveLength(2)
    await page.getByRole('button', { name: 'Skip the step for all 2' }).click()
    await page.getByText('2 customers: step skipped').waitFor()
    await page.getByRole('region', { name: 'Needs a person' }).waitFor({ state: 'detached' })
    expect(await failing()).toBe(0)
    expect(faults).toEqual([])
  })

  test('says which sender of the campaign does not work, and leads to it', async () => {
    const { page } = on
    const { items } = (await on.app.request('GET', '/credentials')).body
    const sandbox = items.find((one: { type: string }) => one.type === 'sandbox')
    const flow = waitingFlow()
    const mail = { credentialId: sandbox.id, subject: 'Hi', body: 'Hi' }
    flow.nodes.splice(1, 1, { id: 'wait-1', type: 'email-send', title: 'Mail', config: mail } as never)
    const campaign = await makeActive(on.app, { name: 'By mail', flow })
    await sql`update credential set health = 'dead', health_detail = 'The password was refused.' where id = ${sandbox.id}`.execute(
      on.app.app.db,
    )
    await page.goto(`/campaigns/${campaign}/overview`)
    const problems = page.getByRole('region', { name: 'Needs a person' })
    await problems.getByText(/does not work: The password was refused/).waitFor()
    await problems.getByRole('link', { name: 'Repair the sender' }).click()
    await page.waitForURL('**/settings/credentials')
  })
})
