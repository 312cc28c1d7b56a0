import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { sql } from '../db/database.ts'
import { stableRandom } from '../engine/stable-random.ts'
import { conditions, holds, instantOf, numberOf, textOf } from '../workflow/conditions.ts'
import { compareSql, type Source } from './value-sql.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.close())

const texts = [
  ...[
    '',
    '  ',
    'Vietnam',
    ' vietnam ',
    'VIET',
    'nam',
    '\u00a0Việt Nam\u3000',
    'Việt Nam'.normalize('NFD'),
    'ΟΔΟΣ',
    'οδος',
    'İstanbul',
  ],
  ...[
    'i̇stanbul',
    'STRASSE',
    'straße',
    '😀',
    '=cmd()|x',
    "'; drop table customer; --",
    '%_\\',
    'مرحبا',
    '\u202eabc',
    '{{x}}',
    'true',
    'NULL',
    'null',
  ],
  ...[
    '5',
    '5.0',
    ' 5 ',
    '007',
    '7',
    '-1.5',
    '+1.5',
    '.5',
    '5.',
    '1e3',
    '1E-3',
    '1e999',
    '-1e999',
    '1e-999',
    '0x10',
    '1,5',
    'Infinity',
    'NaN',
    '٣',
    '9'.repeat(400),
  ],
  ...[
    '2027-03-01',
    '2027-03-01T09:00',
    '2027-03-01T09:00:00+07:00',
    '2027-03-01 09:00:00.1234567Z',
    '2027-02-31',
    '2027-13-01',
    '2027-01-32',
  ],
  ...[
    '2027-03-01T24:00',
    '2027-03-01T24:01',
    '2027-03-01T09:60',
    '2027-03-01t09:00z',
    '2027-03-01T09:00+0930',
    '2027-03-01T09:00+24:00',
    '1969-12-31',
    ' 2027-03-01 ',
  ],
]
const scalars: unknown[] = [...texts, 0, 5, 7, -1.5, 0.5, 1e20, 1e-6, 123456789.25, true, false]
const lists: unknown[] = [[], ['VIP', 'New York', 5], ['vip'], [5], [' ', 'x'], ['2027-03-01'], [true, null], [null]]
const actuals: unknown[] = [...scalars, ...lists, null, undefined, {}]
const expectedValues = scalars.filter((value) => String(value).trim() !== '') as (string | number | boolean)[]

/** Judges all pairs by SQL, in one statement a condition. */
async function judge(
  kind: Source['kind'],
  pairs: readonly [unknown, string | number | boolean][],
  op: (typeof conditions)[number],
) {
  const cast = { json: sql`::jsonb`, text: sql`::text`, texts: sql`::text[]`, instant: sql`::timestamptz` }[kind]
  const written = (actual: unknown) =>
    actual === undefined || (actual === null && kind !== 'json')
      ? null
      : kind === 'json'
        ? JSON.stringify(actual)
        : actual instanceof Date
          ? actual.toISOString()
          : (actual as string | string[])
  const rows = pairs.map(
    ([actual, value]) =>
      sql`select coalesce(${compareSql({ kind, value: sql`v.x` }, op, value)}, false) as holds from (select ${written(actual)}${cast} as x) v`,
  )
  const answers: boolean[] = []
  for (let start = 0; start < rows.length; start += 300) {
    const { rows: some } = await sql<{
      holds: boolean
    }>`${sql.join(rows.slice(start, start + 300), sql` union all `)}`.execute(test.db)
    answers.push(...some.map((row) => row.holds))
  }
  return answers
}

async function disagreements(kind: Source['kind'], pairs: readonly [unknown, string | number | boolean][]) {
  const wrong: string[] = []
  for (const op of conditions) {
    const answers = await judge(kind, pairs, op)
    pairs.forEach(([actual, value], index) => {
      if (answers[index] !== holds(actual, op, value))
        wrong.push(`${JSON.stringify(actual)} ${op} ${JSON.stringify(value)}: SQL says ${answers[index]}`)
    })
  }
  return wrong
}

/** Some of all pairs, other ones for each seed, and each actual value with itself. */
function draw(from: readonly unknown[], seed: string, share: number): [unknown, string | number | boolean][] {
  return from.flatMap((actual, row) =>
    expectedValues.flatMap((value, column) => {
      const kept = actual === value || stableRandom(seed, 'pair', String(row), String(column)) < share
      return kept ? [[actual, value] as [unknown, string | number | boolean]] : []
    }),
  )
}

describe('comparisons in SQL say what those in memory say', () => {
  it('of JSON values of every kind', async () => {
    expect(await disagreements('json', draw(actuals, 'json', 0.25))).toEqual([])
  })

  it('of text columns', async () => {
    expect(await disagreements('text', draw([...texts, null], 'text', 0.25))).toEqual([])
  })

  it('of tags', async () => {
    const tags = [
      [],
      ['vip'],
      ['VIP', 'New York'],
      ['5'],
      ['5.0', 'x'],
      ['İstanbul'],
      ['ΟΔΟΣ'],
      ["'; drop table customer; --"],
    ]
    expect(await disagreements('texts', draw(tags, 'tags', 1))).toEqual([])
  })

  it('of instants', async () => {
    const instants = [
      new Date('2027-03-01T12:00:00Z'),
      new Date('2027-03-01'),
      new Date('2027-03-01T09:00:00.123Z'),
      null,
    ]
    expect(await disagreements('instant', draw(instants, 'instants', 1))).toEqual([])
  })

  it('down to the texts, numbers and instants that values are taken for', async () => {
    const { rows } = await sql<{ text: string; number: number | null; instant: number | null }>`
      select rule_text(t) as text, rule_number(t) as number, rule_instant(t) as instant
      from unnest(array[${sql.join(texts)}]::text[]) with ordinality as u(t, n) order by n
    `.execute(test.db)
    expect(rows).toEqual(
      texts.map((text) => ({ text: textOf(text), number: numberOf(text), instant: instantOf(text) })),
    )
  })
})
