import type { App } from '../app.ts'
import type { Loop, Pass } from '../engine/scheduler.ts'
import { sweepLeavers } from './leave-sql.ts'
import { followChanged, sweepMatches } from './react-sql.ts'

/** How often changed customers are looked for, in ms. Whoever newly matches enrolls within a minute (PRODUCT §2). */
const everyMs = 5_000

/** Keep enrolling (ENGINE, loop 4): fires for customers who changed since the last pass and now match, and ends the runs of those who left. */
export async function reactPass({ db }: Pick<App, 'db'>, cursors = new Map<string, string>()): Promise<Pass> {
  const more = await followChanged(db)
  const swept = await sweepLeavers(db, cursors)
  const compared = await sweepMatches(db)
  const again = more || swept || compared
  return { again, nextAt: again ? null : new Date(Date.now() + everyMs) }
}

/** The loop that follows customers into audiences and out of them. */
export function createReacting(app: Pick<App, 'db'>): Loop {
  const cursors = new Map<string, string>()
  return { name: 'keep enrolling', idleMs: everyMs, deaf: true, pass: () => reactPass(app, cursors) }
}
