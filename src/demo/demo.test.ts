import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { countRows } from '../../test/rows.ts'
import { sql } from '../db/database.ts'

/** What only grows: the history of who did what. Sessions come and go with signing in. */
const growing = ['audit_log', 'session', 'idempotency_key']

let test: TestApp
let cookie: string

beforeAll(async () => {
  test = await startTestApp()
  cookie = test.owner.cookie
  await test.request('POST', '/customers', { body: { email: 'real@customer.example', tags: ['real'] } })
  await test.drain()
})
afterAll(async () => await test.close())

/** Calls as the owner's browser. */
const browse = async (method: string, path: string, body?: unknown) => {
  const answer = await test.request(method as 'GET', path, {
    key: null,
    headers: { cookie, origin: test.url },
    ...(body !== undefined && { body }),
  })
  const set = answer.headers.get('set-cookie')
  if (set) cookie = set.split(';')[0] ?? ''
  return answer
}
const workspaces = async () => (await browse('GET', '/me')).body.workspaces

describe('a demo workspace', () => {
  let before: Record<string, number>
  let demoId: number

  it('is made apart, once, with how far it is, and shows itself when it is whole', async () => {
    before = await countRows(test.app.db, growing)
    expect((await browse('GET', '/workspaces/demo')).body).toMatchObject({ state: 'none' })
    const asked = await browse('POST', '/workspaces/demo')
    expect(asked).toMatchObject({ status: 202, body: { state: 'loading', done: 0, workspaceId: null } })
    expect(asked.body.doing).toContain('300 customers')
    expect((await browse('POST', '/workspaces/demo')).body).toMatchObject({ state: 'loading' })
    expect(await workspaces()).toHaveLength(1)
    await test.drain()
    const ready = (await browse('GET', '/workspaces/demo')).body
    expect(ready).toMatchObject({ state: 'ready', error: null })
    demoId = ready.workspaceId
    expect(await workspaces()).toEqual([
      expect.objectContaining({ name: 'Acme', isDemo: false }),
      expect.objectContaining({ id: demoId, isDemo: true, role: 'owner' }),
    ])
    expect((await browse('POST', '/workspaces/demo')).body).toMatchObject({ state: 'ready', workspaceId: demoId })
  })

  it('has customers of its own, and one sender that leads nowhere outside', async () => {
    expect((await browse('POST', '/auth/switch', { workspaceId: demoId })).body.workspace).toMatchObject({
      isDemo: true,
    })
    const customers = await browse('GET', '/customers?limit=200')
    expect(customers.body.items).toHaveLength(200)
    expect(JSON.stringify(customers.body)).not.toContain('real@customer.example')
    const campaigns = (await browse('GET', '/campaigns')).body.items
    expect(campaigns.map((one: { status: string }) => one.status).sort()).toEqual(['active', 'active', 'paused'])
    const senders = (await browse('GET', '/credentials')).body.items
    expect(senders.map((one: { type: string }) => one.type)).toEqual(['sandbox'])
    const real = { type: 'smtp', name: 'Real', host: 'smtp.example.com', port: 587, encryption: 'starttls' }
    const refused = await browse('POST', '/credentials', { ...real, senderName: 'A', senderEmail: 'a@example.com' })
    expect(refused).toMatchObject({ status: 409, body: { code: 'wrong_state', state: 'demo' } })
    expect((await browse('POST', '/example')).status).toBe(409)
  })

  it('goes without a trace, from inside it, and leaves other workspaces as they were', async () => {
    expect((await browse('DELETE', '/workspaces/demo')).status).toBe(204)
    expect((await browse('GET', '/me')).status).toBe(401)
    await test.drain()
    await test.drain()
    expect(await countRows(test.app.db, growing)).toEqual(before)
    expect((await test.request('GET', '/customers')).body.items).toMatchObject([{ email: 'real@customer.example' }])
    const { rows } = await sql`select from audit_log where workspace_id = ${demoId}`.execute(test.app.db)
    expect(rows).toEqual([])
  })

  it('needs a login and the right to it', async () => {
    expect(await test.request('POST', '/workspaces/demo')).toMatchObject({ status: 409, body: { state: 'api-key' } })
    expect((await test.request('POST', '/workspaces/demo', { key: test.memberKey })).status).toBe(403)
    expect((await test.request('DELETE', '/workspaces/demo', { key: test.ownerKey })).status).toBe(409)
  })
})

