import type { App } from '../app.ts'
import type { Pass } from '../engine/scheduler.ts'
import { enrollChanged } from './react-sql.ts'

/** How often changed customers are looked for, in ms. Whoever newly matches enrolls within a minute (PRODUCT §2). */
export const reactEveryMs = 5_000

/** Keep enrolling (ENGINE, loop 4): fires for customers who changed since the last pass and now match. */
export async function reactPass({ db }: Pick<App, 'db'>): Promise<Pass> {
  const again = await enrollChanged(db)
  return { again, nextAt: again ? null : new Date(Date.now() + reactEveryMs) }
}
