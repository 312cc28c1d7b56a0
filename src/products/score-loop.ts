import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { carryScoreJobOn, followScoredEvents } from './score-loop-queries.ts'

/** How often events are looked for, in ms: a score follows a change within a few seconds, and an idle system stays idle. */
const everyMs = 2_000

/** The loop that keeps scores true to their criteria's rules: follows the bus, and carries open jobs on. */
export const createScoring = ({ db }: Pick<App, 'db'>): Loop => ({
  name: 'score',
  idleMs: everyMs,
  deaf: true,
  async pass() {
    const more = await followScoredEvents(db)
    const carried = await carryScoreJobOn(db)
    const again = more || carried
    return { again, nextAt: again ? null : new Date(Date.now() + everyMs) }
  },
})
