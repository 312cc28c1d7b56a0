import { Pace } from '../engine/pace.ts'
import type { Target } from './columns.ts'
import type { CsvSource } from './csv-source.ts'
import type { Reject } from './queries.ts'
import { readRow } from './rows.ts'
import type { GoodRow } from './write-chunk.ts'

/** Most rows in one transaction. None may last 2 s, because readers of events wait for it (ENGINE, "Tables that matter"). */
const mostRows = 2_000
/** Fewer than so many cost more in transactions than they save. */
const fewestRows = 100
/** Characters in one transaction, for files with very long rows. */
const chunkLength = 8_000_000
/** Characters of a rejected row that are kept. */
const keptRowText = 500

/** Rows that stand behind each other in a file: those that can be taken, and those that cannot. */
export interface Chunk {
  rows: GoodRow[]
  rejects: Reject[]
}

/**
 * Reads the rows of a file behind the first `skip` of them, and gives them to `write` chunk by chunk, in the order of the file: one is
 * written while the next one is read. Chunks are as long as take about 0.4 s. When the file breaks off, what was read before is written
 * first. @throws what the file or `write` throws
 */
export async function readChunks(
  { rows: batches, delimiter }: CsvSource,
  targets: readonly Target[],
  skip: number,
  write: (chunk: Chunk) => Promise<void>,
): Promise<void> {
  const pace = new Pace({ most: mostRows, least: fewestRows })
  let chunk: Chunk = { rows: [], rejects: [] }
  let length = 0
  let seen = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    const full = chunk
    chunk = { rows: [], rejects: [] }
    length = 0
    const size = full.rows.length + full.rejects.length
    const begun = performance.now()
    writing = write(full).then(() => pace.took(size, performance.now() - begun))
    // Heard by the next flush; until then it must not count as unhandled.
    writing.catch(() => undefined)
  }
  try {
    for await (const records of batches) {
      for (const record of records) {
        seen += 1
        if (seen <= skip) continue
        const { line } = record
        if ('fault' in record) chunk.rejects.push(unreadable(record))
        else {
          const row = readRow(targets, record.cells)
          const text = () => rowText(record.cells.join(delimiter))
          if ('fault' in row) chunk.rejects.push({ line, ...row.fault, rowText: text() })
          else chunk.rows.push({ line, text, ...row })
          for (const cell of record.cells) length += cell.length
        }
        if (chunk.rows.length + chunk.rejects.length >= pace.size || length >= chunkLength) await flush()
      }
    }
  } catch (error) {
    // What was read before the file broke off is good: it is written, and counted.
    await flush()
    await writing
    throw error
  }
  if (chunk.rows.length + chunk.rejects.length > 0) await flush()
  await writing
}

/** Kept short, and free of what PostgreSQL refuses in text. */
const rowText = (text: string): string => text.slice(0, keptRowText).replaceAll('\u0000', '\uFFFD').toWellFormed()

const unreadable = ({
  line,
  fault,
  text,
}: {
  line: number
  fault: 'broken_quotes' | 'too_long'
  text: string
}): Reject => ({
  line,
  code: fault,
  message:
    fault === 'broken_quotes'
      ? 'A quote is opened and not closed, or text follows a closing quote; write quotes inside a cell twice ("").'
      : 'The line is longer than a million characters.',
  rowText: rowText(text),
})
