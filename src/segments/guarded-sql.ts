import { type Db, sql, type Tx } from '../db/database.ts'
import { Problem } from '../errors.ts'

/** How long a question about rules may take, and who asks. */
export interface Guard {
  timeoutMs: number
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined
  /** It reads few rows, in the order of an index, and looks up what belongs to each. */
  lookUps?: boolean
}

/** What such a read may use of memory for its joins, in MB; a row of a join takes some fifty bytes. */
const workMemMb = 96

/**
 * Reads what may take long: in a transaction of its own that changes nothing, broken off by the database after `timeoutMs` or as soon as
 * the asker is gone.
 * @throws Problem `too_slow`
 */
export async function readGuarded<Result>(
  db: Db,
  { timeoutMs, signal, lookUps = false }: Guard,
  read: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  let cancelling: Promise<unknown> | undefined
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`set transaction read only`.execute(tx)
      const { rows } = await sql<{ pid: number }>`
        select pg_backend_pid() as pid, set_config('statement_timeout', ${String(timeoutMs)}, true),
          set_config('work_mem', ${`${workMemMb}MB`}, true),
          -- Too few rows are expected of what rules let through, and a look-up for each of many takes far longer than a hash of all.
          set_config('enable_nestloop', ${lookUps ? 'on' : 'off'}, true)
      `.execute(tx)
      const pid = rows[0]?.pid ?? 0
      const cancel = () => {
        cancelling = sql`select pg_cancel_backend(${pid})`.execute(db).catch(() => undefined)
      }
      if (signal?.aborted) throw new Problem('unavailable', 'Nobody waits for the answer any more.')
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        return await read(tx)
      } finally {
        signal?.removeEventListener('abort', cancel)
        // Before the connection goes to somebody else, whose statement it would break off.
        await cancelling
      }
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '57014')) throw error
    const detail = signal?.aborted
      ? 'Nobody waits for the answer any more.'
      : `Counting took longer than ${timeoutMs / 1000} s and was broken off. Ask again with fewer rules, or with a shorter time for events.`
    throw new Problem(signal?.aborted ? 'unavailable' : 'too_slow', detail, { cause: error })
  }
}
