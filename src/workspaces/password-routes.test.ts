import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { eventually } from '../../test/client.ts'
import { runCommand } from '../../test/program.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'

let sink: SmtpSink
let test: TestApp

beforeAll(async () => {
  sink = await startSmtpSink({ user: 'relay', password: 'p@ss', keepBodies: true })
  test = await startTestApp({
    env: {
      SYSTEM_MAIL_URL: `smtp+plain://relay:p%40ss@127.0.0.1:${sink.port}`,
      SYSTEM_MAIL_FROM: 'throughline@acme.example',
      PUBLIC_URL: 'http://crm.acme.example:8080',
    },
  })
})
afterAll(async () => {
  await test.close()
  await sink.close()
})
beforeEach(async () => await sink.forget())

const anonymous = (path: string, body: unknown) => test.request('POST', path, { body, key: null })
const tokenIn = (link: string) => /\/reset#token=([\w-]{43})/.exec(link)?.[1] ?? ''
const login = (email: string, password: string) => anonymous('/auth/login', { email, password })

/** The text of the next mail, unfolded. */
const nextMail = () =>
  eventually('a mail', async () => {
    const [mail] = await sink.mail()
    return mail && { ...mail, body: mail.body.replaceAll('=\r\n', '').replaceAll('=3D', '=') }
  })

/** Somebody new with this role; answers their member id. */
async function join(email: string, role: 'admin' | 'member', password = 'a long enough one'): Promise<string> {
  const { body } = await test.request('POST', '/invitations', { body: { email, role } })
  const token = body.link.split('#token=')[1]
  const joined = await anonymous('/auth/accept-invite', { token, password, name: email.split('@')[0] })
  return joined.body.memberId
}

const audited = async (action: string) =>
  (await test.request('GET', `/audit-log?action=${action}`)).body.items as { actor: string; objectId: string }[]

