const numbers = new Intl.NumberFormat('en')
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

// The clock has 24 hours everywhere; midnight is 00:00.
const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
/** How a moment is written, by what is said of it. */
const writings = {
  exact: { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' },
  day: { dateStyle: 'medium' },
  longDay: { dateStyle: 'full' },
  today: { weekday: 'long', day: 'numeric', month: 'long' },
  shortDay: { day: 'numeric', month: 'short' },
  clock,
  weekdayTime: { weekday: 'short', ...clock },
  dayTime: { weekday: 'short', day: 'numeric', month: 'short', ...clock },
  fullTime: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', ...clock },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>
// Each once: making a format costs more than using it, and a long history asks ten thousand times.
const made = new Map<string, Intl.DateTimeFormat>()
let readersZone: string | undefined

function write(writing: keyof typeof writings, at: string | number | Date, zone = readersZone): string {
  const key = `${writing} ${zone}`
  let format = made.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat('en', { ...writings[writing], timeZone: zone })
    made.set(key, format)
  }
  return format.format(new Date(at))
}

/** Writes times in this zone from now on; null = the browser's. A zone that the browser does not know changes nothing. */
export function readTimesIn(zone: string | null): void {
  readersZone = zone !== null && isZone(zone) ? zone : undefined
}

/** Whether the browser knows a time zone of this name. */
export function isZone(zone: string): boolean {
  try {
    write('clock', 0, zone)
    return true
  } catch {
    return false
  }
}

/** The instant of a day ("2026-05-03") and a time of day ("09:00") in the reader's zone, or so many days after it. */
export function instantOf(day: string, time: string, plus = 0): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const wall = Date.UTC(year, month - 1, date + plus, hour, minute)
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: readersZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  } as const)
  const offsetAt = (instant: number) => {
    const at = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    return Date.UTC(at.year ?? 0, (at.month ?? 1) - 1, at.day, at.hour, at.minute) - instant
  }
  // Twice: the offset of the first guess may be that of the day before a change of the clocks.
  return new Date(wall - offsetAt(wall - offsetAt(wall)))
}

/** The instant at which a day ("2026-05-03") begins in the reader's zone, or one so many days after it. */
export const dayStart = (day: string, plus = 0): Date => instantOf(day, '00:00', plus)

/** "2026-05-03": the day of an instant in the reader's zone, as a date field has it. */
export const calendarDay = (at: string | Date): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: readersZone }).format(new Date(at))

/** Reads a time of day as people write it ("9", "930", "9:30", "21.30", "9:30 pm") as "09:30"; null when it is none. */
export function parseClock(text: string): string | null {
  const match = /^(\d{1,2})(?:[:.h ]?([0-5]\d))?\s*(am|pm|a|p)?$/.exec(text.trim().toLowerCase())
  if (!match) return null
  const [, hours, minutes = '00', half] = match
  const hour = half ? (Number(hours) % 12) + (half.startsWith('p') ? 12 : 0) : Number(hours)
  if (hour > 23 || (half && (Number(hours) > 12 || Number(hours) === 0))) return null
  return `${String(hour).padStart(2, '0')}:${minutes}`
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
  return write('day', time)
}

/** "May 3, 2026, 14:35" in the reader's zone, or in the one that is given. */
export const exact = (at: string | Date, zone?: string): string => write('exact', at, zone)

/** "May 3, 2026" in the reader's zone. */
export const dayOf = (at: string | Date): string => write('day', at)

/** "Sunday, May 3, 2026" in the reader's zone. */
export const longDay = (at: string | Date): string => write('longDay', at)

/** "Sunday, May 3" in the reader's zone. */
export const weekdayAndDay = (at: string | Date): string => write('today', at)

/** "May 3" in the reader's zone: for the axis of a chart. Epoch milliseconds in. */
export const shortDay = (at: number): string => write('shortDay', at)

/** "12:04" in the reader's zone, or in the one that is given. */
export const clockTime = (at: string | number | Date, zone?: string): string => write('clock', at, zone)

/** "Tue 09:00" in the reader's zone, or in the one that is given. */
export const weekdayTime = (at: string | Date, zone?: string): string => write('weekdayTime', at, zone)

/** "Tue, May 5, 09:00" in the reader's zone. */
export const dayTime = (at: string | Date): string => write('dayTime', at)

/** "Tue, May 5, 2026, 09:00" in a zone. */
export const fullTime = (at: string | Date, zone: string): string => write('fullTime', at, zone)

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
