import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { eventually } from '../../test/client.ts'
import { sql } from '../db/database.ts'
import { judgePending } from './hits.ts'
import { linkToken } from './tokens.ts'

let test: TestApp
let sandboxId: string
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'

beforeAll(async () => {
  test = await startTestApp({ env: { TRUST_PROXY: '1' } })
  const list = await test.request('GET', '/credentials')
  sandboxId = list.body.items.find((item: { type: string }) => item.type === 'sandbox').id
})
afterAll(() => test.close())

interface Sent {
  mailId: number
  messageId: number
  customerId: string
  to: string
  open: string
  clicks: string[]
  unsubscribe: string
  preferences: string
}

let sent: Sent
/** How many hits the visits of this file have made so far. */
let hits = 0
/** Follows a link of a mail; `from` is the person's network. */
async function visit(
  url: string,
  options: { method?: string; from?: string; agent?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const answer = await fetch(url, {
    method: options.method ?? 'GET',
    redirect: 'manual',
    headers: {
      'user-agent': options.agent ?? chrome,
      'x-forwarded-for': options.from ?? '81.2.69.160',
      ...options.headers,
    },
  })
  if (answer.status < 400 && !url.includes('/p/')) hits += 1
  return answer
}

async function sendOne(): Promise<Sent> {
  const [customerId = ''] = await addCustomers(test, 1)
  const campaignId = await makeActive(test, {
    audience: { type: 'list', customerIds: [customerId] },
    enroll: 'now',
    flow: {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        {
          id: 'email-1',
          type: 'email-send',
          title: 'Mail',
          config: {
            credentialId: sandboxId,
            subject: 'Hello',
            body: '<p><a href="https://shop.example/a?x=1&amp;y=%C3%A4">one</a> <a href="https://shop.example/b">two</a></p>',
          },
        },
      ],
      edges: [{ id: 'e1', source: 'start', target: 'email-1', when: null }],
    },
  })
  await test.drain()
  const list = await test.request('GET', `/sandbox/messages?campaignId=${campaignId}`)
  const mail = (await test.request('GET', `/sandbox/messages/${list.body.items[0].id}`)).body
  const find = (pattern: RegExp) => [...mail.html.matchAll(pattern)].map((match) => match[1] as string)
  return {
    mailId: mail.id,
    messageId: mail.messageId,
    customerId,
    to: mail.to,
    open: find(/<img src="([^"]+\/t\/o\/[^"]+)"/g)[0] ?? '',
    clicks: find(/href="([^"]+\/t\/c\/[^"]+)"/g),
    unsubscribe: find(/href="([^"]+\/u\/[^"]+)"/g)[0] ?? '',
    preferences: find(/href="([^"]+\/p\/[^"]+)"/g)[0] ?? '',
  }
}

/** The message once its hits were written down. */
async function message() {
  await flushed()
  return (await test.request('GET', `/messages/${sent.messageId}`)).body
}

