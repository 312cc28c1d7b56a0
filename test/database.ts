import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { createKysely, createPool, type Database } from '../src/db/database.ts'

/** A migrated, empty database of a test file's own. */
export interface TestDatabase extends Database {
  /** For programs started with DATABASE_URL. */
  readonly url: string
}

/**
 * Makes a fresh database by copying the migrated template (or, with `migrated: false`, an empty one). Closing it, by
 * `await using` or in `afterAll`, drops it with all its connections.
 */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const { adminUrl, template, strategy } = inject('postgres')
  const name = `test_${process.pid}_${randomBytes(5).toString('hex')}`
  const source = options.migrated === false ? 'template1' : template
  await administer(adminUrl, `create database ${name} template ${source} strategy ${strategy}`)
  const location = new URL(adminUrl)
  location.pathname = `/${name}`
  const url = location.href
  const config = { connectionString: url }
  const pool = createPool(config)
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= pool.end().then(() => administer(adminUrl, `drop database if exists ${name} with (force)`))
    return closing
  }
  return { db: createKysely(pool), pool, config, url, embedded: false, close, [Symbol.asyncDispose]: close }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
