import type { Logger } from 'pino'
import { eventPages } from '../analytics/csv.ts'
import { findZone } from '../analytics/queries.ts'
import { readScope } from '../analytics/scope.ts'
import type { App } from '../app.ts'
import { apply, bulkAuditName } from '../customers/bulk.ts'
import { nextMatching } from '../customers/bulk-queries.ts'
import { exportPages } from '../customers/export-csv.ts'
import type { Db } from '../db/database.ts'
import { Pace } from '../engine/pace.ts'
import type { Loop } from '../engine/scheduler.ts'
import { createTakingLoop, Stopped } from '../engine/taking-loop.ts'
import { Problem } from '../errors.ts'
import { exportRuns } from '../runs/export-queries.ts'
import { audit } from '../workspaces/audit.ts'
import type { JobInput } from './input.ts'
import {
  advanceJob,
  clearPieces,
  endJob,
  giveJobBack,
  type HeldJob,
  isHopeless,
  JobTaken,
  keepJobPiece,
  sweepJobs,
  takeJob,
} from './queries.ts'

/** Characters of a file that are kept in one row. */
const pieceLength = 1_000_000
/** Most customers in one transaction, and fewest. */
const chunk = { most: 2_000, least: 100 }

/**
 * The loop that carries jobs on. A bulk change goes on behind its cursor, which moves in the transaction of each chunk; an export that was
 * cut off is written anew. Each chunk asks whether the job is still in this worker's hands: canceled or taken over, it rolls back.
 */
export const createJobs = ({ db, log, wake }: Pick<App, 'db' | 'log' | 'wake'>): Loop =>
  createTakingLoop({
    name: 'jobs',
    wake,
    take: () => takeJob(db),
    carryOn: (held, unlessStopped) => carryOn(db, log, held, unlessStopped),
    sweep: () => sweepJobs(db),
  })

async function carryOn(db: Db, log: Logger, held: HeldJob, unlessStopped: () => void): Promise<void> {
  try {
    if (isHopeless(held)) {
      throw new Problem('internal', 'Something went wrong here again and again; the log has the details.')
    }
    if (held.input.kind === 'bulk') await changeAll(db, held, held.input, unlessStopped)
    else await writeFile(db, held, held.input, unlessStopped)
  } catch (error) {
    if (error instanceof JobTaken) return
    if (error instanceof Stopped) return await giveJobBack(db, held)
    const isFull = (error as { code?: unknown }).code === '53100'
    // A change goes on when there is room, however long that takes; a file that is written would be what takes the room.
    if (isFull && held.input.kind === 'bulk') await giveJobBack(db, held).catch(() => undefined)
    const reason =
      error instanceof Problem
        ? error.message
        : isFull && held.input.kind === 'export'
          ? 'The disk of the database is full.'
          : null
    // A database that is away, or a fault that may pass: the lease ends and somebody tries again.
    if (reason === null) throw error
    log.warn({ err: error, job: held.id }, 'A job cannot go on')
    await endJob(db, held, reason)
  }
}

type Bulk = Extract<JobInput, { kind: 'bulk' }>
type Export = Extract<JobInput, { kind: 'export' }>

async function changeAll(db: Db, held: HeldJob, { filter, action }: Bulk, unlessStopped: () => void): Promise<void> {
  const { workspaceId, startedAt } = held
  const pace = new Pace(chunk)
  let behind = held.cursor
  for (;;) {
    unlessStopped()
    const begun = performance.now()
    const from = behind
    const ids = await db.transaction().execute(async (tx) => {
      const next = await nextMatching(tx, workspaceId, filter, { behind: from, limit: pace.size, until: startedAt })
      const cursor = next.at(-1) ?? null
      const changed = next.length === 0 ? 0 : await apply(tx, workspaceId, next, action)
      await advanceJob(tx, held, { cursor, done: next.length, changed })
      return next
    })
    if (ids.length === 0) break
    pace.took(ids.length, performance.now() - begun)
    behind = ids.at(-1) ?? null
  }
  await db.transaction().execute(async (tx) => {
    const done = await endJob(tx, held, null)
    if (!done) return
    const actor = { workspaceId, actor: { text: held.by } }
    await audit(tx, actor, bulkAuditName(action), 'customer', null, {
      ...action,
      matched: done.done,
      changed: done.changed,
    })
  })
}

type Page = { text: string; rows: number }

async function pagesOf(db: Db, { workspaceId, startedAt }: HeldJob, input: Export): Promise<AsyncIterable<Page>> {
  switch (input.what) {
    case 'customers':
      return exportPages(db, workspaceId, input.customerIds ? { ids: input.customerIds } : input.filter)
    case 'runs':
      return exportRuns(db, workspaceId, input.campaignId)
    case 'events': {
      const place = { ...(await findZone(db, workspaceId)), now: startedAt }
      return eventPages(db, input.campaignId, readScope(workspaceId, [input.campaignId], input.filter, place))
    }
  }
}

async function writeFile(db: Db, held: HeldJob, input: Export, unlessStopped: () => void): Promise<void> {
  await clearPieces(db, held)
  const pages = await pagesOf(db, held, input)
  let text = ''
  let rows = 0
  let number = 0
  const keep = async () => {
    await keepJobPiece(db, held, { number, bytes: Buffer.from(text), rows })
    number += 1
    text = ''
    rows = 0
  }
  for await (const page of pages) {
    unlessStopped()
    text += page.text
    rows += page.rows
    if (text.length >= pieceLength) await keep()
  }
  await keep()
  await endJob(db, held, null)
}
