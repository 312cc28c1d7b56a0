const numbers = new Intl.NumberFormat('en')
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const formatsIn = (timeZone: string | undefined) => ({
  timeZone,
  absolute: new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone }),
  dayOnly: new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone }),
  clock: new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false, timeZone }),
})
let reader = formatsIn(undefined)

/** Writes times in this zone from now on; null = the browser's. A zone that the browser does not know changes nothing. */
export function readTimesIn(zone: string | null): void {
  if ((zone ?? undefined) === reader.timeZone) return
  try {
    reader = formatsIn(zone ?? undefined)
  } catch {
    reader = formatsIn(undefined)
  }
}

/** The instant at which a day ("2026-05-03") begins in the reader's zone, or one so many days after it. */
export function dayStart(day: string, plus = 0): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const wall = Date.UTC(year, month - 1, date + plus)
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: reader.timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  } as const)
  const offsetAt = (instant: number) => {
    const at = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    return Date.UTC(at.year ?? 0, (at.month ?? 1) - 1, at.day, at.hour, at.minute) - instant
  }
  // Twice: the offset of the first guess may be that of the day before a change of the clocks.
  return new Date(wall - offsetAt(wall - offsetAt(wall)))
}

/** 12480 → "12,480"; what is not known is "—". */
export const count = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? '—' : numbers.format(value)

/** "1 customer", "12 customers". */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** 1.4 MB, 12 KB: the size of a file. */
export const megabytes = (bytes: number): string =>
  bytes < 1024 ** 2 ? `${count(Math.ceil(bytes / 1024))} KB` : `${count(Math.round((bytes / 1024 ** 2) * 10) / 10)} MB`

/** A share as text: one decimal below 10 %, none above. */
export const percent = (part: number, whole: number): string => {
  if (whole === 0) return '—'
  const share = (part / whole) * 100
  return `${share < 10 ? Number(share.toFixed(1)) : Math.round(share)} %`
}

/** "3 min ago", "in 2 hr"; beyond seven days the date. */
export function ago(at: string | Date, now = Date.now()): string {
  const time = new Date(at).getTime()
  const seconds = Math.round((time - now) / 1000)
  const size = Math.abs(seconds)
  if (size < 45) return seconds <= 0 ? 'just now' : 'in a moment'
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour')
  if (size < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day')
  return reader.dayOnly.format(time)
}

/** The full date and time in the reader's zone. */
export const exact = (at: string | Date): string => reader.absolute.format(new Date(at))

/** "May 3, 2026" in the reader's zone. */
export const dayOf = (at: string | Date): string => reader.dayOnly.format(new Date(at))

/** "12:04". */
export const clockTime = (at: string | Date): string => reader.clock.format(new Date(at))

const units: [name: string, short: string, ms: number][] = [
  ['day', 'd', 86_400_000],
  ['hour', 'h', 3_600_000],
  ['minute', 'm', 60_000],
  ['second', 's', 1_000],
]

/** A moment ahead, short: the time of day within the next 20 hours, else date and time. */
export const soon = (at: number, now = Date.now()): string =>
  at - now < 20 * 3_600_000 ? clockTime(new Date(at)) : exact(new Date(at))

/** 97200000 → "1 day 3 hours". Milliseconds in; 0 is "no time". */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms <= 0) return 'no time'
  const parts: string[] = []
  let rest = ms
  for (const [name, , size] of units) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0) parts.push(`${n} ${name}${n === 1 ? '' : 's'}`)
  }
  return parts.length > 0 ? parts.slice(0, 2).join(' ') : 'less than a second'
}

/** How a duration is written in its field: 97200000 → "1d 3h". Milliseconds in. */
export function durationText(ms: number): string {
  const parts: string[] = []
  let rest = ms
  for (const [, short, size] of units) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0) parts.push(`${n}${short}`)
  }
  return parts.length > 0 ? parts.join(' ') : '0m'
}

/** Reads "3d 4h", "90m", "3 days", "1.5 hours" as milliseconds; null when it is none of that. A bare number counts as minutes. */
export function parseDuration(text: string): number | null {
  const clean = text.trim().toLowerCase()
  if (clean === '') return null
  if (/^\d+(\.\d+)?$/.test(clean)) return Math.round(Number(clean) * 60_000)
  const pattern = /(\d+(?:\.\d+)?)\s*(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s)(?![a-z])/g
  let total = 0
  const left = clean.replace(pattern, (_, number: string, unit: string) => {
    const size = unit.startsWith('w') ? 604_800_000 : (units.find(([, short]) => unit.startsWith(short))?.[2] ?? 0)
    total += Number(number) * size
    return ''
  })
  return left.replace(/[\s,]|and/g, '') === '' ? Math.round(total) : null
}

/** The name of a customer for people: name, else address, else id. */
export function nameOf(customer: {
  firstName?: string | null
  lastName?: string | null
  email?: string | null
  externalId?: string | null
  id?: string
}): string {
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ')
  return (
    name || customer.email || customer.externalId || (customer.id ? `Customer ${customer.id.slice(0, 8)}` : 'Unnamed')
  )
}
