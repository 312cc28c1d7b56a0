/** "14:05" in a time zone; null where the zone is not known. */
export function clockIn(timeZone: string | null): string | null {
  if (timeZone === null) return null
  try {
    const parts = { hour: '2-digit', minute: '2-digit', hour12: false, timeZone } as const
    return new Intl.DateTimeFormat('en', parts).format(new Date())
  } catch {
    return null
  }
}

/**
 * When something comes, as it is where the customer is: "Tue 09:00 their time" within a week, else with the date; where their zone is not
 * known, in the reader's.
 */
export function momentFor(timeZone: string | null, at: string | Date, now = Date.now()): string {
  const time = new Date(at)
  const near = Math.abs(time.getTime() - now) < 7 * 86_400_000
  const parts: Intl.DateTimeFormatOptions = near
    ? { weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false }
    : { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }
  const theirs = timeZone !== null && clockIn(timeZone) !== null
  const text = new Intl.DateTimeFormat('en', { ...parts, ...(theirs && { timeZone }) }).format(time)
  return theirs ? `${text} their time` : text
}
