import { Cron } from 'croner'
import { cronFieldFault, cronFields } from './cron-fields.ts'

/** What is wrong with a cron; `null` = nothing. */
export function cronFault(cron: string): { code: string; message: string } | null {
  const fault = (message: string) => ({ code: 'invalid_cron', message })
  const fields = cron.split(' ')
  if (cron.startsWith('@')) {
    return fault(`“${short(cron)}” is a nickname; write its five fields, as in 0 0 * * * for every day at midnight.`)
  }
  if (fields.length !== 5) {
    return fault(
      `A cron has five fields: minute, hour, day of the month, month, day of the week; this one has ${cron === '' ? 0 : fields.length}.`,
    )
  }
  for (const [index, field] of cronFields.entries()) {
    const wrong = cronFieldFault(field, fields[index] ?? '')
    if (wrong !== null) return fault(wrong)
  }
  const [next] = nextFirings({ cron, timezone: 'UTC' }, new Date('2000-01-01T00:00:00Z'), 1)
  return next ? null : fault('There is no such day, so this would never fire.')
}

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** When something happens: a valid cron in an IANA zone. */
export interface Schedule {
  cron: string
  timezone: string
}

const open = ({ cron, timezone }: Schedule): Cron => new Cron(cron, { mode: '5-part', timezone, paused: true })

/**
 * The next firings after an instant. On the night on which clocks go forward, what lies in the missing hour fires at its end, once; on
 * the one on which they go back, a fixed time fires once and an interval goes through both passes.
 */
export const nextFirings = (schedule: Schedule, after: Date, count: number): Date[] =>
  open(schedule).nextRuns(count, after)

/** The next firing after an instant; null when there will be none. */
export const nextFiring = (schedule: Schedule, after: Date): Date | null => open(schedule).nextRun(after)

/** Most firings that are counted one by one after a long standstill; there may have been more. */
const mostCounted = 10_000

/** The firings from `first`, which was announced, until `now`: the first, the latest, and how many (10,000 at most). */
export function dueFirings(schedule: Schedule, first: Date, now: Date): { first: Date; latest: Date; count: number } {
  const cron = open(schedule)
  let latest = first
  let count = 1
  for (; count < mostCounted; count += 1) {
    const next = cron.nextRun(latest)
    if (!next || next > now) return { first, latest, count }
    latest = next
  }
  // A second later, because what is asked for lies before the reference.
  const [last] = cron.previousRuns(1, new Date(now.getTime() + 1_000))
  return { first, latest: last && last <= now && last > latest ? last : latest, count }
}
