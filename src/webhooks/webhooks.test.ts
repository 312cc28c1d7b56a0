import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle, waitingFlow } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'
import { recordEvents } from '../engine/events-sql.ts'
import { createWebhookLoops } from './deliver.ts'
import { webhookEvents } from './events.ts'
import { signatureHeaders } from './sign.ts'

interface Call {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

let server: Server
let port: number
let test: TestApp
let customers: string[]
let calls: Call[]
let answer: (response: ServerResponse, call: Call) => void

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const call = { path: request.url ?? '', headers: request.headers, body }
    calls.push(call)
    answer(response, call)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}` } })
  customers = await addCustomers(test, 3)
})
afterAll(async () => {
  await test.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(async () => {
  calls = []
  answer = (response) => response.writeHead(204).end()
  await sql`delete from webhook`.execute(test.app.db)
})

const url = (path = '/hook') => `http://127.0.0.1:${port}${path}`

async function makeWebhook(events: readonly string[] = webhookEvents, path?: string) {
  const made = await test.request('POST', '/webhooks', { body: { name: 'CRM', url: url(path), events } })
  expect(made.status).toBe(201)
  return made.body as { id: string; secret: string; version: number }
}

const event = (name: string, customerId = customers[0] ?? '', properties: Record<string, unknown> = {}) =>
  recordEvents(test.app.db, [{ workspaceId: test.workspaceId, customerId, name, properties }])

/** Runs the loops of webhooks until nothing is due. */
async function tell(): Promise<void> {
  const loops = createWebhookLoops(test.app)
  for (let quiet = 0; quiet < 2; ) {
    const passes = []
    for (const loop of loops) passes.push(await loop.pass())
    const { rows } = await sql<{ waiting: boolean }>`
      select exists (select from event e, bus_cursor b where b.name = 'webhooks' and (e.xid, e.id) > (b.xid, b.id)) as waiting
    `.execute(test.app.db)
    quiet = passes.some(({ again }) => again) || rows[0]?.waiting ? 0 : quiet + 1
  }
}

const deliveries = async (id: string, query = '') =>
  (await test.request('GET', `/webhooks/${id}/deliveries${query}`)).body.items
const dueNow = () => sql`update webhook_delivery set due_at = now() where state = 'queued'`.execute(test.app.db)

