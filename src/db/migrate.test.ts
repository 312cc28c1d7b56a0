import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { createPool } from './database.ts'
import { migrate, pendingMigrations } from './migrate.ts'

let database: TestDatabase
let directory: string

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
  directory = await mkdtemp(join(tmpdir(), 'throughline-migrations-'))
  await file('000001_first.sql', 'create table first (n int); insert into first values (1);')
  await file('000002_second.sql', 'create table second (n int);')
})

afterEach(async () => {
  await database.close()
  await rm(directory, { recursive: true })
})

const file = (name: string, text: string) => writeFile(join(directory, name), text)
const run = () => migrate(database.pool, { directory })
const pending = () => pendingMigrations(database.pool, { directory })

async function names(query: string): Promise<string[]> {
  return (await database.pool.query<{ name: string }>(query)).rows.map((row) => row.name)
}

describe('migrate', () => {
  it('applies each file once, in order, and records it', async () => {
    expect(await pending()).toEqual(['000001_first.sql', '000002_second.sql'])
    expect(await run()).toEqual(['000001_first.sql', '000002_second.sql'])
    expect(await run()).toEqual([])
    expect(await pending()).toEqual([])
    expect(await names('select name from schema_migration order by applied_at')).toEqual([
      '000001_first.sql',
      '000002_second.sql',
    ])
    await file('000003_third.sql', 'alter table first add column m int;')
    expect(await pending()).toEqual(['000003_third.sql'])
    expect(await run()).toEqual(['000003_third.sql'])
  })

  it('lets any number of processes start at once: each file is applied by one of them', async () => {
    const pools = Array.from({ length: 6 }, () => createPool(database.config, { max: 1 }))
    try {
      const applied = await Promise.all(pools.map((pool) => migrate(pool, { directory })))
      expect(applied.flat().sort()).toEqual(['000001_first.sql', '000002_second.sql'])
      expect((await database.pool.query('select n from first')).rows).toEqual([{ n: 1 }])
    } finally {
      for (const pool of pools) await pool.end()
    }
  })

  it('undoes a file that fails, keeps those before it, names it, and goes on when it is mended', async () => {
    await file('000002_second.sql', 'create table second (n int); insert into nowhere values (1);')
    await expect(run()).rejects.toThrow('The migration 000002_second.sql failed: relation "nowhere" does not exist')
    expect(await pending()).toEqual(['000002_second.sql'])
    await file('000002_second.sql', 'create table second (n int);')
    expect(await run()).toEqual(['000002_second.sql'])
  })

  it('runs the statements of a no-transaction file one by one, beside a process that waits', async () => {
    await file(
      '000002_second.sql',
      '-- no-transaction\n-- because of the index; and so\ncreate table if not exists second (n int);\n\ncreate index concurrently if not exists\n  second_n on second (n);\n-- the end\n',
    )
    const other = createPool(database.config, { max: 1 })
    try {
      await Promise.all([run(), migrate(other, { directory })])
    } finally {
      await other.end()
    }
    expect(await names(`select indexname as name from pg_indexes where tablename = 'second'`)).toEqual(['second_n'])
  })

  it('refuses a recorded file that has changed, but not for its line ends', async () => {
    await file('000002_second.sql', 'create table second (\n  n int\n);\n')
    await run()
    await file('000002_second.sql', 'create table second (\r\n  n int\r\n);\r\n')
    expect(await run()).toEqual([])
    await file('000002_second.sql', 'create table second (n bigint);')
    await expect(run()).rejects.toThrow('The migration 000002_second.sql has changed since it was applied')
    await expect(pending()).rejects.toThrow('has changed')
  })

  it('refuses a database that is newer than the program', async () => {
    await run()
    await rm(join(directory, '000002_second.sql'))
    await expect(run()).rejects.toThrow(/^The database is newer than this program: .* 000002_second\.sql/)
  })

  it('refuses files without a number and two with the same', async () => {
    await file('000002_again.sql', 'select 1;')
    await expect(run()).rejects.toThrow('Two migration files have the number 000002')
    await rm(join(directory, '000002_again.sql'))
    await file('notes.sql', 'select 1;')
    await expect(run()).rejects.toThrow('The migration file notes.sql is not named like 000001_name.sql')
  })

  it('makes the program’s own schema from nothing', async () => {
    const applied = await migrate(database.pool)
    expect(applied.length).toBeGreaterThan(0)
    expect(await pendingMigrations(database.pool)).toEqual([])
  })
})
