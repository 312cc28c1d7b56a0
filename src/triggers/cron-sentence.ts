import { cronFields, cronValues } from './cron-fields.ts'

/** A cron in words. It takes what `cronFault` lets through. */
export function cronSentence(cron: string): string {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.split(' ')
  const [minuteField, hourField, dayField, monthField] = cronFields
  const minutes = cronValues(minuteField, minute)
  const hours = cronValues(hourField, hour)
  const days = daysText(cronValues(dayField, day), weekdaysOf(weekday), { day, weekday })
  const months = monthsText(cronValues(monthField, month))
  const times = timesText(minutes, hours)
  if (!times.startsWith('at ')) return capital([times, days && `on ${days}`, months].filter(Boolean).join(' '))
  return capital([days || 'every day', times, months].filter(Boolean).join(' '))
}

const longDays = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays']
const longMonths = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** Weekdays from Sunday = 0; 7 is Sunday, too. */
const weekdaysOf = (text: string): number[] =>
  [...new Set(cronValues(cronFields[4], text).map((day) => day % 7))].sort((a, b) => a - b)

function timesText(minutes: readonly number[], hours: readonly number[]): string {
  const [minute = 0] = minutes
  const everyHour = hours.length === 24
  if (minutes.length === 60) return everyHour ? 'every minute' : `every minute ${hoursText(hours)}`
  const step = evenStep(minutes, 60)
  if (step !== null && minutes.length > 1) {
    return everyHour ? `every ${step} minutes` : `every ${step} minutes ${hoursText(hours)}`
  }
  if (minutes.length * hours.length <= 6) {
    return `at ${list(hours.flatMap((hour) => minutes.map((at) => clock(hour, at))))}`
  }
  if (minutes.length === 1) {
    const at = minute === 0 ? 'on the hour' : `at ${minute} past`
    if (everyHour) return `every hour ${at}`
    const hourStep = evenStep(hours, 24)
    if (hourStep !== null) return `every ${hourStep} hours ${at}`
    return `every hour ${at} ${hoursText(hours)}`
  }
  const past = `at ${list(minutes.map(String))} past`
  return everyHour ? `every hour ${past}` : `every hour ${past} ${hoursText(hours)}`
}

const hoursText = (hours: readonly number[]): string => {
  const [first = 0] = hours
  const last = hours.at(-1) ?? first
  if (last - first === hours.length - 1) return `from ${clock(first, 0)} to ${clock(last, 59)}`
  return `in the hours ${list(hours.map((hour) => clock(hour, 0)))}`
}

/** The step between values that go through the whole circle from 0, as `every 15 minutes` does; null otherwise. */
function evenStep(values: readonly number[], circle: number): number | null {
  if (values[0] !== 0 || values.length < 2) return null
  const step = values[1] ?? 0
  return step * values.length === circle && values.every((value, index) => value === index * step) ? step : null
}

function daysText(days: readonly number[], weekdays: readonly number[], raw: { day: string; weekday: string }): string {
  const parts: string[] = []
  if (days.length < 31) parts.push(`the ${list(days.map(ordinal))} of the month`)
  if (weekdays.length < 7) {
    const key = weekdays.join()
    parts.push(key === '1,2,3,4,5' ? 'weekdays' : key === '0,6' ? 'weekends' : list(weekdays.map(dayName)))
  }
  // Cron takes either where both are given.
  return parts.join(raw.day !== '*' && raw.weekday !== '*' ? ' or ' : ' ')
}

const monthsText = (months: readonly number[]): string =>
  months.length === 12 ? '' : `in ${list(months.map((month) => longMonths[month - 1] ?? ''))}`

const dayName = (day: number): string => longDays[day] ?? ''
const clock = (hour: number, minute: number): string =>
  `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
const ordinal = (n: number): string => {
  const ending = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${ending}`
}
const list = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
