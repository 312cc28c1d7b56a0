import type { Answer } from '../api.ts'

/** The calendar as the API answers it. */
export type SendDays = Answer<'GET /campaigns/:id/analytics/calendar'>

const dayMs = 86_400_000
/** At least so many weeks before this one are drawn, and at most a year. */
const [fewestWeeks, mostWeeks] = [12, 53]

/** One day of the calendar. */
export interface CalendarDay {
  day: string
  /** 0 Monday to 6 Sunday. */
  weekday: number
  week: number
  isToday: boolean
  isAhead: boolean
  sent: number
  waitsEnding: number
  messagesQueued: number
  /** How much, 1 to 4, beside the most of its kind (what was sent, or what is ahead); 0 is nothing. */
  level: number
}

/** A day of the calendar so many days later. */
const plusDays = (day: string, n: number): string => new Date(Date.parse(day) + n * dayMs).toISOString().slice(0, 10)
const weekdayOf = (day: string): number => (new Date(day).getUTCDay() + 6) % 7

/** Whole weeks from the first send (or twelve weeks ago) to the last day ahead that has any (or the next week), in order. */
export function calendarDays({ today, sent, ahead }: SendDays): CalendarDay[] {
  const monday = plusDays(today, -weekdayOf(today))
  const earliest = plusDays(monday, -mostWeeks * 7)
  const first = [plusDays(monday, -fewestWeeks * 7), sent[0]?.day ?? today].sort()[0] ?? monday
  const start = first < earliest ? earliest : plusDays(first, -weekdayOf(first))
  const lastWanted = [plusDays(monday, 13), ahead.at(-1)?.day ?? today].sort().at(-1) ?? today
  const end = plusDays(lastWanted, 6 - weekdayOf(lastWanted))
  const sends = new Map(sent.map((row) => [row.day, row.sent]))
  const coming = new Map(ahead.map((row) => [row.day, row]))
  const mostSent = Math.max(1, ...sends.values())
  const mostAhead = Math.max(1, ...ahead.map((row) => row.waitsEnding + row.messagesQueued))
  const days: CalendarDay[] = []
  for (let day = start, n = 0; day <= end; day = plusDays(day, 1), n += 1) {
    const isAhead = day > today
    const { waitsEnding = 0, messagesQueued = 0 } = coming.get(day) ?? {}
    const count = sends.get(day) ?? 0
    const share = isAhead || count === 0 ? (waitsEnding + messagesQueued) / mostAhead : count / mostSent
    days.push({
      ...{ day, weekday: n % 7, week: Math.floor(n / 7), isToday: day === today },
      // Today has both: it is shown as what was sent, if anything was.
      isAhead: isAhead || (day === today && count === 0),
      ...{ sent: count, waitsEnding, messagesQueued, level: Math.ceil(share * 4) },
    })
  }
  return days
}
