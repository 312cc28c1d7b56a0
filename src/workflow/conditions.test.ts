import { describe, expect, it } from 'vitest'
import { type Condition, conditions, conditionWords, holds } from './conditions.ts'

const list = ['VIP', 'New York', 5]
const date = new Date('2027-03-01T12:00:00Z')

/** Which conditions hold for an input and a value; all others do not. */
const table: [input: unknown, value: unknown, holding: Condition[]][] = [
  // text: trimmed, without regard to case
  [' Vietnam ', 'vietnam', ['equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  ['Vietnam', 'VIET', ['not-equals', 'contains', 'starts-with', 'not-empty']],
  ['Vietnam', 'nam', ['not-equals', 'contains', 'ends-with', 'not-empty']],
  ['Vietnam', 'Laos', ['not-equals', 'not-contains', 'not-empty']],
  ['Đà Nẵng'.normalize('NFD'), 'đà nẵng', ['equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  // numbers, also as text; text with text stays text
  [10, 9, ['not-equals', 'greater-than', 'not-contains', 'not-empty']],
  ['10', '9', ['not-equals', 'greater-than', 'not-contains', 'not-empty']],
  [5, '5.0', ['equals', 'not-contains', 'not-empty']],
  ['007', '7', ['not-equals', 'contains', 'ends-with', 'not-empty']],
  [-1.5, 0, ['not-equals', 'less-than', 'not-contains', 'not-empty']],
  [0, 0, ['equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  ['ten', 9, ['not-equals', 'not-contains', 'not-empty']],
  // dates
  ['2027-03-02', '2027-03-01', ['not-equals', 'greater-than', 'not-contains', 'not-empty']],
  ['2027-03-01T09:00:00+07:00', '2027-03-01T03:00', ['not-equals', 'less-than', 'not-contains', 'not-empty']],
  [date, '2027-03-01', ['not-equals', 'greater-than', 'contains', 'starts-with', 'not-empty']],
  [date, '2027-03-01T13:00:00+01:00', ['equals', 'not-contains', 'not-empty']],
  ['2027-13-01', '2027-03-01', ['not-equals', 'not-contains', 'not-empty']],
  ['2027-03-01', 5, ['not-equals', 'not-contains', 'not-empty']],
  // truth
  [true, 'TRUE', ['equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  [false, true, ['not-equals', 'not-contains', 'not-empty']],
  // lists
  [list, 'vip', ['not-equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  [list, 'new', ['not-equals', 'not-contains', 'starts-with', 'not-empty']],
  [list, '5', ['not-equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  [['vip'], 'VIP', ['equals', 'contains', 'starts-with', 'ends-with', 'not-empty']],
  [[10], 5, ['not-equals', 'not-contains', 'not-empty']],
  // missing
  [undefined, 'x', ['empty', 'not-equals', 'not-contains']],
  [null, 0, ['empty', 'not-equals', 'not-contains']],
  ['  ', '', ['empty', 'not-equals', 'not-contains']],
  [[], 'vip', ['empty', 'not-equals', 'not-contains']],
  [{}, 'x', ['empty', 'not-equals', 'not-contains']],
]

describe('conditions', () => {
  it.each(table)('%j against %j', (input, value, holding) => {
    expect(conditions.filter((condition) => holds(input, condition, value)).sort()).toEqual([...holding].sort())
  })

  it('each have words for a sentence', () => {
    expect(Object.keys(conditionWords)).toEqual([...conditions])
  })
})
