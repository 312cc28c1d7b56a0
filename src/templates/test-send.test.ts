import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeDraft } from '../../test/campaign.ts'
import { type SmtpSink, sinkCredential, startSmtpSink } from '../../test/smtp-sink.ts'
import { checkMail } from './mail-checks.ts'

let test: TestApp
let sink: SmtpSink
let smtpId: string
let customerId: string
let templateId: string

beforeAll(async () => {
  sink = await startSmtpSink()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` } })
  const made = await test.request('POST', '/credentials', {
    body: sinkCredential(sink, { senderName: 'Team', senderEmail: 'team@sender.example' }),
  })
  smtpId = made.body.id
  const customer = await test.request('POST', '/customers', { body: { email: 'ada@example.com', firstName: 'Ada' } })
  customerId = customer.body.id
  await test.request('POST', '/customers', { body: { email: 'nameless@example.com' } })
  const body = '<p>Dear {{customer.firstName}}</p><img src="https://x.example/a.png"><a href="http://x.example">go</a>'
  const template = await test.request('POST', '/templates', {
    body: { name: 'Greeting', subject: 'Hello {{customer.firstName}}', body },
  })
  templateId = template.body.id
})
afterAll(async () => {
  await test.close()
  await sink.close()
})
beforeEach(async () => await sink.forget())

const send = (more: Record<string, unknown> = {}) =>
  test.request('POST', `/templates/${templateId}/test-send`, {
    body: { to: 'me@acme.example', credentialId: smtpId, customerId, ...more },
  })

describe('a test of a template', () => {
  it('arrives at any address, rendered for the customer and marked', async () => {
    expect(await send()).toMatchObject({ status: 200, body: { sent: true, subject: '[Test] Hello Ada' } })
    const [mail] = await sink.mail()
    expect(mail?.to).toBe('me@acme.example')
    expect(mail?.body).toMatch(/\r\nSubject: \[Test\] Hello Ada\r\n/)
    expect(mail?.body).toContain('Dear Ada')
    expect(mail?.body).not.toMatch(/List-Unsubscribe/)
  })

  it('takes the text that is not saved yet', async () => {
    await send({ subject: 'New for {{customer.firstName}}', body: 'Unsaved' })
    const [mail] = await sink.mail()
    expect(mail?.body).toContain('Unsaved')
    expect((await test.request('GET', `/templates/${templateId}`)).body.subject).toBe('Hello {{customer.firstName}}')
  })

  it('is refused to a suppressed address, through a sender that is not here, and from another workspace', async () => {
    await test.request('POST', '/suppressions', { body: { email: 'gone@acme.example', reason: 'manual' } })
    const codes = async (answer: ReturnType<typeof send>) => {
      const { status, body } = await answer
      return [status, body.errors?.[0]?.path, body.errors?.[0]?.code]
    }
    expect(await codes(send({ to: 'gone@acme.example' }))).toEqual([422, 'to', 'suppressed'])
    expect(await codes(send({ credentialId: customerId }))).toEqual([422, 'credentialId', 'unusable_credential'])
    expect(await codes(send({ customerId: templateId }))).toEqual([422, 'customerId', 'not_found'])
    const foreign = { key: test.otherWorkspace.adminKey, body: { to: 'a@b.example', credentialId: smtpId } }
    expect((await test.request('POST', `/templates/${templateId}/test-send`, foreign)).status).toBe(404)
    expect(await sink.mail()).toEqual([])
  })
})

it('says of a text what readers would meet: gaps, open links, images without a word', async () => {
  const { subject, body } = (await test.request('GET', `/templates/${templateId}`)).body
  const found = (await test.request('POST', '/templates/check', { body: { subject, body, customerId } })).body.checks
  const of = (code: string) => found.find((one: { code: string }) => one.code === code)
  expect(of('fallback')).toMatchObject({
    level: 'warn',
    text: expect.stringContaining('50 % of customers have no firstName'),
  })
  expect(of('links')).toMatchObject({ level: 'warn', text: expect.stringContaining('http://x.example') })
  expect(of('images')).toMatchObject({ level: 'warn' })
  expect(of('unsubscribe')).toMatchObject({ level: 'info' })
  expect(of('size')).toMatchObject({ level: 'good' })
  const kept = '{{customer.firstName | default: "you"}} {% if customer.firstName %}!{% endif %}'
  const clean = await test.request('POST', '/templates/check', { body: { subject: kept, body: '{{unsubscribeUrl}}' } })
  expect(clean.body.checks.map((one: { level: string }) => one.level)).toEqual(Array(6).fill('good'))
  const broken = await test.request('POST', '/templates/check', { body: { subject: '{{ customer.', body: '' } })
  expect(broken.body.checks).toMatchObject([{ code: 'render', level: 'bad' }])
})

it.each([
  ['a subject that phones cut', { subject: 'x'.repeat(41) }, { code: 'subject', level: 'warn' }],
  ['no subject', { subject: '' }, { code: 'subject', level: 'bad' }],
  ['a message that Gmail clips', { html: 'x'.repeat(103 * 1024) }, { code: 'size', level: 'bad' }],
  ['a message that is nearly clipped', { html: 'x'.repeat(90 * 1024) }, { code: 'size', level: 'warn' }],
  ['a link that leads nowhere', { html: '<a href="#">x</a>' }, { code: 'links', level: 'warn' }],
])('warns of %s', (_, rendered, expected) => {
  const mail = { subject: '', body: '', rendered: { subject: 'Hi', html: '', ...rendered }, coverage: new Map() }
  expect(checkMail(mail)).toContainEqual({ ...expected, text: expect.any(String) })
})

it('names the campaigns that use a template, in draft and in force, and counts them in the list', async () => {
  const node = (id: string, type: string, config: object) => ({ id, type, title: id, config })
  await makeDraft(test, {
    flow: {
      nodes: [
        node('start', 'trigger', {}),
        node('email-1', 'email-send', { credentialId: smtpId, templateName: 'greeting' }),
      ],
      edges: [{ id: 'e1', source: 'start', target: 'email-1', when: null }],
    } as never,
  })
  const uses = await test.request('GET', `/templates/${templateId}/uses`)
  expect(uses.body.items).toMatchObject([{ status: 'draft' }])
  const list = await test.request('GET', '/templates')
  expect(list.body.items).toMatchObject([{ name: 'Greeting', usedBy: 1 }])
})

it('shows a template as a page in which nothing runs', async () => {
  const page = await test.request('GET', `/templates/${templateId}/html`)
  expect(page.headers.get('content-security-policy')).toMatch(/^sandbox;/)
  expect(page.body).toContain('Dear Ann')
  expect(
    (await test.request('GET', `/templates/${templateId}/html`, { key: test.otherWorkspace.adminKey })).status,
  ).toBe(404)
})
