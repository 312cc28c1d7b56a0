import type { CustomerValues } from './customer.ts'

/** What a write makes of a customer. */
export interface Changes {
  /** Fields other than tags, by their API names. */
  fields: string[]
  tagged: string[]
  untagged: string[]
}

/** Compares a customer before and after a write; `before` null = the customer is new. */
export function changesBetween(before: CustomerValues | null, after: CustomerValues): Changes {
  if (before === null) return { fields: [], tagged: after.tags, untagged: [] }
  const names = Object.keys(after) as (keyof CustomerValues)[]
  return {
    fields: names.filter((name) => name !== 'tags' && !same(before[name], after[name])),
    tagged: after.tags.filter((tag) => !before.tags.includes(tag)),
    untagged: before.tags.filter((tag) => !after.tags.includes(tag)),
  }
}

/** Whether a write changes nothing at all. */
export const isUnchanged = ({ fields, tagged, untagged }: Changes): boolean =>
  fields.length === 0 && tagged.length === 0 && untagged.length === 0

/** Equality of JSON values; the order of an object's keys does not count, because jsonb does not keep it. */
function same(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      same((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  )
}

/** Merges new attributes into old ones, key by key at the top level; null removes a key (RFC 7396, one level). */
export function mergeAttributes(
  before: Record<string, unknown>,
  given: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== null))
}

/** Longest text of a value that a change keeps, in characters. */
const longestKept = 200

/**
 * What changed fields held before and hold now, attributes one by one (`attributes.plan`). A value of more than 200 characters as JSON is
 * cut, so that one event stays small whatever an attribute holds.
 */
export function fromAndTo(
  before: CustomerValues | null,
  after: CustomerValues,
  fields: readonly string[],
): Record<string, [from: unknown, to: unknown]> {
  const changes: Record<string, [unknown, unknown]> = {}
  for (const field of fields) {
    const from = before?.[field as keyof CustomerValues] ?? null
    const to = after[field as keyof CustomerValues]
    if (field !== 'attributes') {
      changes[field] = [kept(from), kept(to)]
      continue
    }
    const old = (from ?? {}) as Record<string, unknown>
    const current = to as Record<string, unknown>
    for (const key of new Set([...Object.keys(old), ...Object.keys(current)])) {
      if (!same(old[key] ?? null, current[key] ?? null)) {
        changes[`attributes.${key}`] = [kept(old[key] ?? null), kept(current[key] ?? null)]
      }
    }
  }
  return changes
}

function kept(value: unknown): unknown {
  const text = JSON.stringify(value) ?? 'null'
  return text.length <= longestKept ? value : `${text.slice(0, longestKept).toWellFormed()}…`
}
