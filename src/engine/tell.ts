import type { Db } from '../db/database.ts'
import type { Loop } from './scheduler.ts'
import { tellRuns } from './tell-sql.ts'

/** The longest a run waits to be told when nobody announced the event, in ms. */
const idleMs = 5_000

/** The React loop (ENGINE, loop 3): tells live runs what happened to their customers. */
export const createTelling = (db: Db): Loop => ({
  name: 'tell',
  idleMs,
  async pass() {
    return { again: await tellRuns(db), nextAt: null }
  },
})
