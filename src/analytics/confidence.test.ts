import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../test/dirty-csv.ts'
import { compareSplit } from './comparison.ts'
import {
  type Arm,
  customersToSettle,
  differenceOf,
  logAgainstShares,
  logGamma,
  mixtureBound,
  mixtureRho,
} from './confidence.ts'

describe('the boundary', () => {
  // Values of the reference implementation in R, from the tests of Howard and Waudby-Smith's confseq:
  // github.com/gostevehoward/confseq, test/uniform_boundaries_test.cpp, TestTwoSidedNormalMixture.
  it('is that of confseq', () => {
    expect(mixtureRho(100, 0.05)).toBeCloseTo(12.60056, 5)
    expect(mixtureBound(100, 0.05, 100)).toBeCloseTo(30.35209, 5)
  })

  it('is nowhere better than at the size that it was made for', () => {
    const widthAt = (vOpt: number) => mixtureBound(500, 0.05, vOpt)
    for (const other of [50, 200, 1_000, 5_000]) expect(widthAt(500)).toBeLessThanOrEqual(widthAt(other))
  })
})

describe('the logarithm of the gamma function', () => {
  // scipy.special.gammaln, SciPy 1.17.1; the same as R's lgamma.
  it.each([
    [0.25, 1.2880225246980774],
    [0.5, 0.5723649429247001],
    [3.7, 1.4280723266653883],
    [100, 359.1342053695754],
    [12_345.6, 103_959.18506616844],
  ])('of %d', (x, expected) => {
    expect(logGamma(x) / expected).toBeCloseTo(1, 8)
  })
})

describe('the share check', () => {
  // lgamma sums in SciPy 1.17.1, of the Dirichlet-multinomial mixture around the weights (Lindon and Malek,
  // NeurIPS 2022), with half of the prior at concentration 100 and half at 10,000.
  it.each([
    [[520, 480], [1, 1], -0.1933142842155266],
    [[5_200, 4_800], [1, 1], 5.052280211991456],
    [[70, 20, 10], [2, 1, 1], 3.422173647695077],
  ])('speaks against %j of weights %j by %d', (counts, weights, expected) => {
    expect(logAgainstShares(counts, weights)).toBeCloseTo(expected, 6)
  })

  // Kohavi, Tang, Xu: "Trustworthy Online Controlled Experiments", 2020, chapter 21: 821,588 and 815,482 users of a split in halves have a
  // p-value of 1.8e-6. It looks like halves.
  it('finds the mismatch of the published example', () => {
    expect(logAgainstShares([821_588, 815_482], [1, 1])).toBeGreaterThan(Math.log(1_000))
  })

  it('is certain where somebody took a branch of weight zero', () => {
    expect(logAgainstShares([10, 1], [1, 0])).toBe(Number.POSITIVE_INFINITY)
    expect(logAgainstShares([10, 0], [1, 0])).toBeCloseTo(0, 10)
  })

  it('suspects a right split no more often than once in a thousand, looked at after every tenth customer', () => {
    const draw = seededRandom(3)
    let suspected = 0
    for (let trial = 0; trial < 2_000; trial += 1) {
      const counts = [0, 0]
      for (let n = 0; n < 1_000; n += 1) {
        const branch = draw() < 0.3 ? 0 : 1
        counts[branch] = (counts[branch] ?? 0) + 1
        if (n % 10 === 9 && logAgainstShares(counts, [3, 7]) >= Math.log(1_000)) {
          suspected += 1
          break
        }
      }
    }
    expect(suspected / 2_000).toBeLessThanOrEqual(0.001 + 0.0015)
  })
})

