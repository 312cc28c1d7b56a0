import { spawnSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { openDatabase } from '../src/db/open.ts'
import { apiClient, eventually } from './client.ts'
import { runCommand, startProgram } from './program.ts'
import { sinkCredential, startSmtpSink } from './smtp-sink.ts'

// The whole form: DISK_FULL=1 npm test -- test/full-disk.test.ts
const full = process.env.DISK_FULL === '1'
const customers = full ? 5_000 : 400
const imported = full ? 100_000 : 10_000
const fills = full ? 5 : 1
const connections = 4

/** A disk of its own for the data; null where that takes rights that we do not have (it takes root, on Linux). */
async function smallDisk(): Promise<(AsyncDisposable & { path: string }) | null> {
  const path = await mkdtemp(join(tmpdir(), 'throughline-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${full ? 1_500 : 500}m,mode=0755`, 'tmpfs', path])
  const remove = () => rm(path, { recursive: true, force: true })
  if (status !== 0) {
    await remove()
    return null
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      spawnSync('umount', ['-l', path])
      await remove()
    },
  }
}

/** Takes all the room that is left, as anything else on the machine might. */
function fill(path: string): void {
  const file = openSync(join(path, 'something-else'), 'a')
  const piece = Buffer.alloc(1 << 20)
  try {
    for (let size = piece.length; size >= 512; ) {
      try {
        writeSync(file, piece, 0, size)
      } catch {
        size /= 2
      }
    }
  } finally {
    closeSync(file)
  }
}

/**
 * Writes until PostgreSQL wants another piece of its own log and has no room for that. Mostly it falls over then, with whoever was about to
 * commit; it need not, when nobody is. Its last words are not looked for: the file in which it says them is on the same disk.
 */
async function exhaustLog(dataDir: string): Promise<void> {
  const options = { dataDir, log: pino({ enabled: false }), role: 'command', maxConnections: 1 } as const
  // Nobody answers where it fell over already.
  await using server = await openDatabase(options).catch(() => null)
  if (!server) return
  let refusals = 0
  await eventually('the end of the log', async () => {
    for (const write of ['update workspace set name = name', 'select pg_switch_wal()']) {
      try {
        await server.pool.query(write)
      } catch (error) {
        if ((error as { code?: string }).code !== '53100') return true
        refusals += 1
      }
    }
    return refusals >= 40
  })
}

/**
 * The promise under test: a disk that runs full stops the work and nothing else. The program says what is wrong, keeps what it said that it
 * has, sends nobody anything twice, and goes on by itself as soon as there is room, whether PostgreSQL lived through it or not.
 */
it(`keeps its word on a full disk: ${customers} messages, an import and customers one by one`, {
  timeout: full ? 900_000 : 240_000,
}, async () => {
  await using disk = await smallDisk()
  // Nothing of it can be seen without a disk to fill; CI runs as root.
  if (!disk) return
  const dataDir = join(disk.path, 'data')
  await using sink = await startSmtpSink({ keepBodies: false })
  const env = { DATA_DIR: dataDir, ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}`, LOG_LEVEL: 'warn' }
  await runCommand(['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Disk'], env)
  const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
  await using program = await startProgram(env)
  const api = apiClient(program.url, key)
  const people = Array.from({ length: customers }, (_, n) => `c${n}@example.com,Customer ${n}`)
  await api.must('POST', '/customers/import', ['email,first_name', ...people].join('\n'))
  await api.must('PATCH', '/workspace', { postalAddress: '1 Test Street' })
  const credential = await api.must('POST', '/credentials', sinkCredential(sink, { limits: { connections } }))
  const campaign = await api.must('POST', '/campaigns', { name: 'Disk', audience: { type: 'all' } })
  const { version } = await api.must('GET', `/campaigns/${campaign.id}/workflow`)
  const config = { credentialId: credential.id, subject: 'Hello', body: '<p>Hello</p>', unsubscribeLink: true }
  await api.must('PUT', `/campaigns/${campaign.id}/workflow`, {
    nodes: [
      { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
      { id: 'email-1', type: 'email-send', title: 'Hello', config },
      { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
    ],
    edges: [
      { id: 'a', source: 'trigger-1', target: 'email-1', when: null },
      { id: 'b', source: 'email-1', target: 'exit-1', when: null },
    ],
    layout: {},
    version,
  })
  const file = `email,first_name\n${Array.from({ length: imported }, (_, n) => `file${n}@example.com,${'x'.repeat(60)}`).join('\n')}\n`
  const { id: importId } = await api.must('POST', '/imports', { fileName: 'many.csv', size: file.length })
  await api.must('PUT', `/imports/${importId}/file`, file)
  await api.must('POST', `/imports/${importId}/check`, {})
  const readImport = () => api.must('GET', `/imports/${importId}`)
  await eventually('the check', async () => (await readImport()).status === 'checked', 120_000)

  await api.must('POST', `/campaigns/${campaign.id}/activate`, { enroll: 'now' })
  const kept: string[] = []
  const said = () => `${program.stdout()}${program.stderr()}`
  for (let n = 1; n <= fills; n += 1) {
    const share = Math.floor((customers * n) / (fills * 4))
    await eventually(`${share} accepted`, async () => (await sink.stats()).accepted >= share, 120_000)
    // Not before the enrolment of everybody is over, which would take along who comes by the file.
    if (n === 1) await api.must('POST', `/imports/${importId}/start`)
    fill(disk.path)
    // Somebody goes on writing until they are told why that does not work.
    const refusal = () =>
      eventually('a refusal that names the disk', async () => {
        const email = `kept${n}.${kept.length}@example.com`
        const attributes = { note: 'n'.repeat(20_000) }
        const answer = await api.call('POST', '/customers', { email, attributes })
        if (answer.status < 300) kept.push(answer.body.id)
        return answer.status >= 300 && /disk/.test(answer.body.detail) && answer
      })
    expect(await refusal()).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    await exhaustLog(dataDir)
    expect(await refusal()).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect((await fetch(`${program.url}/health`)).status).toBe(200)
    await eventually('the log', async () => said().includes('The disk of the database is full'))
    await rm(join(disk.path, 'something-else'))
    const home = await eventually('the database', async () => {
      const answer = await api.call('GET', '/home')
      return answer.status === 200 && answer.body
    })
    expect(home.attention).toContainEqual(expect.objectContaining({ kind: 'disk-full' }))
  }

  const done = await eventually(
    'the import to end',
    async () => {
      const now = await readImport()
      return now.status !== 'running' && now
    },
    180_000,
  )
  expect(done).toMatchObject({ status: 'done', rowsRead: imported, created: imported, rejected: 0, error: null })
  for (const id of kept) expect((await api.call('GET', `/customers/${id}`)).status).toBe(200)
  const running = `/campaigns/${campaign.id}/runs?status=running&limit=1`
  await eventually('every run to end', async () => (await api.must('GET', running)).items.length === 0, 180_000)
  const copies = new Map<string, number>()
  for (const { to } of await sink.mail()) copies.set(to, (copies.get(to) ?? 0) + 1)
  expect([...copies].filter(([, count]) => count > 1)).toEqual([])
  const states: string[] = []
  for (let cursor = ''; ; ) {
    const page = await api.must('GET', `/messages?campaignId=${campaign.id}&limit=200${cursor}`)
    for (const { state, to } of page.items) {
      states.push(state)
      // What is called sent was sent; what was in the provider's hands when the database went is not called that.
      if (state === 'sent') expect(copies.get(to)).toBe(1)
    }
    if (page.nextCursor === null) break
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
  expect(states).toHaveLength(customers)
  expect(states.filter((state) => state !== 'sent' && state !== 'unconfirmed')).toEqual([])
  expect(states.filter((state) => state === 'unconfirmed').length).toBeLessThanOrEqual(fills * connections * 2)
})
