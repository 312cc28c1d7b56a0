import { describe, expect, it } from 'vitest'
import { execute, judge } from '../../../test/node-step.ts'
import path from './path.ts'

const inVietnam = { input: 'customer.country', condition: 'equals', value: 'VN' }
const isVip = { input: 'customer.tags', condition: 'contains', value: 'vip' }

describe('path', () => {
  it('passes on whoever was let in', () => {
    expect(execute(path)).toMatchObject({ is: 'next', output: {} })
  })

  it('holds when all of its rules do, or any of them, as chosen', () => {
    const customer = { country: 'vn', tags: ['new'] }
    const rules = [inVietnam, isVip]
    expect(judge(path, { customer, config: { rules, match: 'all' } }).holds).toBe(false)
    expect(judge(path, { customer, config: { rules, match: 'any' } }).holds).toBe(true)
    expect(judge(path, { customer: { ...customer, tags: ['VIP'] }, config: { rules } }).holds).toBe(true)
  })

  it('says what was compared', () => {
    const { why } = judge(path, { customer: { country: 'vn' }, config: { rules: [inVietnam] } })
    expect(why).toEqual({
      code: 'rules_hold',
      text: 'customer.country is “VN”',
      values: { 'customer.country': 'vn' },
    })
    expect(judge(path, { customer: {}, config: { rules: [inVietnam] } }).why).toEqual({
      code: 'rules_fail',
      text: 'customer.country is empty, so it is not true that it is “VN”',
      values: { 'customer.country': null },
    })
  })

  it('reads outputs of other nodes, attributes and values with filters', () => {
    const customer = { firstName: ' minh ', attributes: { seats: '60', plan: 'pro' }, company: null }
    const scope = { node: { 'email-1': { output: { sent: false } } } }
    const holds = (rule: Record<string, unknown>) =>
      judge(path, { customer, scope: { customer, ...scope }, config: { rules: [rule] } }).holds
    expect(holds({ input: 'node.email-1.output.sent', condition: 'equals', value: false })).toBe(true)
    expect(holds({ input: 'customer.attributes.seats', condition: 'greater-than', value: 50 })).toBe(true)
    expect(holds({ input: '{{ customer.firstName | strip | size }}', condition: 'equals', value: 4 })).toBe(true)
    expect(holds({ input: 'customer.company.name', condition: 'empty' })).toBe(true)
    expect(holds({ input: 'customer.attributes.plan', condition: 'equals', value: '{{"PRO" | downcase}}' })).toBe(true)
  })

  it('asks for a value where the condition needs one', () => {
    const parse = (rule: Record<string, unknown>) => path.config.safeParse({ rules: [rule] }).success
    expect(parse({ input: 'customer.email', condition: 'equals' })).toBe(false)
    expect(parse({ input: 'customer.email', condition: 'equals', value: '  ' })).toBe(false)
    expect(parse({ input: 'customer.email', condition: 'equals', value: false })).toBe(true)
    expect(parse({ input: 'customer.email', condition: 'not-empty' })).toBe(true)
  })
})
