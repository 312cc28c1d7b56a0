import { expect, it } from 'vitest'
import { execute, reached } from '../../../test/node-step.ts'
import { parseConfig } from '../../catalogue/catalogue.ts'
import goal from './goal.ts'

const event = (name: string, properties: Record<string, unknown> = {}) => {
  const at = new Date('2027-03-01T12:00:00Z')
  return { name, properties, nodeId: null, at, clockAt: at }
}

it('ends the run where it is told to, else lets it go on', () => {
  expect(execute(goal, { config: { event: 'order.placed', endsRun: true } })).toMatchObject({
    is: 'end',
    status: 'succeeded',
    reason: 'goal',
  })
  expect(execute(goal, { config: { event: 'order.placed' } })).toMatchObject({ is: 'next', effects: [] })
})

it('is reached by its event, when the filter lets it through', () => {
  const config = {
    event: 'order.placed',
    filter: { rules: [{ input: 'amount', condition: 'greater-than', value: 100 }] },
  }
  expect(reached(goal, event('order.placed', { amount: 250 }), { config })).toMatchObject({
    code: 'event',
    text: '“order.placed” happened.',
  })
  expect(reached(goal, event('order.placed', { amount: 99 }), { config })).toBeNull()
  expect(reached(goal, event('order.lost', { amount: 250 }), { config })).toBeNull()
  expect(reached(goal, null, { config })).toBeNull()
})

it('knows the short names of message events', () => {
  expect(reached(goal, event('message.replied'), { config: { event: 'replied' } })).not.toBeNull()
})

it('is reached when its rules hold, by whatever they are looked at', () => {
  const rules = [
    { input: 'customer.country', condition: 'equals', value: 'VN' },
    { input: 'customer.tags', condition: 'contains', value: 'vip' },
  ]
  const customer = { country: 'VN', tags: [] }
  expect(reached(goal, null, { config: { rules }, customer })).toBeNull()
  expect(reached(goal, null, { config: { rules, match: 'any' }, customer })).toMatchObject({
    code: 'rules_hold',
    text: 'customer.country is “VN”.',
    values: { 'customer.country': 'VN', 'customer.tags': [] },
  })
  expect(
    reached(goal, event('customer.tagged'), { config: { rules }, customer: { ...customer, tags: ['VIP'] } }),
  ).toMatchObject({
    text: 'customer.country is “VN” and customer.tags contains “vip”.',
  })
})

it('takes either: an event, or rules that hold', () => {
  const config = { event: 'order.placed', rules: [{ input: 'customer.country', condition: 'equals', value: 'VN' }] }
  expect(reached(goal, event('order.placed'), { config, customer: { country: 'DE' } })).toMatchObject({ code: 'event' })
  expect(reached(goal, event('customer.updated'), { config, customer: { country: 'VN' } })).toMatchObject({
    code: 'rules_hold',
  })
})

it('needs one of them', () => {
  for (const config of [{}, { endsRun: true }, { rules: [] }, { event: '' }, { match: 'any' }]) {
    const { config: parsed, issues } = parseConfig('goal', config)
    expect(parsed).toBeNull()
    expect(issues).toMatchObject([{ field: 'event', message: 'A goal needs an event, or rules.' }])
  }
})
