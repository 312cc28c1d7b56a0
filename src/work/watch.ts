import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import { getImport } from '../imports/queries.ts'
import { listWork } from './queries.ts'

/** One message of a workspace's stream. */
export interface WorkEvent {
  event: 'work' | 'import'
  data: unknown
}

/** The work is looked at this often while somebody listens, in ms. */
const everyMs = 1_000

/**
 * What is under way in a workspace, as long as `by` listens: all of it whenever something of it changed, and each import by itself,
 * once more when it has ended. The first look tells everything.
 */
export async function* watchWork(
  db: Db,
  { workspaceId, by }: { workspaceId: number; by: string },
  signal: AbortSignal,
  pollMs = everyMs,
): AsyncGenerator<WorkEvent> {
  let told = ''
  let importing = new Set<string>()
  while (!signal.aborted) {
    const items = await listWork(db, workspaceId, by)
    const text = JSON.stringify(items)
    if (text !== told) {
      told = text
      yield { event: 'work', data: { items } }
      const running = new Set(items.flatMap(({ kind, id }) => (kind === 'import' ? [id] : [])))
      for (const id of new Set([...running, ...importing])) {
        const row = await getImport(db, workspaceId, id)
        if (row) yield { event: 'import', data: row }
      }
      importing = running
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {})
  }
}
