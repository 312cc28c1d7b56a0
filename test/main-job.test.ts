import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../src/db/database.ts'
import { type ApiClient, apiClient, eventually } from './client.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type DirtyCsv, dirtyCsv } from './dirty-csv.ts'
import { type RunningProgram, runCommand, startProgram } from './program.ts'
import { type SmtpSink, sinkCredential, startSmtpSink } from './smtp-sink.ts'

/** The main job on real parts: the program as a process, over HTTP, with a real SMTP server at the other end. */
describe('a CSV of 10,000 dirty rows carried through trigger → email → wait → split on a tag → two exits', {
  timeout: 240_000,
}, () => {
  let database: TestDatabase
  let sink: SmtpSink
  let program: RunningProgram
  let api: ApiClient
  let file: DirtyCsv
  let campaignId: string
  /** Addresses that the server refuses for good. */
  const refused = /^[^@]*7@/

  beforeAll(async () => {
    database = await createTestDatabase()
    sink = await startSmtpSink()
    await sink.misbehave([{ phase: 'rcpt', action: { reply: '550 5.1.1 No such user' }, match: refused.source }])
    const env = {
      DATABASE_URL: database.url,
      SECRET_KEY: randomBytes(32).toString('hex'),
      ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}`,
      LOG_LEVEL: 'error',
    }
    await runCommand(
      ['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Main job'],
      env,
    )
    const key = (await runCommand(['api-key', 'create', '--name', 'test'], env)).stdout.trim()
    program = await startProgram(env)
    api = apiClient(program.url, key)
    file = dirtyCsv(10_000, 1)
  })
  afterAll(async () => {
    await program?.stop()
    await sink?.close()
    await database?.close()
  })

  it('imports the file with a report that accounts for every row', async () => {
    const report = await api.must('POST', '/customers/import', file.csv)
    expect(report).toMatchObject({ status: 'done', ...file.expected })
  })

  it('carries every customer to an end with its reason', async () => {
    await api.must('PATCH', '/workspace', { postalAddress: '1 Test Street' })
    const credential = await api.must('POST', '/credentials', sinkCredential(sink, { limits: { connections: 4 } }))
    const campaign = await api.must('POST', '/campaigns', { name: 'Main job', audience: { type: 'all' } })
    campaignId = campaign.id
    const [tag = ''] = file.customers.flatMap((customer) => customer.tags)
    const saved = await api.must('PUT', `/campaigns/${campaignId}/workflow`, {
      nodes: [
        { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
        {
          id: 'email-1',
          type: 'email-send',
          title: 'Hello',
          config: {
            credentialId: credential.id,
            subject: 'Hello {{customer.firstName | default: "there"}}',
            body: '<p>Hello {{customer.firstName}}, how is it in {{customer.country}}?</p>',
          },
        },
        { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 1_000 } },
        {
          id: 'split-1',
          type: 'conditional-split',
          title: 'Tagged?',
          config: {
            branches: [
              { id: 'tagged', label: 'Tagged' },
              { id: 'rest', label: 'Rest', default: true },
            ],
          },
        },
        {
          id: 'path-tagged',
          type: 'path',
          title: 'Tagged',
          config: { rules: [{ input: 'customer.tags', condition: 'contains', value: tag }], match: 'all' },
        },
        { id: 'path-rest', type: 'path', title: 'Rest', config: { rules: [], match: 'all' } },
        { id: 'exit-tagged', type: 'exit', title: 'Exit tagged', config: {} },
        { id: 'exit-rest', type: 'exit', title: 'Exit rest', config: {} },
      ],
      edges: [
        { id: 'a', source: 'trigger-1', target: 'email-1', when: null },
        { id: 'b', source: 'email-1', target: 'wait-1', when: null },
        { id: 'c', source: 'wait-1', target: 'split-1', when: null },
        { id: 'd', source: 'split-1', target: 'path-tagged', when: 'tagged' },
        { id: 'e', source: 'split-1', target: 'path-rest', when: 'rest' },
        { id: 'f', source: 'path-tagged', target: 'exit-tagged', when: null },
        { id: 'g', source: 'path-rest', target: 'exit-rest', when: null },
      ],
      layout: {},
    })
    expect(saved.problems.filter((problem: { severity: string }) => problem.severity === 'error')).toEqual([])
    await api.must('POST', `/campaigns/${campaignId}/activate`, { enroll: 'none' })
    const firing = await api.must('POST', `/campaigns/${campaignId}/run`)
    const done = await eventually('the firing to finish', async () => {
      const now = await api.must('GET', `/firings/${firing.id}`)
      return now.status === 'done' && now
    })
    expect(done).toMatchObject({ matched: file.expected.created, enrolled: file.expected.created })
    await eventually(
      'every run to end',
      async () => (await api.must('GET', `/campaigns/${campaignId}/runs?status=running&limit=1`)).items.length === 0,
      200_000,
    )
    const { rows } = await sql<{ node_id: string; status: string; reason: string; n: number }>`
      select node_id, status, reason, count(*)::int as n from run where campaign_id = ${campaignId} group by 1, 2, 3 order by 1
    `.execute(database.db)
    const tagged = file.customers.filter((customer) => customer.tags.includes(tag)).length
    expect(rows).toEqual([
      { node_id: 'exit-rest', status: 'succeeded', reason: 'exit', n: file.customers.length - tagged },
      { node_id: 'exit-tagged', status: 'succeeded', reason: 'exit', n: tagged },
    ])
  })

  it('hands the server exactly one message per deliverable customer and lists the others with their reasons', async () => {
    const deliverable = file.customers.flatMap(({ email }) => (email !== null && !refused.test(email) ? [email] : []))
    const received = (await sink.mail()).map((mail) => mail.to)
    expect(received.map((to) => to.toLowerCase()).sort()).toEqual(deliverable.map((to) => to.toLowerCase()).sort())
    const { rows } = await sql<{ state: string; reason: string | null; n: number }>`
      select state, reason, count(*)::int as n from message where campaign_id = ${campaignId} and state <> 'sent' group by 1, 2 order by 1
    `.execute(database.db)
    const without = file.customers.filter(({ email }) => email === null).length
    const hard = file.customers.filter(({ email }) => email !== null && refused.test(email)).length
    expect(rows).toEqual([
      { state: 'refused', reason: 'hard_bounce', n: hard },
      { state: 'skipped', reason: 'no_address', n: without },
    ])
    const listed = await api.must('GET', `/messages?campaignId=${campaignId}&state=refused&limit=200`)
    expect(listed.items.length).toBe(Math.min(200, hard))
    expect(listed.items[0]).toMatchObject({ state: 'refused', reason: 'hard_bounce' })
    const suppressed = await sql<{
      n: number
    }>`select count(*)::int as n from suppression where reason = 'bounce'`.execute(database.db)
    expect(suppressed.rows[0]?.n).toBe(hard)
  })

  it('never lets a name be read as a template', async () => {
    const bodies = (await sink.mail()).map((mail) => mail.body)
    expect(bodies.length).toBeGreaterThan(0)
    const rendered = bodies.filter(
      (body) => body.includes('{{customer.email}}') || body.includes('=7B=7Bcustomer.email'),
    )
    const named = file.customers.filter(
      ({ firstName, email }) => firstName === '{{customer.email}}' && email !== null && !refused.test(email),
    )
    expect(rendered.length).toBe(named.length)
  })
})
