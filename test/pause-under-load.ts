import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, sql } from '../src/db/database.ts'
import { apiClient, eventually } from './client.ts'
import { runCommand, startProgram } from './program.ts'
import { sinkCredential, startSmtpSink } from './smtp-sink.ts'

/** What pausing and resuming again and again came to. */
export interface PauseFigures {
  /** How long each /pause took to answer, in ms. */
  pauseMs: number[]
  /** Messages that were in a provider's hands when a pause was answered, summed over all pauses. */
  inHand: number
  /** Messages handed over after a pause was answered; there must be none. */
  handedAfterwards: number
  /** Runs that moved after a pause was answered; there must be none. */
  movedAfterwards: number
  sent: number
}

/**
 * Pauses and resumes a campaign while worker processes move its customers and send to an SMTP server. Runs the program's own web and
 * worker roles on the database at `url`.
 */
export async function pauseUnderLoad(
  db: Db,
  url: string,
  { workers, customers, pauses }: { workers: number; customers: number; pauses: number },
): Promise<PauseFigures> {
  await using sink = await startSmtpSink({ keepBodies: false })
  const env = {
    DATABASE_URL: url,
    SECRET_KEY: randomBytes(32).toString('hex'),
    ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}`,
    LOG_LEVEL: 'error',
  }
  await runCommand(
    ['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Pause'],
    env,
  )
  const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
  await using web = await startProgram(env, ['--role', 'web'])
  const api = apiClient(web.url, key)
  const workspace = await api.must('GET', '/workspace')
  await api.must('PATCH', '/workspace', { postalAddress: '1 Test Street' })
  await sql`
    insert into customer (workspace_id, email, first_name)
    select (select max(id) from workspace), 'c' || n || '@example.com', 'Customer ' || n from generate_series(1, ${customers}::int) n
  `.execute(db)
  const credential = await api.must(
    'POST',
    '/credentials',
    sinkCredential(sink, { name: `Sink of ${workspace.name}`, limits: { connections: 4 } }),
  )
  const campaign = await api.must('POST', '/campaigns', { name: 'Pause', audience: { type: 'all' } })
  await api.must('PUT', `/campaigns/${campaign.id}/workflow`, {
    nodes: [
      { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
      { id: 'tag-1', type: 'add-tag', title: 'Tag', config: { name: 'reached' } },
      {
        id: 'email-1',
        type: 'email-send',
        title: 'Hello',
        config: {
          credentialId: credential.id,
          subject: 'Hello {{customer.firstName | default: "there"}}',
          body: 'Hello',
          unsubscribeLink: true,
        },
      },
      { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
    ],
    edges: [
      { id: 'a', source: 'trigger-1', target: 'tag-1', when: null },
      { id: 'b', source: 'tag-1', target: 'email-1', when: null },
      { id: 'c', source: 'email-1', target: 'exit-1', when: null },
    ],
    layout: {},
  })
  await api.must('POST', `/campaigns/${campaign.id}/activate`, { enroll: 'now' })
  const processes = await Promise.all(Array.from({ length: workers }, () => startProgram(env, ['--role', 'worker'])))
  try {
    const handed = async () => {
      const { rows } = await sql<{ handed: number; moved: number }>`
        select (select count(*)::int from message where campaign_id = ${campaign.id} and handed_at is not null) as handed,
          (select coalesce(sum(steps), 0)::int from run where campaign_id = ${campaign.id}) as moved
      `.execute(db)
      return rows[0] ?? { handed: 0, moved: 0 }
    }
    await eventually('the first messages', async () => (await sink.stats()).accepted > 0)
    const figures: PauseFigures = { pauseMs: [], inHand: 0, handedAfterwards: 0, movedAfterwards: 0, sent: 0 }
    for (let pause = 0; pause < pauses; pause += 1) {
      const before = await handed()
      await eventually('work between two pauses', async () => (await handed()).handed > before.handed, 120_000)
      const startedAt = performance.now()
      const answer = await api.must('POST', `/campaigns/${campaign.id}/pause`)
      figures.pauseMs.push(performance.now() - startedAt)
      figures.inHand += answer.inHand
      const atPause = await handed()
      await sleep(100)
      const later = await handed()
      figures.handedAfterwards += later.handed - atPause.handed
      figures.movedAfterwards += later.moved - atPause.moved
      await api.must('POST', `/campaigns/${campaign.id}/resume`, { waits: 'keep' })
    }
    figures.sent = (await sink.stats()).accepted
    return figures
  } finally {
    await Promise.all(processes.map((program) => program.stop()))
  }
}
