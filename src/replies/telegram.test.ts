import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft } from '../../test/campaign.ts'
import { startTelegramServer, type TelegramServer } from '../../test/telegram-server.ts'
import { sql } from '../db/database.ts'
import { createTelegramReader } from './telegram-loop.ts'

let test: TestApp
let telegram: TelegramServer
let credentialId: string
let lastChat = 1_000

beforeAll(async () => {
  telegram = await startTelegramServer()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${telegram.port}` } })
  const made = await connect()
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  credentialId = made.body.id
})
afterAll(async () => {
  await test.close()
  await telegram.close()
})
beforeEach(async () => {
  telegram.misbehave([])
  telegram.calls.length = 0
  await sql`update credential set held_until = null, failures = 0, health = 'ok', health_detail = null`.execute(
    test.app.db,
  )
})

const connect = (more: Record<string, unknown> = {}) =>
  test.request('POST', '/credentials', {
    body: { type: 'telegram', name: 'Bot', botToken: telegram.token, apiUrl: telegram.url, ...more },
  })

/** Customers with a chat each; their chats. */
async function people(count: number): Promise<{ ids: string[]; chats: string[] }> {
  const ids = await addCustomers(test, count)
  const chats = ids.map((_, index) => String(lastChat + index))
  lastChat += count
  await sql`
    update customer c set telegram_chat_id = t.chat from unnest(${ids}::uuid[], ${chats}::text[]) as t(id, chat) where c.id = t.id
  `.execute(test.app.db)
  return { ids, chats }
}

const flow = (config: Record<string, unknown>, whens: string[]) => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    {
      id: 'send-1',
      type: 'send-step',
      title: 'Ping',
      config: { channel: 'telegram', credentialId, body: 'Hi {{customer.firstName}}', ...config },
    },
    ...['', ...whens].map((when) => ({ id: `exit-${when || 'default'}`, type: 'exit', title: when, config: {} })),
  ],
  edges: [
    { id: 'e1', source: 'start', target: 'send-1', when: null },
    ...['', ...whens].map((when) => ({
      id: `e-${when || 'default'}`,
      source: 'send-1',
      target: `exit-${when || 'default'}`,
      when: when || null,
    })),
  ],
})

async function send(
  customerIds: string[],
  config: Record<string, unknown> = {},
  whens: string[] = [],
): Promise<string> {
  const id = await makeActive(test, {
    audience: { type: 'list', customerIds },
    enroll: 'now',
    flow: flow(config, whens),
  })
  await test.drain()
  return id
}

const messagesOf = async (campaignId: string) => {
  const { rows } = await sql<{
    state: string
    reason: string | null
    attempt: number
    replied: boolean
    response: string
  }>`
    select state, reason, attempt, replied_at is not null as replied, response from message where campaign_id = ${campaignId} order by id
  `.execute(test.app.db)
  return rows
}
const endsOf = async (campaignId: string) => {
  const { rows } = await sql<{ node_id: string; live: boolean }>`
    select node_id, finished_at is null as live from run where campaign_id = ${campaignId} order by id
  `.execute(test.app.db)
  return rows.map(({ node_id, live }) => `${node_id}${live ? ' …' : ''}`)
}
const suppressionsOf = async (customerId: string | undefined) =>
  (await test.request('GET', `/suppressions?customerId=${customerId}`)).body.items.map(
    ({ channel, reason }: { channel: string; reason: string }) => `${channel} ${reason}`,
  )

describe('a Telegram bot', () => {
  it('is asked who it is when it is connected, and its token is never shown', async () => {
    const found = await test.request('GET', `/credentials/${credentialId}`)
    expect(found.body).toMatchObject({
      type: 'telegram',
      botUsername: 'test_bot',
      health: 'ok',
      limits: { perSecond: 30 },
    })
    expect(JSON.stringify(found.body)).not.toContain(telegram.token)
    const { rows } = await sql<{ text: string }>`
      select coalesce(secret, '') || config::text || coalesce((select string_agg(detail::text, '') from audit_log), '') as text from credential where id = ${credentialId}
    `.execute(test.app.db)
    expect(rows[0]?.text).not.toContain('test-token')
    expect((await test.request('POST', `/credentials/${credentialId}/test`)).body).toMatchObject({
      ok: true,
      detail: 'The bot @test_bot answers.',
    })
  })

  it('is refused with a token that Telegram does not know, a second time, and on a private server', async () => {
    const codeOf = async (more: Record<string, unknown>) => {
      const { status, body } = await connect(more)
      return [status, body.errors?.[0]?.path ?? body.code, body.errors?.[0]?.code]
    }
    expect(await codeOf({ botToken: '1:wrong-token-here' })).toEqual([422, 'botToken', 'unknown_token'])
    expect(await codeOf({ botToken: 'nonsense' })).toEqual([422, 'botToken', 'invalid_format'])
    expect(await codeOf({})).toEqual([409, 'already_exists', undefined])
    expect(await codeOf({ apiUrl: 'http://127.0.0.1:1' })).toEqual([422, 'apiUrl', 'private_host'])
    expect(await codeOf({ apiUrl: 'http://8.8.8.8' })).toEqual([422, 'apiUrl', 'unencrypted'])
  })

  it('hands each customer one message, escaped as Telegram wants it, and shows it', async () => {
    const { ids, chats } = await people(3)
    await sql`update customer set first_name = '<b>Ada</b> & co' where id = ${ids[0]}`.execute(test.app.db)
    const campaignId = await send(ids, {
      body: '<p>Hi <b>{{customer.firstName}}</b></p><p>see https://acme.example/x</p>',
    })
    expect(telegram.calls.map((call) => call.chat_id).sort()).toEqual([...chats].sort())
    const ada = telegram.calls.find((call) => call.chat_id === chats[0])
    expect(ada).toEqual({
      chat_id: chats[0],
      text: 'Hi <b>&lt;b&gt;Ada&lt;/b&gt; &amp; co</b>\nsee https://acme.example/x',
      parse_mode: 'HTML',
    })
    const list = await test.request('GET', `/messages?campaignId=${campaignId}`)
    expect(list.body.items).toHaveLength(3)
    expect(list.body.items[0]).toMatchObject({ channel: 'telegram', state: 'sent' })
    expect(chats).toContain(list.body.items[0].to)
    const full = await test.request('GET', `/messages/${list.body.items[0].id}`)
    expect(full.body.from).toBe('@test_bot')
    expect(await endsOf(campaignId)).toEqual(Array(3).fill('exit-default'))
  })

  it.each([
    [
      { error: 403, description: 'Forbidden: bot was blocked by the user' },
      'refused',
      'hard_bounce',
      ['telegram bounce'],
    ],
    [{ error: 400, description: 'Bad Request: chat not found' }, 'refused', 'soft_bounce', []],
    [{ error: 400, description: "Bad Request: can't parse entities" }, 'refused', 'content_refused', []],
  ])('takes %j as %s, %s', async (rule, state, reason, suppressed) => {
    telegram.misbehave([rule])
    const { ids } = await people(1)
    const campaignId = await send(ids, {}, ['bounced'])
    expect(await messagesOf(campaignId)).toMatchObject([{ state, reason, attempt: 1 }])
    expect(await suppressionsOf(ids[0])).toEqual(suppressed)
    expect(await endsOf(campaignId)).toEqual([reason === 'hard_bounce' ? 'exit-bounced' : 'exit-default'])
  })

  it('waits as long as Telegram says, and no message loses a try', async () => {
    telegram.misbehave([{ error: 429, description: 'Too Many Requests: retry after 77', retryAfter: 77, times: 1 }])
    const { ids } = await people(1)
    const campaignId = await send(ids)
    expect(await messagesOf(campaignId)).toMatchObject([{ state: 'queued', attempt: 0 }])
    const { rows } = await sql<{ wait: number }>`
      select extract(epoch from held_until - now())::int as wait from credential where id = ${credentialId}
    `.execute(test.app.db)
    expect(rows[0]?.wait).toBeGreaterThan(70)
    expect(rows[0]?.wait).toBeLessThanOrEqual(77)
    await sql`update credential set held_until = null`.execute(test.app.db)
    await test.drain()
    expect(await messagesOf(campaignId)).toMatchObject([{ state: 'sent', attempt: 1 }])
    expect(telegram.calls).toHaveLength(2)
  })

  it('never sends again what Telegram may have taken', async () => {
    const { ids, chats } = await people(2)
    telegram.misbehave([{ chatId: chats[0] ?? '', drop: true }])
    const campaignId = await send(ids)
    await sql`update credential set held_until = null`.execute(test.app.db)
    await test.drain()
    expect((await messagesOf(campaignId)).map(({ state }) => state).sort()).toEqual(['sent', 'unconfirmed'])
    expect(telegram.calls).toHaveLength(2)
  })

  it('is held when its token was revoked, and customers wait', async () => {
    telegram.misbehave([{ error: 401, description: 'Unauthorized' }])
    const { ids } = await people(1)
    const campaignId = await send(ids)
    expect(await messagesOf(campaignId)).toMatchObject([{ state: 'queued', attempt: 0 }])
    const found = await test.request('GET', `/credentials/${credentialId}`)
    expect(found.body.healthDetail).toContain('The login was refused')
    await test.request('POST', `/campaigns/${campaignId}/archive`)
  })

  it('passes over who has no chat, and does not send a text that is too long', async () => {
    const [nobody] = await addCustomers(test, 1)
    expect(await messagesOf(await send([nobody ?? '']))).toMatchObject([{ state: 'skipped', reason: 'no_address' }])
    const { ids } = await people(1)
    const long = await messagesOf(await send(ids, { body: `{{customer.firstName}} ${'x'.repeat(4_100)}` }))
    expect(long).toMatchObject([{ state: 'failed', reason: 'render_failed' }])
    expect(long[0]?.response).toContain('4096')
    expect(telegram.calls).toEqual([])
  })

  it('tracks links only where something waits for a click', async () => {
    const { ids } = await people(1)
    const campaignId = await send(ids, { body: 'Look: https://acme.example/offer now' }, ['clicked'])
    const [call] = telegram.calls
    const link = /<a href="(http:\/\/localhost:\d+\/t\/c\/[^"]+)">https:\/\/acme\.example\/offer<\/a> now/.exec(
      call?.text ?? '',
    )?.[1]
    expect(link).toBeDefined()
    const hit = await test.request('GET', `//t/c/${link?.split('/t/c/')[1]}`)
    expect(hit.headers.get('location')).toBe('https://acme.example/offer')
    expect(await endsOf(campaignId)).toEqual(['send-1 …'])
  })

  it('sends a test to a chat of one’s own', async () => {
    const { ids } = await people(1)
    const campaignId = await makeDraft(test, { flow: flow({}, []) })
    const body = { nodeId: 'send-1', customerId: ids[0], to: '777' }
    const sent = await test.request('POST', `/campaigns/${campaignId}/test-send`, { body })
    expect(sent.body).toMatchObject({ sent: true, to: '777' })
    expect(telegram.calls).toMatchObject([{ chat_id: '777', text: expect.stringMatching(/^\[Test\] Hi Customer/) }])
  })
})

