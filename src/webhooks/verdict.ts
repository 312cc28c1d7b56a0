import type { CallResult } from '../channels/http-call.ts'

const minute = 60_000
const hour = 60 * minute

/** Waits before each further try, in ms: over three days in all (Standard Webhooks, “Operational considerations”). */
const delaysMs = [5_000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]

/** How long every delivery of a webhook may fail before it is switched off, in days. */
export const daysOfFailure = 5

/** What became of one try. `reason` is null when the receiver took it; `gone` when it never wants to hear again. */
export interface Verdict {
  is: 'delivered' | 'again' | 'gone'
  status: number | null
  reason: string | null
  /** What the receiver said, cut. */
  response: string | null
  /** How long the receiver asked us to wait, in ms. */
  waitMs: number | null
}

/** Of the answer's body, so many characters are kept for a person to look at. */
const keptResponse = 4_000

/** What to make of a call's result: 2xx is taken, 410 ends the webhook, anything else (a redirect, too) is tried again. */
export function judge(result: CallResult): Verdict {
  if (result.is !== 'answered')
    return { is: 'again', status: null, reason: result.reason, response: null, waitMs: null }
  const { status } = result
  const response = new TextDecoder().decode(result.body).replaceAll('\u0000', '').slice(0, keptResponse)
  const taken = status >= 200 && status < 300
  return {
    is: taken ? 'delivered' : status === 410 ? 'gone' : 'again',
    status,
    reason: taken ? null : status >= 300 && status < 400 ? 'redirect' : 'status',
    response,
    waitMs: status === 429 || status === 503 ? waitOf(result.retryAfter) : null,
  }
}

/** `Retry-After` (RFC 9110 §10.2.3) as ms from now, at most a day; null without one. */
function waitOf(header: string | null): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 24 * hour) : null
}

/** How long to wait after so many tries, in ms, a fifth more or less by chance so that receivers are not hit at once; null = no more tries. */
export function retryAfterMs(attempt: number, waitMs: number | null, random: number): number | null {
  const delay = delaysMs[attempt - 1]
  if (delay === undefined) return null
  return Math.round(Math.max(delay * (0.8 + 0.4 * random), waitMs ?? 0))
}
