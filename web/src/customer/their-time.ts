import { clockTime, exact, isZone, weekdayTime } from '../format.ts'

/** "14:05" in a time zone; null where the zone is not known. */
export const clockIn = (timeZone: string | null): string | null =>
  timeZone !== null && isZone(timeZone) ? clockTime(new Date(), timeZone) : null

/**
 * When something comes, as it is where the customer is: "Tue 09:00 their time" within a week, else with the date; where their zone is not
 * known, in the reader's.
 */
export function momentFor(timeZone: string | null, at: string | Date, now = Date.now()): string {
  const near = Math.abs(new Date(at).getTime() - now) < 7 * 86_400_000
  const zone = timeZone !== null && isZone(timeZone) ? timeZone : undefined
  const text = near ? weekdayTime(at, zone) : exact(at, zone)
  return zone ? `${text} their time` : text
}
