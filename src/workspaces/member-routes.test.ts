import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp

beforeAll(async () => {
  test = await startTestApp()
})
afterAll(async () => await test.close())

const tokenOf = (link: string): string => link.split('#token=')[1] ?? ''

async function invite(email: string, role = 'member', key = test.adminKey) {
  return await test.request('POST', '/invitations', { body: { email, role }, key })
}

/** A new member, with the cookie of their browser. */
async function join(email: string, role = 'member', app = test) {
  const { body } = await app.request('POST', '/invitations', { body: { email, role } })
  const joined = await app.request('POST', '/auth/accept-invite', {
    body: { token: tokenOf(body.link), password: 'quite a long one', name: 'Nia' },
    key: null,
  })
  return {
    memberId: joined.body.memberId as string,
    cookie: joined.headers.get('set-cookie')?.split(';')[0] ?? '',
    ...joined,
  }
}

const sees = async (cookie: string, app = test) =>
  (await app.request('GET', '/me', { key: null, headers: { cookie } })).status

describe('invitations', () => {
  it('let a person in once, with the role that was offered', async () => {
    const invited = await invite('nia@example.com', 'admin')
    expect(invited.status).toBe(201)
    expect(invited.body.link).toMatch(new RegExp(`^${test.url}/invite#token=[\\w-]{43}$`))
    const token = tokenOf(invited.body.link)
    const shown = await test.request('POST', '/auth/invitation', { body: { token }, key: null })
    expect(shown.body).toEqual({ email: 'nia@example.com', role: 'admin', workspace: 'Acme', hasAccount: false })
    const accept = () =>
      test.request('POST', '/auth/accept-invite', { body: { token, password: 'quite a long one' }, key: null })
    const answers = await Promise.all([accept(), accept(), accept()])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 404, 404])
    const joined = answers.find(({ status }) => status === 201)
    expect(joined?.body).toMatchObject({ account: { email: 'nia@example.com', name: 'nia' }, role: 'admin' })
    expect(await sees(joined?.headers.get('set-cookie')?.split(';')[0] ?? '')).toBe(200)
  })

  it('hold for a day, and only the latest to an address', async () => {
    const first = await invite('late@example.com')
    const second = await invite('LATE@example.com')
    const accept = (link: string) =>
      test.request('POST', '/auth/accept-invite', {
        body: { token: tokenOf(link), password: 'quite a long one' },
        key: null,
      })
    expect((await accept(first.body.link)).status).toBe(404)
    await test.database.pool.query(
      `update invitation set expires_at = now() - interval '1 second' where lower(email) = 'late@example.com'`,
    )
    expect((await accept(second.body.link)).status).toBe(404)
    expect((await test.request('GET', '/invitations')).body.items).not.toContainEqual(
      expect.objectContaining({ email: 'LATE@example.com' }),
    )
  })

  it('can be withdrawn, and are not made for members', async () => {
    const { body } = await invite('gone@example.com')
    expect((await test.request('DELETE', `/invitations/${body.id}`)).status).toBe(204)
    expect((await test.request('DELETE', `/invitations/${body.id}`)).status).toBe(404)
    expect(await invite(test.owner.email.toUpperCase())).toMatchObject({
      status: 409,
      body: { code: 'already_exists' },
    })
  })

  it('bring an existing account into another workspace with its own password, which then switches between them', async () => {
    const { body } = await test.request('POST', '/invitations', {
      body: { email: test.owner.email, role: 'member' },
      key: test.otherWorkspace.adminKey,
    })
    const accept = (password: string) =>
      test.request('POST', '/auth/accept-invite', { body: { token: tokenOf(body.link), password }, key: null })
    expect(await accept('somebody else’s guess')).toMatchObject({ status: 401, body: { code: 'bad_credentials' } })
    const joined = await accept(test.owner.password)
    expect(joined.body).toMatchObject({ role: 'member', workspace: { id: test.otherWorkspace.id } })
    expect(joined.body.workspaces).toHaveLength(2)
    const cookie = joined.headers.get('set-cookie')?.split(';')[0] ?? ''
    const go = (workspaceId: number) =>
      test.request('POST', '/auth/switch', { body: { workspaceId }, key: null, headers: { cookie, origin: test.url } })
    expect((await go(999_999)).status).toBe(404)
    expect((await go(test.workspaceId)).body).toMatchObject({ role: 'owner', workspace: { id: test.workspaceId } })
  })

  it('are stored without the token', async () => {
    const { body } = await invite('secret@example.com')
    const { rows } = await test.database.pool.query(
      `select row_to_json(i)::text as text from invitation i where email = 'secret@example.com'`,
    )
    expect(rows[0].text).not.toContain(tokenOf(body.link))
    const log = await test.database.pool.query(`select string_agg(detail::text, ' ') as text from audit_log`)
    expect(log.rows[0].text).not.toContain(tokenOf(body.link))
  })
})