describe('the interval of a difference', () => {
  // Smoking by sex, 70 of 190 and 65 of 205 (Lemon, "Kickstarting R", tests of proportion). The interval for a single look, as R's
  // prop.test(c(70, 65), c(190, 205), correct = FALSE) makes it, by SciPy 1.17.1: -0.0422586 to 0.1449544 around 0.0513479.
  it('holds the one of a single look', () => {
    const { difference, low, high } = differenceOf({ n: 205, reached: 65 }, { n: 190, reached: 70 }, 0.05) ?? {
      difference: 0,
      low: 0,
      high: 0,
    }
    expect(difference).toBeCloseTo(0.0513479, 6)
    expect(low).toBeLessThan(-0.0422)
    expect(high).toBeGreaterThan(0.1449)
    expect((high - low) / 0.187).toBeLessThan(2.2)
  })

  it('is nothing while a branch is empty, and says so of no one by certainty', () => {
    expect(differenceOf({ n: 0, reached: 0 }, { n: 5, reached: 1 }, 0.05)).toBeNull()
    const none = differenceOf({ n: 1_000, reached: 0 }, { n: 1_000, reached: 0 }, 0.05)
    expect(none?.low).toBeLessThan(0)
    expect(none?.high).toBeGreaterThan(0)
  })

  /** The share of simulated campaigns of two equal branches that ever show a winner, when they are looked at every day. */
  const falseWinners = (
    rate: number,
    perDay: number,
    days: number,
    seed: number,
  ): { ours: number; onceOnly: number } => {
    const draw = seededRandom(seed)
    const trials = 600
    let ours = 0
    let onceOnly = 0
    for (let trial = 0; trial < trials; trial += 1) {
      const arms: [Arm, Arm] = [
        { n: 0, reached: 0 },
        { n: 0, reached: 0 },
      ]
      let [won, wonOnce] = [false, false]
      for (let day = 0; day < days; day += 1) {
        for (let n = 0; n < perDay; n += 1) {
          const arm = arms[draw() < 0.5 ? 0 : 1]
          arm.n += 1
          if (draw() < rate) arm.reached += 1
        }
        const difference = differenceOf(...arms, 0.05)
        if (difference && (difference.low > 0 || difference.high < 0)) won = true
        const [a, b] = arms.map((arm) => arm.reached / arm.n) as [number, number]
        const deviation = Math.sqrt((a * (1 - a)) / arms[0].n + (b * (1 - b)) / arms[1].n)
        if (Math.abs(a - b) > 1.96 * deviation) wonOnce = true
      }
      if (won) ours += 1
      if (wonOnce) onceOnly += 1
    }
    return { ours: ours / trials, onceOnly: onceOnly / trials }
  }

  it.each([
    [0.02, 40, 60],
    [0.1, 40, 60],
    [0.3, 20, 60],
    [0.95, 20, 60],
  ])(
    'shows a winner of equal branches at most once in twenty campaigns, rate %d, looked at daily',
    (rate, perDay, days) => {
      const { ours, onceOnly } = falseWinners(rate, perDay, days, 11)
      expect(ours).toBeLessThanOrEqual(0.05)
      // What a test for a single look does: the reason for all this.
      expect(onceOnly).toBeGreaterThan(0.1)
    },
  )

  it('finds a difference that is there, and says how many customers it takes', () => {
    const first = { n: 500, reached: 25 }
    const second = { n: 500, reached: 40 }
    const enough = customersToSettle(first, second, 0.05) ?? 0
    const times = enough / 1_000
    const grown = (arm: Arm, by: number) => ({ n: arm.n * by, reached: arm.reached * by })
    expect(differenceOf(grown(first, times), grown(second, times), 0.05)?.low).toBeGreaterThan(0)
    expect(differenceOf(grown(first, times * 0.98), grown(second, times * 0.98), 0.05)?.low).toBeLessThanOrEqual(0)
    expect(customersToSettle(first, first, 0.05)).toBeNull()
  })
})

describe('the sentence of a comparison', () => {
  const node = {
    id: 'split',
    title: 'Tone',
    branches: [
      { id: 'a', label: 'A', weight: 1 },
      { id: 'b', label: 'B', weight: 1 },
    ],
  }
  const halves = [1, 1].map((weight, index) => ({
    version: 1,
    nodeId: 'split',
    branch: index === 0 ? 'a' : 'b',
    weight,
  }))
  const of = (a: [number, number], b: [number, number], days = 10) =>
    compareSplit(
      node,
      [
        { version: 1, branch: 'a', enrolled: a[0], reached: a[1] },
        { version: 1, branch: 'b', enrolled: b[0], reached: b[1] },
      ],
      halves,
      'handoff',
      days,
    )

  it('names who is likely better', () => {
    expect(of([10_000, 300], [10_000, 480])).toMatchObject({ state: 'settled', best: 'b', daysToSettle: null })
    expect(of([10_000, 300], [10_000, 480]).sentence).toMatch(
      /^B is likely better: \+1\.8 points handoff, 95 % interval 0\.\d–\d\.\d\.$/,
    )
  })

  it('says how long it takes when it is open', () => {
    const open = of([1_000, 30], [1_000, 42])
    expect(open.state).toBe('open')
    expect(open.daysToSettle).toBeGreaterThan(10)
    expect(open.sentence).toMatch(
      /^B is ahead, which may be chance: \+1\.2 points handoff, 95 % interval −\d\.\d to \d\.\d; \d+ more days at this rate would settle it\.$/,
    )
    // Twice as many a day take half as long.
    expect(of([1_000, 30], [1_000, 42], 5).daysToSettle).toBeCloseTo((open.daysToSettle ?? 0) / 2, -1)
  })

  it('says nothing of a winner when the shares are off', () => {
    const off = of([6_000, 100], [4_000, 400])
    expect(off).toMatchObject({ state: 'mismatch', shareCheck: { ok: false } })
    expect(off.sentence).toContain('B got 40.0 % of the customers where its weight promises 50.0 %')
  })

  it('is silent without anybody, or with one branch alone', () => {
    expect(of([0, 0], [0, 0])).toMatchObject({ state: 'empty', best: null })
    expect(of([5, 1], [0, 0]).sentence).toContain('nothing to compare with')
  })
})
