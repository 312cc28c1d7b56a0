/**
 * `bench import`: a file of a million customers (over 100 MB) through the HTTP API of a program of its own: sent, looked through and
 * imported as the page does it, then sent again in one request as a script does it. Every 500th row is about somebody of a row before it,
 * every 1,000th is broken: what the report must count is known. BENCH_SCALE=0.1 takes a tenth of the rows.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand, startProgram } from '../test/program.ts'

interface Counts {
  rowsRead: number
  created: number
  updated: number
  unchanged: number
  rejected: number
}
type Import = Counts & {
  id: string
  status: string
  size: number
  received: number
  checked: Counts | null
  error: string | null
}

const header = 'email,first name,last name,country,phone,plan,seats,notes\n'

/** Row `n` of the file, from 1. */
function line(n: number): string {
  if (n % 1000 === 0) return `no-address-${n},Broken,Row,DE,,free,1,\n`
  const who = n % 500 === 1 && n > 1 ? n - 100 : n
  return `person.${who}@mail${who % 977}.example.com,Jürgen ${n % 331},"O'Neil, ${n}",${['VN', 'US', 'DE', 'FR'][n % 4]},+49170${1_000_000 + n},${['free', 'pro', 'team'][n % 3]},${n % 50},"Row ${n} of a long file"\n`
}

function* pieces(rows: number): Generator<Buffer> {
  yield Buffer.from(header)
  for (let from = 1; from <= rows; from += 2_000) {
    let text = ''
    for (let n = from; n < Math.min(rows + 1, from + 2_000); n += 1) text += line(n)
    yield Buffer.from(text)
  }
}

/** Runs the benchmark. */
export default async function benchImport({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const rows = Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1))
  const rejected = Math.floor(rows / 1000)
  const repeated = Math.floor((rows - 1) / 500)
  const expected = { rowsRead: rows, created: rows - rejected - repeated, updated: repeated, unchanged: 0, rejected }
  let bytes = 0
  for (const piece of pieces(rows)) bytes += piece.length
  tell(`a file of ${rows} rows, ${Math.round(bytes / 1e6)} MB`)
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-import-'))
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
  try {
    await runCommand(
      ['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Bench'],
      env,
    )
    const key = (await runCommand(['api-key', 'create', '--name', 'bench', '--role', 'admin'], env)).stdout.trim()
    await using program = await startProgram(env)
    const authorization = `Bearer ${key}`
    const call = async (method: string, path: string, body?: unknown): Promise<Import> => {
      const answer = await fetch(`${program.url}/api/v1${path}`, {
        method,
        headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
      return (await answer.json()) as Import
    }
    const send = async (method: string, path: string): Promise<Import> => {
      const answer = await fetch(`${program.url}/api/v1${path}`, {
        method,
        headers: { authorization, 'content-type': 'text/csv' },
        body: Readable.toWeb(Readable.from(pieces(rows))) as ReadableStream,
        duplex: 'half',
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
      return (await answer.json()) as Import
    }
    const pid = program.child.pid ?? 0
    const restingMb = await memoryMb(pid, 'VmRSS')
    const seconds = async <Result>(work: () => Promise<Result>): Promise<[number, Result]> => {
      const from = performance.now()
      const result = await work()
      return [(performance.now() - from) / 1000, result]
    }
    const { id } = await call('POST', '/imports', { fileName: 'people.csv', size: bytes })
    const [sendSeconds] = await seconds(() => send('PUT', `/imports/${id}/file`))
    tell(`sent in ${sendSeconds.toFixed(1)} s`)
    // How often the page would have had something new to show.
    const ended = async (running: string): Promise<{ moves: number; now: Import }> => {
      for (let moves = 0, before = -1; ; await sleep(500)) {
        const now = await call('GET', `/imports/${id}`)
        if (now.rowsRead !== before) moves += 1
        before = now.rowsRead
        if (now.status !== running) return { moves, now }
      }
    }
    await call('POST', `/imports/${id}/check`, {})
    const [checkSeconds, checked] = await seconds(() => ended('checking'))
    tell(`looked through in ${checkSeconds.toFixed(1)} s`)
    await call('POST', `/imports/${id}/start`)
    const [importSeconds, done] = await seconds(() => ended('running'))
    tell(`imported in ${importSeconds.toFixed(1)} s: ${Math.round(rows / importSeconds)} rows a second`)
    const afterJobMb = await memoryMb(pid, 'VmHWM')
    const [againSeconds, again] = await seconds(() => send('POST', '/customers/import?fileName=again.csv'))
    tell(`again in one request in ${againSeconds.toFixed(1)} s`)
    const peakMb = await memoryMb(pid, 'VmHWM')
    const counted = (of: Counts | null) =>
      of && Object.fromEntries(Object.keys(expected).map((name) => [name, of[name as keyof Counts]]))
    const isRight = (of: Counts | null) => JSON.stringify(counted(of)) === JSON.stringify(expected)
    return {
      rows,
      fileMb: Math.round(bytes / 1e6),
      sendMbPerSecond: Math.round(bytes / 1e6 / sendSeconds),
      checkRowsPerSecond: Math.round(rows / checkSeconds),
      importRowsPerSecond: Math.round(rows / importSeconds),
      againRowsPerSecond: Math.round(rows / againSeconds),
      progressSeen: { checking: checked.moves, importing: done.moves },
      memoryMb: { resting: restingMb, peakOfImport: afterJobMb, peakOfAll: peakMb },
      status: done.now.status,
      expected,
      checkIsRight: isRight(checked.now.checked),
      reportIsRight: isRight(done.now),
      again: counted(again),
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** A figure of /proc/PID/status in MB (Linux; 0 elsewhere). */
async function memoryMb(pid: number, name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)
}