describe('what people answer', () => {
  it('is a reply to the last message they had, once, and takes the edge', async () => {
    const { ids, chats } = await people(1)
    const first = await send(ids, {}, ['replied'])
    const second = await send(ids, { body: 'And again' }, ['replied'])
    telegram.says(chats[0] ?? '', 'Yes please')
    telegram.says(chats[0] ?? '', 'and soon')
    await test.drain()
    expect((await messagesOf(first)).map(({ replied }) => replied)).toEqual([false])
    expect((await messagesOf(second)).map(({ replied }) => replied)).toEqual([true])
    expect(await endsOf(second)).toEqual(['exit-replied'])
    const { rows } = await sql`
      select properties ->> 'text' as text from event where name = 'message.replied' and campaign_id = ${second}
    `.execute(test.app.db)
    expect(rows).toEqual([{ text: 'Yes please' }])
  })

  it('goes to the message that they point at', async () => {
    const { ids, chats } = await people(1)
    const first = await send(ids)
    await send(ids, { body: 'And again' })
    const { rows } = await sql<{
      provider_id: string
    }>`select provider_id from message where campaign_id = ${first}`.execute(test.app.db)
    telegram.says(chats[0] ?? '', 'To the first', { reply_to_message: { message_id: Number(rows[0]?.provider_id) } })
    await test.drain()
    expect((await messagesOf(first)).map(({ replied }) => replied)).toEqual([true])
  })

  it('unsubscribes with /stop and suppresses who blocks the bot, at once', async () => {
    const { ids, chats } = await people(2)
    const campaignId = await send(ids, {}, ['bounced'])
    telegram.says(chats[0] ?? '', '/stop')
    telegram.happen({
      my_chat_member: { chat: { id: Number(chats[1]), type: 'private' }, new_chat_member: { status: 'kicked' } },
    })
    telegram.says('31337', 'Who are you?')
    telegram.happen({ odd: true })
    await test.drain()
    expect(await suppressionsOf(ids[0])).toEqual(['telegram unsubscribe'])
    expect(await suppressionsOf(ids[1])).toEqual(['telegram bounce'])
    expect((await endsOf(campaignId)).sort()).toEqual(['exit-bounced', 'send-1 …'])
    const next = await send(ids)
    expect(await messagesOf(next)).toMatchObject(Array(2).fill({ state: 'skipped', reason: 'suppressed' }))
  })

  it('is read by one process at a time, which hands over its place', async () => {
    const [one, two] = [createTelegramReader(test.app), createTelegramReader(test.app)]
    await test.drain()
    await sql`update telegram_reader set worker = null, lease_until = null`.execute(test.app.db)
    telegram.offsets.length = 0
    await one.pass()
    await two.pass()
    expect(telegram.offsets).toHaveLength(1)
    await one.stop?.()
    await two.pass()
    expect(telegram.offsets).toHaveLength(2)
    await two.stop?.()
  })
})
