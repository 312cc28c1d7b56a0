import type { CallResult } from '../channels/http-call.ts'

/** What a run is told of its request: the output of an http-request step. */
export interface Answer {
  ok: boolean
  status: number | null
  /** Why it is not ok; null when it is. */
  reason: string | null
  /** JSON where the answer is JSON and whole, else its text; null without one. */
  body: unknown
}

/** Either it is over, or it is tried again. */
export type Verdict = { is: 'over'; answer: Answer } | { is: 'again' }

/** Methods that must not be repeated when nobody knows whether they arrived (RFC 9110 §9.2.2). */
const once = new Set(['POST', 'PATCH'])

const failed = (reason: string): Verdict => ({ is: 'over', answer: { ok: false, status: null, reason, body: null } })

/** What to make of a call's result (PRODUCT §4, `http-request`): no answer, 429 and 5xx are tried again, a POST of unknown fate is not. */
export function judge(result: CallResult, method: string): Verdict {
  switch (result.is) {
    case 'refused':
      return failed(result.reason)
    case 'no-answer':
      return result.sent && once.has(method) ? failed('unknown') : { is: 'again' }
    case 'answered': {
      const { status } = result
      if (status === 429 || status >= 500) return { is: 'again' }
      const ok = status >= 200 && status < 300
      return { is: 'over', answer: { ok, status, reason: ok ? null : 'status', body: bodyOf(result) } }
    }
  }
}

/** A request whose holder vanished. */
export const judgeLost = (method: string): Verdict => (once.has(method) ? failed('unknown') : { is: 'again' })

/** Waits before each further try, in ms; the last one goes on until the step gives up. */
const backoffMs = [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000]

/** How long to wait before trying again after so many tries. */
export const retryAfterMs = (attempt: number): number => backoffMs[Math.min(attempt, backoffMs.length) - 1] ?? 60_000

function bodyOf({ body, contentType, cut }: Extract<CallResult, { is: 'answered' }>): unknown {
  const text = new TextDecoder().decode(body).replaceAll('\u0000', '')
  if (text === '') return null
  if (cut || !/[/+]json\b/i.test(contentType)) return text
  try {
    const value: unknown = JSON.parse(text)
    // What PostgreSQL cannot keep in jsonb stays the text that it came as.
    return /\\u(0000|d[89a-f])/i.test(JSON.stringify(value)) ? text : value
  } catch {
    return text
  }
}