describe('a webhook', () => {
  it('is told of what it chose, signed, with the customer and the campaign', async () => {
    const { id, secret } = await makeWebhook(['run.finished', 'campaign.status'])
    const campaign = await makeActive(test, {
      audience: { type: 'list', customerIds: customers },
      flow: waitingFlow(0),
      name: 'Spring',
    })
    await test.request('POST', `/campaigns/${campaign}/run`)
    await settle(test.app)
    await event('message.replied')
    await tell()
    const told = calls.map(({ body }) => JSON.parse(body))
    expect(told.map(({ type }) => type).sort()).toEqual([
      'campaign.status',
      'run.finished',
      'run.finished',
      'run.finished',
    ])
    expect(told.find(({ type }) => type === 'campaign.status')).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: {
        campaign: { id: campaign, name: 'Spring' },
        from: 'draft',
        to: 'active',
        by: expect.stringMatching(/^key:/),
      },
    })
    const ended = told.filter(({ type }) => type === 'run.finished')
    expect(ended.map(({ data }) => data.customer.id).sort()).toEqual(customers)
    expect(ended[0].data).toMatchObject({
      customer: { email: expect.stringContaining('@example.com') },
      campaign: { id: campaign, name: 'Spring' },
      run: { entry: 1 },
      properties: { status: 'succeeded', reason: 'exit' },
    })
    for (const { headers, body } of calls) {
      expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Throughline' })
      const message = {
        id: String(headers['webhook-id']),
        at: new Date(Number(headers['webhook-timestamp']) * 1000),
        body,
      }
      expect(headers['webhook-signature']).toBe(signatureHeaders(message, [secret])['webhook-signature'])
    }
    expect(new Set(calls.map(({ headers }) => headers['webhook-id'])).size).toBe(4)
    expect((await deliveries(id)).map((one: { state: string }) => one.state)).toEqual(Array(4).fill('delivered'))
  })

  it('hears nothing from before it was made, nor while it is switched off', async () => {
    await event('customer.handoff')
    const { id } = await makeWebhook(['customer.handoff'])
    await event('customer.handoff', customers[1])
    await tell()
    expect(calls.map(({ body }) => JSON.parse(body).data.customer.id)).toEqual([customers[1]])
    await test.request('PATCH', `/webhooks/${id}`, { body: { enabled: false } })
    await event('customer.handoff', customers[1])
    await tell()
    await event('customer.handoff', customers[1])
    await test.request('PATCH', `/webhooks/${id}`, { body: { enabled: true } })
    await event('customer.handoff', customers[2])
    await tell()
    expect(calls.map(({ body }) => JSON.parse(body).data.customer.id)).toEqual([customers[1], customers[2]])
  })

  it('is told of each event once, whatever the number of workers, and every webhook of it for itself', async () => {
    const first = await makeWebhook(['message.replied'], '/one')
    const second = await makeWebhook(['message.replied', 'message.bounced'], '/two')
    const news = Array.from({ length: 200 }, (_, index) => ({
      workspaceId: test.workspaceId,
      customerId: customers[index % 3] ?? '',
      name: 'message.replied',
      properties: { index },
    }))
    await recordEvents(test.app.db, news)
    await Promise.all([tell(), tell(), tell(), tell()])
    for (const [path, { id }] of [
      ['/one', first],
      ['/two', second],
    ] as const) {
      const seen = calls.filter((call) => call.path === path).map(({ body }) => JSON.parse(body).data.properties.index)
      expect(seen.sort((a, b) => a - b)).toEqual(news.map((_, index) => index))
      const { rows } = await sql<{
        n: number
      }>`select count(*) as n from webhook_delivery where webhook_id = ${id} and state = 'delivered'`.execute(
        test.app.db,
      )
      expect(rows[0]?.n).toBe(200)
    }
  })

  it('is tried again with the same id and body, later and later, and gives up after three days', async () => {
    answer = (response) => response.writeHead(500).end('no')
    const { id } = await makeWebhook(['customer.handoff'])
    await event('customer.handoff')
    const waits: number[] = []
    for (;;) {
      await tell()
      const [delivery] = await deliveries(id)
      if (delivery.state === 'failed') break
      expect(delivery).toMatchObject({ state: 'queued', reason: 'status', status: 500 })
      waits.push(Date.parse(delivery.nextAt) - Date.now())
      await dueNow()
    }
    expect(new Set(calls.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1)
    expect(calls).toHaveLength(10)
    expect(waits[0]).toBeLessThanOrEqual(6_000)
    // Chance makes each wait a fifth longer or shorter, so the next one may fall short of the last by two thirds at most.
    for (const [index, wait] of waits.entries())
      if (index > 0) expect(wait).toBeGreaterThan(((waits[index - 1] ?? 0) * 0.8) / 1.2)
    expect(waits.at(-1)).toBeGreaterThan(1_000 * (waits[0] ?? 0))
    const days = waits.reduce((sum, wait) => sum + wait, 0) / 86_400_000
    expect(days).toBeGreaterThan(2.4)
    expect(days).toBeLessThan(3.9)
    const [{ id: delivery }] = await deliveries(id)
    const log = (await test.request('GET', `/deliveries/${delivery}`)).body
    expect(log.tries).toHaveLength(10)
    expect(log.tries[0]).toMatchObject({
      status: 500,
      reason: 'status',
      response: 'no',
      requestHeaders: { 'webhook-id': delivery },
    })
    expect(JSON.parse(log.body)).toMatchObject({ type: 'customer.handoff' })

    answer = (response) => response.writeHead(200).end()
    expect((await test.request('POST', `/deliveries/${delivery}/resend`)).status).toBe(202)
    await tell()
    expect(await deliveries(id)).toMatchObject([
      { id: delivery, state: 'delivered', attempts: 11, status: 200, reason: null },
    ])
    expect(calls.at(-1)?.headers['webhook-id']).toBe(delivery)
  })

  it.each([
    [
      'a redirect, which is not followed',
      (response: ServerResponse) => response.writeHead(302, { location: url('/elsewhere') }).end(),
      { reason: 'redirect', status: 302 },
    ],
    [
      'a connection that breaks off',
      (response: ServerResponse) => response.socket?.destroy(),
      { reason: 'broken_off', status: null },
    ],
    ['a 404', (response: ServerResponse) => response.writeHead(404).end(), { reason: 'status', status: 404 }],
  ])('takes %s for a failure', async (_, reply, expected) => {
    answer = reply
    const { id } = await makeWebhook(['customer.handoff'])
    await event('customer.handoff')
    await tell()
    expect(await deliveries(id)).toMatchObject([{ state: 'queued', ...expected }])
    expect(calls.map(({ path }) => path)).toEqual(['/hook'])
    expect((await test.request('GET', `/webhooks/${id}`)).body).toMatchObject({
      enabled: true,
      failingSince: expect.any(String),
    })
  })

  it('waits as long as the receiver asks for', async () => {
    answer = (response) => response.writeHead(429, { 'retry-after': '600' }).end()
    const { id } = await makeWebhook(['customer.handoff'])
    await event('customer.handoff')
    await tell()
    const [delivery] = await deliveries(id)
    expect(Math.round((Date.parse(delivery.nextAt) - Date.now()) / 60_000)).toBe(10)
  })

  it('is switched off by a 410, and by days of failure, visibly and in the audit log', async () => {
    answer = (response) => response.writeHead(410).end()
    const gone = await makeWebhook(['customer.handoff'], '/gone')
    await event('customer.handoff')
    await tell()
    expect((await test.request('GET', `/webhooks/${gone.id}`)).body).toMatchObject({
      enabled: false,
      offReason: 'gone',
      offAt: expect.any(String),
    })
    expect(await deliveries(gone.id)).toMatchObject([{ state: 'failed', status: 410 }])

    answer = (response) => response.writeHead(503).end()
    const failing = await makeWebhook(['customer.handoff'], '/failing')
    await event('customer.handoff')
    await tell()
    await sql`update webhook set failing_since = now() - interval '5 days 1 minute' where id = ${failing.id}`.execute(
      test.app.db,
    )
    await dueNow()
    await tell()
    expect((await test.request('GET', `/webhooks/${failing.id}`)).body).toMatchObject({
      enabled: false,
      offReason: 'failing',
    })
    const { rows } =
      await sql`select actor, action, object_id from audit_log where action = 'webhook.switched_off' order by id`.execute(
        test.app.db,
      )
    expect(rows).toEqual(
      [gone, failing].map(({ id }) => ({ actor: 'system', action: 'webhook.switched_off', object_id: id })),
    )

    // Switched on again, it begins anew with what waited.
    answer = (response) => response.writeHead(200).end()
    const on = await test.request('PATCH', `/webhooks/${failing.id}`, { body: { enabled: true } })
    expect(on.body).toMatchObject({ enabled: true, offReason: null, failingSince: null })
    await dueNow()
    await tell()
    expect(await deliveries(failing.id)).toMatchObject([{ state: 'delivered' }])
  })

  it('of a worker that died in the middle is told again, and the late writer changes nothing', async () => {
    const { id } = await makeWebhook(['customer.handoff'])
    await event('customer.handoff')
    let release = () => {}
    const arrived = new Promise<void>((resolve) => {
      answer = (response) => {
        release = () => response.writeHead(500).end()
        resolve()
      }
    })
    const dying = tell()
    await arrived
    await sql`update webhook_delivery set lease_until = now() - interval '1 second' where webhook_id = ${id}`.execute(
      test.app.db,
    )
    answer = (response) => response.writeHead(200).end()
    await tell()
    expect(await deliveries(id)).toMatchObject([{ state: 'delivered' }])
    release()
    await dying
    expect(await deliveries(id)).toMatchObject([{ state: 'delivered', attempts: 1 }])
  })

  it('can be tried out at once, also switched off, without another try', async () => {
    const { id } = await makeWebhook(['customer.handoff'])
    await test.request('PATCH', `/webhooks/${id}`, { body: { enabled: false } })
    const worked = await test.request('POST', `/webhooks/${id}/test`)
    expect(worked.body).toMatchObject({
      event: 'webhook.test',
      state: 'delivered',
      status: 204,
      tries: [{ status: 204 }],
    })
    answer = (response) => response.writeHead(400).end('what is this?')
    const failed = await test.request('POST', `/webhooks/${id}/test`)
    expect(failed.body).toMatchObject({ state: 'failed', status: 400, tries: [{ response: 'what is this?' }] })
  })

  it('signs with both secrets for a day after a rotation, then with the new one alone', async () => {
    const { id, secret } = await makeWebhook(['customer.handoff'])
    const rotated = (await test.request('POST', `/webhooks/${id}/rotate-secret`)).body
    expect(rotated.secret).toMatch(/^whsec_/)
    const signatures = async () => {
      await test.request('POST', `/webhooks/${id}/test`)
      const call = calls.at(-1)
      const message = {
        id: String(call?.headers['webhook-id']),
        at: new Date(Number(call?.headers['webhook-timestamp']) * 1000),
        body: call?.body ?? '',
      }
      const by = (one: string) => signatureHeaders(message, [one])['webhook-signature']
      return { sent: call?.headers['webhook-signature'], new: by(rotated.secret), old: by(secret) }
    }
    const during = await signatures()
    expect(during.sent).toBe(`${during.new} ${during.old}`)
    await sql`update webhook set previous_until = now() - interval '1 second' where id = ${id}`.execute(test.app.db)
    const after = await signatures()
    expect(after.sent).toBe(after.new)
  })

  it('is verified by the sample in the documentation, with the old secret, too, and nothing else is', async () => {
    const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
    const source = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    const sample = await import(`data:text/javascript,${encodeURIComponent(source)}`)
    const { id, secret } = await makeWebhook()
    const { secret: renewed } = (await test.request('POST', `/webhooks/${id}/rotate-secret`)).body
    await test.request('POST', `/webhooks/${id}/test`)
    const { headers, body } = calls.at(-1) as Call
    expect(sample.isGenuine(secret, headers, body)).toBe(true)
    expect(sample.isGenuine(renewed, headers, body)).toBe(true)
    expect(sample.isGenuine(renewed, headers, `${body} `)).toBe(false)
    expect(sample.isGenuine(`whsec_${Buffer.alloc(32).toString('base64')}`, headers, body)).toBe(false)
    expect(sample.isGenuine(renewed, headers, body, Date.now() + 301_000)).toBe(false)
    expect(sample.isGenuine(renewed, { ...headers, 'webhook-id': id }, body)).toBe(false)
  })

  it('never shows its secret again, and keeps it encrypted', async () => {
    const { id, secret } = await makeWebhook()
    const texts = [
      JSON.stringify((await test.request('GET', `/webhooks/${id}`)).body),
      JSON.stringify((await test.request('GET', '/webhooks')).body),
      JSON.stringify((await sql`select * from webhook`.execute(test.app.db)).rows),
      JSON.stringify((await sql`select * from audit_log`.execute(test.app.db)).rows),
    ]
    for (const text of texts) expect(text).not.toContain(secret.slice(6))
  })

  it('forgets what it said of a person who is erased, and finished deliveries after 30 days', async () => {
    const { id } = await makeWebhook(['customer.handoff'])
    const [person = ''] = await addCustomers(test, 1)
    await event('customer.handoff', person)
    await tell()
    await test.request('POST', `/customers/${person}/erase`)
    const [delivery] = await deliveries(id)
    expect((await test.request('GET', `/deliveries/${delivery.id}`)).body.body).toBeNull()
    expect((await test.request('POST', `/deliveries/${delivery.id}/resend`)).status).toBe(409)
    await sql`update webhook_delivery set finished_at = now() - interval '31 days'`.execute(test.app.db)
    await tell()
    expect(await deliveries(id)).toEqual([])
  })
})
