import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

const csv = 'email,first_name\nsara@x-gmbh.example,Sara\nnameless@acme.example,\n'

describeInBrowser('a template', () => {
  let at: SignedIn
  let sink: SmtpSink

  beforeAll(async () => {
    sink = await startSmtpSink()
    at = await startSignedIn(csv, { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` })
    await call('/credentials', {
      ...{ type: 'smtp', name: 'Our mail server', host: '127.0.0.1', port: sink.port, encryption: 'none' },
      ...{ senderName: 'Acme', senderEmail: 'team@acme.example' },
    })
  })
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]()
    await sink?.close()
  })
  afterEach(async ({ task }) => await portrayFailure(at.page, task))

  /** Asks the API as the page does. */
  const call = async (path: string, body: object, method = 'POST') =>
    (await at.page.evaluate(
      async ([url, text, how]) => {
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(`/api/v1${url}`, { method: how ?? 'POST', headers, body: text ?? '' })
        return await answer.json()
      },
      [path, JSON.stringify(body), method],
    )) as { id: string; version: number }

  test('is looked over while it is written, and seen as a customer would', async () => {
    const { page } = at
    await page.goto('/templates')
    await page.getByRole('button', { name: 'New template' }).first().click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Hello')
    await page.getByRole('dialog').getByRole('button', { name: 'Create template' }).click()
    await page.getByRole('textbox', { name: 'Subject' }).fill('For {{customer.firstName}}')
    await page.getByText('Code', { exact: true }).click()
    await page
      .getByRole('textbox', { name: 'Body' })
      .fill('<p>Dear {{customer.firstName}}, <a href="http://acme.example">look</a></p><img src="/a.png">')
    const checks = page.getByRole('region', { name: 'Checks' })
    await checks.getByText('50 % of customers have no firstName').waitFor()
    await checks.getByText('Not https: http://acme.example').waitFor()
    await checks.getByText('An image has no alt text').waitFor()
    await page.getByRole('combobox', { name: 'Preview as' }).click()
    await page.getByRole('option', { name: /Sara/ }).click()
    await page.frameLocator('iframe[title=Preview]').getByText('Dear Sara').waitFor()
    await expectAccessible(page, 'template')
    await portray(page, 'template')
  })

  test('arrives as a test in a mailbox of one’s own, before it is saved', async () => {
    const { page } = at
    await page.getByText('Not saved yet').waitFor()
    await page.getByRole('button', { name: 'Send a test' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'To', exact: true }).fill('me@elsewhere.example')
    await dialog.getByRole('button', { name: 'Send test' }).click()
    await dialog.getByText('“[Test] For Sara” was sent to me@elsewhere.example.').waitFor()
    const [mail] = await sink.mail()
    expect(mail?.to).toBe('me@elsewhere.example')
    expect(mail?.body).toMatch(/\r\nSubject: \[Test\] For Sara\r\n/)
    expect(mail?.body).toContain('Dear Sara')
    await dialog.getByRole('button', { name: 'Close' }).last().click()
  })

  test('asks before it changes what campaigns send, and shows what it said before', async () => {
    const { page, faults } = at
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Template saved').first().waitFor()
    const { id } = await call('/campaigns', { name: 'Greets everybody', audience: { type: 'all' } })
    const { items } = (await at.page.evaluate(async () => await (await fetch('/api/v1/credentials')).json())) as {
      items: { id: string; type: string }[]
    }
    const credentialId = items.find(({ type }) => type === 'sandbox')?.id
    const node = (nodeId: string, type: string, config: object) => ({ id: nodeId, type, title: nodeId, config })
    await call(
      `/campaigns/${id}/workflow`,
      {
        version: 1,
        nodes: [
          node('trigger-1', 'trigger', {}),
          node('wait-1', 'wait', { waitType: 'duration', durationMs: 3_600_000 }),
          node('email-1', 'email-send', { credentialId, templateName: 'Hello' }),
        ],
        edges: [
          { id: 'e1', source: 'trigger-1', target: 'wait-1', when: null },
          { id: 'e2', source: 'wait-1', target: 'email-1', when: null },
        ],
      },
      'PUT',
    )
    await call(`/campaigns/${id}/activate`, { enroll: 'none' })
    await page.reload()
    await page.getByText('Used in 1 campaign').waitFor()
    await page.getByRole('textbox', { name: 'Body' }).fill('Dear {{customer.firstName | default: "you"}}')
    await page.getByRole('textbox', { name: 'Body' }).blur()
    await page.getByText('Not saved yet').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const asked = page.getByRole('dialog', { name: 'Update 1 campaign that uses it?' })
    await asked.getByRole('link', { name: 'Greets everybody' }).waitFor()
    await asked.getByRole('button', { name: 'Save and update 1 campaign' }).click()
    await page.getByText(/^Version 3/).waitFor()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Versions' }).click()
    await page.getByText('Compare with the editor').click()
    await page.locator('ins', { hasText: 'default: "you"' }).first().waitFor()
    await expectAccessible(page, 'template versions')
    await page.keyboard.press('Escape')
    await page.goto('/templates')
    await page.getByText('In 1 campaign').waitFor()
    await expectAccessible(page, 'templates')
    await portray(page, 'templates')
    expect(faults.filter((fault) => !fault.includes('Content Security Policy'))).toEqual([])
  })
})
