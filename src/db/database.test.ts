import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { arrayLiteral } from './database.ts'

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
