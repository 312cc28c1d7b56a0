import type { App } from '../app.ts'
import type { Loop, Pass } from '../engine/scheduler.ts'
import { hearEvents } from './listen-sql.ts'
import { fireDueSchedule, nextDue } from './schedule-sql.ts'
import { rememberAudience } from './snapshot-sql.ts'
import { sweepTriggers } from './sweep-sql.ts'

/** The longest an event trigger waits when nobody announced the event, in ms. */
const idleMs = 5_000
/** How often old rows are looked for, in ms. */
const sweepMs = 60_000

/** Fires what is due, and remembers audiences; sleeps until the next schedule by the database's clock. */
export async function schedulePass({ db }: Pick<App, 'db'>): Promise<Pass> {
  const fired = await fireDueSchedule(db)
  const remembered = await rememberAudience(db)
  if (fired || remembered) return { again: true, nextAt: null }
  return { again: false, nextAt: await nextDue(db) }
}

/** The loops of triggers (ENGINE, loop 4 “Fire”): schedules by their next firing, event triggers behind a cursor of their own. */
export const createTriggerLoops = ({ db }: Pick<App, 'db'>): Loop[] => [
  { name: 'schedules', pass: () => schedulePass({ db }) },
  {
    name: 'event triggers',
    idleMs,
    pass: async () => ({ again: await hearEvents(db), nextAt: null }),
  },
  {
    name: 'sweep triggers',
    idleMs: sweepMs,
    deaf: true,
    pass: async () => ({ again: await sweepTriggers(db), nextAt: new Date(Date.now() + sweepMs) }),
  },
]
