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
