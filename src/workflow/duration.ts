const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** Milliseconds in words: “3 days 4 hours”, the two largest units; “no time” for 0 and less. */
export function formatDuration(ms: number): string {
  if (!(ms > 0)) return 'no time'
  const parts: string[] = []
  let rest = ms
  for (const [name, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`)
  }
  return parts.length === 0 ? 'less than a second' : parts.slice(0, 2).join(' ')
}
