/**
 * `bench send`: messages a second, rendered for each customer and handed to an SMTP server with every product rule on (ledger, intents
 * before the first byte, suppression, tracking, one-click headers, events, runs going on), against bare nodemailer composing and sending
 * the same mail over as many connections, in the same run.
 */
import { createTransport } from 'nodemailer'
import type { App } from '../src/app.ts'
import { sql } from '../src/db/database.ts'
import { listen } from '../src/db/listen.ts'
import { wakeChannel } from '../src/engine/events-sql.ts'
import { createScheduler } from '../src/engine/scheduler.ts'
import { readEnv } from '../src/env.ts'
import { createLoops } from '../src/loops.ts'
import type { Graph } from '../src/workflow/graph.ts'
import { type SmtpSink, startSmtpSink } from '../test/smtp-sink.ts'
import { mean, onScratchServer, round, type Workload } from './workload.ts'

const connections = 16
const greeting = (name: string) => `Quick question, ${name}`
const paragraph =
  'We looked at how teams like yours spend their mornings, and most of it goes into work that nobody asked for. '
const bodyFor = (name: string, country: string) => `<h1>Hi ${name}</h1>
<p>${paragraph.repeat(4)}</p>
<p>In ${country}, three of four teams got an hour a day back. <a href="https://example.com/story?from=mail">Read how</a>, see the
<a href="https://example.com/pricing">prices</a>, or <a href="https://example.com/call">book a call</a>.</p>
<p>${paragraph.repeat(3)}</p>
<p>Best regards<br>The team</p>`

const flow = (credentialId: string): Graph => ({
  nodes: [
    { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
    {
      id: 'email-1',
      type: 'email-send',
      title: 'Email',
      config: {
        credentialId,
        subject: greeting('{{customer.firstName | default: "there"}}'),
        body: bodyFor('{{customer.firstName | default: "there"}}', '{{customer.country}}'),
      },
    },
    { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
  ],
  edges: [
    { id: 'a', source: 'trigger-1', target: 'email-1', when: null },
    { id: 'b', source: 'email-1', target: 'exit-1', when: null },
  ],
})

/** Runs the benchmark. BENCH_SCALE=0.1 makes a short form of a tenth of the size. */
export default async function benchSend({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const messages = Math.round(5_000 * Number(process.env.BENCH_SCALE ?? 1))
  return onScratchServer(tell, async (bench) => {
    await using sink = await startSmtpSink({ keepBodies: false })
    await bench.seed(messages)
    const ours: number[] = []
    const bare: number[] = []
    for (const turn of [1, 2]) {
      tell(`turn ${turn}: ${messages} messages by bare nodemailer, then by Throughline`)
      bare.push(await sendBare(sink, messages))
      ours.push(await sendOurs(bench, sink, messages))
    }
    return {
      messages,
      connections,
      messagesPerSecond: round(mean(ours)),
      bareNodemailerPerSecond: round(mean(bare)),
      ratio: round(mean(ours) / mean(bare), 2),
    }
  })
}

async function sendBare(sink: SmtpSink, messages: number): Promise<number> {
  await sink.forget()
  const transport = createTransport({
    host: '127.0.0.1',
    port: sink.port,
    ignoreTLS: true,
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
  })
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: messages }, (_, index) => {
      const html = bodyFor(`Customer ${index}`, index % 3 === 0 ? 'VN' : 'US')
      return transport.sendMail({
        from: 'Team <team@sender.example>',
        to: `c${index}@example.com`,
        subject: greeting(`Customer ${index}`),
        html,
        text: html.replace(/<[^>]+>/g, ''),
      })
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  transport.close()
  return messages / seconds
}

async function sendOurs(bench: Workload, sink: SmtpSink, messages: number): Promise<number> {
  const { db } = bench
  await sink.forget()
  const env = readEnv({ ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}`, PUBLIC_URL: 'https://links.example.com' })
  const app: App = { ...bench.app, env }
  const config = {
    host: '127.0.0.1',
    port: sink.port,
    encryption: 'none',
    username: null,
    senderName: 'Team',
    senderEmail: 'team@sender.example',
  }
  const { rows } = await sql<{ id: string }>`
    insert into credential (workspace_id, type, name, config, limits)
    select id, 'smtp', 'Sink', ${JSON.stringify(config)}::jsonb, ${JSON.stringify({ connections })}::jsonb from workspace order by id limit 1 returning id
  `.execute(db)
  const credentialId = rows[0]?.id ?? ''
  const campaignId = await bench.campaign('Send', flow(credentialId))
  await bench.enroll(campaignId)

  // The runs walk to the email first; what is measured begins with the first message in the queue and ends with the last answer.
  await sql`update credential set held_until = now() + interval '1 hour' where id = ${credentialId}`.execute(db)
  const { loops, anythingDue } = createLoops(app)
  const scheduler = createScheduler({ loops, log: app.log, anythingDue })
  const listener = listen(bench.database.config, [wakeChannel], () => scheduler.wake(), app.log)
  scheduler.start()
  const countOf = async (condition: 'queued' | 'sent'): Promise<number> => {
    const counted = await sql<{ n: number }>`
      select count(*)::int as n from message where campaign_id = ${campaignId} and state = ${condition}
    `.execute(db)
    return counted.rows[0]?.n ?? 0
  }
  await bench.until(async () => (await countOf('queued')) === messages)
  await sql`vacuum analyze message, run`.execute(db)
  const startedAt = performance.now()
  await sql`update credential set held_until = null where id = ${credentialId}`.execute(db)
  await app.wake()
  await bench.until(async () => (await sink.stats()).accepted >= messages)
  await bench.until(async () => (await countOf('sent')) === messages)
  const seconds = (performance.now() - startedAt) / 1000
  await Promise.all([scheduler.stop(), listener.close()])
  return messages / seconds
}
