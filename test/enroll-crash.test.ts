import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { sql } from '../src/db/database.ts'
import { waitingFlow } from './campaign.ts'
import { apiClient, eventually } from './client.ts'
import { createTestDatabase } from './database.ts'
import { runCommand, startProgram } from './program.ts'

const customers = 60_000
const kills = 3

it(`goes on where a firing stood when its worker was killed, ${kills} times, without loss or repetition`, {
  timeout: 300_000,
}, async () => {
  await using database = await createTestDatabase()
  const { db } = database
  const env = { DATABASE_URL: database.url, SECRET_KEY: randomBytes(32).toString('hex'), LOG_LEVEL: 'fatal' }
  await runCommand(['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Kill'], env)
  const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
  await using web = await startProgram(env, ['--role', 'web'])
  const api = apiClient(web.url, key)
  await sql`
    insert into customer (workspace_id, email)
    select (select max(id) from workspace), 'c' || n || '@example.com' from generate_series(1, ${customers}::int) n
  `.execute(db)
  const { id } = await api.must('POST', '/campaigns', { name: 'Kill', audience: { type: 'all' } })
  await api.must('PUT', `/campaigns/${id}/workflow`, waitingFlow())
  await api.must('POST', `/campaigns/${id}/activate`, { enroll: 'none' })
  let worker = await startProgram(env, ['--role', 'worker'])
  const firing = await api.must('POST', `/campaigns/${id}/run`)
  const read = () => api.must('GET', `/firings/${firing.id}`)
  let matched = 0
  for (let kill = 1; kill <= kills; kill += 1) {
    await eventually('another chunk', async () => (await read()).matched > matched)
    const gone = once(worker.child, 'close')
    worker.child.kill('SIGKILL')
    await gone
    matched = (await read()).matched
    worker = await startProgram(env, ['--role', 'worker'])
  }
  const done = await eventually('the firing to end', async () => {
    const now = await read()
    return now.status !== 'running' && now
  })
  expect(done).toMatchObject({ status: 'done', matched: customers, enrolled: customers, skipped: {} })
  const { rows } = await sql<{ runs: number; people: number }>`
    select count(*) as runs, count(distinct customer_id) as people from run where campaign_id = ${id}
  `.execute(db)
  expect(rows).toEqual([{ runs: customers, people: customers }])
  await worker.stop()
})
