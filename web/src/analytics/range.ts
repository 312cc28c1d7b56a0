/** The ranges that numbers can be of, here and on the canvas; a reader picks by when customers were enrolled. */
export const ranges = [
  { value: 'today', label: 'Today' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: 'all', label: 'All time' },
] as const
/** One of them. */
export type Range = (typeof ranges)[number]['value']
/** The same, and days of one's own, as they are offered. */
export const rangeChoices = [...ranges, { value: 'custom', label: 'Custom' }]

/** A range as the routes of the API take it. */
export interface RangeQuery {
  range?: Range
  from?: string
  to?: string
}

/** The range that an address names; a custom one without ends is all time, one that is not known `usual`. */
export function rangeOf(
  { range, from, to }: { range?: string | undefined; from?: string | undefined; to?: string | undefined },
  usual: Range,
): RangeQuery {
  if (range === 'custom') return { ...(from && { from }), ...(to && { to }) }
  return { range: ranges.find(({ value }) => value === range)?.value ?? usual }
}

const thisYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const otherYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })

/** “Nov 1 – Nov 8”: days of one's own in short, with the year where it is another one. */
export function daysText({ from, to }: { from?: string | undefined; to?: string | undefined }): string {
  const text = (day: string | undefined) => {
    const at = Date.parse(day ?? '')
    if (Number.isNaN(at)) return null
    const isThisYear = new Date(at).getUTCFullYear() === new Date().getFullYear()
    return (isThisYear ? thisYear : otherYear).format(at)
  }
  const [first, last] = [text(from), text(to)]
  if (first === null && last === null) return 'Choose days'
  return first === null ? `until ${last}` : last === null ? `since ${first}` : `${first} – ${last}`
}
