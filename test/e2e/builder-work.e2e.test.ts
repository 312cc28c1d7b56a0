import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../../src/db/database.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { addCustomers, makeActive, makeDraft, settle, waitingFlow } from '../campaign.ts'
import {
  describeInBrowser,
  expectAccessible,
  openBrowser,
  openPage,
  portray,
  portrayFailure,
  saved,
  webDir,
} from './browser.ts'
import { openContext, startSignedIn } from './signed-in.ts'

/** trigger → email, whose readers are tagged when they click, → exit. */
const mailing = (credentialId: string) => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    {
      id: 'mail',
      type: 'email-send',
      title: 'Hello',
      config: {
        credentialId,
        subject: 'Hello {{customer.firstName}}',
        body: '<p>A line for {{customer.firstName}}</p>',
      },
    },
    { id: 'tag', type: 'add-tag', title: 'Tag', config: { name: 'clicked' } },
    { id: 'exit', type: 'exit', title: 'Done', config: {} },
  ],
  edges: [
    { id: 'a', source: 'start', target: 'mail', when: null },
    { id: 'b', source: 'mail', target: 'tag', when: 'clicked' },
    { id: 'c', source: 'mail', target: 'exit', when: null },
    { id: 'd', source: 'tag', target: 'exit', when: null },
  ],
})

