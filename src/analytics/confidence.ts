/**
 * Statistics that stay valid however often somebody looks. A fixed-sample test that is looked at every day declares a winner between two
 * equal branches far more often than its 5 %; these do not, because they bound the error over all times at once.
 *
 * - The interval: an asymptotic confidence sequence, Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: "Time-uniform central limit theory and
 *   asymptotic confidence sequences", Annals of Statistics 52(6), 2024, theorem 2.2, with the normal mixture boundary of Howard, Ramdas,
 *   McAuliffe, Sekhon: "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49(2), 2021, (14).
 * - The share check: a multinomial test by mixture, Lindon, Malek: "Anytime-valid inference for multinomial count data", NeurIPS 2022.
 */

/** How many reached the goal of how many. */
export interface Arm {
  n: number
  reached: number
}

/** A difference of two shares and where the true one lies, at once for all times at which one looks. */
export interface Difference {
  /** Second minus first, from -1 to 1. */
  difference: number
  low: number
  high: number
}

/** Customers in both arms at which the interval is at its narrowest compared with a fixed-sample one. */
const bestAt = 2_000

/** Where the mixture's weight lies, so that the boundary is lowest at `vOpt`. */
export const mixtureRho = (vOpt: number, alpha: number): number => {
  const twice = 2 * Math.log(1 / alpha)
  return vOpt / (twice + Math.log(1 + twice))
}

/** What a sum of `v` centred variables of variance 1 exceeds, in either direction and ever, with probability `alpha` at most. */
export const mixtureBound = (v: number, alpha: number, vOpt: number): number => {
  const rho = mixtureRho(vOpt, alpha)
  return Math.sqrt((v + rho) * (2 * Math.log(1 / alpha) + Math.log((v + rho) / rho)))
}

/** The variance of the difference. One more who did and one who did not keep it from being nothing when few or all did. */
function varianceOf(arms: readonly [Arm, Arm]): number {
  return arms.reduce((sum, { n, reached }) => {
    const share = (reached + 1) / (n + 2)
    return sum + (share * (1 - share)) / n
  }, 0)
}

/** The difference of two arms' shares, with an interval of certainty 1 - `alpha`; null while an arm is empty. */
export function differenceOf(first: Arm, second: Arm, alpha: number): Difference | null {
  if (first.n === 0 || second.n === 0) return null
  const total = first.n + second.n
  const difference = second.reached / second.n - first.reached / first.n
  const deviation = Math.sqrt(varianceOf([first, second]) * total)
  const half = (deviation * mixtureBound(total, alpha, bestAt)) / total
  return { difference, low: Math.max(-1, difference - half), high: Math.min(1, difference + half) }
}

/**
 * Customers in all that it takes until the interval leaves out zero, should the difference stay what it is and the arms grow alike; null
 * when there is none, or when it would take more than a hundred million.
 */
export function customersToSettle(first: Arm, second: Arm, alpha: number): number | null {
  const now = differenceOf(first, second, alpha)
  if (!now || now.difference === 0) return null
  const settled = (times: number) => {
    const grown = ({ n, reached }: Arm): Arm => ({ n: n * times, reached: reached * times })
    const then = differenceOf(grown(first), grown(second), alpha)
    return then !== null && (then.low > 0 || then.high < 0)
  }
  const total = first.n + second.n
  let enough = 1
  while (!settled(enough)) {
    enough *= 2
    if (enough * total > 1e8) return null
  }
  let short = enough / 2
  for (let round = 0; round < 30 && (enough - short) * total > 1; round += 1) {
    const middle = (enough + short) / 2
    if (settled(middle)) enough = middle
    else short = middle
  }
  return Math.ceil(enough * total)
}

/** How strongly the share check's prior holds to the weights: half of it finds what is far off soon, half what is hardly off at last. */
const concentrations = [100, 10_000]

/**
 * By how much the counts speak against the weights: the logarithm of a Bayes factor that, when the weights hold, ever exceeds log(1/alpha)
 * with probability `alpha` at most. Infinite when somebody is where nobody should be. Counts of different weights add their logarithms.
 */
export function logAgainstShares(counts: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total <= 0) return 0
  if (counts.some((count, index) => count > 0 && !weights[index])) return Number.POSITIVE_INFINITY
  const branches = counts.flatMap((count, index) => {
    const share = (weights[index] ?? 0) / total
    return share > 0 ? [{ count, share }] : []
  })
  const n = branches.reduce((sum, { count }) => sum + count, 0)
  const logs = concentrations.map((concentration) =>
    branches.reduce(
      (sum, { count, share }) =>
        sum + logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share),
      logGamma(concentration) - logGamma(concentration + n),
    ),
  )
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length)
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** The logarithm of the gamma function of a positive number: Lanczos' approximation with g = 7, right to 15 digits. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const base = x + 6.5
  const series = lanczos.reduce(
    (sum, coefficient, index) => (index === 0 ? sum : sum + coefficient / (x - 1 + index)),
    lanczos[0] ?? 0,
  )
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series)
}