describe('members', () => {
  it('hand their open tasks and campaigns to whom is chosen when they are taken out', async () => {
    const leaving = await join('leaving@example.com')
    const staying = await join('staying@example.com')
    for (const title of ['Call', 'Write'])
      await test.request('POST', '/tasks', { body: { title, assigneeId: leaving.memberId } })
    const { body: campaign } = await test.request('POST', '/campaigns', {
      body: { name: 'Theirs', ownerId: leaving.memberId },
    })
    const member = `/members/${leaving.memberId}`
    expect((await test.request('GET', `${member}/duties`)).body).toEqual({
      openTasks: 2,
      campaigns: 1,
      customers: 0,
      senders: [],
    })
    for (const nobody of [leaving.memberId, test.otherWorkspace.memberId]) {
      expect(await test.request('DELETE', `${member}?handTo=${nobody}`)).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'handTo', code: 'unknown_member' }] },
      })
    }
    expect((await test.request('DELETE', `${member}?handTo=${staying.memberId}`)).status).toBe(204)
    expect((await test.request('GET', `/campaigns/${campaign.id}`)).body.ownerId).toBe(staying.memberId)
    expect((await test.request('GET', `/tasks?assigneeId=${staying.memberId}`)).body.items).toHaveLength(2)
    const { body: log } = await test.request('GET', '/audit-log?action=member.removed')
    expect(log.items[0].detail).toMatchObject({ handedTo: staying.memberId, tasks: 2, campaigns: 1 })
    expect((await test.request('GET', `${member}/duties`)).status).toBe(404)
  })

  it('show when they were last at work', async () => {
    const { memberId, cookie } = await join('seen@example.com')
    const seenAt = async () => {
      const { body } = await test.request('GET', '/members')
      return Date.parse(body.items.find(({ id }: { id: string }) => id === memberId).lastSeenAt)
    }
    expect(Date.now() - (await seenAt())).toBeLessThan(60_000)
    await test.database.pool.query(`update session set seen_at = now() - interval '1 day'`)
    await test.database.pool.query(`update member set last_seen_at = now() - interval '1 day'`)
    expect(await sees(cookie)).toBe(200)
    expect(Date.now() - (await seenAt())).toBeLessThan(60_000)
  })

  it('sign in anew after a change of role', async () => {
    const { memberId, cookie } = await join('promoted@example.com')
    expect((await test.request('PATCH', `/members/${memberId}`, { body: { role: 'admin' } })).body).toMatchObject({
      role: 'admin',
    })
    expect(await sees(cookie)).toBe(401)
  })

  it('are out at once when removed, and can come back', async () => {
    const { memberId, cookie } = await join('leaver@example.com')
    expect((await test.request('DELETE', `/members/${memberId}`)).status).toBe(204)
    expect(await sees(cookie)).toBe(401)
    const login = { email: 'leaver@example.com', password: 'quite a long one' }
    expect((await test.request('POST', '/auth/login', { body: login, key: null })).status).toBe(401)
    const { body } = await invite('leaver@example.com')
    const back = await test.request('POST', '/auth/accept-invite', {
      body: { token: tokenOf(body.link), password: 'quite a long one' },
      key: null,
    })
    expect(back.body.memberId).toBe(memberId)
  })

  it('keep an owner: the last one can neither go nor be demoted, also when two owners try at once', async () => {
    await using other = await startTestApp()
    const path = `/members/${other.owner.memberId}`
    expect(await other.request('DELETE', path, { key: other.ownerKey })).toMatchObject({
      status: 409,
      body: { code: 'wrong_state' },
    })
    expect((await other.request('PATCH', path, { key: other.ownerKey, body: { role: 'admin' } })).status).toBe(409)
    const second = await join('second@example.com', 'admin', other)
    await other.request('PATCH', `/members/${second.memberId}`, { key: other.ownerKey, body: { role: 'owner' } })
    const both = await Promise.all(
      [other.owner.memberId, second.memberId].map((id) =>
        other.request('PATCH', `/members/${id}`, { key: other.ownerKey, body: { role: 'member' } }),
      ),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it('give no more than they have: an admin makes no owner, touches none, and makes no owner’s key', async () => {
    const { memberId } = await join('plain@example.com')
    const refused = [
      await test.request('PATCH', `/members/${memberId}`, { body: { role: 'owner' } }),
      await test.request('PATCH', `/members/${test.owner.memberId}`, { body: { role: 'member' } }),
      await test.request('DELETE', `/members/${test.owner.memberId}`),
      await test.request('POST', '/api-keys', { body: { name: 'x', role: 'owner' } }),
    ]
    expect(refused.map(({ body }) => body.code)).toEqual(Array(4).fill('forbidden'))
  })

  it('say whom to ask, when a role does not allow something', async () => {
    await using other = await startTestApp()
    await join('ada@example.com', 'admin', other)
    const { status, body } = await other.request('GET', '/audit-log', { key: other.memberKey })
    expect([status, body.code]).toEqual([403, 'forbidden'])
    expect(body.detail).toMatch(/^Only admins may do this \(audit\.read\)\. Ask owner or Nia\.$/)
    expect(body.ask).toHaveLength(2)
  })
})

describe('API keys', () => {
  it('work until they are revoked', async () => {
    const made = await test.request('POST', '/api-keys', { body: { name: 'CI', role: 'member' } })
    expect(made.body.key).toMatch(/^tl_[0-9a-z]{12}_[\w-]{43}$/)
    const use = () => test.request('GET', '/workspace', { key: made.body.key })
    expect((await use()).status).toBe(200)
    expect((await test.request('DELETE', `/api-keys/${made.body.id}`)).status).toBe(204)
    expect((await use()).status).toBe(401)
  })

  it('end by themselves at their time', async () => {
    const made = await test.request('POST', '/api-keys', { body: { name: 'Short', expiresAt: '2030-01-01T00:00:00Z' } })
    await test.database.pool.query('update api_key set expires_at = now() where id = $1', [made.body.id])
    expect((await test.request('GET', '/workspace', { key: made.body.key })).status).toBe(401)
    const past = await test.request('POST', '/api-keys', { body: { name: 'Past', expiresAt: '2020-01-01T00:00:00Z' } })
    expect(past).toMatchObject({ status: 422, body: { errors: [{ path: 'expiresAt', code: 'not_in_future' }] } })
  })

  it('are shown once; lists and the database know only how they begin and when they were last used', async () => {
    const made = await test.request('POST', '/api-keys', { body: { name: 'Once' } })
    await test.request('GET', '/workspace', { key: made.body.key })
    const list = await test.request('GET', '/api-keys?limit=200')
    const found = list.body.items.find((one: { id: string }) => one.id === made.body.id)
    expect(found).not.toHaveProperty('key')
    expect(found.lastUsedAt).toMatch(/^\d{4}-/)
    expect(made.body.key.startsWith(found.prefix)).toBe(true)
    const { rows } = await test.database.pool.query('select row_to_json(k)::text as text from api_key k')
    expect(rows.some((row) => row.text.includes(made.body.key.slice(found.prefix.length + 1)))).toBe(false)
  })

  it('with the right beginning and another secret are refused', async () => {
    const guess = `${test.adminKey.split('_').slice(0, 2).join('_')}_${'x'.repeat(43)}`
    expect((await test.request('GET', '/workspace', { key: guess })).status).toBe(401)
  })
})
