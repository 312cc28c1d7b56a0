import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { closeArchivedRuns } from './close-archived-sql.ts'

/** The part of housekeeping that closes the runs of archived campaigns (ENGINE, "Who moves"). */
export function createClosing({ db }: Pick<App, 'db'>, { everyMs = 15_000 } = {}): Loop {
  const cursors = new Map<string, string>()
  return {
    name: 'close archived',
    idleMs: everyMs,
    deaf: true,
    async pass() {
      return { again: await closeArchivedRuns(db, cursors), nextAt: new Date(Date.now() + everyMs) }
    },
  }
}
