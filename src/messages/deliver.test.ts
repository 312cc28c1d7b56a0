import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let sink: SmtpSink
let credentialId: string

beforeAll(async () => {
  sink = await startSmtpSink()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` } })
  await test.request('PATCH', '/workspace', { body: { postalAddress: '1 Main Street' } })
})
afterAll(async () => {
  await test.close()
  await sink.close()
})
beforeEach(async () => {
  await sink.misbehave([])
  await sink.forget()
  credentialId = await addCredential()
})

async function addCredential(more: Record<string, unknown> = {}): Promise<string> {
  const made = await test.request('POST', '/credentials', {
    body: {
      type: 'smtp',
      name: 'Sink',
      host: '127.0.0.1',
      port: sink.port,
      encryption: 'none',
      senderName: 'Team',
      senderEmail: 'team@sender.example',
      limits: { connections: 4 },
      ...more,
    },
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

describe('delivery', () => {
  it('hands each customer one message, and every run goes on to its end', async () => {
    const { campaignId } = await sendTo(200)
    expect(await statesOf(campaignId)).toEqual({ sent: 200 })
    const mail = await sink.mail()
    expect(mail).toHaveLength(200)
    expect(new Set(mail.map((one) => one.to)).size).toBe(200)
    const { rows } =
      await sql`select status, reason, count(*)::int as n from run where campaign_id = ${campaignId} group by 1, 2`.execute(
        test.app.db,
      )
    expect(rows).toEqual([{ status: 'succeeded', reason: 'exit', n: 200 }])
    const headerIds = new Set((await messagesOf(campaignId)).map((message) => message.header_id))
    expect(new Set(mail.map((one) => one.messageId))).toEqual(headerIds)
  })
})
