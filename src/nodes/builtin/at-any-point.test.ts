import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import atAnyPoint from './at-any-point.ts'

it('goes on at once for whoever it has taken', () => {
  expect(execute(atAnyPoint, { config: { event: 'replied' } })).toMatchObject({ is: 'next', effects: [] })
})

it('hears the events that its filter lets through', () => {
  const at = new Date()
  const event = (properties: Record<string, unknown>) => ({
    name: 'deal.lost',
    properties,
    nodeId: null,
    at,
    clockAt: at,
  })
  const config = atAnyPoint.config.parse({
    event: 'deal.lost',
    filter: { rules: [{ input: 'reason', condition: 'equals', value: 'price' }] },
  })
  expect(atAnyPoint.hears?.({ config, event: event({ reason: 'Price ' }), nodeId: 'n' })).toBe(true)
  expect(atAnyPoint.hears?.({ config, event: event({ reason: 'time' }), nodeId: 'n' })).toBe(false)
})
