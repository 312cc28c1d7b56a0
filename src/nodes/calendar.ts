import { Temporal } from 'temporal-polyfill'

/** `zone` when it is one that exists, else `fallback`, else UTC: a customer's zone is free text from an import. */
export function zoneOf(zone: string | null | undefined, fallback: string): string {
  for (const candidate of [zone?.trim(), fallback]) {
    if (!candidate) continue
    try {
      // An offset such as +07:00 is a zone, too; a bare number is not.
      return Temporal.Now.zonedDateTimeISO(candidate).timeZoneId
    } catch {
      // Not a zone: the next candidate.
    }
  }
  return 'UTC'
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

/** The first such time strictly after `from`. */
export function nextTime(from: Date, at: TimeOfDay): Date {
  return nearest(from, at, 1)
}

/** The last such time at or before `from`. */
export function lastTime(from: Date, at: TimeOfDay): Date {
  return nearest(from, at, -1)
}

function nearest(from: Date, { time, weekdays, zone }: TimeOfDay, direction: 1 | -1): Date {
  const plainTime = Temporal.PlainTime.from(time)
  const today = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(zone).toPlainDate()
  // From the day before: where a clock change moves the time past midnight, yesterday's may still be to come.
  for (let days = -1; days <= 8; days += 1) {
    const date = today.add({ days: days * direction })
    if (weekdays && weekdays.length > 0 && !weekdays.includes(date.dayOfWeek)) continue
    const instant = date.toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds
    if (direction === 1 ? instant > from.getTime() : instant <= from.getTime()) return new Date(instant)
  }
  throw new Error(`No day of the week is ${weekdays?.join(', ')}.`)
}
