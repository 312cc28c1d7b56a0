import { describe, expect, it } from 'vitest'
import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { complete, groupOf, moved, ruleOf } from './tree.ts'

const country: SegmentRule = { field: 'country', op: 'equals', value: 'VN' }
const empty: SegmentRule = { field: 'country', op: 'equals', value: '' }
const tagged: SegmentRule = { tag: 'vip', op: 'contains' }

describe('rules in the builder', () => {
  it('come back as they were drawn', () => {
    for (const rule of [
      { all: [country] },
      { any: [country, tagged] },
      { not: { any: [tagged] } },
      { not: { all: [tagged] } },
    ]) {
      const group = groupOf(rule)
      expect(group && ruleOf(group)).toEqual(rule)
    }
    expect(groupOf({ not: country })).toEqual({ kind: 'none', parts: [country] })
    expect(groupOf(country)).toBe(null)
  })

  it('are asked for without what is not filled in, each place keeping its count', () => {
    const drawn: SegmentRule = { all: [empty, country, { not: { any: [empty, tagged] } }, { any: [empty] }] }
    const asked = complete(drawn)
    expect(asked?.rules).toEqual({ all: [country, { not: { any: [tagged] } }] })
    expect(Object.fromEntries(asked?.paths ?? [])).toEqual({
      '': '',
      '1': 'all.0',
      '2': 'all.1',
      '2.1': 'all.1.not.any.0',
    })
    expect(complete({ all: [empty] })).toBe(null)
    expect(complete(country)?.rules).toEqual({ all: [country] })
  })

  it('move within their group', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
  })
})
