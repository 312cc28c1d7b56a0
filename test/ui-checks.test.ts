import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const rows = readFileSync(join(root, 'docs/ui-checks.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))

describe('docs/ui-checks.md', () => {
  it('lists the 25 checks in order', () => {
    expect(rows.map(([number]) => Number(number))).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
  })

  it.each(rows)('names for check %s tests that exist: %s', (_number, _check, tests = '') => {
    for (const one of tests.split('<br>')) {
      const [, file = '', title = ''] = /^`([\w-]+\.e2e)`: (.+)$/.exec(one) ?? []
      const source = readFileSync(join(root, `test/e2e/${file}.test.ts`), 'utf8')
      expect(
        ["'", '`'].some((quote) => source.includes(`(${quote}${title}${quote}`)),
        one,
      ).toBe(true)
    }
  })
})
