// One file: every promise of delivery is tried on the same mail server, accounts and loops, with one look at what became of it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle as settleRuns } from '../../test/campaign.ts'
import { type SmtpSink, sinkCredential, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../db/database.ts'
import type { Loop } from '../engine/scheduler.ts'
import { createDeliverer } from './deliver.ts'
import { createMessageLoops } from './loops.ts'
import { settle } from './settle.ts'
import { writeTurn } from './turn-sql.ts'

let test: TestApp
let sink: SmtpSink
let credentialId: string
let loops: Loop[]

beforeAll(async () => {
  sink = await startSmtpSink()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` } })
  await test.request('PATCH', '/workspace', { body: { postalAddress: '1 Main Street' } })
  loops = createMessageLoops(test.app)
})
afterAll(async () => {
  await Promise.all(loops.map((loop) => loop.stop?.()))
  await test.close()
  await sink.close()
})
beforeEach(async () => {
  await sink.misbehave([])
  await sink.forget()
  credentialId = await addCredential()
})

const team = { senderName: 'Team', senderEmail: 'team@sender.example' }

async function addCredential(more: Record<string, unknown> = {}): Promise<string> {
  const made = await test.request('POST', '/credentials', {
    body: sinkCredential(sink, { ...team, limits: { connections: 4 }, ...more }),
  })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return made.body.id
}

const flow = (config: Record<string, unknown> = {}) => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    {
      id: 'email-1',
      type: 'email-send',
      title: 'Hello',
      config: { credentialId, subject: 'Hello {{customer.firstName}}', body: 'Hi {{customer.firstName}}', ...config },
    },
    { id: 'exit-1', type: 'exit', title: 'Done', config: {} },
  ],
  edges: [
    { id: 'e1', source: 'start', target: 'email-1', when: null },
    { id: 'e2', source: 'email-1', target: 'exit-1', when: null },
  ],
})

/** Puts fresh customers into a campaign of one email and lets everything run until nothing is due. */
async function sendTo(count: number, options: { config?: Record<string, unknown>; drain?: boolean } = {}) {
  const customers = await addCustomers(test, count)
  const campaignId = await makeActive(test, {
    audience: { type: 'list', customerIds: customers },
    flow: flow(options.config),
    enroll: 'now',
  })
  if (options.drain !== false) await test.drain()
  return { campaignId, customers }
}

async function messagesOf(campaignId: string) {
  const { rows } = await sql<{
    id: number
    state: string
    reason: string | null
    attempt: number
    customer_id: string
    header_id: string
  }>`
    select id, state, reason, attempt, customer_id, header_id from message where campaign_id = ${campaignId} order by id
  `.execute(test.app.db)
  return rows
}

const statesOf = async (campaignId: string) => {
  const states: Record<string, number> = {}
  for (const { state } of await messagesOf(campaignId)) states[state] = (states[state] ?? 0) + 1
  return states
}

/** As if the waits of retries and holds were over. */
async function skipWaits(): Promise<void> {
  await sql`update message set send_after = now() - interval '1 second' where state = 'queued'`.execute(test.app.db)
  await sql`update credential set held_until = null`.execute(test.app.db)
}

const addressOf = async (customerId: string | undefined) =>
  (await test.request('GET', `/customers/${customerId}`)).body.email as string

const credential = async () => (await test.request('GET', `/credentials/${credentialId}`)).body

describe('delivery', () => {
  it('hands each customer one message, and every run goes on to its end', async () => {
    const { campaignId } = await sendTo(200)
    expect(await statesOf(campaignId)).toEqual({ sent: 200 })
    const mail = await sink.mail()
    expect(mail).toHaveLength(200)
    expect(new Set(mail.map((one) => one.to)).size).toBe(200)
    const { rows } = await sql`
      select status, reason, count(*)::int as n from run where campaign_id = ${campaignId} group by 1, 2
    `.execute(test.app.db)
    expect(rows).toEqual([{ status: 'succeeded', reason: 'exit', n: 200 }])
    const headerIds = new Set((await messagesOf(campaignId)).map((message) => message.header_id))
    expect(new Set(mail.map((one) => one.messageId))).toEqual(headerIds)
    expect(await credential()).toMatchObject({ health: 'ok', healthDetail: null })
  })

  it('counts what it did, and writes one event a message', async () => {
    const { campaignId } = await sendTo(20)
    const { rows: tally } = await sql`
      select key, sum(n)::int as n from tally where campaign_id = ${campaignId} and metric = 'message' group by 1
    `.execute(test.app.db)
    expect(tally).toEqual([{ key: 'sent', n: 20 }])
    const { rows: events } = await sql`
      select name, count(distinct message_id)::int as n, count(*)::int as all from event
      where campaign_id = ${campaignId} and name like 'message.%' group by 1
    `.execute(test.app.db)
    expect(events).toEqual([{ name: 'message.sent', n: 20, all: 20 }])
  })

  it('writes headers that providers ask for, and keeps them off transactional messages', async () => {
    await sendTo(1)
    const [marketing] = await sink.mail()
    const token = /List-Unsubscribe: <(http:\/\/localhost:\d+\/u\/[^>]+)>\r\n/.exec(marketing?.body ?? '')?.[1]
    expect(token).toBeDefined()
    expect(marketing?.body).toMatch(/\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/)
    expect(marketing?.body).toMatch(/\r\nList-Id: </)
    expect(marketing?.body).toMatch(/\r\nFeedback-ID: [^\r]+:email:throughline\r\n/)
    await sink.forget()
    await sendTo(1, { config: { transactional: true } })
    const [transactional] = await sink.mail()
    expect(transactional?.body).not.toMatch(/List-Unsubscribe|\/u\//)
  })

  it.each([
    ['550 5.1.1 no such user', 'refused', 'hard_bounce', true],
    ['552 5.2.2 mailbox full', 'refused', 'soft_bounce', false],
    ['550 no', 'refused', 'soft_bounce', false],
    ['550 5.7.1 not welcome', 'refused', 'policy_refused', false],
    ['552 5.3.4 too large', 'refused', 'content_refused', false],
  ])('takes “%s” at the recipient as %s, %s, and lets the run go on', async (reply, state, reason, isSuppressed) => {
    await sink.misbehave([{ phase: 'rcpt', action: { reply } }])
    const { campaignId, customers } = await sendTo(1)
    expect(await messagesOf(campaignId)).toMatchObject([{ state, reason, attempt: 1 }])
    const list = await test.request('GET', `/suppressions?customerId=${customers[0]}`)
    expect(list.body.items.map((entry: { reason: string }) => entry.reason)).toEqual(isSuppressed ? ['bounce'] : [])
    const runs = await test.request('GET', `/campaigns/${campaignId}/runs`)
    expect(runs.body.items).toMatchObject([{ status: 'succeeded', reason: 'exit' }])
    expect(await credential()).toMatchObject({ heldUntil: null })
  })

  it('tries a greylisted message again, with the same Message-ID, and delivers it once', async () => {
    await sink.misbehave([{ phase: 'rcpt', action: { reply: '450 4.2.0 greylisted' }, times: 3 }])
    const { campaignId } = await sendTo(3)
    expect(await statesOf(campaignId)).toEqual({ queued: 3 })
    const before = await messagesOf(campaignId)
    await skipWaits()
    await test.drain()
    const after = await messagesOf(campaignId)
    expect(after.map(({ state, attempt }) => [state, attempt])).toEqual(Array(3).fill(['sent', 2]))
    expect(after.map((message) => message.header_id)).toEqual(before.map((message) => message.header_id))
    expect(await sink.mail()).toHaveLength(3)
  })

  it('never resends what the server may have taken: the drops after the dot are unconfirmed, exactly those', async () => {
    await sink.misbehave([{ phase: 'dot', action: 'drop', every: 5 }])
    const { campaignId } = await sendTo(50)
    for (let round = 0; round < 3; round += 1) {
      await skipWaits()
      await test.drain()
    }
    expect(await statesOf(campaignId)).toEqual({ sent: 40, unconfirmed: 10 })
    const mail = await sink.mail()
    expect(mail).toHaveLength(50)
    expect(new Set(mail.map((one) => one.to)).size).toBe(50)
    const { rows } =
      await sql`select count(*)::int as n from run where campaign_id = ${campaignId} and reason = 'exit'`.execute(
        test.app.db,
      )
    expect(rows).toEqual([{ n: 50 }])
  })

  it('delivers everything once when the server drops connections before the message', async () => {
    for (const phase of ['mail', 'rcpt', 'connect'] as const) {
      await sink.misbehave([{ phase, action: 'drop', every: 5 }])
      const { campaignId } = await sendTo(30)
      for (let round = 0; round < 12 && (await statesOf(campaignId)).sent !== 30; round += 1) {
        await skipWaits()
        await test.drain()
      }
      expect([phase, await statesOf(campaignId)]).toEqual([phase, { sent: 30 }])
    }
    const mail = await sink.mail()
    expect(mail).toHaveLength(90)
    expect(new Set(mail.map((one) => one.to)).size).toBe(90)
  })

  it('holds the account, and no message loses a try, while the server asks for less', async () => {
    await sink.misbehave([{ phase: 'connect', action: { reply: '421 4.7.0 try later' } }])
    const { campaignId } = await sendTo(20)
    expect(await statesOf(campaignId)).toEqual({ queued: 20 })
    expect((await messagesOf(campaignId)).every((message) => message.attempt === 0)).toBe(true)
    expect((await sink.stats()).connections).toBeLessThanOrEqual(4)
    expect((await credential()).heldUntil).not.toBeNull()
    await skipWaits()
    await test.drain()
    // One connection finds out whether it is back.
    expect((await sink.stats()).connections).toBeLessThanOrEqual(5)
    await sink.misbehave([])
    await skipWaits()
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 20 })
  })

  it('holds customers at the node when the login is refused, declares the account dead after a second look, and goes on once repaired', async () => {
    await using closedShop = await startSmtpSink({ user: 'me', password: 'right' })
    test.app.env.allowPrivateHosts = [...test.app.env.allowPrivateHosts, `127.0.0.1:${closedShop.port}`]
    credentialId = await addCredential({ port: closedShop.port, username: 'me', password: 'wrong' })
    const { campaignId } = await sendTo(5)
    expect(await statesOf(campaignId)).toEqual({ queued: 5 })
    expect(await credential()).toMatchObject({ health: 'unknown' })
    await sql`update credential set held_until = null, health_at = health_at - interval '6 minutes' where id = ${credentialId}`.execute(
      test.app.db,
    )
    await test.drain()
    const dead = await credential()
    expect(dead).toMatchObject({ health: 'dead', healthDetail: expect.stringContaining('535') })
    expect(JSON.stringify(dead)).not.toContain('wrong')
    await skipWaits()
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ queued: 5 })
    expect((await messagesOf(campaignId)).every((message) => message.attempt === 0)).toBe(true)
    await test.request('PATCH', `/credentials/${credentialId}`, { body: { password: 'right' } })
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 5 })
  })

  it('passes over whom it may not write to, with the reason, and their runs go on', async () => {
    const { campaignId, customers } = await sendTo(5, { drain: false })
    await settleRuns(test.app)
    const [suppressed, archived, silent, byAddress] = customers
    await test.request('POST', '/suppressions', { body: { customerId: suppressed } })
    await test.request('POST', '/suppressions', { body: { email: (await addressOf(byAddress)).toUpperCase() } })
    await test.request('DELETE', `/customers/${archived}`)
    await sql`update customer set email = null, external_id = 'x' where id = ${silent}`.execute(test.app.db)
    await test.drain()
    const reasons = Object.fromEntries(
      (await messagesOf(campaignId)).map((one) => [one.customer_id, one.reason ?? one.state]),
    )
    expect(reasons[suppressed ?? '']).toBe('suppressed')
    expect(reasons[byAddress ?? '']).toBe('suppressed')
    expect(reasons[silent ?? '']).toBe('no_address')
    expect(reasons[customers[4] ?? '']).toBe('sent')
    // Archived before they enrolled or while they waited: either way nothing went out.
    expect([undefined, 'archived']).toContain(reasons[archived ?? ''])
    expect(await sink.mail()).toHaveLength(1)
  })

  it('hands nothing over while sending is stopped, and everything once it goes on', async () => {
    await test.request('POST', '/workspace/stop-sending', { body: { on: true } })
    const { campaignId } = await sendTo(10, { drain: false })
    await passes(6)
    expect(await sink.mail()).toEqual([])
    await test.request('POST', '/workspace/stop-sending', { body: { on: false } })
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 10 })
  })

  it('fails a poisoned message alone, with its error', async () => {
    // How often it turns is known only when it turns: what can be seen beforehand is refused by the validator.
    const body =
      'Hello{% if customer.firstName == "Customer 3" %}{% assign n = 50000000 | times: 2 %}{% for i in (1..n) %}x{% endfor %}{% endif %}'
    const { campaignId } = await sendTo(10, { config: { body } })
    expect(await statesOf(campaignId)).toEqual({ sent: 9, failed: 1 })
    const list = await test.request('GET', `/messages?campaignId=${campaignId}&state=failed`)
    expect(list.body.items).toMatchObject([{ reason: 'render_failed', customerName: 'Customer 3' }])
    const failed = await test.request('GET', `/messages/${list.body.items[0].id}`)
    expect(failed.body.response).toContain('limit')
  })

  it('does not let a server that hangs keep another account waiting', async () => {
    await using tarpit = await startSmtpSink()
    await tarpit.misbehave([{ phase: 'rcpt', action: 'hang' }])
    test.app.env.allowPrivateHosts = [...test.app.env.allowPrivateHosts, `127.0.0.1:${tarpit.port}`]
    const deliverer = createDeliverer(test.app)
    const good = credentialId
    credentialId = await addCredential({ port: tarpit.port })
    const slow = await sendTo(10, { drain: false })
    credentialId = good
    const fast = await sendTo(30, { drain: false })
    await settleRuns(test.app)
    await deliverer.pass()
    while ((await statesOf(fast.campaignId)).sent !== 30) await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await statesOf(slow.campaignId)).handing).toBe(4)
    await tarpit.close()
    await deliverer.idle()
    // Its customers wait: nothing of theirs failed.
    expect(await statesOf(slow.campaignId)).toEqual({ queued: 10 })
    await deliverer.stop()
  })

  it('stops without leaving anything in hand: what a server has is waited for, the rest goes back', async () => {
    const deliverer = createDeliverer(test.app)
    const { campaignId } = await sendTo(300, { drain: false })
    await settleRuns(test.app)
    await deliverer.pass()
    while ((await sink.stats()).accepted < 20) await new Promise((resolve) => setTimeout(resolve, 5))
    await deliverer.stop()
    const states = await statesOf(campaignId)
    expect(Object.keys(states).sort()).toEqual(['queued', 'sent'])
    expect((await sink.stats()).accepted).toBe(states.sent)
    expect(
      (await messagesOf(campaignId)).every((message) => message.attempt === (message.state === 'sent' ? 1 : 0)),
    ).toBe(true)
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 300 })
    expect(await sink.mail()).toHaveLength(300)
  })

  it('hands nothing over after a pause, and goes on where it stood', async () => {
    const deliverer = createDeliverer(test.app)
    const { campaignId } = await sendTo(200, { drain: false })
    await settleRuns(test.app)
    await deliverer.pass()
    while ((await sink.stats()).accepted < 20) await new Promise((resolve) => setTimeout(resolve, 5))
    const paused = await test.request('POST', `/campaigns/${campaignId}/pause`)
    const { sent = 0 } = await statesOf(campaignId)
    await deliverer.idle()
    const after = await statesOf(campaignId)
    expect(after.sent).toBeLessThanOrEqual(sent + paused.body.inHand)
    expect(after).toEqual({ sent: after.sent, queued: 200 - (after.sent ?? 0) })
    await test.request('POST', `/campaigns/${campaignId}/resume`, { body: { waits: 'keep' } })
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 200 })
    expect(await sink.mail()).toHaveLength(200)
    await deliverer.stop()
  })

  it('knows of the sandbox what arrived, also after a crash', async () => {
    const list = await test.request('GET', '/credentials?limit=200')
    credentialId = list.body.items.find((item: { type: string }) => item.type === 'sandbox').id
    const { campaignId } = await sendTo(2)
    const [first, second] = await messagesOf(campaignId)
    await sql`delete from sandbox_mail where message_id = ${second?.id}`.execute(test.app.db)
    await sql`
      update message set state = 'handing', worker = ${'00000000-0000-4000-8000-000000000000'}, lease_until = now() - interval '1 second'
      where campaign_id = ${campaignId}
    `.execute(test.app.db)
    await sql`update run set finished_at = null, node_id = 'email-1', awaiting = 'message' where campaign_id = ${campaignId}`.execute(
      test.app.db,
    )
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 2 })
    const { rows } =
      await sql`select message_id from sandbox_mail where message_id in (${first?.id}, ${second?.id}) order by 1`.execute(
        test.app.db,
      )
    expect(rows).toEqual([{ message_id: first?.id }, { message_id: second?.id }])
  })

  it('puts back what a dead worker had claimed, and shows as unconfirmed what was in its hands', async () => {
    const { campaignId } = await sendTo(4, { drain: false })
    await settleRuns(test.app)
    const ids = (await messagesOf(campaignId)).map((message) => message.id)
    expect(ids).toHaveLength(4)
    const dead = '00000000-0000-4000-8000-000000000000'
    await sql`
      update message set state = case when id in (${ids[0]}, ${ids[1]}) then 'claimed' else 'handing' end, worker = ${dead}, fence = fence + 1,
        lease_until = now() - interval '1 second', handed_at = now() where campaign_id = ${campaignId}
    `.execute(test.app.db)
    const before = await messagesOf(campaignId)
    await test.drain()
    expect((await messagesOf(campaignId)).map((message) => message.state)).toEqual([
      'sent',
      'sent',
      'unconfirmed',
      'unconfirmed',
    ])
    expect(await sink.mail()).toHaveLength(2)
    // The dead one comes back to life and writes: nothing happens.
    const settled = before.map(({ id }) => ({
      id,
      fence: 1,
      settlement: settle({ is: 'accepted', providerId: null, response: '250' }, 1, 0).settlement,
    }))
    await writeTurn(test.app.db, { settled, intents: [], worker: null, leaseMs: 0 })
    expect((await messagesOf(campaignId)).map((message) => message.state)).toEqual([
      'sent',
      'sent',
      'unconfirmed',
      'unconfirmed',
    ])
  })

  it('sends an unconfirmed message again when a person says so, and only then', async () => {
    await sink.misbehave([{ phase: 'dot', action: 'drop', times: 1 }])
    const { campaignId } = await sendTo(1)
    const [message] = await messagesOf(campaignId)
    expect(message).toMatchObject({ state: 'unconfirmed', reason: 'connection_lost' })
    const again = await test.request('POST', `/messages/${message?.id}/send-again`)
    expect(again.status).toBe(202)
    await test.drain()
    expect(await messagesOf(campaignId)).toMatchObject([{ state: 'sent' }])
    const mail = await sink.mail()
    expect(mail).toHaveLength(2)
    expect(mail[0]?.messageId).toBe(mail[1]?.messageId)
    const twice = await test.request('POST', `/messages/${message?.id}/send-again`)
    expect([twice.status, twice.body.code]).toEqual([409, 'wrong_state'])
    const { rows } = await sql`
      select key, sum(n)::int as n from tally where campaign_id = ${campaignId} and metric = 'message' group by 1 having sum(n) <> 0
    `.execute(test.app.db)
    expect(rows).toEqual([{ key: 'sent', n: 1 }])
  })

  it('keeps to the limits of an account', async () => {
    credentialId = await addCredential({ limits: { connections: 4, perHour: 7, perDay: 100 } })
    expect((await test.request('GET', `/credentials/${credentialId}`)).body.usedToday).toBe(0)
    const { campaignId } = await sendTo(20)
    expect(await statesOf(campaignId)).toEqual({ sent: 7, queued: 13 })
    expect((await test.request('GET', `/credentials/${credentialId}`)).body.usedToday).toBe(7)
    await skipWaits()
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 7, queued: 13 })
    await sql`update credential_bucket set refilled_at = refilled_at - interval '1 hour'`.execute(test.app.db)
    await skipWaits()
    await test.drain()
    expect(await statesOf(campaignId)).toEqual({ sent: 14, queued: 6 })
  })

  it('drips by the second', async () => {
    credentialId = await addCredential({ limits: { connections: 4, perSecond: 20 } })
    await sendTo(50, { drain: false })
    await settleRuns(test.app)
    const startedAt = Date.now()
    await test.drain()
    // A busy machine can hold some back until others join them, but none can come sooner than the limit lets it go.
    const times = (await sink.mail()).map((mail) => mail.at - startedAt).sort((a, b) => a - b)
    expect(times).toHaveLength(50)
    const tooSoon = times.filter((ms, index) => ms < ((index - 2) / 20) * 1_000)
    expect(tooSoon).toEqual([])
  })

  it('answers in the thread of the mail before', async () => {
    const [customer] = await addCustomers(test, 1)
    const email = (id: string, config: object) => ({
      id,
      type: 'email-send',
      title: id,
      config: { credentialId, subject: '{{customer.firstName}} {{ "{{x}}" }}', body: 'Hi', ...config },
    })
    await makeActive(test, {
      audience: { type: 'list', customerIds: [customer] },
      enroll: 'now',
      flow: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Start', config: {} },
          email('email-1', {}),
          email('email-2', { replyInThread: true, subject: 'Not used' }),
          email('email-3', { replyInThread: true, subject: 'Not used' }),
          { id: 'exit-1', type: 'exit', title: 'Done', config: {} },
        ],
        edges: [
          { id: 'e1', source: 'start', target: 'email-1', when: null },
          { id: 'e2', source: 'email-1', target: 'email-2', when: null },
          { id: 'e3', source: 'email-2', target: 'email-3', when: null },
          { id: 'e4', source: 'email-3', target: 'exit-1', when: null },
        ],
      },
    })
    await test.drain()
    const [first, second, third] = await sink.mail()
    expect(first?.body).toContain('\r\nSubject: Customer 1 {{x}}\r\n')
    expect(second?.body).toContain(`\r\nIn-Reply-To: ${first?.messageId}\r\n`)
    expect(second?.body).toContain(`\r\nReferences: ${first?.messageId}\r\n`)
    expect(second?.body).toContain('\r\nSubject: Re: Customer 1 {{x}}\r\n')
    // Folded or not, it names both.
    expect(third?.body.replace(/\r\n[ \t]+/g, ' ')).toContain(
      `\r\nReferences: ${first?.messageId} ${second?.messageId}\r\n`,
    )
    expect(third?.body).toContain('\r\nSubject: Re: Customer 1 {{x}}\r\n')
  })

  it('lets a template stand in for what the node leaves empty', async () => {
    await test.request('POST', '/templates', {
      body: { name: 'Welcome', subject: 'Welcome {{customer.firstName}}', body: '<p>To {{org.name}}</p>' },
    })
    const { campaignId } = await sendTo(1, { config: { templateName: 'welcome', subject: '', body: '' } })
    expect(await statesOf(campaignId)).toEqual({ sent: 1 })
    const list = await test.request('GET', `/messages?campaignId=${campaignId}`)
    expect(list.body.items).toMatchObject([{ subject: 'Welcome Customer 1', state: 'sent' }])
    const full = await test.request('GET', `/messages/${list.body.items[0].id}`)
    expect(full.body.html).toContain('<p>To Acme</p>')
  })
})

/** Lets everything be queued, then delivers in some rounds, whether or not something is left. */
async function passes(rounds: number): Promise<void> {
  await settleRuns(test.app)
  for (let round = 0; round < rounds; round += 1) {
    for (const loop of loops) {
      await loop.pass()
      await loop.idle?.()
    }
  }
}
