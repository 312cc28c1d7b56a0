import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createTestDatabase } from '../../test/database.ts'
import { setupOwner } from './setup-queries.ts'

let test: TestApp

beforeAll(async () => {
  test = await startTestApp()
})
afterAll(async () => await test.close())

/** A request of a browser on our own pages. */
const browse = (method: string, path: string, cookie: string, body?: unknown, headers: Record<string, string> = {}) =>
  test.request(method, path, { body, key: null, headers: { cookie, 'sec-fetch-site': 'same-origin', ...headers } })

const login = (password = test.owner.password, email = test.owner.email) =>
  test.request('POST', '/auth/login', { body: { email, password }, key: null })

describe('setup', () => {
  it('makes one owner, also when ten ask at the same time', async () => {
    await using database = await createTestDatabase()
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        setupOwner(database.db, { email: `${index}@example.com`, password: 'quite a long one', workspace: 'Mine' }),
      ),
    )
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of tries)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'already_set_up' })
    expect(await database.db.selectFrom('workspace').selectAll().execute()).toHaveLength(1)
  })

  it('is over for the next visitor', async () => {
    const again = await test.request('POST', '/auth/setup', {
      body: { email: 'second@example.com', password: 'another long one', workspace: 'Mine' },
      key: null,
    })
    expect(again).toMatchObject({ status: 409, body: { code: 'already_set_up' } })
    expect((await test.request('GET', '/auth/status', { key: null })).body).toEqual({
      needsSetup: false,
      mailsLinks: false,
    })
  })

  it('gives the workspace a sandbox to send with', async () => {
    const rows = await test.app.db
      .selectFrom('credential')
      .selectAll()
      .where('workspace_id', '=', test.workspaceId)
      .execute()
    expect(rows).toMatchObject([{ type: 'sandbox', health: 'ok' }])
  })
})

describe('sessions', () => {
  it('say who is signed in and what they may do', async () => {
    const { status, body } = await browse('GET', '/me', test.owner.cookie)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      account: { email: test.owner.email, name: 'owner' },
      memberId: test.owner.memberId,
      role: 'owner',
      workspace: { name: 'Acme' },
      apiKey: null,
    })
    expect(body.actions).toContain('workspace.delete')
    const key = await test.request('GET', '/me', { key: test.memberKey })
    expect(key.body).toMatchObject({ account: null, role: 'member', apiKey: { name: 'member' } })
    expect(key.body.actions).not.toContain('api-keys.manage')
  })

  it('store no token that could be used', async () => {
    const token = test.owner.cookie.split('=')[1] ?? ''
    const rows = await test.app.db.selectFrom('session').selectAll().execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every((row) => !row.token_hash.toString('utf8').includes(token))).toBe(true)
  })

  it('end with logout, and all of them with logout everywhere', async () => {
    const cookies = await Promise.all([login(), login()]).then((answers) =>
      answers.map((answer) => answer.headers.get('set-cookie')?.split(';')[0] ?? ''),
    )
    const [first = '', second = ''] = cookies
    expect((await browse('POST', '/auth/logout', first)).status).toBe(204)
    expect((await browse('GET', '/me', first)).status).toBe(401)
    expect((await browse('GET', '/me', second)).status).toBe(200)
    await browse('POST', '/auth/logout', second, { everywhere: true })
    expect((await browse('GET', '/me', test.owner.cookie)).status).toBe(401)
    test.owner.cookie = (await login()).headers.get('set-cookie')?.split(';')[0] ?? ''
  })

  it('end after a week without use and after a month in any case', async () => {
    for (const change of ["seen_at = now() - interval '8 days'", "expires_at = now() - interval '1 second'"]) {
      const cookie = (await login()).headers.get('set-cookie')?.split(';')[0] ?? ''
      await test.database.pool.query(
        `update session set ${change} where created_at = (select max(created_at) from session)`,
      )
      expect((await browse('GET', '/me', cookie)).status).toBe(401)
    }
  })

  it('travel in a cookie that scripts and other sites cannot use', async () => {
    const set = (await login()).headers.get('set-cookie') ?? ''
    expect(set).toMatch(/^throughline=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('have a host-bound, secure cookie when the public address is https', async () => {
    await using secure = await startTestApp({ env: { PUBLIC_URL: 'https://app.example.com' } })
    const answer = await secure.request('POST', '/auth/login', {
      body: { email: secure.owner.email, password: secure.owner.password },
      key: null,
    })
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-throughline=.*; Secure$/)
    expect(answer.headers.get('strict-transport-security')).toContain('max-age')
  })
})

