import { describe, expect, it } from 'vitest'
import { execute, resume } from '../../../test/node-step.ts'
import type { HeardEvent } from '../../engine/facts.ts'
import waitForEvent from './wait-for-event.ts'

const heard = (properties: Record<string, unknown>, name = 'deal.won'): HeardEvent => {
  const at = new Date('2027-03-01T12:30:00Z')
  return { name, properties, nodeId: null, at, clockAt: at }
}
const config = { event: 'deal.won', timeoutMs: 3_600_000 }

it('rests on the campaign’s clock for as long as it says', () => {
  const clock = new Date('2027-03-01T10:00:00Z')
  expect(execute(waitForEvent, { config, clock })).toMatchObject({
    is: 'await-event',
    until: new Date('2027-03-01T11:00:00Z'),
  })
})

it('leaves by the event with its properties, by the timeout without', () => {
  const woke = { by: 'event', event: heard({ amount: 5, plan: { name: 'pro' } }) } as const
  expect(resume(waitForEvent, woke, { config })).toMatchObject({
    is: 'leave',
    when: 'event',
    output: { happened: true, event: 'deal.won', properties: { amount: 5, plan: { name: 'pro' } } },
    why: { code: 'event', text: '“deal.won” happened.' },
  })
  expect(resume(waitForEvent, { by: 'deadline' }, { config })).toMatchObject({
    is: 'leave',
    when: 'timeout',
    output: { happened: false, event: null, properties: {} },
  })
  expect(resume(waitForEvent, { by: 'message' }, { config })).toEqual({ is: 'rest-on' })
})

it('keeps at most 4 KB of the properties, whole ones, in their order', () => {
  const properties = { a: 1, big: 'x'.repeat(5_000), half: 'y'.repeat(3_000), more: 'z'.repeat(3_000), b: 2 }
  const outcome = resume(waitForEvent, { by: 'event', event: heard(properties) }, { config })
  const kept = outcome.is === 'leave' ? (outcome.output.properties as object) : {}
  expect(Object.keys(kept)).toEqual(['a', 'half', 'b'])
})

describe('its filter', () => {
  const hears = (filter: unknown, properties: Record<string, unknown>) =>
    waitForEvent.hears?.({
      config: waitForEvent.config.parse({ ...config, filter }),
      event: heard(properties),
      nodeId: 'n',
    })

  it('lets every event through without rules', () => {
    expect([undefined, {}, { rules: [] }].map((filter) => hears(filter, {}))).toEqual([true, true, true])
  })

  it.each([
    ['all', { amount: 2_000, plan: { name: ' Pro' } }, true],
    ['all', { amount: 2_000 }, false],
    ['any', { amount: 2_000 }, true],
    ['any', { amount: '10', plan: 'pro' }, false],
    ['any', {}, false],
  ])('compares properties like a path, %s of its rules: %j', (match, properties, expected) => {
    const rules = [
      { input: 'amount', condition: 'greater-than', value: 1_000 },
      { input: 'plan.name', condition: 'equals', value: 'pro' },
    ]
    expect(hears({ match, rules }, properties)).toBe(expected)
  })

  it('sees only what was sent, not what every object has', () => {
    const rules = [{ input: 'constructor.name', condition: 'not-empty' }]
    expect(hears({ rules }, {})).toBe(false)
  })
})

it.each(['', 'Deal won', '.x', 'a b', 'x'.repeat(101)])('refuses “%s” as an event’s name', (event) => {
  expect(waitForEvent.config.safeParse({ ...config, event }).success).toBe(false)
})
