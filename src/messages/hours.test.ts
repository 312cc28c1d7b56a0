import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../db/database.ts'
import { createDeliverer } from './deliver.ts'

let test: TestApp
let sink: SmtpSink
let accounts: string[]

beforeAll(async () => {
  sink = await startSmtpSink()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}` } })
  await test.request('PATCH', '/workspace', { body: { postalAddress: '1 Main Street' } })
  accounts = []
  for (const name of ['One', 'Two', 'Three', 'Four']) {
    const made = await test.request('POST', '/credentials', {
      body: {
        type: 'smtp',
        name,
        host: '127.0.0.1',
        port: sink.port,
        encryption: 'none',
        senderName: 'Team',
        senderEmail: 'team@sender.example',
      },
    })
    accounts.push(made.body.id)
  }
})
afterAll(async () => {
  await test.close()
  await sink.close()
})
beforeEach(async () => {
  await sink.forget()
  await test.request('PATCH', '/workspace', { body: { frequencyCapPerDay: null } })
})

async function campaignFor(customerIds: string[], config: Record<string, unknown> = {}): Promise<string> {
  return makeActive(test, {
    audience: { type: 'list', customerIds },
    enroll: 'now',
    flow: {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        {
          id: 'email-1',
          type: 'email-send',
          title: 'Hello',
          config: { credentialId: accounts[0], subject: 'Hello', body: 'Hi', ...config },
        },
        { id: 'exit-1', type: 'exit', title: 'Done', config: {} },
      ],
      edges: [
        { id: 'e1', source: 'start', target: 'email-1', when: null },
        { id: 'e2', source: 'email-1', target: 'exit-1', when: null },
      ],
    },
  })
}

const setZone = (customerIds: string[], zone: string) =>
  sql`update customer set timezone = ${zone} where id = any(${customerIds}::uuid[])`.execute(test.app.db)

/** Two hours around now by the clock of UTC; six hours to the west it is closed. */
async function windowNow() {
  const { rows } = await sql<{ from: string; to: string }>`
    select to_char(now() at time zone 'UTC' - interval '1 hour', 'HH24:MI') as from, to_char(now() at time zone 'UTC' + interval '1 hour', 'HH24:MI') as to
  `.execute(test.app.db)
  return { days: [1, 2, 3, 4, 5, 6, 7], ...rows[0] }
}
const west = 'Etc/GMT+6'

const messagesOf = async (campaignId: string) => {
  const { rows } = await sql<{ state: string; reason: string | null; wait: number; attempt: number }>`
    select state, reason, attempt, extract(epoch from send_after - now())::float8 / 3600 as wait from message
    where campaign_id = ${campaignId} order by id
  `.execute(test.app.db)
  return rows
}
const skipWaits = () => sql`update message set send_after = now() where state = 'queued'`.execute(test.app.db)

describe('a send window', () => {
  it('keeps a message until it opens where the customer lives, and says so', async () => {
    const [here, there] = (await addCustomers(test, 2)) as [string, string]
    await setZone([there], west)
    const campaignId = await campaignFor([here, there], { sendWindow: await windowNow() })
    await test.drain()
    const messages = await messagesOf(campaignId)
    expect(messages.map(({ state }) => state).sort()).toEqual(['queued', 'sent'])
    const waiting = messages.find(({ state }) => state === 'queued')
    expect(waiting).toMatchObject({ reason: 'send_window', attempt: 0 })
    expect(waiting?.wait).toBeGreaterThan(4.9)
    expect(waiting?.wait).toBeLessThan(5.1)
    const runs = await test.request('GET', `/campaigns/${campaignId}/runs?status=running`)
    const run = await test.request('GET', `/runs/${runs.body.items[0].id}`)
    expect(run.body.now.text).toBe('Waits at “Hello” for its send window.')
    expect(new Date(run.body.now.until).getTime()).toBeGreaterThan(Date.now())
    const why = await test.request('GET', `/customers/${there}/why?campaignId=${campaignId}`)
    expect(why.body.because[0].text).toContain('Waits at “Hello” for its send window.')
  })

  it('is looked at again in the moment of handing over', async () => {
    const [customer] = (await addCustomers(test, 1)) as [string]
    await setZone([customer], west)
    const campaignId = await campaignFor([customer], { sendWindow: await windowNow() })
    await test.drain()
    await skipWaits()
    await test.drain()
    expect(await messagesOf(campaignId)).toMatchObject([{ state: 'queued', reason: 'send_window', attempt: 0 }])
    expect(await sink.mail()).toEqual([])
    await setZone([customer], 'UTC')
    await skipWaits()
    await test.drain()
    expect(await messagesOf(campaignId)).toMatchObject([{ state: 'sent', reason: null, attempt: 1 }])
  })
})

describe('the frequency cap', () => {
  it('never lets a customer have more in a day of theirs, however many campaigns and workers send at once', async () => {
    await test.request('PATCH', '/workspace', { body: { frequencyCapPerDay: 2 } })
    const customers = await addCustomers(test, 50)
    const campaigns: string[] = []
    for (let n = 0; n < 6; n += 1) campaigns.push(await campaignFor(customers, { credentialId: accounts[n % 4] }))
    const workers = [createDeliverer(test.app), createDeliverer(test.app)]
    const deliver = async () => {
      await Promise.all(workers.map((worker) => worker.pass()))
      await Promise.all(workers.map((worker) => worker.idle()))
    }
    await test.drain()
    for (let round = 0; round < 20; round += 1) await deliver()
    await test.drain()
    await Promise.all(workers.map((worker) => worker.stop()))
    const mail = await sink.mail()
    const perPerson = Map.groupBy(mail, ({ to }) => to)
    expect(mail).toHaveLength(100)
    expect([...perPerson.values()].map((list) => list.length)).toEqual(Array(50).fill(2))
    const { rows } = await sql`
      select state, reason, count(*)::int as n from message where campaign_id = any(${campaigns}::uuid[]) group by 1, 2 order by 1
    `.execute(test.app.db)
    expect(rows).toEqual([
      { state: 'sent', reason: null, n: 100 },
      { state: 'skipped', reason: 'capped', n: 200 },
    ])
    // Whoever is passed over goes on by the default edge, and the step says why.
    const runs = await test.request('GET', `/campaigns/${campaigns[5]}/runs?status=succeeded&reason=exit&limit=200`)
    expect(runs.body.items).toHaveLength(50)
  })

  it('begins anew with the customer’s day, does not touch transactional mail, and shows in the step', async () => {
    await test.request('PATCH', '/workspace', { body: { frequencyCapPerDay: 1 } })
    const [customer] = (await addCustomers(test, 1)) as [string]
    const first = await campaignFor([customer])
    await test.drain()
    const bill = await campaignFor([customer], { transactional: true })
    const second = await campaignFor([customer])
    await test.drain()
    expect((await messagesOf(first))[0]?.state).toBe('sent')
    expect((await messagesOf(bill))[0]?.state).toBe('sent')
    expect(await messagesOf(second)).toMatchObject([{ state: 'skipped', reason: 'capped' }])
    const runs = await test.request('GET', `/campaigns/${second}/runs`)
    const run = await test.request('GET', `/runs/${runs.body.items[0].id}`)
    const step = run.body.steps.find((one: { nodeId: string }) => one.nodeId === 'email-1')
    expect(step).toMatchObject({ label: '', output: { sent: false, reason: 'capped' }, why: { code: 'not_sent' } })
    await sql`update message set handed_at = handed_at - interval '24 hours' where campaign_id = ${first}`.execute(
      test.app.db,
    )
    const third = await campaignFor([customer])
    await test.drain()
    expect((await messagesOf(third))[0]?.state).toBe('sent')
  })

  it('is counted in pre-flight and answered on the customer’s page', async () => {
    await test.request('PATCH', '/workspace', { body: { frequencyCapPerDay: 1 } })
    const [full, free] = (await addCustomers(test, 2)) as [string, string]
    await setZone([full], 'no such zone')
    await campaignFor([full])
    await test.drain()
    const next = await campaignFor([full, free])
    await sql`delete from run where campaign_id = ${next}`.execute(test.app.db)
    await sql`delete from firing where campaign_id = ${next}`.execute(test.app.db)
    const preflight = await test.request('GET', `/campaigns/${next}/preflight`)
    expect(preflight.body.steps).toContainEqual({ reason: 'capped', count: 1 })
    expect(preflight.body).toMatchObject({ willEnroll: 2, reachable: 1 })
    const why = await test.request('GET', `/customers/${full}/why?campaignId=${next}`)
    expect(why.body.because.map(({ code }: { code: string }) => code)).toContain('capped')
    const other = await test.request('GET', `/customers/${free}/why?campaignId=${next}`)
    expect(other.body.because.map(({ code }: { code: string }) => code)).not.toContain('capped')
  })
})