describe('a forgotten password', () => {
  it('is replaced by a mailed link: once, for whoever has it, and everything that was signed in is out', async () => {
    const memberId = await join('ana@acme.example', 'member')
    const before = (await login('ana@acme.example', 'a long enough one')).headers.get('set-cookie')?.split(';')[0] ?? ''
    const asked = { body: { email: 'Ana@Acme.example' }, key: null, headers: { 'x-forwarded-host': 'evil.example' } }
    expect(await test.request('POST', '/auth/forgot', asked)).toMatchObject({ status: 202 })
    const mail = await nextMail()
    expect(mail.to).toBe('ana@acme.example')
    expect(mail.body).toContain('Subject: Choose a new password')
    expect(mail.body).toContain('http://crm.acme.example:8080/reset#token=')
    expect(mail.body).toContain('From: Throughline <throughline@acme.example>')
    const token = tokenIn(mail.body)
    expect(await anonymous('/auth/reset/check', { token })).toMatchObject({
      status: 200,
      body: { email: 'ana@acme.example' },
    })

    const weak = await anonymous('/auth/reset', { token, password: 'password' })
    expect(weak).toMatchObject({ status: 422, body: { errors: [{ path: 'password', code: 'too_common' }] } })
    const answers = await Promise.all(
      ['the first of the two', 'the second of the two'].map((password) =>
        anonymous('/auth/reset', { token, password }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404])
    const chosen = answers[0]?.status === 204 ? 'the first of the two' : 'the second of the two'

    expect((await test.request('GET', '/me', { key: null, headers: { cookie: before } })).status).toBe(401)
    expect((await login('ana@acme.example', 'a long enough one')).status).toBe(401)
    expect((await login('ana@acme.example', chosen)).status).toBe(200)
    expect(await anonymous('/auth/reset/check', { token })).toMatchObject({ status: 404 })
    const [entry] = await audited('password.reset')
    expect(entry?.actor).toBe(`member:${memberId}`)
    expect(await audited('password.link-mailed')).toHaveLength(1)
  })

  it('does not tell whether there is such an account, also not by how often one may ask', async () => {
    await join('bo@acme.example', 'member')
    const ask = async (email: string) => {
      const answers = []
      for (let times = 0; times < 4; times += 1) answers.push(await anonymous('/auth/forgot', { email }))
      return answers.map(({ status, body }) => ({
        status,
        body: { ...body, requestId: null, retryAfterSeconds: null },
      }))
    }
    const [known, unknown] = [await ask('bo@acme.example'), await ask('nobody@acme.example')]
    expect(known.map(({ status }) => status)).toEqual([202, 202, 202, 429])
    const neutral = (answers: typeof known) =>
      JSON.parse(JSON.stringify(answers).replaceAll(/(try again in )[^.]+/g, '$1a while'))
    expect(neutral(known)).toEqual(neutral(unknown))
    await eventually('three mails', async () => (await sink.mail()).length === 3)
    expect((await sink.mail()).every(({ to }) => to === 'bo@acme.example')).toBe(true)
  })

  it('may be typed anew at once after wrong guesses had closed the login', async () => {
    await join('cy@acme.example', 'member')
    for (let times = 0; times < 5; times += 1) await login('cy@acme.example', 'wrong guess')
    expect((await login('cy@acme.example', 'a long enough one')).status).toBe(429)
    await anonymous('/auth/forgot', { email: 'cy@acme.example' })
    const token = tokenIn((await nextMail()).body)
    expect((await anonymous('/auth/reset', { token, password: 'this one I will keep' })).status).toBe(204)
    expect((await login('cy@acme.example', 'this one I will keep')).status).toBe(200)
  })

  it('leaves nothing in the database that could be used, and nothing after an hour', async () => {
    await join('di@acme.example', 'member')
    await anonymous('/auth/forgot', { email: 'di@acme.example' })
    const token = tokenIn((await nextMail()).body)
    const { rows } = await test.database.pool.query(
      'select token_hash::text, extract(epoch from expires_at - created_at)::int as seconds from password_reset',
    )
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(rows.every(({ seconds }) => seconds === 3_600)).toBe(true)
    await test.database.pool.query(`update password_reset set expires_at = now() - interval '1 second'`)
    expect((await anonymous('/auth/reset', { token, password: 'comes too late now' })).status).toBe(404)
  })
})

describe('a link made by somebody', () => {
  const link = (memberId: string, key?: string) =>
    test.request('POST', `/members/${memberId}/reset-link`, key === undefined ? {} : { key })

  it('is for admins to make, for those whom they may change, and is in the audit log', async () => {
    const memberId = await join('eva@acme.example', 'member')
    expect((await link(memberId, test.memberKey)).status).toBe(403)
    expect(await link(test.owner.memberId)).toMatchObject({ status: 403 })
    expect((await link(test.otherWorkspace.memberId)).status).toBe(404)
    const made = await link(memberId)
    expect(made).toMatchObject({ status: 200, body: { email: 'eva@acme.example' } })
    const token = tokenIn(made.body.link)
    expect((await anonymous('/auth/reset', { token, password: 'one that eva chose' })).status).toBe(204)
    expect(await audited('password.link-made')).toMatchObject([{ objectId: memberId }])
  })

  it('is refused for who is in a workspace that is none of the maker’s', async () => {
    const memberId = await join('fi@acme.example', 'member')
    const { body } = await test.request('POST', '/invitations', {
      key: test.otherWorkspace.adminKey,
      body: { email: 'fi@acme.example' },
    })
    const token = body.link.split('#token=')[1]
    await anonymous('/auth/accept-invite', { token, password: 'a long enough one' })
    expect(await link(memberId)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await link(memberId, test.ownerKey)).toMatchObject({ status: 403 })
  })
})

describe('without an account for mail', () => {
  it('says who can make a link, and the command line makes one', async () => {
    await using quiet = await startTestApp()
    const asked = await quiet.request('POST', '/auth/forgot', { body: { email: quiet.owner.email }, key: null })
    expect(asked).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
    expect(asked.body.detail).toContain('throughline reset-password --email')
    expect((await quiet.request('GET', '/auth/status', { key: null })).body.mailsLinks).toBe(false)

    const env = { DATABASE_URL: quiet.database.url, DATA_DIR: quiet.app.env.dataDir, PUBLIC_URL: quiet.url }
    const { code, stdout } = await runCommand(['reset-password', '--email', quiet.owner.email], env)
    expect(code).toBe(0)
    const password = 'the one from the console'
    const done = await quiet.request('POST', '/auth/reset', { body: { token: tokenIn(stdout), password }, key: null })
    expect(done.status).toBe(204)
    const body = { email: quiet.owner.email, password }
    expect((await quiet.request('POST', '/auth/login', { body, key: null })).status).toBe(200)
    const unknown = await runCommand(['reset-password', '--email', 'nobody@acme.example'], env)
    expect(unknown).toMatchObject({ code: 1, stderr: 'throughline: Nobody signs in with nobody@acme.example.\n' })
  })

  it('wants all of the setting, and an address that can be read', async () => {
    const start = (env: Record<string, string>) => runCommand(['doctor'], { DATABASE_URL: test.database.url, ...env })
    const half = await start({ SYSTEM_MAIL_URL: 'smtp://mail.example.com' })
    expect(half.stderr).toContain('SYSTEM_MAIL_FROM: Mail to members needs SYSTEM_MAIL_URL, SYSTEM_MAIL_FROM and')
    const wrong = await start({ SYSTEM_MAIL_URL: 'mail.example.com', SYSTEM_MAIL_FROM: 'a@example.com' })
    expect(wrong.stderr).toContain('SYSTEM_MAIL_URL: Write smtp://user:password@host:587')
  })
})
