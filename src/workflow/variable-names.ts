const customerText = [
  ...['id', 'email', 'externalId', 'firstName', 'lastName', 'phone', 'telegramChatId', 'linkedinUrl', 'language'],
  ...['country', 'timezone', 'claimedBy', 'createdAt'],
]

/** What the first segments of a variable may be: a name for a value, `*` for anything below. */
const namespaces: Readonly<Record<string, readonly string[]>> = {
  customer: [
    ...customerText,
    ...['tags', 'tags.*', 'attributes', 'attributes.*'],
    ...['company', 'company.name', 'company.domain', 'company.industry', 'company.attributes', 'company.attributes.*'],
  ],
  product: ['*'],
  trigger: ['type', 'payload', 'payload.*'],
  run: ['id', 'startedAt'],
  org: ['name'],
}

/**
 * Whether a variable that is no step's output names something: undefined where it does, else the name that it may have meant, null where none is
 * near.
 */
export function nearestName(segments: readonly string[]): string | null | undefined {
  const [namespace = '', ...rest] = segments
  const known = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined
  if (known?.some((pattern) => matches(pattern, rest))) return undefined
  const candidates = Object.entries(namespaces).flatMap(([name, patterns]) =>
    patterns.filter((pattern) => !pattern.endsWith('*')).map((pattern) => `${name}.${pattern}`),
  )
  return nearestTo(segments.join('.'), candidates)
}

/** Text and lists have a `size`, lists a `first` and `last` (Liquid). */
function matches(pattern: string, segments: readonly string[]): boolean {
  const parts = pattern.split('.')
  if (parts.at(-1) === '*') {
    return segments.length >= parts.length && parts.slice(0, -1).every((part, index) => part === segments[index])
  }
  const plain = segments.at(-1) === 'size' ? segments.slice(0, -1) : segments
  return plain.length === parts.length && parts.every((part, index) => part === plain[index])
}

/** The candidate that differs by case alone, else by at most two letters. */
function nearestTo(text: string, candidates: readonly string[]): string | null {
  const plain = text.toLowerCase().replaceAll('_', '')
  const same = candidates.find((candidate) => candidate.toLowerCase() === plain)
  if (same !== undefined) return same
  if (text.length > 60) return null
  const close = candidates
    .filter((candidate) => Math.abs(candidate.length - plain.length) <= 2)
    .map((candidate) => ({ candidate, distance: distance(plain, candidate.toLowerCase()) }))
    .filter((each) => each.distance <= 2)
    .sort((left, right) => left.distance - right.distance)
  return close[0]?.candidate ?? null
}

/** Letters to change, add or drop to make one text the other (Levenshtein). */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const above = row
    row = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const change = (above[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      row.push(Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
  }
  return row.at(-1) ?? 0
}
