import { csvCell } from '../customers/csv-cell.ts'
import type { Db } from '../db/database.ts'
import { type Import, listRejects } from './queries.ts'

/** Rejects read at once. */
const pageSize = 1_000

/** Writes the rows that an import did not take as CSV (RFC 4180 with a header, formulas marked), in the order of the file, page by page. */
export async function* rejectsCsv(db: Db, of: Pick<Import, 'id' | 'status'>): AsyncGenerator<string> {
  yield 'line,why,row\r\n'
  let behind: readonly [number, string] | undefined
  for (;;) {
    const rows = await listRejects(db, of, { behind, limit: pageSize })
    if (rows.length > 0) {
      yield rows
        .map(({ line, message, rowText }) => `${line},${csvCell(message)},${csvCell(rowText ?? '')}\r\n`)
        .join('')
    }
    const last = rows.at(-1)
    if (rows.length < pageSize || !last) return
    behind = [last.line, last.code]
  }
}
