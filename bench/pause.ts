/**
 * `bench pause`: how long /pause takes to answer while eight workers move customers and send, a hundred times; and how long each move
 * takes with a million customers inside, all of them overdue.
 */
import { randomBytes } from 'node:crypto'
import { type Db, sql } from '../src/db/database.ts'
import { connectionUrl } from '../src/db/open.ts'
import { waitingFlow } from '../test/campaign.ts'
import { apiClient } from '../test/client.ts'
import { pauseUnderLoad } from '../test/pause-under-load.ts'
import { runCommand, startProgram } from '../test/program.ts'
import { onScratchServer, round } from './workload.ts'

/** Runs the benchmark. BENCH_SCALE=0.1 pauses ten times, and has a hundred thousand inside. */
export default async function benchPause({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const scale = Number(process.env.BENCH_SCALE ?? 1)
  const pauses = Math.max(1, Math.round(100 * scale))
  const many = Math.max(1_000, Math.round(1_000_000 * scale))
  return onScratchServer(tell, async ({ database }) => {
    const url = connectionUrl(database.config as Parameters<typeof connectionUrl>[0])
    tell(`moves with ${many} inside`)
    const moves = await movesWith(database.db, url, many)
    tell(`${pauses} pauses with 8 workers`)
    const figures = await pauseUnderLoad(database.db, url, { workers: 8, customers: 1_000 * pauses, pauses })
    const sorted = figures.pauseMs.sort((a, b) => a - b)
    const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    return {
      pauses,
      pauseMsP50: at(0.5),
      pauseMsP95: at(0.95),
      pauseMsMax: at(1),
      inHand: figures.inHand,
      handedAfterwards: figures.handedAfterwards,
      movedAfterwards: figures.movedAfterwards,
      sent: figures.sent,
      inside: many,
      movesMs: moves,
    }
  })
}

/** How long each move takes to answer with `many` customers inside, the longest of three times, in ms. */
async function movesWith(db: Db, url: string, many: number): Promise<Record<string, number>> {
  const env = { DATABASE_URL: url, SECRET_KEY: randomBytes(32).toString('hex'), LOG_LEVEL: 'error' }
  await runCommand(['setup', '--email', 'm@example.com', '--password', 'a long passphrase', '--workspace', 'Many'], env)
  const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
  await using web = await startProgram(env, ['--role', 'web'])
  const api = apiClient(web.url, key)
  await sql`
    insert into customer (workspace_id, email)
    select (select max(id) from workspace), 'm' || n || '@example.com' from generate_series(1, ${many}::int) n
  `.execute(db)
  const longest: Record<string, number> = {}
  const took = async (name: string, ask: () => Promise<unknown>) => {
    const startedAt = performance.now()
    await ask()
    longest[name] = round(Math.max(longest[name] ?? 0, performance.now() - startedAt))
  }
  for (let round = 0; round < 3; round += 1) {
    const { id } = await api.must('POST', '/campaigns', { name: 'Many', audience: { type: 'all' } })
    await api.must('PUT', `/campaigns/${id}/workflow`, waitingFlow())
    await api.must('POST', `/campaigns/${id}/activate`, { enroll: 'none' })
    await sql`
      insert into run (workspace_id, campaign_id, customer_id, node_id, awaiting, wake_at)
      select c.workspace_id, ${id}, c.id, 'wait-1', 'time', now() + random() * interval '1 second' from customer c
    `.execute(db)
    const tell = (move: string, body: unknown = {}) => api.must('POST', `/campaigns/${id}/${move}`, body)
    await took('pause', () => tell('pause'))
    await took('preview', () => api.must('GET', `/campaigns/${id}/resume-preview`))
    await took('resume', () => tell('resume', { waits: 'keep' }))
    await tell('pause')
    await took('resumeSpread', () => tell('resume', { waits: 'continue', spreadHours: 4 }))
    await tell('pause')
    await took('completePaused', () => tell('complete', { waits: 'continue', spreadHours: 4 }))
    await took('reopen', () => tell('reopen'))
    await took('complete', () => tell('complete'))
    await took('archive', () => tell('archive'))
    await sql`delete from run where campaign_id = ${id}`.execute(db)
  }
  return longest
}