describeInBrowser('the builder at work', () => {
  let app: TestApp
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: string[]
  let credentialId: string
  let customers: string[]

  beforeAll(async () => {
    browser = await openBrowser()
    app = await startTestApp({ webDir })
    customers = await addCustomers(app, 12)
    const { items } = (await app.request('GET', '/credentials')).body as { items: { id: string; type: string }[] }
    credentialId = items.find(({ type }) => type === 'sandbox')?.id ?? ''
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })
  beforeEach(async () => {
    context = await openContext(browser, app)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    ;({ page, faults } = await openPage(context))
  })
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    await context.close()
  })

  const open = async (id: string, search = '') => {
    await page.goto(`/campaigns/${id}/builder${search}`)
    await page.getByTestId('step-start').waitFor()
  }
  const canvas = () => page.getByRole('application')
  const workflow = async (id: string) => (await app.request('GET', `/campaigns/${id}/workflow`)).body

  test('tests the audience on the canvas: numbers, ends and blocks; nothing can be changed meanwhile', async () => {
    const id = await makeDraft(app, { name: 'Outreach', flow: mailing(credentialId) })
    const before = await workflow(id)
    await open(id)
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    await page.getByText('The audience', { exact: true }).click()
    const panel = page.getByRole('region', { name: 'Test' })
    await panel.getByRole('button', { name: 'Test', exact: true }).click()
    await panel.getByText('Where they end').waitFor()
    await page.getByTestId('step-mail').getByText('12 reach it').waitFor()
    expect(new URL(page.url()).searchParams.get('panel')).toBe('test')
    await page.getByText('Test · nothing is sent').waitFor()
    await page.getByTestId('step-tag').click()
    await canvas().focus()
    for (const key of ['Delete', 'a', 'n', 'Control+d', 'Shift+T']) await page.keyboard.press(key)
    await expect.poll(() => page.getByTestId(/^step-/).count()).toBe(4)
    await expectAccessible(page, 'test of the audience')
    await portray(page, 'test-audience')
    await canvas().focus()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    expect(await workflow(id)).toEqual(before)
    expect(faults).toEqual([])
  })

  test('walks one customer step by step, and the ending follows what they do', async () => {
    const id = await makeDraft(app, { flow: mailing(credentialId), audience: { type: 'list', customerIds: customers } })
    await open(id, '?panel=test&mode=customer')
    await page.getByRole('button', { name: 'Random from the audience' }).click()
    const panel = page.getByRole('region', { name: 'Test' })
    await panel.getByText(/^step 1 of/).waitFor()
    await expect.poll(() => page.locator('.tl-step[data-path=now]').getAttribute('data-testid')).toBe('step-start')
    await panel.getByText('Comes to “Done”.').click()
    await page.locator('[data-testid=step-exit][data-path=now]').waitFor()
    await expect.poll(() => page.getByTestId('step-tag').getAttribute('data-path')).toBe('off')
    await panel.getByRole('combobox', { name: '“Hello”: the reader' }).click()
    await page.getByRole('option', { name: 'clicks' }).click()
    await panel.getByText('Comes to “Tag”.').click()
    await page.locator('[data-testid=step-tag][data-path=now]').waitFor()
    await panel.getByText(/^The message of “Hello” would be sent/).click()
    await panel.getByText(/^Hello Customer \d+$/).waitFor()
    await expectAccessible(page, 'test of a customer')
    await portray(page, 'test-customer')
    expect(faults).toEqual([])
  })

  test('draws a run on the canvas, opens the people behind a number, and keeps all that over a reload', async () => {
    const id = await makeActive(app, { audience: { type: 'list', customerIds: customers.slice(0, 5) }, enroll: 'now' })
    await settle(app.app)
    await open(id)
    await page.getByTestId('step-wait-1').getByRole('button', { name: '5 here now' }).click()
    const people = page.getByRole('complementary', { name: 'Here now: Wait a while' })
    await people.getByText('5 people').waitFor()
    await expect.poll(() => people.getByRole('listitem').count()).toBe(5)
    await people.getByRole('listitem').first().getByRole('button').click()
    await page.locator('[data-testid=step-wait-1][data-path=now]').waitFor()
    await expect.poll(() => page.getByTestId('step-exit-1').getAttribute('data-path')).toBe('off')
    await page.getByText(/Waits at “Wait a while”/).waitFor()
    await page.reload()
    await page.locator('[data-testid=step-wait-1][data-path=now]').waitFor()
    await expectAccessible(page, 'history of a run')
    await portray(page, 'history-run')
    expect(faults).toEqual([])
  })

  test('compares a version with the draft, brings it back as one step, and keeps its note', async () => {
    const id = await makeActive(app)
    const draft = await workflow(id)
    const nodes = draft.nodes.filter((node: { id: string }) => node.id !== 'exit-1')
    const edges = draft.edges.filter((edge: { target: string }) => edge.target !== 'exit-1')
    await app.request('PUT', `/campaigns/${id}/workflow`, { body: { nodes, edges } })
    await open(id, '?side=history&tab=versions')
    await page.getByRole('button', { name: 'Compare with the draft' }).click()
    await page.locator('[data-testid=step-exit-1][data-change=added]').waitFor()
    await page.getByText('v1 as it was published; nothing here can be changed.').waitFor()
    await page.getByRole('button', { name: 'Add a note' }).click()
    await page.getByLabel('Note of v1').fill('Before the exit went')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Before the exit went' }).waitFor()
    await expectAccessible(page, 'history of versions')
    await portray(page, 'history-versions')
    await page.getByRole('button', { name: 'Restore to draft: v1' }).click()
    await page.getByTestId('step-exit-1').waitFor()
    await saved(page)
    expect((await workflow(id)).nodes).toHaveLength(3)
    await canvas().focus()
    await page.keyboard.press('Control+z')
    await page.getByTestId('step-exit-1').waitFor({ state: 'detached' })
    expect(faults).toEqual([])
  })

  test('shows a message as the customer reads it, and the test that is sent reads the same', async () => {
    const id = await makeDraft(app, { flow: mailing(credentialId) })
    await open(id)
    await page.getByTestId('step-mail').click()
    await page.getByRole('tab', { name: 'Preview' }).click()
    await page.getByRole('combobox', { name: 'Preview as' }).fill('Customer 7')
    await page.getByRole('option', { name: /^Customer 7 / }).click()
    await page.getByText('Hello Customer 7', { exact: true }).waitFor()
    const shown = page.frameLocator('iframe[title=Preview]').locator('body')
    await shown.getByText('A line for Customer 7').waitFor()
    await expectAccessible(page, 'preview of a step')
    await portray(page, 'drawer-preview')
    await page.getByLabel('Send a test to').fill('me@example.com')
    await page.getByRole('button', { name: 'Send test' }).click()
    await page.getByText(/was sent to me@example.com/).waitFor()
    const { items } = (await app.request('GET', '/sandbox/messages')).body as {
      items: { id: number; subject: string; html?: string }[]
    }
    const mail = items.find(({ subject }) => subject === '[Test] Hello Customer 7')
    expect(mail).toBeDefined()
    expect(faults).toEqual([])
  })

  // UX §4.21, check 5.
  test('copies steps into another campaign, and into a connection, with new ids and nothing secret', async () => {
    const from = await makeDraft(app, { flow: mailing(credentialId) })
    const to = await makeDraft(app)
    await open(from)
    await canvas().focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Control+c')
    const text = String(await page.evaluate('navigator.clipboard.readText()'))
    expect(JSON.parse(text)).toMatchObject({ throughline: 'graph/1' })
    expect(text).not.toMatch(/password|secret|token/i)
    await open(to)
    await canvas().focus()
    await page.keyboard.press('Control+v')
    await page.getByTestId('step-email-send-1').waitFor()
    await saved(page)
    const graph = await workflow(to)
    expect(graph.nodes).toHaveLength(6)
    const ways = graph.edges.map((edge: { source: string; target: string; when: string | null }) =>
      [edge.source, edge.when, edge.target].join(' '),
    )
    expect(ways).toContain('email-send-1 clicked add-tag-1')
    expect(faults).toEqual([])
  })

  test('connects and finds without dragging, fixes a problem with one press, and notes lie beside the graph', async () => {
    const id = await makeDraft(app, {
      flow: {
        nodes: [...waitingFlow().nodes, { id: 'tag-1', type: 'add-tag', title: 'Lost tag', config: { name: 'x' } }],
        edges: waitingFlow().edges,
      },
    })
    await open(id)
    await canvas().focus()
    await page.keyboard.press('Control+f')
    await page.getByRole('searchbox', { name: 'Find a step' }).or(page.getByLabel('Find a step')).first().fill('lost')
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Step: Lost tag' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('c')
    await page.getByRole('dialog', { name: 'Connect “Lost tag” to…' }).waitFor()
    await page.getByRole('combobox', { name: 'Step' }).fill('Done')
    await page.getByRole('option', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Connect', exact: true }).click()
    await saved(page)
    await page.getByRole('button', { name: /^Validate/ }).click()
    await page.getByText(/leads to “Lost tag”/).waitFor()
    await page.getByRole('button', { name: 'Remove the step' }).click()
    await page.getByTestId('step-tag-1').waitFor({ state: 'detached' })
    await canvas().focus()
    await page.keyboard.press('n')
    await page.getByRole('textbox', { name: 'Note' }).fill('Ask Linh')
    await canvas().focus()
    await saved(page)
    const graph = await workflow(id)
    expect(graph.nodes).toHaveLength(3)
    expect(graph.layout.$notes).toMatchObject([{ text: 'Ask Linh' }])
    await page.reload()
    await page.getByRole('textbox', { name: 'Note' }).waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Note' }).inputValue()).toBe('Ask Linh')
    expect(faults).toEqual([])
  })

  test('asks to sign in again when the session ran out, and then saves what was typed', async () => {
    const id = await makeDraft(app)
    await open(id)
    await page.getByTestId('step-wait-1').click()
    await page.getByLabel('Name of the step').fill('Still here')
    await sql`delete from session`.execute(app.app.db)
    await page.getByLabel('Name of the step').blur()
    await page.getByLabel(/^Password/).fill(app.owner.password)
    await page.getByRole('button', { name: /sign in/i }).click()
    await saved(page)
    expect((await workflow(id)).nodes[1].title).toBe('Still here')
  })
})

describeInBrowser('the builder while the server restarts', () => {
  // UX §4.21, check 7.
  test('keeps what is typed on the device, says so, and saves when the server is back', async () => {
    await using signedIn = await startSignedIn()
    const { page } = signedIn
    const id = String(
      await page.evaluate(`fetch('/api/v1/campaigns', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Restarted', audience: { type: 'all' } }) }).then((answer) => answer.json()).then(({ id }) => id)`),
    )
    await page.goto(`/campaigns/${id}/builder`)
    const trigger = page.getByTestId('step-trigger-1')
    await trigger.waitFor()
    await saved(page)
    await signedIn.stop()
    await trigger.click()
    await page.getByLabel('Name of the step').fill('Typed in the dark')
    await page.getByLabel('Name of the step').blur()
    await page.getByText(/kept on this device/).waitFor()
    await signedIn.start()
    await page.reload()
    await trigger.getByText('Typed in the dark').waitFor()
    await saved(page)
    const kept = await page.evaluate(`fetch('/api/v1/campaigns/${id}/workflow').then((answer) => answer.json())`)
    expect(kept).toMatchObject({ nodes: [{ title: 'Typed in the dark' }] })
  })
})
