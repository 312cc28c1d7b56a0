import { Temporal } from 'temporal-polyfill'
import { lookAhead } from '../campaigns/upcoming.ts'
import type { Db } from '../db/database.ts'
import { countOthers, type Scope } from './queries.ts'

/** So many days ahead are looked at, today included. */
const daysAhead = 42
/** Rows of one kind that are counted one by one; where there are more, a sample tells. */
const mostCounted = 100_000

/** On which days messages were sent, and what goes on by itself on the days ahead. */
export interface SendCalendar {
  timezone: string
  /** Today, in the workspace's time zone, as all days here are. */
  today: string
  /** Days on which any message was sent, in order. */
  sent: { day: string; sent: number }[]
  /** Days ahead that have any, in order: everybody's who is inside, whatever the filters. */
  ahead: { day: string; waitsEnding: number; messagesQueued: number }[]
  /** Nothing goes on; the days are those of a resume now, with waits kept. */
  paused: boolean
  /** Whether what is ahead was counted one by one. */
  exact: boolean
  /** Messages that no day holds, because sending is stopped or their sender does not work. */
  messagesHeld: number
}

/** The calendar of a campaign: all its sends, whenever their customers were enrolled, by the other filters of the scope. @throws Problem `not_found` */
export async function lookAtCalendar(db: Db, campaignId: string, scope: Scope): Promise<SendCalendar> {
  const { timezone } = scope.range
  const always: Scope = {
    ...scope,
    range: { name: 'all', timezone, from: null, to: null, days: { first: null, last: null }, parts: [] },
  }
  const [counts, upcoming] = await Promise.all([
    countOthers(db, always, ['sent-on']),
    lookAhead(db, scope.workspaceId, campaignId, { hours: daysAhead * 24, mostCounted, timezone }),
  ])
  const sent = new Map<string, number>()
  for (const { key, label, n } of counts) {
    if (scope.channel === null || scope.channel === key) sent.set(label, (sent.get(label) ?? 0) + n)
  }
  const ahead = new Map<string, SendCalendar['ahead'][number]>()
  for (const { at, waitsEnding, messagesQueued } of upcoming.hours) {
    if (waitsEnding + messagesQueued === 0) continue
    const day = dayOf(at, timezone)
    const known = ahead.get(day) ?? { day, waitsEnding: 0, messagesQueued: 0 }
    known.waitsEnding += waitsEnding
    known.messagesQueued += messagesQueued
    ahead.set(day, known)
  }
  const { paused, exact, messagesHeld } = upcoming
  return {
    timezone,
    today: dayOf(new Date(), timezone),
    sent: [...sent].map(([day, n]) => ({ day, sent: n })).sort((a, b) => a.day.localeCompare(b.day)),
    ahead: [...ahead.values()],
    ...{ paused, exact, messagesHeld },
  }
}

const dayOf = (at: Date, timezone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone).toPlainDate().toString()
