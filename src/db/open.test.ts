import { readFileSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { type DatabaseProgram, startDatabaseProgram } from '../../test/database-program.ts'
import { makeScratchDirectory } from '../../test/scratch.ts'
import type { EmbeddedConfig } from './data-dir-lock.ts'
import { checkVersion, openDatabase } from './open.ts'
import { postmasterPid } from './postmaster.ts'

const isRoot = process.getuid?.() === 0
const nobody = { uid: 65_534, gid: 65_534 }
// An account that every Linux has; initdb wants one with a name.
const daemon = { uid: 1, gid: 1 }
const log = pino({ level: 'silent' })

let dataDir: string
let programs: DatabaseProgram[]

beforeEach(async () => {
  dataDir = await makeScratchDirectory('open')
  programs = []
})

afterEach(async () => {
  for (const program of programs) await program.end('SIGKILL')
  await expect.poll(postgresIsGone).toBe(true)
  await rm(dataDir, { recursive: true, force: true })
})

function start(role: 'server' | 'command' = 'server', through?: readonly string[]): DatabaseProgram {
  const program = startDatabaseProgram(dataDir, role, through)
  programs.push(program)
  return program
}

async function query(config: EmbeddedConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function postmaster(): Promise<number> {
  const pid = await postmasterPid(join(dataDir, 'postgres'))
  if (pid === null) throw new Error('No postmaster')
  return pid
}

function isRunning(pid: number): boolean {
  try {
    // A killed process whose parent has not asked yet still counts for kill(0).
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function postgresIsGone(): Promise<boolean> {
  const pid = await postmasterPid(join(dataDir, 'postgres'))
  return pid === null || !isRunning(pid)
}

describe('the embedded database', () => {
  it('is made at the first start, keeps its rows over a restart, and is closed to other users', async () => {
    const first = start()
    const config = await first.ready
    await query(config, 'create table kept as select 1 as n')
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
    for (const name of ['connection.json', 'postgres-password', 'postgres.log']) {
      expect((await stat(join(dataDir, name))).mode & 0o777, name).toBe(0o600)
    }
    await expect(query({ ...config, password: 'wrong' }, 'select 1')).rejects.toThrow('password authentication failed')
    expect(await first.end('SIGTERM')).toBe(0)
    expect(await postgresIsGone()).toBe(true)

    const second = start()
    expect(await query(await second.ready, 'select n from kept')).toEqual([{ n: 1 }])
  })

  it('sorts and folds text as C.UTF-8 does, and is UTF-8', async () => {
    const rows = await query(
      await start().ready,
      `select lower('ÄÉ') as lower, 'Z' < 'a' as by_bytes, current_setting('server_encoding') as encoding`,
    )
    expect(rows).toEqual([{ lower: 'äé', by_bytes: true, encoding: 'UTF8' }])
  })

  it('starts again with its data after kill -9 of the program, whose PostgreSQL ends by itself', async () => {
    const killed = start()
    const config = await killed.ready
    await query(config, 'create table kept as select generate_series(1, 1000) as n')
    const pid = await postmaster()
    await killed.end('SIGKILL')
    await expect.poll(() => isRunning(pid)).toBe(false)
    const next = start()
    expect(await query(await next.ready, 'select count(*)::int from kept')).toEqual([{ count: 1000 }])
  })

  it('can be started at the instant an earlier program is killed, again and again', async () => {
    let config = await start().ready
    await query(config, 'create table kept (n int)')
    for (let n = 1; n <= 5; n += 1) {
      await query(config, `insert into kept values (${n})`)
      await programs.at(-1)?.end('SIGKILL')
      config = await start().ready
      expect(await query(config, 'select count(*)::int from kept')).toEqual([{ count: n }])
    }
  })

  it('starts after kill -9 of everything while a statement was running', async () => {
    const killed = start()
    const config = await killed.ready
    await query(config, 'create table kept as select 1 as n')
    const busy = new pg.Client(config)
    busy.on('error', () => undefined)
    await busy.connect()
    // Never looks whether its postmaster is there, and so holds the shared memory.
    const running = busy.query('select count(*) from generate_series(1, 1e10::bigint)').catch(() => undefined)
    process.kill(await postmaster(), 'SIGKILL')
    await killed.end('SIGKILL')
    const next = start()
    expect(await query(await next.ready, 'select n from kept')).toEqual([{ n: 1 }])
    await running
  })

  it('starts although the number in a left-over lock file is now another process', async () => {
    const killed = start()
    await query(await killed.ready, 'create table kept as select 1 as n')
    const file = join(dataDir, 'postgres', 'postmaster.pid')
    const text = await readFile(file, 'utf8')
    await killed.end('SIGTERM')
    await writeFile(file, text.replace(/^\d+/, String(process.pid)))
    if (isRoot) await chown(file, nobody.uid, nobody.gid)
    const next = start()
    expect(await query(await next.ready, 'select n from kept')).toEqual([{ n: 1 }])
  })

  it('clears away what a crash during the first start has left', async () => {
    await mkdir(join(dataDir, 'postgres.new', 'base'), { recursive: true })
    await writeFile(join(dataDir, 'postgres.new', 'PG_VERSION'), '18\n')
    expect(await query(await start().ready, 'select 1 as n')).toEqual([{ n: 1 }])
  })

  it('uses loopback where the path is too long for a socket', async () => {
    const deep = join(dataDir, 'd'.repeat(120))
    await mkdir(deep, { mode: 0o711 })
    await using database = await openDatabase({ dataDir: deep, role: 'server', log })
    expect(database.config.host).toBe('127.0.0.1')
    const { rows } = await database.pool.query('select host(inet_server_addr()) as at')
    expect(rows).toEqual([{ at: '127.0.0.1' }])
  })

  it('refuses files of another major version, and files whose password is gone, in one line', async () => {
    const first = start()
    await first.ready
    await first.end('SIGTERM')
    await rm(join(dataDir, 'postgres-password'))
    await expect(start().ready).rejects.toThrow(/postgres-password, the password of .* is missing\. Put it back\.$/)
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n')
    await expect(start().ready).rejects.toThrow(/was written by PostgreSQL 17, but this version .* brings 18\./)
  })
})

describe('one data directory', () => {
  it('has one server: a second is refused with a line that names the first', async () => {
    const first = start()
    const config = await first.ready
    const second = start()
    await expect(second.ready).rejects.toThrow(
      `Throughline is already running on ${dataDir} (process ${first.child.pid}). Stop that one first, or set another DATA_DIR.`,
    )
    expect(second.child.exitCode).toBe(1)
    expect(await query(config, 'select 1 as n')).toEqual([{ n: 1 }])
  })

  it('gives one of many that start at once the place, and refuses the others', async () => {
    const outcomes = await Promise.allSettled([start(), start(), start(), start()].map((program) => program.ready))
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
  })

  it('serves commands beside a running server, which keeps running', async () => {
    const server = start()
    const config = await server.ready
    const pid = await postmaster()
    const command = start('command')
    expect(await command.ready).toEqual(config)
    expect(await command.end('SIGTERM')).toBe(0)
    expect(await postmaster()).toBe(pid)
    expect(isRunning(pid)).toBe(true)
  })

  it('keeps the database of a command until those that joined it are done', async () => {
    const first = start('command')
    await first.ready
    const second = start('command')
    const config = await second.ready
    const client = new pg.Client({ ...config, application_name: 'throughline' })
    await client.connect()
    first.child.kill('SIGTERM')
    await expect.poll(() => first.said()).toContain('Waiting for other commands')
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    await client.end()
    await second.end('SIGTERM')
    expect(await first.end('SIGTERM')).toBe(0)
  })

  it('lets a server wait for a command to finish', async () => {
    const command = start('command')
    await command.ready
    const server = start()
    await expect.poll(() => server.said()).toContain(`Waiting for process ${command.child.pid}`)
    await command.end('SIGTERM')
    await server.ready
  })
})

describe('accounts', () => {
  const as = (user: { uid: number; gid: number }) => [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
  ]

  it.runIf(isRoot)(
    'runs PostgreSQL as nobody for root, and as the owner of the data directory if that is somebody',
    async () => {
      await start().ready
      expect((await stat(`/proc/${await postmaster()}`)).uid).toBe(nobody.uid)
      await programs[0]?.end('SIGTERM')
      await rm(join(dataDir, 'postgres'), { recursive: true })
      await chown(dataDir, daemon.uid, daemon.gid)
      await start().ready
      expect((await stat(`/proc/${await postmaster()}`)).uid).toBe(daemon.uid)
      expect((await stat(join(dataDir, 'connection.json'))).uid).toBe(daemon.uid)
    },
  )

  it.runIf(isRoot)('works for an ordinary user, and for root after them', async () => {
    await chown(dataDir, daemon.uid, daemon.gid)
    await chmod(dataDir, 0o700)
    const own = start('server', as(daemon))
    await query(await own.ready, 'create table kept as select 1 as n')
    await own.end('SIGTERM')
    const root = start()
    expect(await query(await root.ready, 'select n from kept')).toEqual([{ n: 1 }])
    await root.end('SIGTERM')
    const again = start('server', as(daemon))
    expect(await query(await again.ready, 'select n from kept')).toEqual([{ n: 1 }])
  })

  it.runIf(isRoot)('tells another user whose data directory it is', async () => {
    await start().ready
    await expect(start('command', as(nobody)).ready).rejects.toThrow(
      /is in use by another user's process: EACCES.* Run this as that user\.$/,
    )
  })

  it.runIf(isRoot)('tells a user who may not write the data directory', async () => {
    const first = start()
    await first.ready
    await first.end('SIGTERM')
    await expect(start('server', as(daemon)).ready).rejects.toThrow(
      /^The data directory .* cannot be written: EACCES.* Run this as the user it belongs to, or set DATA_DIR to another\.$/,
    )
  })

  it.runIf(isRoot)('works for root inside directories that are closed to all others', async () => {
    await chmod(dataDir, 0o700)
    const closed = join(dataDir, 'clone')
    await mkdir(closed, { mode: 0o700 })
    await using database = await openDatabase({ dataDir: join(closed, 'data'), role: 'server', log })
    const { rows } = await database.pool.query('select 1 as n')
    expect(rows).toEqual([{ n: 1 }])
  })
})

describe('DATABASE_URL', () => {
  it('opens a PostgreSQL of the operator’s own and leaves the data directory alone', async () => {
    await using database = await openDatabase({
      databaseUrl: inject('postgres').adminUrl,
      dataDir: join(dataDir, 'unused'),
      role: 'server',
      log,
    })
    expect(database.embedded).toBe(false)
    expect((await database.pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    await expect(stat(join(dataDir, 'unused'))).rejects.toThrow('ENOENT')
  })

  it('says in one line that it cannot be reached', async () => {
    const databaseUrl = 'postgresql://somebody@127.0.0.1:1/none'
    await expect(openDatabase({ databaseUrl, dataDir, role: 'server', log })).rejects.toThrow(
      /^The PostgreSQL at DATABASE_URL cannot be used: .*ECONNREFUSED/,
    )
  })

  it('refuses PostgreSQL 14 and older, and takes 15 to 18', () => {
    expect(() => checkVersion(140_013, '14.13')).toThrow('is version 14.13; Throughline needs 15 or newer')
    for (const number of [150_000, 160_004, 180_004]) expect(() => checkVersion(number, '')).not.toThrow()
  })
})
