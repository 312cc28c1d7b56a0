import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { arrayLiteral, sql } from './database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

describe('values', () => {
  it('reads bigint and numeric as numbers and a date as its text', async () => {
    const { rows } = await database.pool.query(
      `select 9007199254740991::bigint as big, 1.25::numeric as fraction, sum(x) as total, '2024-02-29'::date as day
       from (values (1::bigint), (2)) t(x)`,
    )
    expect(rows).toEqual([{ big: 9_007_199_254_740_991, fraction: 1.25, total: 3, day: '2024-02-29' }])
  })
})

describe('arrayLiteral', () => {
  it('gives PostgreSQL back exactly the strings it was given', async () => {
    const texts = [
      '',
      'NULL',
      'null',
      'a,b',
      '{x}',
      'say "hi"',
      'back\\slash',
      '\\"',
      ' padded ',
      'línea\n\ttab',
      '🙂',
      null,
    ]
    const { rows } = await database.pool.query('select $1::text[] as texts', [arrayLiteral(texts)])
    expect(rows[0].texts).toEqual(texts)
  })

  it('writes numbers and no values at all', async () => {
    const { rows } = await database.pool.query('select $1::float8[] as numbers, $2::text[] as nothing', [
      arrayLiteral([1, -0.5, 1e21, null]),
      arrayLiteral([]),
    ])
    expect(rows[0]).toEqual({ numbers: [1, -0.5, 1e21, null], nothing: [] })
  })
})

it('fails the work of a connection that is lost while it is in use, and nothing else', async () => {
  const { db, pool } = database
  const lost = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
    const client = await pool.query('select pg_terminate_backend($1, 5000) as ended', [rows[0]?.pid])
    expect(client.rows).toEqual([{ ended: true }])
    // Nothing is under way on the connection when it hears of its end.
    for (let n = 0; n < 3; n += 1) await pool.query('select 1')
    await sql`select 1`.execute(tx)
  })
  await expect(lost).rejects.toThrow()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})
