import { numbers, oneDay, shortUnits, units } from './words.ts'

/** A time found in a text: its ms, where it stands, and whether it was of working days, which are taken as days. */
export interface FoundDuration {
  ms: number
  start: number
  end: number
}

const numberWords = Object.keys(numbers).sort((a, b) => b.length - a.length)
const numberPattern = `(\\d+(?:[.,]\\d+)?|(?<![\\p{L}])(?:${numberWords.join('|')})(?![\\p{L}]))`
const unitPattern = units.map(([pattern]) => pattern.source).join('|')
const long = new RegExp(`${numberPattern}[\\s-]*(${unitPattern})`, 'iu')
const short = /(?<![\p{L}\p{N}#.])(\d+(?:\.\d+)?)(min|[mhdw])(?![\p{L}\p{N}])/iu
const bare = new RegExp(`(?<![\\p{L}])(?:${numberWords.join('|')}|\\d+)(?![\\p{L}\\p{N}])`, 'iu')

/** A number as people write it: `3`, `2,5`, `three`, `ba`. Null for anything else. */
export function readNumber(text: string): number | null {
  const word = text.trim().toLowerCase().normalize('NFC')
  if (Object.hasOwn(numbers, word)) return numbers[word] ?? null
  const value = Number(word.replace(',', '.'))
  return word !== '' && Number.isFinite(value) ? value : null
}

/** The first number in a text, with what stands behind it; null when there is none. */
export function firstNumber(text: string): { value: number; rest: string } | null {
  const found = bare.exec(text)
  const value = found ? readNumber(found[0]) : null
  return found && value !== null ? { value, rest: text.slice(found.index + found[0].length) } : null
}

/** The first time in a text: “3 days”, “2h”, “a week”, “zwei Stunden”, “the next day”. Null when there is none. */
export function findDuration(text: string): FoundDuration | null {
  const found = [longDuration(text), shortDuration(text), dayWord(text)].filter((each) => each !== null)
  return found.sort((a, b) => a.start - b.start)[0] ?? null
}

function longDuration(text: string): FoundDuration | null {
  const found = long.exec(text)
  const count = found ? readNumber(found[1] ?? '') : null
  const unit = found ? units.find(([pattern]) => pattern.test(found[2] ?? '')) : undefined
  if (!found || count === null || !unit) return null
  return { ms: Math.round(count * unit[1]), start: found.index, end: found.index + found[0].length }
}

function shortDuration(text: string): FoundDuration | null {
  const found = short.exec(text)
  const unit = found ? shortUnits[(found[2] ?? '').toLowerCase()] : undefined
  if (!found || unit === undefined) return null
  return { ms: Math.round(Number(found[1]) * unit), start: found.index, end: found.index + found[0].length }
}

function dayWord(text: string): FoundDuration | null {
  const found = oneDay.exec(text)
  return found ? { ms: 86_400_000, start: found.index, end: found.index + found[0].length } : null
}

/** A time of day: “at 9:00”, “9am”, “um 9 Uhr”, “lúc 9 giờ sáng” without its zone; null when there is none. `HH:MM`. */
export function findClockTime(text: string): string | null {
  const found =
    /(?<!\d)([01]?\d|2[0-3])[:.]([0-5]\d)\s*(am|pm)?(?!\d)/i.exec(text) ??
    /(?<!\d)(1[0-2]|0?[1-9])()\s*(am|pm)(?!\p{L})/iu.exec(text) ??
    /(?:um|a las|lúc)\s+([01]?\d|2[0-3])()()(?=\s*(?:uhr|horas?|giờ|h)?(?!\p{L}|\d))/iu.exec(text)
  if (!found) return null
  const half = (found[3] ?? '').toLowerCase()
  const hours = (Number(found[1]) % (half ? 12 : 24)) + (half === 'pm' ? 12 : 0)
  return `${String(hours).padStart(2, '0')}:${(found[2] ?? '') || '00'}`
}

/** A time as a person writes it: “3 days”, “1 week”, “90 minutes”. */
export function durationText(ms: number): string {
  const sizes: [number, string][] = [
    [7 * 86_400_000, 'week'],
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ]
  const [size, word] = sizes.find(([each]) => ms >= each && ms % each === 0) ?? [60_000, 'minute']
  const count = Math.round(ms / size)
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
