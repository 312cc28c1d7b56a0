import type { Db } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { defaultCriterion } from '../products/scoring.ts'
import { audit } from '../workspaces/audit.ts'
import { readHeader, requireContactColumn, type Target } from './columns.ts'
import { type CsvSource, fileFault, openCsv } from './csv-source.ts'
import {
  finishImport,
  type ImportCounts,
  keepImportAlive,
  productCriteria,
  type Reject,
  refreshStatistics,
  startImport,
} from './queries.ts'
import { readChunks } from './read-chunks.ts'
import { type ImportTarget, writeChunk } from './write-chunk.ts'

/** New customers from which on the planner's idea of the table is worth renewing. */
export const manyRows = 5_000
/** Rejects that a report lists; the rest are read page by page. */
const reportedRejects = 1_000
/** Well within the minute after which an import counts as dead (queries.ts). */
const heartbeatMs = 10_000
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
  const targets = targetsOf(source, mapping)
  const target: ImportTarget = { ...place, fence: null, criteria: await criteriaOf(db, place.workspaceId, targets) }
  await readChunks(source, targets, 0, async ({ rows, rejects }) => {
    const result = await writeChunk(db, target, rows, rejects)
    done(result.counts, result.rejects)
  })
}

/** Where the columns of a file go. @throws Problem `invalid` for a mapping that does not fit, or when no column is a contact */
export function targetsOf({ header }: CsvSource, mapping: Readonly<Record<string, string>>): Target[] {
  const targets = readHeader(header, mapping)
  requireContactColumn(header, targets)
  return targets
}

/** The criterion that each score column fills. @throws Problem `invalid` when a product is not here or has no criterion */
export async function criteriaOf(
  db: Db,
  workspaceId: number,
  targets: readonly Target[],
): Promise<Map<string, string>> {
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
