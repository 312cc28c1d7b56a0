import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { sql } from '../src/db/database.ts'
import { apiClient, eventually } from './client.ts'
import { createTestDatabase } from './database.ts'
import { runCommand, startProgram } from './program.ts'

const customers = 40_000
const kills = 3

it(`goes on where an import stood when its worker was killed, ${kills} times, with nobody lost or written twice`, {
  timeout: 300_000,
}, async () => {
  await using database = await createTestDatabase()
  const { db } = database
  const env = { DATABASE_URL: database.url, SECRET_KEY: randomBytes(32).toString('hex'), LOG_LEVEL: 'fatal' }
  await runCommand(['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Kill'], env)
  const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
  await using web = await startProgram(env, ['--role', 'web'])
  const api = apiClient(web.url, key)
  // Neither an address nor an external id: a row that were written twice would make somebody twice.
  const lines = Array.from({ length: customers }, (_, n) => (n % 500 === 7 ? 'broken,' : `,+49${1_000_000 + n}`))
  const file = Buffer.from(`email,phone\n${lines.join('\n')}\n`)
  const { id } = await api.must('POST', '/imports', { fileName: 'many.csv', size: file.length })
  const upload = await fetch(`${web.url}/api/v1/imports/${id}/file`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv' },
    body: file,
  })
  expect(upload.status).toBe(200)
  await api.must('POST', `/imports/${id}/check`, {})
  const read = () => api.must('GET', `/imports/${id}`)
  // Nobody waits for the lease of a worker that is known to be dead.
  const forget = () => sql`update import set alive_at = '-infinity'`.execute(db)

  let worker = await startProgram(env, ['--role', 'worker'])
  const kill = async () => {
    const gone = once(worker.child, 'close')
    worker.child.kill('SIGKILL')
    await gone
    await forget()
    worker = await startProgram(env, ['--role', 'worker'])
  }
  await eventually(
    'a chunk of the check',
    async () => (await read()).rowsRead > 0 || (await read()).status === 'checked',
  )
  await kill()
  const rejected = lines.filter((line) => line === 'broken,').length
  const found = await eventually('the check', async () => {
    const now = await read()
    return now.status === 'checked' && now
  })
  expect(found.checked).toMatchObject({ rowsRead: customers, created: customers - rejected, rejected })

  await api.must('POST', `/imports/${id}/start`)
  let before = 0
  for (let n = 1; n <= kills; n += 1) {
    await eventually('another chunk', async () => (await read()).rowsRead > before)
    await kill()
    before = (await read()).rowsRead
  }
  const done = await eventually('the import to end', async () => {
    const now = await read()
    return now.status !== 'running' && now
  })
  expect(done).toMatchObject({
    status: 'done',
    rowsRead: customers,
    created: customers - rejected,
    updated: 0,
    rejected,
  })
  const { rows } = await sql<{ n: number; phones: number }>`
    select count(*) as n, count(distinct phone) as phones from customer
  `.execute(db)
  expect(rows).toEqual([{ n: customers - rejected, phones: customers - rejected }])
  await worker.stop()
})
