import type { App } from '../app.ts'
import { endProgress, tellProgress } from '../campaigns/watch-sql.ts'

/** Listeners hear of a simulation's progress this often at most, in ms. */
const everyMs = 500

/** Tells how far a simulation is. */
export interface ProgressTeller {
  /** `total` null while it is not known. */
  at(done: number, total: number | null): void
  /** It is over; resolves when nobody hears of it any more. */
  end(): Promise<void>
}

/** Lets those who listen to a campaign's stream, on any web process, hear how far a simulation is. It is no part of the simulation: what fails here is only logged. */
export function tellSimulation(
  { db, log }: Pick<App, 'db' | 'log'>,
  workspaceId: number,
  campaignId: string,
  id: string,
): ProgressTeller {
  const failed = (error: unknown) => log.warn({ err: error, campaignId }, 'The progress of a simulation was not told')
  let under = Promise.resolve()
  let lastAt = 0
  return {
    at(done, total) {
      const now = performance.now()
      if (lastAt !== 0 && now - lastAt < everyMs) return
      lastAt = now
      under = under.then(() => tellProgress(db, workspaceId, campaignId, { id, done, total })).catch(failed)
    },
    async end() {
      await under
      await endProgress(db, workspaceId, id).catch(failed)
    },
  }
}