/** Visits are written down a moment after they were answered; what the sandbox plays has no network. */
async function flushed(): Promise<void> {
  await eventually(`${hits} hits`, async () => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from tracking_hit where network is not null
    `.execute(test.app.db)
    return rows[0]?.n === hits
  })
}

/** As if the message had been accepted a while ago. */
const aged = () =>
  sql`update message set sent_at = sent_at - interval '1 hour' where id = ${sent.messageId}`.execute(test.app.db)
const suppressions = async () => (await test.request('GET', `/suppressions?customerId=${sent.customerId}`)).body.items
const eventsOf = async (name: string) =>
  (await sql`select 1 from event where message_id = ${sent.messageId} and name = ${name}`.execute(test.app.db)).rows
    .length

beforeEach(async () => {
  sent = await sendOne()
})

describe('links in messages', () => {
  it('carry an open pixel, each destination once, and the way out', () => {
    expect(sent.clicks).toHaveLength(2)
    for (const url of [sent.open, ...sent.clicks, sent.unsubscribe, sent.preferences])
      expect(url).toMatch(/^http:\/\/localhost:\d+\//)
  })

  it('count an open once, as a person’s', async () => {
    const answer = await visit(sent.open)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif'])
    await visit(sent.open)
    expect((await message()).openedAt).not.toBeNull()
    expect(await eventsOf('message.opened')).toBe(1)
  })

  it('mark machines apart', async () => {
    await visit(sent.open, { agent: 'Mozilla/5.0' })
    await visit(sent.clicks[0] ?? '', { method: 'HEAD' })
    expect(await message()).toMatchObject({
      openedAt: null,
      machineOpenedAt: expect.any(String),
      clickedAt: null,
      machineClickedAt: expect.any(String),
    })
  })

  it('lead where they led, with the headers of a public link', async () => {
    const answer = await visit(sent.clicks[0] ?? '')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://shop.example/a?x=1&y=%C3%A4'])
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('count a person’s click 90 seconds after it, and no sooner', async () => {
    await aged()
    await visit(sent.clicks[1] ?? '')
    expect((await message()).clickedAt).toBeNull()
    expect(await judgePending(test.app)).toBe(false)
    await judgePending(test.app, 0)
    expect((await message()).clickedAt).not.toBeNull()
    expect(await eventsOf('message.clicked')).toBe(1)
  })

  it('do not count a scanner that follows all links at once', async () => {
    await aged()
    await Promise.all(sent.clicks.map((url) => visit(url)))
    await flushed()
    await judgePending(test.app, 0)
    expect(await message()).toMatchObject({ clickedAt: null, machineClickedAt: expect.any(String) })
    await sql`update tracking_hit set at = at - interval '10 minutes' where message_id = ${sent.messageId}`.execute(
      test.app.db,
    )
    await visit(sent.clicks[0] ?? '', { from: '89.160.20.112' })
    await flushed()
    await judgePending(test.app, 0)
    expect((await message()).clickedAt).not.toBeNull()
  })

  it('answer a page, never a redirect, to what was not given out', async () => {
    const path = new URL(sent.clicks[0] ?? '').pathname
    const unsubscribeToken = sent.unsubscribe.split('/u/')[1]
    const foreign = linkToken(test.app.keys, 'click', {
      workspaceId: test.otherWorkspace.id,
      messageId: sent.messageId,
    })
    for (const bad of [
      '/t/c/nonsense',
      `${path.slice(0, -2)}.z`,
      `${path}?url=https://evil.example`,
      `/t/c/${unsubscribeToken}`,
      `/t/c/${foreign}.0`,
      `/u/${path.split('/t/c/')[1]}`,
      `/p/${unsubscribeToken}`,
    ]) {
      const answer = await visit(`${test.url}${bad}`)
      const isOwn = bad.includes('?url=')
      expect([bad, answer.status]).toEqual([bad, isOwn ? 302 : 404])
      if (isOwn) expect(answer.headers.get('location')).not.toContain('evil')
      else expect(answer.headers.get('content-type')).toContain('text/html')
    }
  })
})

/** A POST as bare as a provider’s: no agent, no cookies, whatever type. */
function barePost(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(url)
    const post = httpRequest(
      {
        hostname,
        port,
        path: pathname,
        method: 'POST',
        headers: { 'content-length': Buffer.byteLength(body), ...headers },
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    post.on('error', reject)
    post.end(body)
  })
}

describe('unsubscribing', () => {
  const pair = 'List-Unsubscribe=One-Click'
  const multipart = `--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n`

  it.each([
    ['multipart', multipart, { 'content-type': 'multipart/form-data; boundary=b' }],
    ['a form', pair, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type', pair, {}],
    ['an odd type', pair, { 'content-type': 'text/plain' }],
    ['JSON by a script', '{', { 'content-type': 'application/json', 'user-agent': 'Go-http-client/1.1' }],
    ['nothing at all', '', { 'user-agent': 'curl/8', origin: 'https://elsewhere.example' }],
  ])('works in one click by %s', async (_, body, headers) => {
    expect(await barePost(sent.unsubscribe, body, headers as Record<string, string>)).toBe(200)
    expect(await suppressions()).toMatchObject([{ reason: 'unsubscribe', channel: 'email' }])
    expect((await message()).unsubscribedAt).not.toBeNull()
  })

  it('is the same when repeated, also twenty times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => barePost(sent.unsubscribe, pair)))
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(await barePost(sent.unsubscribe, pair)).toBe(200)
    expect(await suppressions()).toHaveLength(1)
    expect(await eventsOf('message.unsubscribed')).toBe(1)
  })

  it('never happens by looking: GET and HEAD show a page with a button and a masked address', async () => {
    for (let round = 0; round < 20; round += 1) {
      expect((await visit(sent.unsubscribe, { method: round % 2 === 0 ? 'GET' : 'HEAD' })).status).toBe(200)
    }
    expect(await suppressions()).toEqual([])
    const html = await (await visit(sent.unsubscribe)).text()
    expect(html).toContain('<button type="submit"')
    expect(html).not.toContain(sent.to)
    expect(html).toContain('•••@')
  })

  it('holds at once for what is queued', async () => {
    await barePost(sent.unsubscribe, pair)
    const campaignId = await makeActive(test, {
      audience: { type: 'list', customerIds: [sent.customerId] },
      enroll: 'now',
      flow: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          {
            id: 'email-1',
            type: 'email-send',
            title: 'Mail',
            config: { credentialId: sandboxId, subject: 'a', body: 'b', transactional: true },
          },
        ],
        edges: [{ id: 'e1', source: 'start', target: 'email-1', when: null }],
      },
    })
    await test.drain()
    const list = await test.request('GET', `/messages?campaignId=${campaignId}`)
    expect(list.body.items).toMatchObject([{ state: 'skipped', reason: 'suppressed' }])
  })

  it('lets people keep their mail and stop being tracked', async () => {
    const page = await (await visit(sent.preferences)).text()
    expect(page).toContain('Stop recording when I open an email')
    await barePost(sent.preferences, 'action=stop-tracking', { 'content-type': 'application/x-www-form-urlencoded' })
    expect((await test.request('GET', `/customers/${sent.customerId}`)).body.trackingConsent).toBe('no')
    expect(await suppressions()).toEqual([])
    expect(await (await visit(sent.preferences)).text()).toContain('It is not recorded')
    await barePost(sent.preferences, 'action=unsubscribe', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(await suppressions()).toMatchObject([{ reason: 'unsubscribe' }])
  })
})

