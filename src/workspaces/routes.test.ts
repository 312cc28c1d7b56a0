import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp

beforeAll(async () => {
  test = await startTestApp()
})
afterAll(async () => await test.close())

it('changes what is given, raises the version, and records from and to', async () => {
  const before = (await test.request('GET', '/workspace')).body
  expect(before).toMatchObject({
    name: 'Acme',
    timezone: 'UTC',
    postalAddress: null,
    frequencyCapPerDay: null,
    stopSending: false,
  })
  const change = { timezone: 'Europe/Berlin', postalAddress: '1 Main Street', frequencyCapPerDay: 2 }
  const after = await test.request('PATCH', '/workspace', {
    body: change,
    headers: { 'if-match': `"${before.version}"` },
  })
  expect(after).toMatchObject({ status: 200, body: { ...change, name: 'Acme', version: before.version + 1 } })
  const { body } = await test.request('GET', '/audit-log?action=workspace.updated')
  expect(body.items[0]).toMatchObject({
    actorName: 'admin',
    detail: { timezone: { from: 'UTC', to: 'Europe/Berlin' } },
  })
  await test.request('PATCH', '/workspace', { body: { frequencyCapPerDay: null } })
  expect((await test.request('GET', '/workspace')).body.frequencyCapPerDay).toBe(null)
})

it('lets one of two win who change the same version', async () => {
  const { version } = (await test.request('GET', '/workspace')).body
  const answers = await Promise.all(
    ['One', 'Two'].map((name) =>
      test.request('PATCH', '/workspace', { body: { name }, headers: { 'if-match': `${version}` } }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
  expect(answers.find(({ status }) => status === 412)?.body).toMatchObject({
    code: 'stale_version',
    version: version + 1,
  })
})

it('says in a 412 who changed it last and when', async () => {
  const { version } = (await test.request('GET', '/workspace')).body
  await test.request('PATCH', '/workspace', { body: { name: 'Acme Ltd' } })
  const stale = await test.request('PATCH', '/workspace', {
    body: { name: 'Mine' },
    headers: { 'if-match': `${version}` },
  })
  expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version', changedBy: 'admin' } })
  expect(Date.parse(stale.body.changedAt)).not.toBeNaN()
})

it('refuses a time zone that is none', async () => {
  for (const timezone of ['Berlin', '+02:00', 'Mars/Olympus', '']) {
    const answer = await test.request('PATCH', '/workspace', { body: { timezone } })
    expect(answer, timezone).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'timezone', code: 'invalid_timezone' }] },
    })
  }
})

it('stops and allows sending by any member, and says in the log who did', async () => {
  for (const on of [true, true, false]) {
    const { status, body } = await test.request('POST', '/workspace/stop-sending', {
      body: { on },
      key: test.memberKey,
    })
    expect([status, body.stopSending]).toEqual([200, on])
  }
  const { body } = await test.request('GET', '/audit-log?objectType=workspace&limit=200')
  const actions = body.items
    .map((item: { action: string }) => item.action)
    .filter((action: string) => action.startsWith('sending.'))
  expect(actions).toEqual(['sending.allowed', 'sending.stopped'])
})

it('pages through the audit log without a gap, newest first, and shows it to nobody else', async () => {
  const whole = (await test.request('GET', '/audit-log?limit=200')).body.items.map((item: { id: number }) => item.id)
  const paged: number[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body } = await test.request('GET', `/audit-log?limit=2${cursor && `&cursor=${cursor}`}`)
    paged.push(...body.items.map((item: { id: number }) => item.id))
    cursor = body.nextCursor
  }
  expect(paged).toEqual(whole)
  expect((await test.request('GET', '/audit-log', { key: test.otherWorkspace.adminKey })).body.items).toEqual([])
})

it('narrows the audit log to days and to actions that it knows', async () => {
  const { items } = (await test.request('GET', '/audit-log?limit=200')).body
  const middle = items[Math.floor(items.length / 2)].at
  const since = await test.request('GET', `/audit-log?limit=200&since=${middle}`)
  const until = await test.request('GET', `/audit-log?limit=200&until=${middle}`)
  expect(since.body.items.length + until.body.items.length).toBe(items.length)
  expect(since.body.items.every(({ at }: { at: string }) => at >= middle)).toBe(true)
  expect((await test.request('GET', '/audit-log?since=yesterday')).status).toBe(422)
  const known = (await test.request('GET', '/audit-log/actions')).body.items
  expect(known).toEqual([...new Set(items.map(({ action }: { action: string }) => action))].sort())
  expect((await test.request('GET', '/audit-log/actions', { key: test.otherWorkspace.adminKey })).body.items).toEqual(
    [],
  )
})

it('records what a role was denied', async () => {
  await test.request('PATCH', '/workspace', { body: { name: 'Mine' }, key: test.memberKey })
  const { body } = await test.request('GET', '/audit-log?action=access.denied')
  expect(body.items[0]).toMatchObject({
    actorName: 'member',
    objectId: 'PATCH /workspace',
    detail: { action: 'workspace.write' },
    ip: '127.0.0.1',
  })
})

it('says what the ids of the audit log stand for, for as long as the things are there', async () => {
  const segment = await test.request('POST', '/segments', { body: { name: 'Harbor towns', kind: 'static' } })
  const customer = await test.request('POST', '/customers', { body: { email: 'ada@harbor.example', firstName: 'Ada' } })
  const product = await test.request('POST', '/products', { body: { name: 'Quay' } })
  await test.request('POST', `/products/${product.body.id}/criteria`, {
    body: { name: 'Near the sea', type: 'conversation', weight: 1 },
  })
  await test.request('POST', `/segments/${segment.body.id}/customers`, { body: { customerIds: [customer.body.id] } })
  const entry = async (action: string, key = test.adminKey) =>
    (await test.request('GET', `/audit-log?limit=1&action=${action}`, { key })).body.items[0]
  expect((await entry('segment.members-added')).names).toEqual([
    { id: segment.body.id, type: 'segment', name: 'Harbor towns', parentId: null, parentName: null },
  ])
  expect((await entry('customer.created')).names).toMatchObject([{ type: 'customer', name: 'Ada' }])
  expect((await entry('criterion.created')).names).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        type: 'criterion',
        name: 'Near the sea',
        parentId: product.body.id,
        parentName: 'Quay',
      }),
      expect.objectContaining({ type: 'product', name: 'Quay' }),
    ]),
  )
  await test.request('DELETE', `/segments/${segment.body.id}`)
  expect((await entry('segment.deleted')).names).toEqual([])
  // The erased have no name any more, in the log neither.
  await test.request('POST', `/customers/${customer.body.id}/erase`)
  expect(JSON.stringify((await test.request('GET', '/audit-log?limit=200')).body)).not.toContain('Ada')
})
