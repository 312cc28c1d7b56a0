import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { apiClient, eventually } from './client.ts'
import { type RunningProgram, runCommand, startProgram } from './program.ts'
import { sinkCredential, startSmtpSink } from './smtp-sink.ts'

// The whole form: CRASH_FULL=1 npm test -- test/crash.test.ts
const full = process.env.CRASH_FULL === '1'
const customers = full ? 5_000 : 1_500
const kills = full ? 20 : 5
const connections = 4

/**
 * The promise under test (TRUST §3.2): across kill -9 of the whole program, the database included, a customer is handed to the
 * provider at most once, nobody is lost, and at most one message an open connection is left unconfirmed a kill. The sink is the judge.
 */
it(`sends each of ${customers} customers at most one message and loses none across ${kills} kill -9 of the whole program`, {
  timeout: 600_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-crash-'))
  await using sink = await startSmtpSink({ keepBodies: false })
  const env = { DATA_DIR: dataDir, ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}`, LOG_LEVEL: 'error' }
  let program: RunningProgram | undefined
  try {
    await runCommand(
      ['setup', '--email', 'owner@example.com', '--password', 'a long passphrase', '--workspace', 'Crash'],
      env,
    )
    const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
    program = await startProgram(env)
    let api = apiClient(program.url, key)
    const csv = [
      'email,first_name',
      ...Array.from({ length: customers }, (_, index) => `c${index}@example.com,Customer ${index}`),
    ]
    await api.must('POST', '/customers/import', csv.join('\n'))
    await api.must('PATCH', '/workspace', { postalAddress: '1 Test Street' })
    const credential = await api.must('POST', '/credentials', sinkCredential(sink, { limits: { connections } }))
    const campaign = await api.must('POST', '/campaigns', { name: 'Crash', audience: { type: 'all' } })
    const workflow = await api.must('GET', `/campaigns/${campaign.id}/workflow`)
    await api.must('PUT', `/campaigns/${campaign.id}/workflow`, {
      nodes: [
        { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
        {
          id: 'email-1',
          type: 'email-send',
          title: 'Hello',
          config: {
            credentialId: credential.id,
            subject: 'Hello {{customer.firstName}}',
            body: '<p>Hello</p>',
            unsubscribeLink: true,
          },
        },
        { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
      ],
      edges: [
        { id: 'a', source: 'trigger-1', target: 'email-1', when: null },
        { id: 'b', source: 'email-1', target: 'exit-1', when: null },
      ],
      layout: {},
      version: workflow.version,
    })
    await api.must('POST', `/campaigns/${campaign.id}/activate`, { enroll: 'now' })

    for (let kill = 1; kill <= kills; kill += 1) {
      // Each kill falls while messages are going out: after another share of them was accepted.
      const share = Math.floor((customers * kill) / (kills + 1))
      await eventually(`${share} accepted`, async () => (await sink.stats()).accepted >= share, 120_000)
      const gone = once(program.child, 'close')
      program.child.kill('SIGKILL')
      await gone
      program = await startProgram(env)
    }
    api = apiClient(program.url, key)
    await eventually(
      'every run to end',
      async () => (await api.must('GET', `/campaigns/${campaign.id}/runs?status=running&limit=1`)).items.length === 0,
      180_000,
    )

    const copies = new Map<string, number>()
    for (const mail of await sink.mail()) copies.set(mail.to, (copies.get(mail.to) ?? 0) + 1)
    expect([...copies].filter(([, count]) => count > 1)).toEqual([])

    const states = new Map<string, string>()
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: {
        items: { state: string; to?: string | null; customer: { email: string } }[]
        nextCursor: string | null
      } = await api.must(
        'GET',
        `/messages?campaignId=${campaign.id}&limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      )
      for (const message of page.items) states.set(message.to ?? '', message.state)
      cursor = page.nextCursor
    }
    expect(states.size).toBe(customers)
    const unconfirmed = [...states].filter(([, state]) => state === 'unconfirmed')
    expect([...new Set(states.values())].sort()).toEqual(unconfirmed.length > 0 ? ['sent', 'unconfirmed'] : ['sent'])
    expect(unconfirmed.length).toBeLessThanOrEqual(kills * connections)
    const lost = [...states].filter(([email, state]) => state === 'sent' && copies.get(email) !== 1)
    expect(lost).toEqual([])
  } finally {
    await program?.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})
