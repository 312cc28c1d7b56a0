import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeDraft } from '../../test/campaign.ts'
import { type SmtpSink, sinkCredential, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let sink: SmtpSink
let smtpId: string
let sandboxId: string
let customerId: string

beforeAll(async () => {
  sink = await startSmtpSink()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` } })
  await test.request('PATCH', '/workspace', { body: { postalAddress: '1 Main Street' } })
  const made = await test.request('POST', '/credentials', {
    body: sinkCredential(sink, { senderName: 'Team', senderEmail: 'team@sender.example' }),
  })
  smtpId = made.body.id
  const accounts = await test.request('GET', '/credentials')
  sandboxId = accounts.body.items.find((one: { type: string }) => one.type === 'sandbox').id
  const customer = await test.request('POST', '/customers', { body: { email: 'ada@example.com', firstName: 'Ada' } })
  customerId = customer.body.id
})
afterAll(async () => {
  await test.close()
  await sink.close()
})
beforeEach(async () => {
  await sink.misbehave([])
  await sink.forget()
  await sql`delete from audit_log where action = 'message.test-sent'`.execute(test.app.db)
})

const draftWith = (config: Record<string, unknown>) =>
  makeDraft(test, {
    flow: {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        { id: 'email-1', type: 'email-send', title: 'Hello', config },
      ],
      edges: [{ id: 'e1', source: 'start', target: 'email-1', when: null }],
    },
  })
const hello = (credentialId = smtpId) => ({
  credentialId,
  subject: 'Hello {{customer.firstName}}',
  body: '<p>Dear {{customer.firstName}}, <a href="https://acme.example/offer">look</a></p>',
})
const sendTest = (campaignId: string, more: Record<string, unknown> = {}, key = test.adminKey) =>
  test.request('POST', `/campaigns/${campaignId}/test-send`, {
    body: { nodeId: 'email-1', customerId, to: 'me@acme.example', ...more },
    key,
  })

it('sends what the customer would get, marked, untracked and counted nowhere', async () => {
  const campaignId = await draftWith(hello())
  const answer = await sendTest(campaignId)
  expect(answer).toMatchObject({
    status: 200,
    body: { sent: true, to: 'me@acme.example', subject: '[Test] Hello Ada' },
  })
  const [mail] = await sink.mail()
  expect(mail?.to).toBe('me@acme.example')
  expect(mail?.body).toMatch(/\r\nSubject: \[Test\] Hello Ada\r\n/)
  expect(mail?.body).toMatch(/\r\nX-Throughline-Test: yes\r\n/)
  expect(mail?.body).toContain('https://acme.example/offer')
  expect(mail?.body).not.toMatch(/\/t\/[co]\/|List-Unsubscribe/)
  expect(mail?.body).toContain('1 Main Street')
  const { rows } = await sql<{ messages: number; events: number; counts: number; hits: number }>`
    select (select count(*)::int from message) as messages, (select count(*)::int from event where name like 'message.%') as events,
      (select count(*)::int from tally where metric = 'message') as counts, (select count(*)::int from tracking_hit) as hits
  `.execute(test.app.db)
  expect(rows).toEqual([{ messages: 0, events: 0, counts: 0, hits: 0 }])
})

it('puts a test through the sandbox into its mailbox, where nothing that happens to it counts', async () => {
  const campaignId = await draftWith(hello(sandboxId))
  expect((await sendTest(campaignId)).body).toMatchObject({ sent: true })
  const box = await test.request('GET', '/sandbox/messages')
  expect(box.body.items[0]).toMatchObject({ messageId: null, to: 'me@acme.example', subject: '[Test] Hello Ada' })
  const opened = await test.request('POST', `/sandbox/messages/${box.body.items[0].id}/open`)
  expect(opened).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
})

it('says what the server said to a test that it did not take', async () => {
  await sink.misbehave([{ phase: 'rcpt', action: { reply: '550 5.1.1 no such user' } }])
  const answer = await sendTest(await draftWith(hello()))
  expect(answer).toMatchObject({ status: 200, body: { sent: false } })
  expect(answer.body.detail).toContain('no such user')
})

it('allows twenty tests a day to each person, whatever comes of them', async () => {
  const campaignId = await draftWith(hello(sandboxId))
  const statuses: number[] = []
  for (let n = 0; n < 21; n += 1) statuses.push((await sendTest(campaignId)).status)
  expect(statuses).toEqual([...Array(20).fill(200), 429])
  expect((await sendTest(campaignId, {}, test.memberKey)).status).toBe(200)
})

it('refuses a step that is not there, sends nothing or is not complete, and an address that may not be written to', async () => {
  const campaignId = await draftWith(hello())
  const codeOf = async (answer: ReturnType<typeof sendTest>) => {
    const { status, body } = await answer
    return [status, body.errors?.[0]?.path, body.errors?.[0]?.code]
  }
  expect(await codeOf(sendTest(campaignId, { nodeId: 'nothing' }))).toEqual([422, 'nodeId', 'unknown_node'])
  expect(await codeOf(sendTest(campaignId, { nodeId: 'start' }))).toEqual([422, 'nodeId', 'not_a_message'])
  expect(await codeOf(sendTest(campaignId, { to: 'nobody' }))).toEqual([422, 'to', 'invalid_address'])
  expect(await codeOf(sendTest(campaignId, { customerId: campaignId }))).toEqual([422, 'customerId', 'not_found'])
  expect(await codeOf(sendTest(await draftWith({ credentialId: smtpId })))).toEqual([
    422,
    'nodes.email-1.config.subject',
    'missing_field',
  ])
  expect(await codeOf(sendTest(await draftWith(hello(campaignId))))).toEqual([422, 'nodeId', 'unusable_credential'])
  await test.request('POST', '/suppressions', { body: { email: 'gone@acme.example', reason: 'manual' } })
  expect(await codeOf(sendTest(campaignId, { to: 'Gone@acme.example' }))).toEqual([422, 'to', 'suppressed'])
  expect((await sendTest(campaignId, {}, test.otherWorkspace.adminKey)).status).toBe(404)
  await test.request('POST', '/workspace/stop-sending', { body: { on: true } })
  expect(await sendTest(campaignId)).toMatchObject({ status: 409, body: { code: 'wrong_state', state: 'stopped' } })
  await test.request('POST', '/workspace/stop-sending', { body: { on: false } })
  expect(await sink.mail()).toEqual([])
})

it('shows a step with its template for a customer, and for somebody made up', async () => {
  await test.request('POST', '/templates', {
    body: { name: 'Greeting', subject: 'Dear {{customer.firstName}}', body: 'From {{org.name}}' },
  })
  const campaignId = await draftWith({ credentialId: smtpId, templateName: 'Greeting' })
  const preview = (body: unknown) => test.request('POST', `/campaigns/${campaignId}/workflow/preview`, { body })
  const ada = await preview({ nodeId: 'email-1', customerId })
  expect(ada.body).toMatchObject({ channel: 'email', subject: 'Dear Ada', error: null })
  expect(ada.body.text).toContain('From Acme')
  expect((await preview({ nodeId: 'email-1' })).body.subject).toBe('Dear Ann')
  expect(await sink.mail()).toEqual([])
})
