import { invalidField } from '../errors.ts'
import { type CsvRecord, createCsvReader } from './csv-reader.ts'

/** What is looked at before anything is believed: enough for the encoding, the delimiter and whether it is text at all. */
const headBytes = 65_536

/** Delimiters that spreadsheets write, in the order of preference when a header has as many of each. */
const delimiters = [',', ';', '\t', '|'] as const

/** Files that are often taken for a CSV, by their first bytes. */
const otherFormats: readonly [bytes: number[], name: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], 'an Excel workbook or a ZIP archive; save the sheet as “CSV UTF-8”'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook; save the sheet as “CSV UTF-8”'],
  [[0x1f, 0x8b], 'a compressed file; unpack it first'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image'],
  [[0xff, 0xd8, 0xff], 'a JPEG image'],
]

/** The start of a file: its column names, and the rows behind them in batches as the file is read. */
export interface CsvSource {
  header: string[]
  delimiter: string
  rows: AsyncGenerator<CsvRecord[], void>
}

/**
 * Opens a CSV file of any size: finds the encoding (UTF-8, or UTF-16 by its mark), the delimiter and the line ends, and reads the header.
 * Bytes that are no UTF-8 become U+FFFD, which the rows are checked for.
 * @throws Problem `invalid` naming what is wrong with the file: empty, or no CSV
 */
export async function openCsv(source: AsyncIterable<Uint8Array>): Promise<CsvSource> {
  const bytes = source[Symbol.asyncIterator]()
  const head: Buffer[] = []
  let length = 0
  let ended = false
  // A file that breaks off here still has the rows before: they come first.
  let broken: { error: unknown } | undefined
  while (length < headBytes && !ended && !broken) {
    try {
      const next = await bytes.next()
      if (next.done) ended = true
      else {
        head.push(Buffer.from(next.value))
        length += next.value.length
      }
    } catch (error) {
      if (length === 0) throw error
      broken = { error }
    }
  }
  const start = Buffer.concat(head)
  const encoding = encodingOf(start)
  requireText(start, encoding)

  const decoder = new TextDecoder(encoding)
  const first = decoder.decode(start, { stream: !ended })
  const eol = first.includes('\n') || !first.includes('\r') ? '\n' : '\r'
  const delimiter = delimiterOf(first, eol)
  const reader = createCsvReader({ delimiter, eol })
  const records = reader.push(first, ended)
  const [header] = records
  if (!header) throw fileFault('empty_file', 'The file is empty: there is no line with column names.')
  if (!('cells' in header)) {
    throw fileFault('not_csv', 'The first line cannot be read as CSV column names: a quote is opened and never closed.')
  }

  async function* rows(): AsyncGenerator<CsvRecord[], void> {
    yield records.slice(1)
    if (broken) throw broken.error
    while (!ended) {
      const next = await bytes.next()
      ended = next.done === true
      yield reader.push(decoder.decode(next.done ? undefined : next.value, { stream: !ended }), ended)
    }
  }
  return { header: header.cells, delimiter, rows: rows() }
}

/** A fault of the file as a whole. */
export const fileFault = (code: string, message: string) => invalidField('file', code, message)

function encodingOf(start: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function requireText(start: Buffer, encoding: string): void {
  if (start.length === 0) throw fileFault('empty_file', 'The file is empty.')
  const other = otherFormats.find(([bytes]) => bytes.every((byte, index) => start[index] === byte))
  if (other) throw fileFault('not_csv', `This is not a CSV file but ${other[1]}.`)
  if (encoding === 'utf-8' && start.includes(0)) {
    throw fileFault('not_csv', 'This is not a CSV file: it holds bytes that no text has (NUL).')
  }
}

/** The delimiter that the first line has most of, outside quotes. */
function delimiterOf(text: string, eol: string): string {
  const counts = new Map<string, number>(delimiters.map((delimiter) => [delimiter, 0]))
  let quoted = false
  for (const letter of text) {
    if (letter === '"') quoted = !quoted
    else if (!quoted && letter === eol) break
    else if (!quoted && counts.has(letter)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  return delimiters.toSorted((left, right) => (counts.get(right) ?? 0) - (counts.get(left) ?? 0))[0] ?? ','
}
