import type { App } from '../app.ts'
import { Pace } from '../engine/pace.ts'
import type { Pass } from '../engine/scheduler.ts'
import { carryFiringOn, nextScheduled } from './fire-sql.ts'

/** How soon a firing is tried again whose campaign is just being moved, in ms. */
const busyMs = 50

/** Customers looked at in one transaction: at most about a third of a second's work. */
export const enrollPace = (): Pace => new Pace({ most: 5_000, least: 500 })

/**
 * The Fire loop (ENGINE, loop 4): carries one open firing a chunk further. A crash between two chunks goes on at the cursor; one inside
 * a chunk rolls it back. Any number of processes may do it at once.
 */
export async function firePass({ db }: Pick<App, 'db'>, pace = enrollPace()): Promise<Pass> {
  const fired = await carryFiringOn(db, pace)
  if (fired === 'more') return { again: true, nextAt: null }
  const scheduled = await nextScheduled(db)
  const soon = fired === 'busy' ? new Date(Date.now() + busyMs) : null
  return { again: false, nextAt: soon && scheduled ? (soon < scheduled ? soon : scheduled) : (soon ?? scheduled) }
}
