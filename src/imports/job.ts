import type { Logger } from 'pino'
import type { App } from '../app.ts'
import type { Db } from '../db/database.ts'
import type { Loop } from '../engine/scheduler.ts'
import { createTakingLoop, Stopped } from '../engine/taking-loop.ts'
import { Problem } from '../errors.ts'
import { audit } from '../workspaces/audit.ts'
import { checkChunk } from './check-chunk.ts'
import { withMemory } from './check-queries.ts'
import { openCsv } from './csv-source.ts'
import { criteriaOf, manyRows, targetsOf } from './import-customers.ts'
import {
  clearCheck,
  endCheck,
  endImport,
  giveBack,
  type HeldImport,
  isHopeless,
  keepHeld,
  readPieces,
  sweepImports,
  takeImport,
} from './job-queries.ts'
import { getImport, ImportTaken, refreshStatistics } from './queries.ts'
import { type Chunk, readChunks } from './read-chunks.ts'
import { type ImportTarget, writeChunk } from './write-chunk.ts'

/** How often a worker says that it still has an import in hand; well within the lease (job-queries.ts). */
const heartbeatMs = 4_000
/**
 * The loop that carries imports on whose file was sent first. `checking`: from the start, on one connection; one that was cut off begins
 * anew, because it wrote nothing. `running`: behind the rows that are counted, which are those that were written, since both commit
 * together. Each chunk asks whether the import is still in this worker's hands: canceled or taken over, it rolls back.
 */
export const createImporting = ({ db, log, wake }: Pick<App, 'db' | 'log' | 'wake'>): Loop =>
  createTakingLoop({
    name: 'import',
    wake,
    take: () => takeImport(db),
    carryOn: (held, unlessStopped) => carryOn(db, log, held, unlessStopped),
    sweep: () => sweepImports(db),
  })

async function carryOn(db: Db, log: Logger, held: HeldImport, unlessStopped: () => void): Promise<void> {
  const heartbeat = setInterval(() => void keepHeld(db, held).catch(() => undefined), heartbeatMs)
  heartbeat.unref()
  try {
    if (isHopeless(held))
      throw new Problem('internal', 'Something went wrong here again and again; the log has the details.')
    if (held.status === 'checking') await check(db, held, unlessStopped)
    else await write(db, held, unlessStopped)
  } catch (error) {
    if (error instanceof ImportTaken) return
    if (error instanceof Stopped) return await giveBack(db, held)
    // A full disk passes, and its tries are not counted against the file: it goes on behind what is counted.
    if ((error as { code?: unknown }).code === '53100') await giveBack(db, held).catch(() => undefined)
    const reason = error instanceof Problem ? error.message : null
    // A database that is away, or a fault that may pass: the lease ends and somebody tries again.
    if (reason === null) throw error
    log.warn({ err: error, import: held.id }, 'An import cannot go on')
    const read = held.status === 'running' ? ((await getImport(db, held.workspaceId, held.id))?.rowsRead ?? 0) : 0
    const kept = read > 0 ? ` The first ${read} rows were read and are in; import the file again to go on.` : ''
    await endImport(db, held, `${reason}${kept}`)
  } finally {
    clearInterval(heartbeat)
  }
}

async function check(db: Db, held: HeldImport, unlessStopped: () => void): Promise<void> {
  await clearCheck(db, held)
  await withMemory(db, async (connection) => {
    await readThrough(db, held, 0, async (target, chunk) => {
      unlessStopped()
      await checkChunk(connection, target, chunk)
    })
  })
  await endCheck(db, held)
}

async function write(db: Db, held: HeldImport, unlessStopped: () => void): Promise<void> {
  await readThrough(db, held, held.rowsRead, async (target, { rows, rejects }) => {
    unlessStopped()
    await writeChunk(db, target, rows, rejects)
  })
  await db.transaction().execute(async (tx) => {
    if (!(await endImport(tx, held, null))) return
    const done = await getImport(tx, held.workspaceId, held.id)
    if (!done) return
    const { rowsRead, created, updated, unchanged, rejected } = done
    const actor = { workspaceId: held.workspaceId, actor: { text: held.by } }
    const counts = { rowsRead, created, updated, unchanged, rejected }
    await audit(tx, actor, 'customers.imported', 'import', held.id, counts)
  })
  const done = await getImport(db, held.workspaceId, held.id)
  if (done && done.created >= manyRows) await refreshStatistics(db)
}

async function readThrough(
  db: Db,
  { id, workspaceId, fence, mapping }: HeldImport,
  skip: number,
  each: (target: ImportTarget, chunk: Chunk) => Promise<void>,
): Promise<void> {
  const source = await openCsv(readPieces(db, id))
  const targets = targetsOf(source, mapping)
  const target = { workspaceId, importId: id, fence, criteria: await criteriaOf(db, workspaceId, targets) }
  await readChunks(source, targets, skip, (chunk) => each(target, chunk))
}
