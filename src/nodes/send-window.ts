import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'Write a time of day as 09:00.' })

/** The hours in which a message may be handed over, by the wall clock where the customer lives. `days` are ISO: 1 Monday to 7 Sunday. */
export const sendWindow = z
  .object({
    days: z.array(z.int().min(1).max(7)).min(1).max(7).meta({ title: 'On', widget: 'weekdays' }),
    from: clockTime.meta({ title: 'From', widget: 'time' }),
    to: clockTime.meta({ title: 'To', widget: 'time' }),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'It must end at another time than it begins; leave the window out to send at any time.',
  })
export type SendWindow = z.output<typeof sendWindow>

/** Whether a window is open at an instant, and when that changes. */
export interface WindowState {
  open: boolean
  /** The first instant at which `open` is no longer true (or no longer false). */
  until: Date
}

/** A stretch of time in which the answer is the same, in ms since 1970: from `from` to just before `until`. */
interface Stretch {
  open: boolean
  from: number
  until: number
}
const known = new Map<string, Stretch[]>()
const mostKnown = 1_000
const mostStretches = 16

/**
 * Whether a window is open at an instant in a zone. A window belongs to the day on which it opens; one whose `to` is before its `from` ends
 * on the day after. At every instant at which it is open the wall clock reads a time in it: hours that a clock change skips are left
 * out, and of hours that come twice those that lie within both readings.
 */
export function windowAt(at: Date, window: SendWindow, zone: string): WindowState {
  const key = `${zone} ${window.from} ${window.to} ${window.days.join()}`
  const instant = at.getTime()
  let stretches = known.get(key)
  let stretch = stretches?.find(({ from, until }) => from <= instant && instant < until)
  if (!stretch) {
    stretch = stretchAround(instant, window, zone)
    if (!stretches) {
      if (known.size >= mostKnown) known.clear()
      stretches = []
      known.set(key, stretches)
    }
    stretches.unshift(stretch)
    if (stretches.length > mostStretches) stretches.pop()
  }
  return { open: stretch.open, until: new Date(stretch.until) }
}

/** When a closed window opens next; null while it is open. */
export function opensAfter(now: Date, window: SendWindow, zone: string): Date | null {
  const { open, until } = windowAt(now, window, zone)
  return open ? null : until
}

function stretchAround(instant: number, { days, from, to }: SendWindow, zone: string): Stretch {
  const [opens, closes] = [Temporal.PlainTime.from(from), Temporal.PlainTime.from(to)]
  const overnight = Temporal.PlainTime.compare(closes, opens) < 0
  const today = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate()
  let closedSince = instant
  // Two weeks: a window of one day a week may have lost that night's hour to a clock change.
  for (let ahead = -2; ahead <= 15; ahead += 1) {
    const date = today.add({ days: ahead })
    if (!days.includes(date.dayOfWeek)) continue
    const open = openingOf(
      date.toPlainDateTime(opens),
      (overnight ? date.add({ days: 1 }) : date).toPlainDateTime(closes),
      zone,
    )
    if (!open) continue
    if (instant < open.from) return { open: false, from: closedSince, until: open.from }
    if (instant < open.until) return { open: true, ...open }
    closedSince = open.until
  }
  throw new Error(`A window from ${from} to ${to} never opens.`)
}

function openingOf(
  opens: Temporal.PlainDateTime,
  closes: Temporal.PlainDateTime,
  zone: string,
): { from: number; until: number } | null {
  const at = (time: Temporal.PlainDateTime, disambiguation: 'earlier' | 'later') =>
    time.toZonedDateTime(zone, { disambiguation }).epochMilliseconds
  const until = at(closes, 'earlier')
  // Both ends within the hour that comes twice: the first time round.
  const from = at(opens, 'later') < until ? at(opens, 'later') : at(opens, 'earlier')
  return from < until && isReal(opens, zone, from) ? { from, until } : null
}

/** An opening in the skipped hour, taken earlier, would read a time before it. */
const isReal = (opens: Temporal.PlainDateTime, zone: string, from: number): boolean =>
  Temporal.PlainDateTime.compare(
    Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDateTime(),
    opens,
  ) >= 0
