import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvCell, withoutFormulaMark } from '../customers/csv-cell.ts'
import { createCsvReader } from './csv-reader.ts'

function read(text: string, sizes: readonly number[] = [text.length || 1], format: { delimiter?: string } = {}) {
  const reader = createCsvReader({ delimiter: format.delimiter ?? ',', eol: '\n' })
  const records = []
  for (let start = 0, index = 0; start < text.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1
    records.push(...reader.push(text.slice(start, start + size), false))
    start += size
  }
  return [...records, ...reader.push('', true)]
}

describe('createCsvReader', () => {
  it('gives each record its first line, past blank lines and line breaks in cells', () => {
    expect(read('a,b\r\n\r\n"x\r\ny",2\r\n3\r\n')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['x\r\ny', '2'] },
      { line: 5, cells: ['3'] },
    ])
  })

  it('takes quotes in the middle of a cell as text and forgives spaces around quoted cells', () => {
    expect(read('Acme "The Best" Inc,1\n "a, b" , "c"\n')).toEqual([
      { line: 1, cells: ['Acme "The Best" Inc', '1'] },
      { line: 2, cells: ['a, b', 'c'] },
    ])
  })

  it('goes on at the next line behind a record that cannot be read', () => {
    expect(read('a,"b"c\n1,2\n3,"open\n4,5\n')).toEqual([
      { line: 1, fault: 'broken_quotes', text: 'a,"b"c' },
      { line: 2, cells: ['1', '2'] },
      { line: 3, fault: 'broken_quotes', text: '3,"open' },
      { line: 4, cells: ['4', '5'] },
    ])
  })

  it('reads the same whatever the pieces it is given', () => {
    const text = fc.array(fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', '""', '",'), { maxLength: 40 })
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), (parts, sizes) => {
        expect(read(parts.join(''), sizes)).toEqual(read(parts.join('')))
      }),
      { numRuns: 2_000 },
    )
  })

  it('reads back what the export writes, formulas and all', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\u0000')),
      fc.constantFrom('=1+1', "'=1", "''@x", '-5', '\tx', '＝x', ' padded ', 'a\r\nb', '"', "'"),
    )
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const text = rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
        const back = read(text).map((record) => ('cells' in record ? record.cells.map(withoutFormulaMark) : record))
        expect(back).toEqual(rows)
      }),
    )
  })
})
