import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import { runMark } from './queries.ts'

/** A run is looked at this often while somebody listens, in ms: one row by its key. */
const everyMs = 500

/** Tells whenever a run is another than before, as long as somebody listens; the first look tells, too. Ends when the run is gone. */
export async function* watchRun(
  db: Db,
  workspaceId: number,
  id: number,
  signal: AbortSignal,
  pollMs = everyMs,
): AsyncGenerator<{ event: 'run'; data: { id: number } }> {
  let told: string | undefined
  while (!signal.aborted) {
    const mark = await runMark(db, workspaceId, id)
    if (mark === undefined) return
    if (mark !== told) yield { event: 'run', data: { id } }
    told = mark
    await sleep(pollMs, undefined, { signal }).catch(() => {})
  }
}
