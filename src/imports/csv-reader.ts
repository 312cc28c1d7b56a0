/**
 * Reads CSV text piece by piece (RFC 4180; any of the usual delimiters; CRLF, LF or CR). Made for files that people send: a record that
 * cannot be read costs its own line and nothing behind it, because reading goes on at the next line. (csv-parse 7 loses every row behind
 * a broken quote or an oversized record, up to the next quote or the end of the file.) Quotes inside an unquoted cell are text.
 */

/** One record: its cells, or why it cannot be read. `line` is where it begins, counted from 1. */
export type CsvRecord =
  | { line: number; cells: string[] }
  | { line: number; fault: 'broken_quotes' | 'too_long'; text: string }

/** Longest record in characters; one quote that never closes must not swallow a file. */
const maxRecordLength = 1_000_000

/** Takes text as it comes; `last` with the final piece. */
export interface CsvReader {
  push(text: string, last: boolean): CsvRecord[]
}

/** Reads one file. `eol` is `\r` only for files that have no line feed. Records may be at most maxRecordLength long. */
export function createCsvReader({ delimiter, eol }: { delimiter: string; eol: '\n' | '\r' }): CsvReader {
  let rest = ''
  let line = 1
  /** Inside a line that was reported as too long. */
  let skipping = false

  return {
    push(text, last) {
      const buffer = rest + text
      const records: CsvRecord[] = []
      let position = 0
      let nextQuote = buffer.indexOf('"')
      for (;;) {
        const found = buffer.indexOf(eol, position)
        if (found < 0 && !last) break
        const end = found < 0 ? buffer.length : found
        if (position >= buffer.length) break
        if (skipping) {
          skipping = false
          line += 1
          position = end + 1
          continue
        }
        if (nextQuote >= 0 && nextQuote < position) nextQuote = buffer.indexOf('"', position)
        if (end - position > maxRecordLength) {
          records.push({ line, fault: 'too_long', text: buffer.slice(position, position + 1000) })
          line += 1
          position = end + 1
          continue
        }
        if (nextQuote < 0 || nextQuote > end) {
          const cells = lineText(buffer, position, end).split(delimiter)
          if (!isBlank(cells)) records.push({ line, cells })
          line += 1
          position = end + 1
          continue
        }
        const record = readQuoted(buffer, position, { delimiter, eol, last })
        if (record === 'more' && !last && buffer.length - position <= maxRecordLength) break
        if (record === 'more' || record === 'broken') {
          records.push({ line, fault: 'broken_quotes', text: lineText(buffer, position, end) })
          line += 1
          position = end + 1
          continue
        }
        if (!isBlank(record.cells)) records.push({ line, cells: record.cells })
        line += record.lines
        position = record.next
      }
      rest = buffer.slice(position)
      if (skipping) rest = ''
      else if (rest.length > maxRecordLength) {
        records.push({ line, fault: 'too_long', text: rest.slice(0, 1000) })
        skipping = true
        rest = ''
      }
      return records
    },
  }
}

const lineText = (buffer: string, start: number, end: number): string =>
  buffer.slice(start, end > start && buffer[end - 1] === '\r' ? end - 1 : end)

const isBlank = (cells: readonly string[]): boolean => cells.length === 1 && (cells[0] ?? '').trim() === ''

interface Format {
  delimiter: string
  eol: '\n' | '\r'
  last: boolean
}

/** A record with quotes in it. `more`: it goes on behind the buffer; `broken`: text behind a closing quote. */
function readQuoted(
  buffer: string,
  start: number,
  { delimiter, eol, last }: Format,
): { cells: string[]; next: number; lines: number } | 'more' | 'broken' {
  const cells: string[] = []
  let position = start
  let lines = 1
  for (;;) {
    const opening = afterSpaces(buffer, position)
    if (buffer[opening] === '"') {
      let value = ''
      let from = opening + 1
      for (;;) {
        const quote = buffer.indexOf('"', from)
        if (quote < 0 || (quote + 1 === buffer.length && !last)) return 'more'
        value += buffer.slice(from, quote)
        if (buffer[quote + 1] !== '"') {
          position = afterSpaces(buffer, quote + 1)
          break
        }
        value += '"'
        from = quote + 2
      }
      if (position === buffer.length && !last) return 'more'
      lines += count(value, eol)
      cells.push(value)
    } else {
      const comma = buffer.indexOf(delimiter, position)
      const found = buffer.indexOf(eol, position)
      if (comma < 0 && found < 0 && !last) return 'more'
      const end = found < 0 ? buffer.length : found
      const stop = comma >= 0 && comma < end ? comma : end
      cells.push(stop === end ? lineText(buffer, position, end) : buffer.slice(position, stop))
      position = stop
    }
    if (position >= buffer.length) return { cells, next: buffer.length, lines }
    if (buffer.startsWith(delimiter, position)) {
      position += delimiter.length
      if (position === buffer.length && !last) return 'more'
      continue
    }
    if (buffer[position] === '\r' && buffer[position + 1] === eol) position += 1
    if (buffer[position] === eol) return { cells, next: position + 1, lines }
    if (buffer[position] === '\r' && position + 1 === buffer.length) {
      if (!last) return 'more'
      return { cells, next: buffer.length, lines }
    }
    return 'broken'
  }
}

/** Spaces around quotes are no part of the cell: `"a", "b"`. */
function afterSpaces(buffer: string, position: number): number {
  let index = position
  while (buffer[index] === ' ') index += 1
  return index
}

function count(text: string, part: string): number {
  let n = 0
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) n += 1
  return n
}
