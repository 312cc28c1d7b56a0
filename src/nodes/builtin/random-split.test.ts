import fc from 'fast-check'
import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import { stableRandom } from '../../engine/stable-random.ts'
import randomSplit from './random-split.ts'

const branchesOf = (weights: readonly number[]) =>
  weights.map((weight, index) => ({ id: `b${index}`, label: `Branch ${index}`, weight }))

const take = (weights: readonly number[], random: number): number => {
  const outcome = execute(randomSplit, { config: { branches: branchesOf(weights) }, random })
  if (outcome.is !== 'leave') throw new Error(`It answered ${outcome.is}.`)
  return Number(outcome.when.slice(1))
}

it('says which branch was drawn and what its share is', () => {
  expect(execute(randomSplit, { config: { branches: branchesOf([1, 2]) }, random: 0.5 })).toEqual({
    is: 'leave',
    when: 'b1',
    output: { branch: 'b1', label: 'Branch 1' },
    effects: [],
    why: {
      code: 'drawn',
      text: 'Drawn for “Branch 1”, which gets 66.7 %.',
      values: { branch: 'b1', sharePercent: 66.7 },
    },
  })
})

it('gives each branch its part of the weights, and nobody a branch of weight 0', () => {
  expect([0, 0.24, 0.25, 0.74, 0.75, 0.999].map((random) => take([25, 0, 50, 25], random))).toEqual([0, 0, 2, 2, 3, 3])
})

it('always finds a branch with a weight, whatever the weights add up to', () => {
  const weights = fc
    .array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1_000_000, noNaN: true })), {
      minLength: 1,
      maxLength: 50,
    })
    .filter((all) => all.some((weight) => weight > 0))
  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (all, random) => {
      expect(all[take(all, random)]).toBeGreaterThan(0)
    }),
  )
})

it('shares out 100,000 customers within statistical bounds, at each split anew and the same each time', () => {
  const weights = [10, 20, 30, 40]
  const count = 100_000
  const id = (n: number) =>
    `019f${n.toString(16).padStart(4, '0')}-0000-7000-8000-${(n * 7919).toString(16).padStart(12, '0')}`
  // Asking the definition a hundred thousand times parses its config as often; the draw is the same by its thresholds.
  const bounds = [0.1, 0.3, 0.6, 1]
  const branchOf = (n: number, node: string) => {
    const drawn = stableRandom(id(n), 'campaign', node)
    return bounds.findIndex((bound) => drawn < bound)
  }
  for (const [index, bound] of bounds.entries()) expect(take(weights, bound - 1e-9)).toBe(index)
  const first = Array.from({ length: count }, (_, n) => branchOf(n, 'split-1'))
  const second = Array.from({ length: count }, (_, n) => branchOf(n, 'split-2'))
  expect(Array.from({ length: count }, (_, n) => branchOf(n, 'split-1'))).toEqual(first)
  const chiSquare = (observed: readonly number[], expected: readonly number[]) =>
    observed.reduce((sum, value, index) => sum + (value - (expected[index] ?? 0)) ** 2 / (expected[index] ?? 1), 0)
  const tally = (all: readonly number[], keys: number) =>
    Array.from({ length: keys }, (_, key) => all.filter((each) => each === key).length)
  const shares = weights.map((weight) => weight / 100)
  // Beyond these a fair draw would come once in a million tries (3 and 15 degrees of freedom).
  for (const drawn of [first, second]) {
    expect(
      chiSquare(
        tally(drawn, 4),
        shares.map((share) => share * count),
      ),
    ).toBeLessThan(30.7)
  }
  const both = first.map((branch, index) => branch * 4 + (second[index] ?? 0))
  const apart = shares.flatMap((one) => shares.map((other) => one * other * count))
  expect(chiSquare(tally(both, 16), apart)).toBeLessThan(56.5)
})

it.each([
  [
    'two branches of one id',
    [
      { id: 'a', label: 'A', weight: 1 },
      { id: 'a', label: 'B', weight: 1 },
    ],
  ],
  ['no weight above 0', [{ id: 'a', label: 'A', weight: 0 }]],
  ['a negative weight', [{ id: 'a', label: 'A', weight: -1 }]],
  ['a weight that is no number', [{ id: 'a', label: 'A', weight: Number.POSITIVE_INFINITY }]],
  ['no branch', []],
])('refuses %s', (_what, branches) => {
  expect(randomSplit.config.safeParse({ branches }).success).toBe(false)
})