describe('the example', () => {
  const ignored = [...growing, 'event_name']
  const state = async () => (await test.request('GET', '/example')).body
  const load = async () => (await test.request('POST', '/example')).body
  const remove = async () => {
    expect((await test.request('DELETE', '/example')).status).toBe(202)
    await test.drain()
    await test.drain()
    expect(await state()).toMatchObject({ state: 'none' })
  }

  it('is loaded once, valid as it stands, and reaches nobody outside', async () => {
    const example = await load()
    expect(example).toMatchObject({ customers: 6 })
    expect((await test.request('POST', '/example')).status).toBe(409)
    const preflight = await test.request('GET', `/campaigns/${example.campaignId}/preflight`)
    expect(preflight.body).toMatchObject({ ok: true, audienceSize: 6, blockers: [] })
    const people = await test.request('GET', `/segments/${example.segmentId}/customers`)
    for (const { email } of people.body.items) expect(email).toMatch(/@example\.com$/)
    expect((await test.request('DELETE', '/example', { key: test.otherWorkspace.adminKey })).status).toBe(404)
    await remove()
  })

  it('runs in the sandbox, answers to a reply, and goes without a trace', async () => {
    await test.drain()
    const before = await countRows(test.app.db, ignored)
    const { campaignId } = await load()
    await test.request('POST', `/campaigns/${campaignId}/activate`, { body: { enroll: 'keep' } })
    await test.drain()
    const mailbox = (await test.request('GET', '/sandbox/messages')).body.items
    expect(mailbox).toHaveLength(6)
    await test.request('POST', `/sandbox/messages/${mailbox[0].id}/open`)
    await test.request('POST', `/sandbox/messages/${mailbox[0].id}/click`)
    await test.request('POST', `/sandbox/messages/${mailbox[0].id}/reply`, { body: { text: 'Yes' } })
    await test.request('POST', `/sandbox/messages/${mailbox[1].id}/unsubscribe`)
    await test.request('POST', `/sandbox/messages/${mailbox[2].id}/bounce`)
    await test.drain()
    const runs = (await test.request('GET', `/campaigns/${campaignId}/runs`)).body.items
    expect(runs.filter((run: { reason: string | null }) => run.reason === 'handoff')).toHaveLength(1)
    await remove()
    expect(await countRows(test.app.db, ignored)).toEqual(before)
  })

  it('leaves what somebody made or uses: their customers, campaigns and segments', async () => {
    const { campaignId, segmentId } = await load()
    const members = (await test.request('GET', `/segments/${segmentId}/customers`)).body.items
    const real = (await test.request('GET', '/customers?q=real')).body.items[0]
    // Their own customer goes through the example; an example customer is changed, another goes through a campaign of theirs.
    await test.request('PATCH', `/campaigns/${campaignId}`, {
      body: { audience: { type: 'list', customerIds: [real.id, members[0].id] } },
    })
    await test.request('PATCH', `/customers/${members[1].id}`, { body: { email: 'me@acme.example' } })
    const own = (
      await test.request('POST', '/campaigns', {
        body: { name: 'Mine', audience: { type: 'list', customerIds: [members[2].id] } },
      })
    ).body
    const { version } = (await test.request('GET', `/campaigns/${own.id}/workflow`)).body
    await test.request('PUT', `/campaigns/${own.id}/workflow`, {
      body: {
        version,
        nodes: [
          { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
          { id: 'exit-1', type: 'exit', title: 'End', config: {} },
        ],
        edges: [{ id: 'e', source: 'trigger-1', target: 'exit-1', when: null }],
      },
    })
    for (const id of [campaignId, own.id])
      expect((await test.request('POST', `/campaigns/${id}/activate`, { body: { enroll: 'now' } })).status).toBe(200)
    await test.drain()
    const other = await test.request('POST', '/campaigns', {
      body: { name: 'Later', audience: { type: 'segment', segmentId } },
    })
    expect((await state()).keeps).toEqual({ customers: 2, segment: true })
    await remove()
    const left = (await test.request('GET', '/customers')).body.items
    expect(left.map((one: { id: string }) => one.id).sort()).toEqual([real.id, members[1].id, members[2].id].sort())
    expect((await test.request('GET', `/campaigns/${own.id}/runs`)).body.items).toHaveLength(1)
    expect((await test.request('GET', `/segments/${segmentId}`)).status).toBe(200)
    expect((await test.request('GET', `/campaigns/${other.body.id}`)).body.audience).toEqual({
      type: 'segment',
      segmentId,
    })
    expect((await test.request('GET', `/campaigns/${campaignId}`)).status).toBe(404)
  })

  it('is not loaded beside running campaigns, which could enroll its people', async () => {
    const refused = await test.request('POST', '/example')
    expect(refused).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
    expect(refused.body.detail).toContain('“Mine”')
  })
})
