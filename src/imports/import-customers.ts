import type { Db } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { defaultCriterion } from '../products/scoring.ts'
import { audit } from '../workspaces/audit.ts'
import { readHeader, requireContactColumn, type Target } from './columns.ts'
import { fileFault, openCsv } from './csv-source.ts'
import {
  finishImport,
  type ImportCounts,
  keepImportAlive,
  productCriteria,
  type Reject,
  refreshStatistics,
  startImport,
} from './queries.ts'
import { readRow } from './rows.ts'
import { type GoodRow, type ImportTarget, writeChunk } from './write-chunk.ts'

/** Rows in one transaction. None may last 2 s, because readers of events wait for it (ENGINE, "Tables that matter"). */
const chunkRows = 2_000
/** Characters in one transaction, for files with very long rows. */
const chunkLength = 8_000_000
/** New customers from which on the planner's idea of the table is worth renewing. */
const manyRows = 5_000
/** Rejects that a report lists; the rest are read page by page. */
const reportedRejects = 1_000
/** Well within the minute after which an import counts as dead (queries.ts). */
const heartbeatMs = 10_000
/** Characters of a rejected row that are kept. */
const keptRowText = 500

export interface ImportOptions {
  /** Field by column header; an empty field leaves the column out. Other columns are guessed by their header. */
  mapping?: Record<string, string>
  /** Who imports, as the audit log names them. */
  by: string
  fileName?: string | null
  /** Called after each committed chunk with the counts so far. */
  onProgress?: (counts: ImportCounts) => void
  /** Ends the import as failed, with what was read until then: the program stops. */
  signal?: AbortSignal
}

/** What an import did. `error` says in a sentence why the file was not read to its end; what was counted until then is in. */
export interface ImportReport extends ImportCounts {
  id: string
  status: 'done' | 'failed'
  error: string | null
  /** The code of the error, as in `errors[]` of a problem. */
  errorCode: string | null
  /** The first 1,000. */
  rejects: Reject[]
}

/**
 * Imports customers from a CSV of any size: rows are read as the stream gives them and written in chunks, each of which commits whole. A
 * customer who is there (by email or external id, stored or earlier in the file) is filled and overridden. Memory does not grow with the
 * file. Never throws for what the file holds: the report says it.
 * @throws Problem `invalid` for a mapping that names no column or field; whatever the database throws, after the import was closed as failed
 */
export async function importCustomers(
  db: Db,
  workspaceId: number,
  stream: AsyncIterable<Uint8Array | string>,
  { mapping = {}, by, fileName = null, onProgress, signal }: ImportOptions,
): Promise<ImportReport> {
  const importId = await startImport(db, workspaceId, { fileName, mapping, by })
  const report: ImportReport = {
    id: importId,
    status: 'done',
    error: null,
    errorCode: null,
    rowsRead: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: 0,
    rejects: [],
  }
  const heartbeat = setInterval(() => void keepImportAlive(db, importId).catch(() => undefined), heartbeatMs)
  heartbeat.unref()
  try {
    await readFile(db, { workspaceId, importId }, bytesOf(stream, signal), mapping, (counts, rejects) => {
      for (const key of ['rowsRead', 'created', 'updated', 'unchanged', 'rejected'] as const) report[key] += counts[key]
      report.rejects.push(...rejects.slice(0, reportedRejects - report.rejects.length))
      onProgress?.(report)
    })
  } catch (error) {
    const known = error instanceof Problem || error instanceof StreamBroken
    const reason = known ? error.message : 'Something went wrong here; the log has the details.'
    const kept =
      report.rowsRead > 0
        ? ` The first ${report.rowsRead} rows were read and are in; import the file again to go on.`
        : ''
    report.status = 'failed'
    report.error = `${reason}${kept}`
    report.errorCode = error instanceof Problem ? (error.errors[0]?.code ?? error.code) : 'broken_off'
    await finishImport(db, importId, report.error)
    if (!known || (error instanceof Problem && error.errors.some(({ path }) => path !== 'file'))) throw error
    return report
  } finally {
    clearInterval(heartbeat)
  }
  await finishImport(db, importId, null)
  if (report.created >= manyRows) await refreshStatistics(db)
  const { rejects: _, ...counts } = report
  await audit(db, { workspaceId, actor: { text: by } }, 'customers.imported', 'import', importId, { ...counts })
  return report
}

/** The sender went away, or the file could not be read on. */
class StreamBroken extends Error {}

async function* bytesOf(
  stream: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of stream) {
      signal?.throwIfAborted()
      yield typeof piece === 'string' ? Buffer.from(piece) : piece
    }
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    throw new StreamBroken('The file broke off before its end.', { cause })
  }
}

type Done = (counts: ImportCounts, rejects: readonly Reject[]) => void

async function readFile(
  db: Db,
  place: { workspaceId: number; importId: string },
  bytes: AsyncIterable<Uint8Array>,
  mapping: Record<string, string>,
  done: Done,
): Promise<void> {
  const source = await openCsv(bytes)
  const targets = readHeader(source.header, mapping)
  requireContactColumn(source.header, targets)
  const target: ImportTarget = { ...place, criteria: await criteriaOf(db, place.workspaceId, targets) }

  let rows: GoodRow[] = []
  let rejects: Reject[] = []
  let length = 0
  // One chunk is written while the next one is read; the order of the file is kept.
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    const [chunk, bad] = [rows, rejects]
    rows = []
    rejects = []
    length = 0
    writing = writeChunk(db, target, chunk, bad).then((result) => done(result.counts, result.rejects))
    // Heard by the next flush; until then it must not count as unhandled.
    writing.catch(() => undefined)
  }
  try {
    for await (const records of source.rows) {
      for (const record of records) {
        const { line } = record
        if ('fault' in record) rejects.push(unreadable(record))
        else {
          const row = readRow(targets, record.cells)
          const text = () => rowText(record.cells.join(source.delimiter))
          if ('fault' in row) rejects.push({ line, ...row.fault, rowText: text() })
          else rows.push({ line, text, ...row })
          for (const cell of record.cells) length += cell.length
        }
        if (rows.length + rejects.length >= chunkRows || length >= chunkLength) await flush()
      }
    }
  } catch (error) {
    // What was read before the file broke off is good: it is written, and counted.
    await flush()
    await writing
    throw error
  }
  if (rows.length + rejects.length > 0) await flush()
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

/** The criterion that each score column fills. @throws Problem `invalid` when a product is not here or has no criterion */
async function criteriaOf(db: Db, workspaceId: number, targets: readonly Target[]): Promise<Map<string, string>> {
  const wanted = targets.flatMap((target) => (target.to === 'score' ? [target.product] : []))
  if (wanted.length === 0) return new Map()
  const products = await productCriteria(db, workspaceId)
  return new Map(
    wanted.map((name) => {
      const product = products.find((one) => one.product.toLowerCase() === name.toLowerCase())
      if (!product) throw fileFault('unknown_product', `A column names the product “${name}”, which is not here.`)
      const criterion = defaultCriterion(product.criteria)
      if (!criterion)
        throw fileFault('no_criterion', `The product “${name}” has no fit criterion that a score can go to.`)
      return [name.toLowerCase(), criterion.id]
    }),
  )
}
