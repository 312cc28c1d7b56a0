import type { HandOver } from '../channels/channel.ts'

/** How a message in hand goes on: a final state, or back to the queue. */
export interface Settlement {
  to: 'sent' | 'refused' | 'failed' | 'unconfirmed' | 'queued'
  /** Why it was not sent; a permanent code. */
  reason: string | null
  providerId: string | null
  /** What the provider said, or what broke. */
  response: string | null
  /** The address is bad for good: suppress it. */
  hard: boolean
  /** For `queued`: try again after this, in ms. */
  afterMs: number
  /** For `queued`: the try does not count, because it was not this message's fault. */
  free: boolean
}

/** What a hand-over tells of the credential. */
export type CredentialSignal = 'fine' | 'lost' | 'throttled' | 'away' | 'login-refused' | 'sender-refused' | 'policy'

const minute = 60_000
/** What waits for a person is never due by itself: a thousand years. */
const byHandMs = 1_000 * 365 * 24 * 60 * minute
/** TRUST §1.5: 1, 5, 15, 30, 60 minutes, then 2, 4, 8 hours. Only tries count, so the time of a paused campaign does not. */
const retryAfterMs = [1, 5, 15, 30, 60, 120, 240, 480].map((minutes) => minutes * minute)
/** A connection that broke says little of the message: look again soon. */
const lostAfterMs = [2_000, 15_000]

/**
 * When a message that was put off is due again, with ± 20 % so that a crowd does not come back at once; null when it was tried often
 * enough. `attempt` counts hand-overs so far, from 1; `random` is in [0, 1).
 */
export function retryDelayMs(attempt: number, lost: boolean, random: number): number | null {
  const delay = lost
    ? (lostAfterMs[attempt - 1] ?? retryAfterMs[attempt - 1 - lostAfterMs.length])
    : retryAfterMs[attempt - 1]
  return delay === undefined ? null : Math.round(delay * (0.8 + 0.4 * random))
}

const ended = (to: Settlement['to'], more: Partial<Settlement>): Settlement => ({
  to,
  reason: null,
  providerId: null,
  response: null,
  hard: false,
  afterMs: 0,
  free: false,
  ...more,
})

/** Back to the queue as if nothing had been tried. */
export const putBack = (response: string | null = null, afterMs = 0): Settlement =>
  ended('queued', { free: true, response, afterMs })

/** Decides what becomes of a message and what to think of its credential (TRUST §1.5, §3.2). Pure. */
export function settle(
  handOver: HandOver,
  attempt: number,
  random: number,
): { settlement: Settlement; signal: CredentialSignal } {
  switch (handOver.is) {
    case 'accepted': {
      const { providerId, response } = handOver
      return { settlement: ended('sent', { providerId, response }), signal: 'fine' }
    }
    case 'by-hand':
      return { settlement: { ...putBack(handOver.response, byHandMs), reason: 'by_hand' }, signal: 'fine' }
    case 'unknown':
      return {
        settlement: ended('unconfirmed', { reason: 'connection_lost', response: handOver.response }),
        signal: 'lost',
      }
    case 'refused':
      return refused(handOver)
    case 'deferred':
      return deferred(handOver, attempt, random)
  }
}

function refused({ scope, hard, response }: Extract<HandOver, { is: 'refused' }>) {
  const is = (reason: string) => ended('refused', { reason, response, hard })
  switch (scope) {
    case 'recipient':
      return { settlement: is(hard ? 'hard_bounce' : 'soft_bounce'), signal: 'fine' as const }
    case 'message':
      return { settlement: is('content_refused'), signal: 'fine' as const }
    case 'policy':
      return { settlement: is('policy_refused'), signal: 'policy' as const }
    // Never the customer's fault: the message waits until the account is repaired.
    case 'sender':
      return { settlement: putBack(response), signal: 'sender-refused' as const }
    case 'credential':
      return { settlement: putBack(response), signal: 'login-refused' as const }
    case 'host':
      return { settlement: putBack(response), signal: 'away' as const }
  }
}

function deferred(
  { scope, throttle, lost, response }: Extract<HandOver, { is: 'deferred' }>,
  attempt: number,
  random: number,
) {
  if (throttle) return { settlement: putBack(response), signal: 'throttled' as const }
  if ((scope === 'host' && !lost) || scope === 'credential')
    return { settlement: putBack(response), signal: 'away' as const }
  const afterMs = retryDelayMs(attempt, lost, random)
  const signal = lost ? ('lost' as const) : ('fine' as const)
  if (afterMs === null) return { settlement: ended('failed', { reason: 'deferred_too_long', response }), signal }
  return { settlement: ended('queued', { response, afterMs }), signal }
}