describe('changes with a cookie', () => {
  const patch = (headers: Record<string, string>) =>
    test.request('PATCH', '/me', {
      body: { name: 'Olga' },
      key: null,
      headers: { cookie: test.owner.cookie, ...headers },
    })

  it('need proof that they come from our own pages', async () => {
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]) {
      expect(await patch(headers as Record<string, string>)).toMatchObject({
        status: 403,
        body: { code: 'cross_site' },
      })
    }
    expect((await patch({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await patch({ origin: test.url })).status).toBe(200)
  })

  it('are refused as a form: only JSON is read', async () => {
    const answer = await test.request('POST', '/workspace/stop-sending', {
      body: 'on=true',
      key: null,
      headers: { cookie: test.owner.cookie, origin: test.url, 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  })

  it('do not sign a stranger’s browser in from another site', async () => {
    const answer = await test.request('POST', '/auth/login', {
      body: { email: test.owner.email, password: test.owner.password },
      key: null,
      headers: { origin: 'https://evil.example' },
    })
    expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site' } })
  })

  it('need no such proof with a key, which no browser adds by itself, and the cookie beside it is ignored', async () => {
    const answer = await test.request('GET', '/me', { key: test.memberKey, headers: { cookie: test.owner.cookie } })
    expect(answer.body.role).toBe('member')
    const change = await test.request('POST', '/workspace/stop-sending', {
      body: { on: false },
      headers: { origin: 'https://elsewhere.example' },
    })
    expect(change.status).toBe(200)
  })
})

describe('login', () => {
  it('does not tell a wrong password from an unknown address', async () => {
    await using other = await startTestApp()
    const tries = await Promise.all(
      [other.owner.email, 'nobody@example.com'].map((email) =>
        other.request('POST', '/auth/login', { body: { email, password: 'wrong password' }, key: null }),
      ),
    )
    const [wrong, unknown] = tries.map(({ status, body }) => ({ status, body: { ...body, requestId: '' } }))
    expect(wrong).toEqual(unknown)
    expect(wrong).toMatchObject({ status: 401, body: { code: 'bad_credentials' } })
  })

  it('allows five failures, also when they come at once, then asks to wait, also with the right password', async () => {
    await using other = await startTestApp()
    const guess = (password: string) =>
      other.request('POST', '/auth/login', { body: { email: other.owner.email, password }, key: null })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => guess(`wrong password ${index}`)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15)
    const right = await guess(other.owner.password)
    expect(right).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(800)
    const log = await other.request('GET', '/audit-log?action=login.failed')
    expect(log.body.items).toHaveLength(5)
  })

  it('takes the address in any case of letters', async () => {
    expect((await login(test.owner.password, 'OWNER@Example.com')).status).toBe(200)
  })
})

describe('a new password', () => {
  it('ends all other sessions and keeps this one', async () => {
    await using other = await startTestApp()
    const sign = async (password: string) =>
      (await other.request('POST', '/auth/login', { body: { email: other.owner.email, password }, key: null })).headers
        .get('set-cookie')
        ?.split(';')[0] ?? ''
    const mine = await sign(other.owner.password)
    const patch = (body: unknown) =>
      other.request('PATCH', '/me', { body, key: null, headers: { cookie: mine, origin: other.url } })
    expect(await patch({ password: 'a much better one' })).toMatchObject({
      status: 401,
      body: { code: 'bad_credentials' },
    })
    for (const password of ['short', 'password123', 'aaaaaaaaaaa', 'owner@example.com']) {
      expect(await patch({ password, currentPassword: other.owner.password })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'password' }] },
      })
    }
    const changed = await patch({ password: 'a much better one', currentPassword: other.owner.password })
    expect(changed.status).toBe(200)
    const fresh = changed.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await other.request('GET', '/me', { key: null, headers: { cookie: fresh } })).status).toBe(200)
    expect((await other.request('GET', '/me', { key: null, headers: { cookie: other.owner.cookie } })).status).toBe(401)
    expect(await sign('a much better one')).not.toBe('')
  })
})