describe('the sandbox mailbox', () => {
  const act = (action: string, body?: unknown) =>
    test.request('POST', `/sandbox/messages/${sent.mailId}/${action}`, { ...(body !== undefined && { body }) })

  it('plays a person: opens, clicks and replies count at once, each once', async () => {
    expect((await act('open')).status).toBe(200)
    await act('open')
    await act('click', { link: 1 })
    const after = await act('reply', { text: 'Tell me more' })
    expect(after.body.actions.map((one: { action: string }) => one.action)).toEqual(['open', 'open', 'click', 'reply'])
    expect(await message()).toMatchObject({
      openedAt: expect.any(String),
      clickedAt: expect.any(String),
      repliedAt: expect.any(String),
    })
    for (const name of ['message.opened', 'message.clicked', 'message.replied'])
      expect([name, await eventsOf(name)]).toEqual([name, 1])
  })

  it('plays a scanner, which counts as nobody', async () => {
    await act('scan')
    expect(await message()).toMatchObject({
      openedAt: null,
      clickedAt: null,
      machineOpenedAt: expect.any(String),
      machineClickedAt: expect.any(String),
    })
    await judgePending(test.app, 0)
    expect((await message()).clickedAt).toBeNull()
  })

  it.each([
    ['bounce', 'bounce', 'bouncedAt', 'message.bounced'],
    ['complain', 'complaint', 'complainedAt', 'message.complained'],
    ['unsubscribe', 'unsubscribe', 'unsubscribedAt', 'message.unsubscribed'],
  ])('plays a %s, which suppresses', async (action, reason, stamp, event) => {
    expect((await act(action)).status).toBe(200)
    await act(action)
    expect((await suppressions()).map((entry: { reason: string }) => entry.reason)).toEqual([reason])
    expect((await message())[stamp]).not.toBeNull()
    expect(await eventsOf(event)).toBe(1)
  })

  it('refuses a link that the message does not have', async () => {
    expect((await act('click', { link: 9 })).status).toBe(422)
  })

  it('serves the message for a frame in which nothing can run', async () => {
    const answer = await test.request('GET', `/sandbox/messages/${sent.mailId}/html`)
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(answer.body).toContain('one</a>')
  })
})

describe('suppressions', () => {
  it('are lifted by an admin, complaints only by the owner with a reason, and both are on record', async () => {
    const unsubscribed = await test.request('POST', '/suppressions', {
      body: { customerId: sent.customerId, reason: 'unsubscribe' },
    })
    const complained = await test.request('POST', '/suppressions', {
      body: { customerId: sent.customerId, reason: 'complaint' },
    })
    expect(
      (await test.request('DELETE', `/suppressions/${unsubscribed.body.id}`, { key: test.memberKey })).status,
    ).toBe(403)
    expect((await test.request('DELETE', `/suppressions/${unsubscribed.body.id}`)).status).toBe(204)
    expect((await test.request('DELETE', `/suppressions/${unsubscribed.body.id}`)).status).toBe(409)
    const path = `/suppressions/${complained.body.id}`
    expect((await test.request('DELETE', `${path}?reason=asked`)).status).toBe(403)
    expect((await test.request('DELETE', path, { key: test.ownerKey })).status).toBe(422)
    expect((await test.request('DELETE', `${path}?reason=asked`, { key: test.ownerKey })).status).toBe(204)
    expect(await suppressions()).toEqual([])
    const log = await test.request('GET', '/audit-log')
    expect(log.body.items.filter((entry: { action: string }) => entry.action === 'suppression.lifted')).toHaveLength(2)
  })

  it('say the same thing once', async () => {
    const first = await test.request('POST', '/suppressions', { body: { email: 'Nobody@Example.org' } })
    const second = await test.request('POST', '/suppressions', { body: { email: 'nobody@example.ORG' } })
    expect([first.status, second.status, second.body.id]).toEqual([201, 200, first.body.id])
  })
})
