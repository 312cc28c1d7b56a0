import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type pg from 'pg'
import type { Log } from './database.ts'
import { StartFailure } from './start-failure.ts'

/** Where the program's own migrations are. */
const migrationsDirectory = new URL('./migrations/', import.meta.url)

/** One `000001_name.sql` file, in the order of its number. */
interface Migration {
  name: string
  text: string
  sha256: string
}

/** What `migrate` and `pendingMigrations` take beside the pool. */
export interface MigrateOptions {
  /** Another directory of `.sql` files; the program's own by default. */
  directory?: string | URL
  log?: Log
}

// Any fixed number will do, as long as all versions of the program share it.
const lockKey = 7_310_226_181

const recordTable = `create table if not exists schema_migration (
  name text primary key,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp()
)`

/**
 * Applies the migrations that this database has not seen, in order, and records each in `schema_migration`. Each file is
 * one transaction with its record, unless its first line is `-- no-transaction`: then its statements (each ending with
 * `;` at the end of a line, so that `create index concurrently` can be one) run one by one and must be repeatable, because
 * a crash half-way runs them again. Any number of processes may start at once: one migrates, the others wait for it.
 * Answers with the names applied. Throws a {@link StartFailure} when a recorded file has changed or the database is newer
 * than the program.
 */
export async function migrate(pool: pg.Pool, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.directory ?? migrationsDirectory)
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    await lock(client)
    await client.query(recordTable)
    const records = await readRecords(client)
    const pending = unapplied(migrations, records)
    // The first start has nothing to follow up file by file.
    const isNew = records.length === 0
    for (const migration of pending) {
      await apply(client, migration)
      if (!isNew) options.log?.info({ migration: migration.name }, 'Applied a migration')
    }
    if (isNew) options.log?.info({ migrations: pending.length }, 'Made the tables')
    await client.query('select pg_advisory_unlock($1)', [lockKey])
    return pending.map((migration) => migration.name)
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    // A failed session is closed rather than returned: that also gives back the lock and an open transaction.
    client.release(failure)
  }
}

/**
 * The names of the migrations that `migrate` would apply, for readiness and diagnosis; throws as `migrate` does. Changes
 * nothing.
 */
export async function pendingMigrations(pool: pg.Pool, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.directory ?? migrationsDirectory)
  const { rows } = await pool.query<{ present: boolean }>(
    `select to_regclass('schema_migration') is not null as present`,
  )
  const records = rows[0]?.present ? await readRecords(pool) : []
  return unapplied(migrations, records).map((migration) => migration.name)
}

async function readMigrations(directory: string | URL): Promise<Migration[]> {
  const base = directory instanceof URL ? directory : pathToFileURL(join(directory, '/'))
  const names = (await readdir(base)).filter((name) => name.endsWith('.sql')).sort()
  const migrations = await Promise.all(
    names.map(async (name) => {
      // A checkout with CRLF line ends (Windows) is the same migration.
      const text = (await readFile(new URL(name, base), 'utf8')).replaceAll('\r\n', '\n')
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
    }),
  )
  const numbers = new Set<string>()
  for (const { name } of migrations) {
    const number = /^(\d{6})_[a-z0-9_]+\.sql$/.exec(name)?.[1]
    if (number === undefined) throw new StartFailure(`The migration file ${name} is not named like 000001_name.sql`)
    if (numbers.has(number)) throw new StartFailure(`Two migration files have the number ${number}`)
    numbers.add(number)
  }
  return migrations
}

interface Record {
  name: string
  sha256: string
}

async function readRecords(queryable: pg.Pool | pg.PoolClient): Promise<Record[]> {
  return (await queryable.query<Record>('select name, sha256 from schema_migration order by name')).rows
}

function unapplied(migrations: Migration[], records: Record[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const record of records) {
    const migration = known.get(record.name)
    if (migration === undefined) {
      throw new StartFailure(
        `The database is newer than this program: it has had the migration ${record.name}, which this version does not know. Start the version that you ran last, or a newer one.`,
      )
    }
    if (migration.sha256 !== record.sha256) {
      throw new StartFailure(
        `The migration ${record.name} has changed since it was applied to this database. Put the original file back and make the change in a new one.`,
      )
    }
  }
  const applied = new Set(records.map((record) => record.name))
  return migrations.filter((migration) => !applied.has(migration.name))
}

async function lock(client: pg.PoolClient): Promise<void> {
  for (;;) {
    // Asking again rather than waiting inside a statement: a waiting statement holds a snapshot, and `create index
    // concurrently` in the process that has the lock would wait for that snapshot to go.
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [lockKey])
    if (rows[0]?.locked) return
    await delay(50)
  }
}

async function apply(client: pg.PoolClient, migration: Migration): Promise<void> {
  const record = 'insert into schema_migration (name, sha256) values ($1, $2)'
  const values = [migration.name, migration.sha256]
  try {
    if (/^-- no-transaction\b/.test(migration.text)) {
      for (const statement of migration.text.split(/;[ \t]*$/m)) {
        if (statement.replace(/^\s*--.*$/gm, '').trim() !== '') await client.query(statement)
      }
      await client.query(record, values)
      return
    }
    await client.query('begin')
    await client.query(migration.text)
    await client.query(record, values)
    await client.query('commit')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartFailure(`The migration ${migration.name} failed: ${reason}`, { cause })
  }
}
