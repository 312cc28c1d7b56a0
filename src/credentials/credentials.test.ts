import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../db/database.ts'
import { mayRelay } from './rules.ts'

const canary = 'correct-horse-canary'
let test: TestApp
let sink: SmtpSink

beforeAll(async () => {
  sink = await startSmtpSink({ user: 'me', password: canary })
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` } })
})
afterAll(async () => {
  await test.close()
  await sink.close()
})

const body = (more: Record<string, unknown> = {}) => ({
  type: 'smtp',
  name: 'Relay',
  host: '8.8.8.8',
  port: 587,
  encryption: 'starttls',
  username: 'me',
  password: canary,
  senderName: 'Team',
  senderEmail: 'team@sender.example',
  ...more,
})
const create = (more: Record<string, unknown> = {}) => test.request('POST', '/credentials', { body: body(more) })
const onSink = { host: '127.0.0.1', encryption: 'none' }

describe('credentials', () => {
  it('takes secrets in and never gives them out, and keeps them sealed', async () => {
    const made = await create()
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      type: 'smtp',
      host: '8.8.8.8',
      username: 'me',
      hasPassword: true,
      health: 'unknown',
      version: 1,
    })
    const answers = [
      made,
      await test.request('GET', `/credentials/${made.body.id}`),
      await test.request('GET', '/credentials'),
      await test.request('GET', '/audit-log'),
    ]
    for (const answer of answers) expect(JSON.stringify(answer.body)).not.toContain(canary)
    const { rows } = await sql`select * from credential where id = ${made.body.id}`.execute(test.app.db)
    expect(JSON.stringify(rows)).not.toContain(canary)
  })

  it('shows members name, type and health, and nothing else', async () => {
    const made = await create()
    const one = await test.request('GET', `/credentials/${made.body.id}`, { key: test.memberKey })
    expect(one.body).toEqual({ id: made.body.id, name: 'Relay', type: 'smtp', health: 'unknown' })
    const list = await test.request('GET', '/credentials', { key: test.memberKey })
    for (const item of list.body.items) expect(Object.keys(item).sort()).toEqual(['health', 'id', 'name', 'type'])
  })

  it('has a sandbox from the start, that stays', async () => {
    const list = await test.request('GET', '/credentials?limit=200')
    const [sandbox] = list.body.items.filter((item: { type: string }) => item.type === 'sandbox')
    expect(sandbox).toMatchObject({ health: 'ok' })
    expect((await test.request('POST', `/credentials/${sandbox.id}/test`)).body).toMatchObject({ ok: true })
    expect((await test.request('DELETE', `/credentials/${sandbox.id}`)).status).toBe(409)
    const again = await test.request('POST', '/credentials', { body: { type: 'sandbox' } })
    expect([again.status, again.body.existingId]).toEqual([409, sandbox.id])
    const odd = await test.request('PATCH', `/credentials/${sandbox.id}`, { body: { host: 'x.example' } })
    expect(odd.status).toBe(422)
  })

  it.each([
    [{ host: '127.0.0.1' }, 'host', 'private_host'],
    [{ host: '2130706433' }, 'host', 'private_host'],
    [{ host: '169.254.169.254', port: 25 }, 'host', 'private_host'],
    [{ host: 'localhost' }, 'host', 'private_host'],
    [{ host: 'not a host' }, 'host', 'invalid_host'],
    [{ port: 22 }, 'port', 'port_refused'],
    [{ encryption: 'none' }, 'encryption', 'unencrypted'],
    [{ senderEmail: 'somebody@gmail.com' }, 'senderEmail', 'free_mail_domain'],
    [{ senderEmail: 'nonsense' }, 'senderEmail', 'invalid_format'],
    [{ username: null }, 'username', 'required'],
    [{ limits: { perSecond: 0 } }, 'limits.perSecond', 'too_small'],
    [{ imap: { host: 'x' } }, 'imap', 'unknown_field'],
  ])('refuses %j at %s', async (more, path, code) => {
    const answer = await create(more)
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toEqual(expect.arrayContaining([expect.objectContaining({ path, code })]))
  })

  it('takes a member who sends on LinkedIn by hand, and nobody else', async () => {
    const linkedin = (memberId: string) =>
      test.request('POST', '/credentials', { body: { type: 'linkedin', name: 'Ann on LinkedIn', memberId } })
    const stranger = await linkedin(test.otherWorkspace.memberId)
    expect([stranger.status, stranger.body.errors[0].code]).toEqual([422, 'unknown_member'])
    const made = await linkedin(test.owner.memberId)
    expect(made).toMatchObject({ status: 201, body: { type: 'linkedin', health: 'ok', memberId: test.owner.memberId } })
    const path = `/credentials/${made.body.id}`
    expect((await test.request('POST', `${path}/test`)).body).toMatchObject({ ok: true })
    const wrong = await test.request('PATCH', path, { body: { host: 'smtp.example.com' } })
    expect([wrong.status, wrong.body.errors[0].code]).toEqual([422, 'not_of_linkedin'])
  })

  it('forgets the password when the host or the user changes, unless a new one comes along', async () => {
    const made = await create()
    const path = `/credentials/${made.body.id}`
    const renamed = await test.request('PATCH', path, { body: { name: 'Renamed', senderName: 'Other' } })
    expect(renamed.body).toMatchObject({ name: 'Renamed', hasPassword: true, version: 2 })
    const moved = await test.request('PATCH', path, { body: { host: '8.8.4.4' } })
    expect(moved.body).toMatchObject({ host: '8.8.4.4', hasPassword: false })
    const both = await test.request('PATCH', path, { body: { host: '8.8.8.8', password: 'another' } })
    expect(both.body).toMatchObject({ host: '8.8.8.8', hasPassword: true })
    const stale = await test.request('PATCH', path, { body: { name: 'x' }, headers: { 'if-match': '1' } })
    expect([stale.status, stale.body.version]).toEqual([412, 4])
  })

  it('tests a login for real, and says what is wrong in words that give nothing away', async () => {
    const right = await create({ ...onSink, port: sink.port })
    expect((await test.request('POST', `/credentials/${right.body.id}/test`)).body).toEqual({
      ok: true,
      detail: 'The server answers and the login works.',
      health: 'ok',
    })
    const wrong = await create({ ...onSink, port: sink.port, password: `${canary}-wrong` })
    const found = await test.request('POST', `/credentials/${wrong.body.id}/test`)
    expect(found.body).toMatchObject({ ok: false, detail: expect.stringContaining('535'), health: 'unknown' })
    expect(JSON.stringify(found.body)).not.toContain(canary)
  })

  it('is refused to go while campaigns send through it, and is gone from the list afterwards', async () => {
    const made = await create({ ...onSink, port: sink.port })
    await test.request('PATCH', '/workspace', { body: { postalAddress: '1 Main Street' } })
    const [customer] = await addCustomers(test, 1)
    const campaign = await makeActive(test, {
      audience: { type: 'list', customerIds: [customer] },
      flow: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          {
            id: 'email-1',
            type: 'email-send',
            title: 'Mail',
            config: { credentialId: made.body.id, subject: 'a', body: 'b' },
          },
        ],
        edges: [{ id: 'e1', source: 'start', target: 'email-1', when: null }],
      },
    })
    const refused = await test.request('DELETE', `/credentials/${made.body.id}`)
    expect([refused.status, refused.body.code, refused.body.campaigns[0].id]).toEqual([409, 'in_use', campaign])
    await test.request('POST', `/campaigns/${campaign}/archive`, { body: {} })
    expect((await test.request('DELETE', `/credentials/${made.body.id}`)).status).toBe(204)
    const list = await test.request('GET', '/credentials?limit=200')
    expect(list.body.items.map((item: { id: string }) => item.id)).not.toContain(made.body.id)
    const { rows } = await sql`select secret from credential where id = ${made.body.id}`.execute(test.app.db)
    expect(rows).toEqual([{ secret: null }])
    expect((await test.request('PATCH', `/credentials/${made.body.id}`, { body: { name: 'x' } })).status).toBe(409)
  })
})

describe('mayRelay', () => {
  it.each([
    ['me@gmail.com', 'smtp.gmail.com', true],
    ['me@gmail.com', 'smtp.sendgrid.net', false],
    ['me@GMAIL.com', 'gmail.com.evil.example', false],
    ['me@yahoo.co.uk', 'smtp.mail.yahoo.com', true],
    ['me@outlook.com', 'smtp.office365.com', true],
    ['me@hotmail.com', 'smtp.example.com', false],
    ['me@example.com', 'smtp.gmail.com', true],
    ['me@notgmail.com', 'smtp.example.com', true],
  ])('%s through %s: %s', (sender, host, allowed) => {
    expect(mayRelay(sender, host)).toBe(allowed)
  })
})
