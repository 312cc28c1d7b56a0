import { Temporal } from 'temporal-polyfill'
import { invalidField } from '../errors.ts'

/** Ranges with a name; days are those of the workspace's time zone. */
export const namedRanges = ['today', '7d', '30d', 'all'] as const
export type NamedRange = (typeof namedRanges)[number]

/** What is asked: a name, or two ends, each a day (`2026-11-26`, both included) or an instant (`from` included, `to` not). */
export interface RangeQuery {
  range?: NamedRange | undefined
  from?: string | undefined
  to?: string | undefined
}

/** A range of instants at which runs were enrolled, and how it is made of whole days, which are summed up already, and parts of days. */
export interface Range {
  name: NamedRange | 'custom'
  timezone: string
  /** Included; null = from the beginning. */
  from: Date | null
  /** Not included; null = until now. */
  to: Date | null
  /** Whole days, both ends included, each null where the range is open; null when the range has no whole day. */
  days: { first: string | null; last: string | null } | null
  /** What is left at the ends. */
  parts: { from: Date; to: Date }[]
}

const nDays = { today: 1, '7d': 7, '30d': 30 } as const

/** Reads a range. @throws Problem `invalid`, naming the end that is wrong */
export function readRange({ range, from, to }: RangeQuery, timezone: string, now: Date): Range {
  if (range !== undefined && (from !== undefined || to !== undefined)) {
    throw invalidField('range', 'ambiguous', 'Give either range, or from and to.')
  }
  if (from === undefined && to === undefined) {
    const name = range ?? 'all'
    if (name === 'all') return { name, timezone, from: null, to: null, days: { first: null, last: null }, parts: [] }
    const today = zoned(now, timezone).toPlainDate()
    const first = today.subtract({ days: nDays[name] - 1 })
    return { ...pieces(startOf(first, timezone), startOf(today.add({ days: 1 }), timezone), timezone), name }
  }
  const start = from === undefined ? null : readEnd('from', from, timezone)
  const end = to === undefined ? null : readEnd('to', to, timezone)
  if (start && end && start >= end) {
    throw invalidField('to', 'before_from', `The range ends (${to}) before it begins (${from}).`)
  }
  return pieces(start, end, timezone)
}

/**
 * The range of the same length that ends where this one begins: whole days before whole days, so that the night of a clock change does not
 * shift it. @throws Problem `invalid` when the range has no beginning
 */
export function rangeBefore({ from, to, timezone }: Range, now: Date): Range {
  if (from === null) {
    throw invalidField('compare', 'no_beginning', 'All time has nothing before it: give a range that begins somewhere.')
  }
  const until = to ?? now
  const [first, end] = [zoned(from, timezone), zoned(until, timezone)]
  const isWhole = [first, end].every((at) => at.equals(at.startOfDay()))
  const start = isWhole
    ? startOf(
        first.toPlainDate().subtract(end.toPlainDate().since(first.toPlainDate(), { largestUnit: 'day' })),
        timezone,
      )
    : new Date(2 * from.getTime() - until.getTime())
  return pieces(start, from, timezone)
}

function readEnd(field: 'from' | 'to', text: string, timezone: string): Date {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
      const day = Temporal.PlainDate.from(text, { overflow: 'reject' })
      return startOf(field === 'to' ? day.add({ days: 1 }) : day, timezone)
    }
    if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text)) {
      return new Date(Temporal.Instant.from(text).epochMilliseconds)
    }
  } catch {
    // Said below.
  }
  throw invalidField(
    field,
    'not_a_time',
    `“${text}” is neither a day (2026-11-26) nor an instant (2026-11-26T09:00:00Z).`,
  )
}

/** Cuts a range at the ends of days. */
function pieces(from: Date | null, to: Date | null, timezone: string): Range {
  const whole = { name: 'custom' as const, timezone, from, to }
  const firstDay = from && dayAtOrAfter(from, timezone)
  const endDay = to && zoned(to, timezone).toPlainDate()
  if (from && to && firstDay && endDay && Temporal.PlainDate.compare(firstDay, endDay) > 0) {
    return { ...whole, days: null, parts: [{ from, to }] }
  }
  const parts: Range['parts'] = []
  const firstAt = firstDay && startOf(firstDay, timezone)
  if (from && firstAt && from < firstAt) parts.push({ from, to: firstAt })
  const endAt = endDay && startOf(endDay, timezone)
  if (to && endAt && endAt < to) parts.push({ from: endAt, to })
  const empty = firstDay && endDay && Temporal.PlainDate.compare(firstDay, endDay) === 0
  const days = empty
    ? null
    : { first: firstDay?.toString() ?? null, last: endDay?.subtract({ days: 1 }).toString() ?? null }
  return { ...whole, days, parts }
}

const zoned = (at: Date, timezone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timezone)

const startOf = (day: Temporal.PlainDate, timezone: string): Date =>
  new Date(day.toZonedDateTime({ timeZone: timezone }).epochMilliseconds)

function dayAtOrAfter(at: Date, timezone: string): Temporal.PlainDate {
  const day = zoned(at, timezone).toPlainDate()
  return startOf(day, timezone).getTime() === at.getTime() ? day : day.add({ days: 1 })
}
