import { Temporal } from 'temporal-polyfill'

/** Answers kept for texts seen before, because asking Temporal costs more than a whole step; emptied when there are too many. */
const mostKnown = 1_000
const knownZones = new Map<string, string | null>()

/** The zone that a text names, or null. An offset such as +07:00 is a zone, too; a bare number is not. */
function zoneNamed(text: string): string | null {
  let zone = knownZones.get(text)
  if (zone !== undefined) return zone
  try {
    zone = Temporal.Now.zonedDateTimeISO(text).timeZoneId
  } catch {
    zone = null
  }
  if (knownZones.size >= mostKnown) knownZones.clear()
  knownZones.set(text, zone)
  return zone
}

/** `zone` when it is one that exists, else `fallback`, else UTC: a customer's zone is free text from an import. */
export function zoneOf(zone: string | null | undefined, fallback: string): string {
  return zoneNamed(zone?.trim() ?? '') ?? zoneNamed(fallback) ?? 'UTC'
}

/**
 * The instant that an ISO 8601 text means: with `Z` or an offset that instant, without one the wall time in `zone`, a date alone 00:00
 * of that day. A wall time that a clock change skips is taken as much later as the clock jumps; one that comes twice is the first. Null when it is no such text.
 */
export function readInstant(text: string, zone: string): Date | null {
  const iso = text.trim().replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T')
  try {
    if (/[T]\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)(\[.*\])?$/i.test(iso)) {
      return new Date(Temporal.Instant.from(iso).epochMilliseconds)
    }
    return new Date(Temporal.PlainDateTime.from(iso).toZonedDateTime(zone).epochMilliseconds)
  } catch {
    return null
  }
}

/** A time of day on some days of the week, in a zone. `weekdays` are ISO: 1 Monday to 7 Sunday; none means all. */
export interface TimeOfDay {
  time: string
  weekdays?: readonly number[] | undefined
  zone: string
}

/** Two such times with none between them, in ms since 1970: all instants from `last` to just before `next` lie there. */
interface Span {
  last: number
  next: number
}
const knownSpans = new Map<string, Span[]>()
const mostSpans = 32

/** The first such time strictly after `from`. */
export const nextTime = (from: Date, at: TimeOfDay): Date => new Date(spanAround(from, at).next)

/** The last such time at or before `from`. */
export const lastTime = (from: Date, at: TimeOfDay): Date => new Date(spanAround(from, at).last)

function spanAround(from: Date, at: TimeOfDay): Span {
  const key = `${at.zone} ${at.time} ${at.weekdays?.join() ?? ''}`
  const instant = from.getTime()
  let spans = knownSpans.get(key)
  const known = spans?.find(({ last, next }) => last <= instant && instant < next)
  if (known) return known
  const span = { last: nearest(from, at, -1), next: nearest(from, at, 1) }
  if (!spans) {
    if (knownSpans.size >= mostKnown) knownSpans.clear()
    spans = []
    knownSpans.set(key, spans)
  }
  spans.unshift(span)
  if (spans.length > mostSpans) spans.pop()
  return span
}

function nearest(from: Date, { time, weekdays, zone }: TimeOfDay, direction: 1 | -1): number {
  const plainTime = Temporal.PlainTime.from(time)
  const today = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(zone).toPlainDate()
  // From the day before: where a clock change moves the time past midnight, yesterday's may still be to come.
  for (let days = -1; days <= 8; days += 1) {
    const date = today.add({ days: days * direction })
    if (weekdays && weekdays.length > 0 && !weekdays.includes(date.dayOfWeek)) continue
    const instant = date.toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds
    if (direction === 1 ? instant > from.getTime() : instant <= from.getTime()) return instant
  }
  throw new Error(`No day of the week is ${weekdays?.join(', ')}.`)
}
