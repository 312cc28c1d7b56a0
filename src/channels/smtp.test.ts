import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import type { Channel, PreparedMessage } from './channel.ts'
import { createSmtpChannel } from './smtp.ts'

let sink: SmtpSink
let channel: Channel
const timeouts = { connectMs: 30_000, greetingMs: 30_000, commandMs: 30_000, afterDotMs: 30_000 }

const settings = (
  port: number,
  more: { username?: string; password?: string; encryption?: 'none' | 'starttls' } = {},
) => ({
  host: '127.0.0.1',
  port,
  encryption: more.encryption ?? ('none' as const),
  username: more.username ?? null,
  password: more.password ?? null,
  allowPrivateHosts: [`127.0.0.1:${port}`],
  connections: 4,
})

const message = (to: string): PreparedMessage => ({
  messageId: 1,
  workspaceId: 1,
  fence: 1,
  headerId: '<1@example.com>',
  envelopeFrom: 'team@example.com',
  envelopeTo: to,
  fromHeader: 'Team <team@example.com>',
  toAddress: to,
  subject: 'Hello',
  html: null,
  text: 'Hello',
  headers: {},
  raw: Buffer.from(`Message-ID: <1@example.com>\r\nTo: ${to}\r\nSubject: Hello\r\n\r\nHello\r\n.dot\r\n`),
})

beforeAll(async () => {
  sink = await startSmtpSink()
})
afterAll(() => sink.close())
beforeEach(async () => {
  await sink.forget()
  await sink.misbehave([])
  channel = createSmtpChannel(settings(sink.port), timeouts)
  return () => channel.close()
})

describe('an SMTP channel', () => {
  it('hands messages over, several on one session, and says when the last byte was out', async () => {
    let handed = 0
    for (const to of ['a@example.com', 'b@example.com', 'c@example.com']) {
      const result = await channel.send(message(to), { onHanded: () => (handed += 1) })
      expect(result).toMatchObject({ is: 'accepted', response: expect.stringContaining('250') })
    }
    expect(handed).toBe(3)
    expect((await sink.mail()).map((mail) => mail.to)).toEqual(['a@example.com', 'b@example.com', 'c@example.com'])
    expect((await sink.mail())[0]?.body).toContain('\r\n.dot\r\n')
    expect((await sink.stats()).connections).toBe(1)
  })

  it.each([
    ['mail', '550 5.7.60 not your address', { is: 'refused', scope: 'sender' }],
    ['rcpt', '550 5.1.1 nobody here', { is: 'refused', scope: 'recipient', hard: true }],
    ['rcpt', '450 4.2.0 greylisted', { is: 'deferred', scope: 'recipient', throttle: false }],
    ['dot', '554 5.7.1 spam', { is: 'refused', scope: 'policy' }],
    ['dot', '451 4.3.0 later', { is: 'deferred', scope: 'message' }],
  ] as const)('reads an answer at %s: %s, and goes on with the next message', async (phase, reply, expected) => {
    await sink.misbehave([{ phase, action: { reply }, times: 1 }])
    expect(await channel.send(message('a@example.com'))).toMatchObject(expected)
    expect(await channel.send(message('b@example.com'))).toMatchObject({ is: 'accepted' })
    expect((await sink.mail()).map((mail) => mail.to)).toEqual(['b@example.com'])
  })

  it.each(['mail', 'rcpt'] as const)('calls a connection that drops at %s safe to try again', async (phase) => {
    await sink.misbehave([{ phase, action: 'drop', times: 1 }])
    expect(await channel.send(message('a@example.com'))).toMatchObject({ is: 'deferred', lost: true, code: null })
    expect(await sink.mail()).toEqual([])
  })

  it('calls a connection that drops after the dot unknown, although the body was taken', async () => {
    await sink.misbehave([{ phase: 'dot', action: 'drop', times: 1 }])
    expect((await channel.send(message('a@example.com'))).is).toBe('unknown')
    expect(await sink.mail()).toHaveLength(1)
  })

  it('calls a server that falls silent after the dot unknown, and before it safe to try again', async () => {
    const impatientAfterDot = createSmtpChannel(settings(sink.port), { ...timeouts, afterDotMs: 500 })
    await sink.misbehave([{ phase: 'dot', action: 'hang', times: 1 }])
    expect((await impatientAfterDot.send(message('a@example.com'))).is).toBe('unknown')
    await impatientAfterDot.close()
    const impatient = createSmtpChannel(settings(sink.port), { ...timeouts, commandMs: 500 })
    await sink.misbehave([{ phase: 'rcpt', action: 'hang', times: 1 }])
    expect(await impatient.send(message('a@example.com'))).toMatchObject({ is: 'deferred', lost: true })
    await impatient.close()
  })

  it('takes 421 at the greeting as the host asking for less', async () => {
    await sink.misbehave([{ phase: 'connect', action: { reply: '421 4.7.0 too many' }, times: 1 }])
    expect(await channel.send(message('a@example.com'))).toMatchObject({
      is: 'deferred',
      scope: 'host',
      throttle: true,
    })
  })

  it('reports a host where nobody listens as the host’s problem', async () => {
    const nobody = createSmtpChannel(settings(9), timeouts)
    expect(await nobody.send(message('a@example.com'))).toMatchObject({ is: 'deferred', scope: 'host', lost: false })
    expect(await nobody.verify()).toMatchObject({ ok: false, scope: 'host' })
    await nobody.close()
  })

  it('refuses a private host that the operator did not list', async () => {
    const unlisted = createSmtpChannel({ ...settings(sink.port), allowPrivateHosts: [] }, timeouts)
    expect(await unlisted.verify()).toMatchObject({ ok: false, detail: expect.stringContaining('ALLOW_PRIVATE_HOSTS') })
    expect((await sink.stats()).connections).toBe(0)
    await unlisted.close()
  })

  it('never falls back to clear text when STARTTLS is wanted', async () => {
    const secure = createSmtpChannel(settings(sink.port, { encryption: 'starttls' }), timeouts)
    expect(await secure.send(message('a@example.com'))).toMatchObject({ is: 'deferred', scope: 'host' })
    expect(await sink.mail()).toEqual([])
    await secure.close()
  })

  it('does not trust a certificate that nobody vouches for', async () => {
    await using tls = await startSmtpSink({ starttls: true })
    const secure = createSmtpChannel(settings(tls.port, { encryption: 'starttls' }), timeouts)
    expect(await secure.verify()).toMatchObject({ ok: false })
    expect(await secure.send(message('a@example.com'))).toMatchObject({ is: 'deferred' })
    expect(await tls.mail()).toEqual([])
    await secure.close()
  })

  it('logs in, and tells a refused login from a host that is away', async () => {
    await using closedShop = await startSmtpSink({ user: 'me', password: 'right' })
    const right = createSmtpChannel(settings(closedShop.port, { username: 'me', password: 'right' }), timeouts)
    expect(await right.verify()).toEqual({ ok: true, detail: 'The server answers and the login works.' })
    expect((await right.send(message('a@example.com'))).is).toBe('accepted')
    const wrong = createSmtpChannel(settings(closedShop.port, { username: 'me', password: 'wrong' }), timeouts)
    expect(await wrong.verify()).toMatchObject({
      ok: false,
      scope: 'credential',
      detail: expect.stringContaining('535'),
    })
    expect(await wrong.send(message('b@example.com'))).toMatchObject({ is: 'refused', scope: 'credential' })
    await right.close()
    await wrong.close()
  })
})
