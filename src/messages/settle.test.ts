import { describe, expect, it } from 'vitest'
import type { HandOver, Scope } from '../channels/channel.ts'
import { retryDelayMs, settle } from './settle.ts'

const refused = (scope: Scope, hard = false): HandOver => ({
  is: 'refused',
  scope,
  hard,
  code: '5.0.0',
  response: '5xx',
})
const deferred = (scope: Scope, more: { throttle?: boolean; lost?: boolean } = {}): HandOver => ({
  is: 'deferred',
  scope,
  throttle: false,
  lost: false,
  code: null,
  response: '4xx',
  ...more,
})

describe('settle', () => {
  it.each<[string, HandOver, object, string]>([
    [
      'accepted',
      { is: 'accepted', providerId: 'q1', response: '250 ok' },
      { to: 'sent', providerId: 'q1', reason: null },
      'fine',
    ],
    ['an unknown fate', { is: 'unknown', response: 'gone' }, { to: 'unconfirmed', reason: 'connection_lost' }, 'lost'],
    ['a bad address', refused('recipient', true), { to: 'refused', reason: 'hard_bounce', hard: true }, 'fine'],
    ['a full mailbox', refused('recipient'), { to: 'refused', reason: 'soft_bounce', hard: false }, 'fine'],
    ['refused content', refused('message'), { to: 'refused', reason: 'content_refused' }, 'fine'],
    ['a policy', refused('policy'), { to: 'refused', reason: 'policy_refused' }, 'policy'],
    ['a refused login', refused('credential'), { to: 'queued', free: true }, 'login-refused'],
    ['a refused sender', refused('sender'), { to: 'queued', free: true }, 'sender-refused'],
    ['a host that says no', refused('host'), { to: 'queued', free: true }, 'away'],
    ['a host that is away', deferred('host'), { to: 'queued', free: true }, 'away'],
    ['a throttle', deferred('recipient', { throttle: true }), { to: 'queued', free: true }, 'throttled'],
    ['greylisting', deferred('recipient'), { to: 'queued', free: false, afterMs: 60_000 }, 'fine'],
    ['a lost connection', deferred('host', { lost: true }), { to: 'queued', free: false, afterMs: 2_000 }, 'lost'],
  ])('knows what to do after %s', (_, handOver, settlement, signal) => {
    expect(settle(handOver, 1, 0.5)).toMatchObject({ settlement, signal })
  })

  it('gives up on a message that was put off for a day of tries', () => {
    expect(settle(deferred('recipient'), 8, 0.5).settlement).toMatchObject({ to: 'queued', afterMs: 480 * 60_000 })
    expect(settle(deferred('recipient'), 9, 0.5).settlement).toMatchObject({
      to: 'failed',
      reason: 'deferred_too_long',
    })
    expect(settle(deferred('host', { lost: true }), 11, 0.5).settlement).toMatchObject({ to: 'failed' })
  })

  it('waits longer each time, give or take a fifth, for less than a day in all', () => {
    let least = 0
    let most = 0
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      const early = retryDelayMs(attempt, false, 0) ?? 0
      const late = retryDelayMs(attempt, false, 0.999999) ?? 0
      expect(early).toBeGreaterThan(least / attempt)
      expect(late / early).toBeCloseTo(1.5, 1)
      least += early
      most += late
    }
    expect(most).toBeLessThan(24 * 3_600_000)
  })
})
