import type { Db } from '../db/database.ts'
import { notFound } from '../errors.ts'
import type { SendLimits } from '../messages/limits-sql.ts'
import { countQueued, countWaits, findClock, type LookAhead } from './upcoming-queries.ts'

/** What the overview looks at: 24 hours, the running one included. */
const nextDay: LookAhead = { hours: 24, mostCounted: 10_000, timezone: 'UTC' }
const hourMs = 3_600_000

/** What is known of one hour. */
export interface UpcomingHour {
  at: Date
  /** Customers whose wait or deadline ends in it. */
  waitsEnding: number
  /** Messages that are written already and may leave in it, as far as their sender's limits let them. */
  messagesQueued: number
}

/** What goes on by itself in the hours ahead. */
export interface Upcoming {
  /** Nothing goes on; the hours are those of a resume now, with waits kept. */
  paused: boolean
  /** Whether waits and messages were counted one by one; else a sample tells, because there are too many. */
  exact: boolean
  hours: UpcomingHour[]
  /** Messages that no hour holds, because sending is stopped or their sender does not work. */
  messagesHeld: number
}

/** What a campaign of the workspace does by itself, in the next 24 hours unless said. @throws Problem `not_found` */
export async function lookAhead(
  db: Db,
  workspaceId: number,
  campaignId: string,
  wanted: LookAhead = nextDay,
): Promise<Upcoming> {
  const { hours, mostCounted } = wanted
  const clock = await findClock(db, workspaceId, campaignId, wanted)
  if (!clock) throw notFound('campaign')
  const waits = await countWaits(db, campaignId, clock, mostCounted)
  const queues = await countQueued(db, workspaceId, campaignId, clock, wanted)
  const waitsEnding = new Array<number>(hours).fill(0)
  for (const { hour, n } of waits.hours) waitsEnding[hour] = n
  if (clock.spread) {
    const { left, until } = clock.spread
    const turns = evenly(left, clock.now, until, { from: clock.from, hours })
    for (const [hour, n] of turns.entries()) waitsEnding[hour] = (waitsEnding[hour] ?? 0) + n
  }
  const messages = new Array<number>(hours).fill(0)
  let held = 0
  const passed = (clock.now.getTime() - clock.from.getTime()) / hourMs
  for (const { works, limits, due } of queues.senders) {
    if (!works) held += due.reduce((sum, n) => sum + n, 0)
    else for (const [hour, n] of paced(due, limits, 1 - passed).entries()) messages[hour] = (messages[hour] ?? 0) + n
  }
  return {
    paused: clock.paused,
    exact: waits.exact && queues.exact,
    hours: waitsEnding.map((n, hour) => ({
      at: new Date(clock.from.getTime() + hour * hourMs),
      waitsEnding: n,
      messagesQueued: messages[hour] ?? 0,
    })),
    messagesHeld: held,
  }
}

/** So many customers' turns between two instants, evenly, by so many hours that begin at `from`. */
function evenly(n: number, begins: Date, ends: Date, { from, hours }: { from: Date; hours: number }): number[] {
  const span = Math.max(1, ends.getTime() - begins.getTime())
  const before = (at: number) => Math.round(n * Math.min(1, Math.max(0, (at - begins.getTime()) / span)))
  return Array.from({ length: hours }, (_, hour) => {
    const start = from.getTime() + hour * hourMs
    return before(start + hourMs) - before(start)
  })
}

/**
 * When messages that are due by the hour may leave: what is above the limit of an hour waits for the next. `first` is how much of the
 * first hour is left, 0 to 1.
 */
function paced(due: readonly number[], limits: SendLimits, first: number): number[] {
  const rate = Math.min((limits.perSecond ?? Infinity) * 3_600, limits.perHour ?? Infinity)
  let day = limits.perDay ?? Infinity
  let waiting = 0
  return due.map((n, hour) => {
    waiting += n
    if (hour > 0 && hour % 24 === 0) day = limits.perDay ?? Infinity
    const leaves = Math.min(waiting, hour === 0 && rate !== Infinity ? Math.ceil(rate * first) : rate, day)
    waiting -= leaves
    day -= leaves
    return leaves
  })
}
