import { describe, expect, it } from 'vitest'
import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { type Changed, changedRule, complete, groupOf, type Move, moved, movesAt, nextPlace, ruleOf } from './tree.ts'

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

  describe('move out of groups and into them', () => {
    const a: SegmentRule = { field: 'a', op: 'not-empty' }
    const b: SegmentRule = { field: 'b', op: 'not-empty' }
    const c: SegmentRule = { field: 'c', op: 'not-empty' }
    const rules: SegmentRule = { all: [a, { any: [b, c] }] }
    const done = (place: number[], move: Move, from = rules) => movesAt(from, place)[move]?.()

    it('into the group next to it, at the side that it comes from', () => {
      expect(done([0], 'intoBelow')).toEqual({ rules: { all: [{ any: [a, b, c] }] }, place: [0, 0] })
      const behind: SegmentRule = { all: [{ not: { any: [b] } }, a] }
      expect(done([1], 'intoAbove', behind)).toEqual({ rules: { all: [{ not: { any: [b, a] } }] }, place: [0, 1] })
    })

    it('out of its group, which goes when nothing is left in it', () => {
      expect(done([1, 0], 'out')).toEqual({ rules: { all: [a, { any: [c] }, b] }, place: [2] })
      expect(done([0, 0], 'out', { all: [{ not: { any: [b] } }, a] })).toEqual({ rules: { all: [b, a] }, place: [0] })
    })

    it('all out of a group at once', () => {
      expect(done([1], 'ungroup')).toEqual({ rules: { all: [a, b, c] }, place: [1] })
    })

    it('nowhere where there is nowhere, and not deeper than the builder draws', () => {
      expect(Object.keys(movesAt(rules, [0]))).toEqual(['down', 'intoBelow'])
      expect(Object.keys(movesAt(rules, []))).toEqual([])
      const deep: SegmentRule = { all: [{ any: [{ any: [a] }] }, { any: [b] }] }
      expect(Object.keys(movesAt(deep, [0]))).toEqual(['down', 'ungroup'])
      expect(Object.keys(movesAt(deep, [1]))).toEqual(['up', 'intoAbove', 'ungroup'])
    })

    it('one place at a time in reading order, in and out of groups, with nothing lost', () => {
      let now: Changed = { rules, place: [0] }
      const seen: string[] = []
      for (let step = nextPlace(now.rules, now.place, 'down'); step; step = nextPlace(now.rules, now.place, 'down')) {
        now = step()
        seen.push(now.place.join('.'))
      }
      expect(seen).toEqual(['0.0', '0.1', '0.2', '1'])
      expect(now.rules).toEqual({ all: [{ any: [b, c] }, a] })
    })
  })

  it('tell what was typed into one rule from what moved', () => {
    const before: SegmentRule = { all: [country, { any: [tagged] }] }
    expect(changedRule(before, { all: [country, { any: [{ tag: 'v', op: 'contains' }] }] })).toBe('1.0')
    expect(changedRule(before, { all: [empty, { any: [tagged] }] })).toBe('0')
    expect(changedRule(before, { all: [{ any: [tagged] }, country] })).toBe(null)
    expect(changedRule(before, { all: [country] })).toBe(null)
  })
})
