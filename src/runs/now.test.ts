import { describe, expect, it } from 'vitest'
import { describeNow, duration } from './now.ts'
import type { Run, Standing } from './queries.ts'

const resting: Run & Standing = {
  id: 1,
  campaignId: 'c',
  customer: { id: 'u', firstName: null, lastName: null, email: null },
  entry: 1,
  status: 'running',
  reason: null,
  error: null,
  nodeId: 'n1',
  wakeAt: null,
  remainingMs: null,
  productId: null,
  version: 1,
  startedAt: new Date(0),
  finishedAt: null,
  awaiting: 'time',
  attempt: 0,
  campaignStatus: 'active',
  nodeTitle: 'Mail',
  message: null,
  sendAfter: null,
  turnUntil: null,
}
const message = { state: 'queued', reason: null, credentialName: 'Sales', credentialHealth: 'ok' }

describe('what a run does now', () => {
  it.each<[string, Partial<Run & Standing>]>([
    ['About to run “Mail”.', { awaiting: null }],
    ['About to run “n1”.', { awaiting: null, nodeTitle: '' }],
    ['Waits at “Mail”.', { awaiting: 'time' }],
    ['Waits at “Mail” for something to happen.', { awaiting: 'event' }],
    ['Waits at “Mail” for its turn: whoever was overdue goes on one after the other.', { turnUntil: new Date(1_000) }],
    ['About to leave “Mail”, which a person skipped.', { awaiting: 'skip' }],
    ['Waits at “Mail” for its message.', { awaiting: 'message' }],
    ['Waits at “Mail” for its message to be sent through “Sales”.', { awaiting: 'message', message }],
    ['Waits at “Mail” for its send window.', { awaiting: 'message', message: { ...message, reason: 'send_window' } }],
    [
      'The message of “Mail” is being handed over to “Sales”.',
      { awaiting: 'message', message: { ...message, state: 'handing' } },
    ],
    ['About to leave “Mail”, whose message is sent.', { awaiting: 'message', message: { ...message, state: 'sent' } }],
    [
      'Waits at “Mail” until the sender “Sales” is repaired.',
      { awaiting: 'message', message: { ...message, credentialHealth: 'dead' } },
    ],
    [
      'Stopped at “Mail” by an error: It broke. Retry it, skip the step, or end the run.',
      { error: { code: 'x', message: 'It broke.', nodeId: 'n1' } },
    ],
    [
      'Frozen, the campaign is paused. Waits at “Mail”. 2 days 3 hours of it remain.',
      { campaignStatus: 'paused', remainingMs: 51 * 3_600_000 },
    ],
  ])('%s', (text, run) => {
    expect(describeNow({ ...resting, ...run })?.text).toBe(text)
  })

  it('is over when the run has ended', () => {
    expect(describeNow({ ...resting, status: 'succeeded', reason: 'exit' })).toBeNull()
  })

  it('says until when, and while paused only how much remains', () => {
    const wakeAt = new Date(1_000)
    expect(describeNow({ ...resting, wakeAt })?.until).toBe(wakeAt)
    expect(describeNow({ ...resting, campaignStatus: 'paused', remainingMs: 5 })?.until).toBeNull()
  })
})

describe('a duration in words', () => {
  it.each([
    [0, '0 seconds'],
    [1_000, '1 second'],
    [61_000, '1 minute 1 second'],
    [3_600_000, '1 hour'],
    [90_061_000, '1 day 1 hour'],
    [86_400_000 + 60_000, '1 day'],
  ])('%i ms', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})
