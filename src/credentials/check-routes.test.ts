import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeDraft } from '../../test/campaign.ts'
import { type DnsServer, startDnsServer } from '../../test/dns-server.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'

let dns: DnsServer
let sink: SmtpSink
let test: TestApp

beforeAll(async () => {
  dns = await startDnsServer()
  sink = await startSmtpSink({ user: 'relay', password: 'right' })
  const env = { DNS_SERVERS: dns.address, ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` }
  test = await startTestApp({ env })
})
afterAll(async () => {
  await test.close()
  await sink.close()
  await dns[Symbol.asyncDispose]()
})

const relay = (change: Record<string, unknown> = {}) => ({
  ...{ type: 'smtp', name: 'Relay', host: '127.0.0.1', port: sink.port, encryption: 'none' },
  ...{ username: 'relay', password: 'right', senderName: 'Team', senderEmail: 'team@acme.example' },
  ...change,
})

describe('a sending account', () => {
  it('is tested before it is saved, and nothing is kept of that', async () => {
    const before = (await test.request('GET', '/credentials')).body.items.length
    const works = await test.request('POST', '/credentials/test', { body: relay() })
    expect(works.body).toEqual({ ok: true, detail: 'The server answers and the login works.' })
    const refused = await test.request('POST', '/credentials/test', { body: relay({ password: 'wrong' }) })
    expect(refused.body).toMatchObject({ ok: false, detail: expect.stringContaining('refuses the login') })
    const inside = await test.request('POST', '/credentials/test', { body: relay({ host: '10.0.0.1', port: 587 }) })
    expect(inside).toMatchObject({ status: 422, body: { errors: [{ path: 'host', code: 'private_host' }] } })
    expect((await test.request('POST', '/credentials/test', { body: relay(), key: test.memberKey })).status).toBe(403)
    expect((await test.request('GET', '/credentials')).body.items).toHaveLength(before)
  })

  it('is tested with changes, its stored password or a new one, without changing its health', async () => {
    const { body: made } = await test.request('POST', '/credentials', { body: relay() })
    await test.request('POST', `/credentials/${made.id}/test`)
    const ask = async (body: unknown) => (await test.request('POST', `/credentials/${made.id}/test`, { body })).body
    expect(await ask({ senderName: 'Sales' })).toMatchObject({ ok: true })
    expect(await ask({ password: 'wrong' })).toMatchObject({ ok: false, health: 'ok' })
    // Another user: the stored password is not for them.
    expect(await ask({ username: 'somebody' })).toMatchObject({ ok: false, health: 'ok' })
    expect((await test.request('GET', `/credentials/${made.id}`)).body).toMatchObject({
      health: 'ok',
      senderName: 'Team',
    })
  })

  it('says when its password was put in, and which campaigns use it, to those who manage it', async () => {
    const { body: made } = await test.request('POST', '/credentials', { body: relay() })
    const setAt = made.secretSetAt
    expect(Date.parse(setAt)).toBeGreaterThan(0)
    const renamed = await test.request('PATCH', `/credentials/${made.id}`, { body: { name: 'Renamed' } })
    expect(renamed.body.secretSetAt).toBe(setAt)
    const replaced = await test.request('PATCH', `/credentials/${made.id}`, { body: { password: 'another' } })
    expect(Date.parse(replaced.body.secretSetAt)).toBeGreaterThan(Date.parse(setAt))
    const without = await test.request('PATCH', `/credentials/${made.id}`, { body: { password: null, username: null } })
    expect(without.body).toMatchObject({ secretSetAt: null, hasPassword: false })

    const flow = {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        { id: 'mail', type: 'email-send', title: 'Hello', config: { credentialId: made.id } },
      ],
      edges: [],
    }
    const id = await makeDraft(test, { name: 'Uses it', flow })
    const shown = (await test.request('GET', `/credentials/${made.id}`)).body
    expect(shown.campaigns).toEqual([{ id, name: 'Uses it', status: 'draft' }])
    const { body: listed } = await test.request('GET', '/credentials', { key: test.memberKey })
    const asMember = listed.items.find((one: { id: string }) => one.id === made.id)
    expect(Object.keys(asMember).sort()).toEqual(['health', 'id', 'name', 'type'])
  })
})

describe('a sender’s domain', () => {
  beforeEach(() => dns.says({}))

  const rsa = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits })
      .publicKey.export({ type: 'spki', format: 'der' })
      .toString('base64')
  const check = async (body: Record<string, string> = {}) => {
    const asked = { senderEmail: 'team@mail.acme.example', host: 'smtp.gmail.com', ...body }
    const answer = await test.request('POST', '/credentials/check-domain', { body: asked })
    expect(answer.status).toBe(200)
    type Check = {
      what: string
      status: string
      says: string
      found: string | null
      record: { name: string; value: string } | null
    }
    const by = (what: string) => (answer.body.checks as Check[]).find((one) => one.what === what)
    return { spf: by('spf'), dkim: by('dkim'), dmarc: by('dmarc') }
  }

  it('that says nothing is told each record to publish', async () => {
    const { spf, dkim, dmarc } = await check()
    expect(spf).toMatchObject({
      status: 'missing',
      record: { name: 'mail.acme.example', type: 'TXT', value: 'v=spf1 include:_spf.google.com ~all' },
    })
    expect(dkim).toMatchObject({ status: 'missing', record: { name: 'google._domainkey.mail.acme.example' } })
    expect(dmarc).toMatchObject({
      status: 'missing',
      record: { name: '_dmarc.acme.example', value: 'v=DMARC1; p=none; rua=mailto:team@mail.acme.example' },
    })
  })

  it('is in order when the provider is named, also by what the record includes, and the parent has a policy', async () => {
    dns.says({
      txt: {
        'mail.acme.example': ['site-verification=1', 'v=spf1 include:all.acme.example -all'],
        'all.acme.example': ['v=spf1 ip4:192.0.2.0/24 include:_spf.google.com ~all'],
        'google._domainkey.mail.acme.example': [`v=DKIM1; k=rsa; p=${rsa(2_048)}`],
        '_dmarc.acme.example': ['v=DMARC1; p=quarantine; pct=50'],
      },
    })
    const { spf, dkim, dmarc } = await check()
    expect(spf).toMatchObject({ status: 'ok', record: null })
    expect(dkim).toMatchObject({ status: 'ok', says: 'Mail is signed with the key “google”.' })
    expect(dmarc).toMatchObject({
      status: 'ok',
      says: 'The policy sends forgeries to spam. “pct” mean nothing any more and can go.',
    })
  })

  it('has its own record back with the provider in it, where that is missing', async () => {
    dns.says({ txt: { 'mail.acme.example': ['v=spf1 mx include:mailgun.org -all'] } })
    expect((await check()).spf).toMatchObject({
      status: 'missing',
      found: 'v=spf1 mx include:mailgun.org -all',
      record: { value: 'v=spf1 mx include:mailgun.org include:_spf.google.com -all' },
    })
  })

  it('is told what makes receivers ignore a record', async () => {
    dns.says({
      txt: {
        'mail.acme.example': ['v=spf1 include:_spf.google.com ~all', 'v=spf1 -all'],
        's9._domainkey.mail.acme.example': ['v=DKIM1; p='],
        '_dmarc.mail.acme.example': ['v=DMARC1; p=none', 'v=DMARC1; p=reject'],
      },
    })
    const { spf, dkim, dmarc } = await check({ selector: 's9' })
    expect(spf).toMatchObject({ status: 'missing', says: expect.stringContaining('2 SPF records') })
    expect(dkim).toMatchObject({ status: 'missing', says: expect.stringContaining('withdrawn') })
    expect(dmarc).toMatchObject({ status: 'missing', says: expect.stringContaining('two records') })
    dns.says({
      txt: {
        'mail.acme.example': ['v=spf1 +all'],
        's9._domainkey.mail.acme.example': [`k=rsa; p=${rsa(1_024)}`],
      },
    })
    const weak = await check({ selector: 's9' })
    expect(weak.spf).toMatchObject({ status: 'warn', record: { value: 'v=spf1 ~all' } })
    expect(weak.dkim).toMatchObject({ status: 'warn', says: expect.stringContaining('1024 bits') })
  })

  it('may name a server of one’s own by its address', async () => {
    dns.says({
      txt: { 'mail.acme.example': ['v=spf1 ip4:203.0.113.0/28 -all'] },
      a: { 'relay.acme.example': ['203.0.113.9'] },
    })
    expect((await check({ host: 'relay.acme.example' })).spf).toMatchObject({ status: 'ok' })
    dns.says({ txt: { 'mail.acme.example': ['v=spf1 -all'] }, a: { 'relay.acme.example': ['203.0.113.9'] } })
    expect((await check({ host: 'relay.acme.example' })).spf).toMatchObject({
      status: 'warn',
      record: { value: 'v=spf1 a:relay.acme.example -all' },
    })
    expect((await check({ host: 'relay.acme.example' })).dkim).toMatchObject({ status: 'unknown' })
  })

  it('is not judged when the name servers do not answer', async () => {
    dns.says({ silent: true })
    const { spf, dkim, dmarc } = await check()
    for (const one of [spf, dkim, dmarc]) expect(one).toMatchObject({ status: 'unknown', record: null })
  })
})
