/** How a rule compares: permanent names, in the order they are offered. */
export const conditions = [
  'equals',
  'not-equals',
  'greater-than',
  'less-than',
  'contains',
  'not-contains',
  'starts-with',
  'ends-with',
  'empty',
  'not-empty',
] as const
export type Condition = (typeof conditions)[number]

/** Whether the condition is about the input alone. */
export const isUnary = (condition: Condition): boolean => condition === 'empty' || condition === 'not-empty'

/** The words between input and value in a sentence: “country is not VN”. */
export const conditionWords: Readonly<Record<Condition, string>> = {
  equals: 'is',
  'not-equals': 'is not',
  'greater-than': 'is greater than',
  'less-than': 'is less than',
  contains: 'contains',
  'not-contains': 'does not contain',
  'starts-with': 'starts with',
  'ends-with': 'ends with',
  empty: 'is empty',
  'not-empty': 'is not empty',
}

/**
 * Whether a rule holds (PRODUCT §4, `path`). Text compares trimmed and case-insensitive, a number with a number as numbers; greater and
 * less compare numbers, else ISO dates, else do not hold; on a list, `contains` is membership, `equals` asks for that one element
 * alone and starts/ends look at each element. A missing value is empty and holds for nothing but `empty`, `not-equals` and `not-contains`.
 */
export function holds(actual: unknown, condition: Condition, expected: unknown): boolean {
  switch (condition) {
    case 'equals':
      return equals(actual, expected)
    case 'not-equals':
      return !equals(actual, expected)
    case 'greater-than':
      return compare(actual, expected) === 1
    case 'less-than':
      return compare(actual, expected) === -1
    case 'contains':
      return contains(actual, expected)
    case 'not-contains':
      return !contains(actual, expected)
    case 'starts-with':
      return anyText(actual, (text) => text.startsWith(textOf(expected)))
    case 'ends-with':
      return anyText(actual, (text) => text.endsWith(textOf(expected)))
    case 'empty':
      return isEmpty(actual)
    case 'not-empty':
      return !isEmpty(actual)
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === 'string') return value.trim() === ''
  if (Array.isArray(value)) return value.length === 0
  if (value instanceof Date) return false
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** A value as text compares: composed, trimmed, in small letters; nothing is an empty text. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString().toLowerCase()
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.normalize('NFC').trim().toLowerCase()
}

function equals(actual: unknown, expected: unknown): boolean {
  if (isEmpty(actual)) return false
  if (Array.isArray(actual)) return actual.length === 1 && equals(actual[0], expected)
  if (typeof actual === 'number' || typeof expected === 'number') {
    const [left, right] = [numberOf(actual), numberOf(expected)]
    if (left !== null && right !== null) return left === right
  }
  if (actual instanceof Date) {
    const right = instantOf(expected)
    if (right !== null) return actual.getTime() === right
  }
  return textOf(actual) === textOf(expected)
}

function contains(actual: unknown, expected: unknown): boolean {
  if (isEmpty(actual)) return false
  if (Array.isArray(actual)) return actual.some((element) => equals(element, expected))
  return textOf(actual).includes(textOf(expected))
}

function anyText(actual: unknown, test: (text: string) => boolean): boolean {
  if (isEmpty(actual)) return false
  return (Array.isArray(actual) ? actual : [actual]).some((element) => !isEmpty(element) && test(textOf(element)))
}

/** 1 when greater, -1 when less, 0 when equal, null when the two cannot be compared. */
function compare(actual: unknown, expected: unknown): number | null {
  const numbers = [numberOf(actual), numberOf(expected)] as const
  const [left, right] = numbers.includes(null) ? [instantOf(actual), instantOf(expected)] : numbers
  return left === null || right === null ? null : Math.sign(left - right)
}

/** A number, or a text that is one; null otherwise. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

const isoDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** Milliseconds since 1970; a date or time without a zone is taken as UTC. */
export function instantOf(value: unknown): number | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.getTime()
  if (typeof value !== 'string') return null
  const match = isoDate.exec(value.trim())
  if (!match) return null
  const zoned = match[1] === undefined || match[4] !== undefined
  const instant = Date.parse(`${value.trim().replace(' ', 'T')}${zoned ? '' : 'Z'}`)
  return Number.isNaN(instant) ? null : instant
}
