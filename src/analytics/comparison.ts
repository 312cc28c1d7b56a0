import type { Db } from '../db/database.ts'
import { type Arm, customersToSettle, type Difference, differenceOf, logAgainstShares } from './confidence.ts'
import {
  countFunnel,
  countGoals,
  countHeld,
  countHeldHandedOff,
  type DrawnNode,
  findNodes,
  findWeights,
  type Scope,
} from './queries.ts'

/** What branches can be compared by. */
export const metrics = ['opened', 'clicked', 'replied', 'handoff', 'goal'] as const
export type Metric = (typeof metrics)[number]

/** The certainty of an interval: it misses the truth once in twenty comparisons, ever. */
const alpha = 0.05
/** A split whose shares are right is suspected once in a thousand. */
const shareAlpha = 0.001

export interface ComparedBranch {
  key: string
  label: string
  n: number
  reached: number
  share: number | null
  /** Customers that its weight promised. */
  expected: number
}

export interface Comparison {
  nodeId: string
  title: string
  metric: Metric
  branches: ComparedBranch[]
  shareCheck: { ok: boolean }
  /** The best branch against each other one. */
  against: ({ key: string; label: string } & Difference)[]
  best: string | null
  /** `empty` nobody came · `mismatch` the shares are off · `settled` one is likely better · `open` cannot be told yet. */
  state: 'empty' | 'mismatch' | 'settled' | 'open'
  sentence: string
  /** At the rate so far and should the difference stay; null when settled or never. */
  daysToSettle: number | null
}

/** Who was written to beside who was held out. */
export interface Lift {
  /** The goal's node, or null for handoffs. */
  goalId: string | null
  label: string
  written: Arm
  held: Arm
  difference: Difference | null
  sentence: string
}

/** How many of those who took a branch reached what is compared, with the version that they entered under. */
export interface BranchCount {
  version: number
  branch: string
  enrolled: number
  reached: number
}

/**
 * The comparisons of all random splits that the current workflow has, and with those held out. Without a metric: goals where the workflow
 * has any that were reached, handoffs where there were any, else replies.
 */
export async function compareBranches(
  db: Db,
  campaignId: string,
  scope: Scope,
  wanted: Metric | undefined,
): Promise<{ comparisons: Comparison[]; lifts: Lift[] }> {
  const [rows, days, nodes, weights, goals, held] = await Promise.all([
    countFunnel(db, scope, 'version-branch'),
    countFunnel(db, scope, 'day'),
    findNodes(db, campaignId),
    findWeights(db, campaignId),
    countGoals(db, scope),
    countHeld(db, scope),
  ])
  const handoffs = days.reduce((sum, day) => sum + day.handoff, 0)
  const metric = wanted ?? (goals.some(({ held }) => !held) ? 'goal' : handoffs > 0 ? 'handoff' : 'replied')
  const activeDays = Math.max(1, daysBetween(days[0]?.key, scope.range.to ?? new Date()))
  const comparisons = nodes
    .filter((node) => node.current && node.branches.some((branch) => branch.weight !== undefined))
    .map((node) => {
      const counts = rows.flatMap(({ key, ...row }): BranchCount[] => {
        const [version = '', ...rest] = key.split(':')
        const branch = rest.pop() ?? ''
        if (rest.join(':') !== node.id) return []
        return [
          { version: Number(version), branch, enrolled: row.enrolled, reached: metric === 'goal' ? 0 : row[metric] },
        ]
      })
      if (metric === 'goal') addGoals(counts, node.id, goals)
      const promised = weights.filter(({ nodeId }) => nodeId === node.id)
      return compareSplit(node, counts, promised, metric, activeDays)
    })
  const enrolled = days.reduce((sum, day) => sum + day.enrolled, 0)
  if (held === 0) return { comparisons, lifts: [] }
  const lifts =
    goals.length > 0
      ? goalLifts(nodes, goals, held, enrolled)
      : [
          liftOf(
            null,
            'handed off',
            { n: enrolled, reached: handoffs },
            { n: held, reached: await countHeldHandedOff(db, campaignId, scope) },
            1,
          ),
        ]
  return { comparisons, lifts }
}

/** The goal that most reached stands for all: who reached two is one customer. It is counted over all versions, so it stands with the first. */
function addGoals(counts: BranchCount[], nodeId: string, goals: Awaited<ReturnType<typeof countGoals>>): void {
  const [first] = goals.filter(({ split, held }) => split === '' && !held).sort((a, b) => b.n - a.n)
  for (const { split, branch, goal, held, n } of goals) {
    const mine = split === nodeId && goal === first?.goal && !held
    const count = mine ? counts.find((one) => one.branch === branch) : undefined
    if (count) count.reached += n
  }
}

function goalLifts(
  nodes: readonly DrawnNode[],
  goals: Awaited<ReturnType<typeof countGoals>>,
  held: number,
  enrolled: number,
): Lift[] {
  const ids = [...new Set(goals.map(({ goal }) => goal))]
  return ids.map((id) => {
    const reached = (wanted: boolean) =>
      goals.reduce((sum, one) => sum + (one.split === '' && one.goal === id && one.held === wanted ? one.n : 0), 0)
    const label = nodes.find((node) => node.id === id)?.title || id
    return liftOf(id, label, { n: enrolled, reached: reached(false) }, { n: held, reached: reached(true) }, ids.length)
  })
}

function liftOf(goalId: string | null, label: string, written: Arm, held: Arm, of: number): Lift {
  const difference = differenceOf(held, written, alpha / of)
  const what = goalId === null ? 'handoff' : `“${label}”`
  const sentence =
    difference === null
      ? 'Nobody was written to yet, so there is nothing to compare with those held out.'
      : `${difference.low > 0 ? 'The campaign likely helps' : difference.high < 0 ? 'The campaign likely harms' : 'Whether the campaign helps cannot be told yet'}: ${signed(difference.difference)} points ${what} over those held out, 95 % interval ${intervalText(difference)}.`
  return { goalId, label, written, held, difference, sentence }
}

const daysBetween = (first: string | undefined, until: Date): number =>
  first === undefined ? 0 : (Math.min(until.getTime(), Date.now()) - Date.parse(first)) / 86_400_000

/** Compares the branches of one split. `counts` and `promised` are by version, because weights may have changed with one. */
export function compareSplit(
  node: Pick<DrawnNode, 'id' | 'title' | 'branches'>,
  counts: readonly BranchCount[],
  promised: readonly { version: number; branch: string; weight: number }[],
  metric: Metric,
  activeDays: number,
): Comparison {
  const title = node.title || node.id
  const ids = node.branches.map(({ id }) => id)
  const expected = new Map(ids.map((id) => [id, 0]))
  let against = 0
  for (const [version, rows] of Map.groupBy(counts, (row) => row.version)) {
    const weights = promised.filter((weight) => weight.version === version)
    const total = weights.reduce((sum, { weight }) => sum + weight, 0)
    const enrolled = (id: string) => sumOf(rows, id, 'enrolled')
    const here = weights.map(({ branch }) => enrolled(branch))
    against += logAgainstShares(
      here,
      weights.map(({ weight }) => weight),
    )
    const sum = here.reduce((all, n) => all + n, 0)
    for (const { branch, weight } of weights) {
      if (total > 0) expected.set(branch, (expected.get(branch) ?? 0) + (sum * weight) / total)
    }
  }
  const branches = node.branches.map(({ id, label }): ComparedBranch => {
    const n = sumOf(counts, id, 'enrolled')
    const reached = sumOf(counts, id, 'reached')
    return {
      key: id,
      label: label ?? id,
      n,
      reached,
      share: n > 0 ? reached / n : null,
      expected: expected.get(id) ?? 0,
    }
  })
  const ok = against < Math.log(1 / shareAlpha)
  const base = { nodeId: node.id, title, metric, branches, shareCheck: { ok } }
  const ranked = branches.filter(({ n }) => n > 0).sort((a, b) => (b.share ?? 0) - (a.share ?? 0))
  const [best, ...others] = ranked
  if (!best || others.length === 0) {
    const sentence = best
      ? `Everybody went to ${best.label} so far: there is nothing to compare with.`
      : 'Nobody has come to this split yet.'
    return { ...base, against: [], best: null, state: 'empty', sentence, daysToSettle: null }
  }
  // Every pair may turn out to be the one that is looked at.
  const each = alpha / ((branches.length * (branches.length - 1)) / 2)
  const differences = others.flatMap((other) => {
    const difference = differenceOf(armOf(other), armOf(best), each)
    return difference ? [{ key: other.key, label: other.label, ...difference }] : []
  })
  const [closest] = differences.toSorted((a, b) => a.low - b.low)
  const rival = others.find(({ key }) => key === closest?.key)
  if (!closest || !rival) throw new Error('Two branches with customers could not be compared.')
  const settled = closest.low > 0
  const toSettle = settled ? null : customersToSettle(armOf(rival), armOf(best), each)
  const total = branches.reduce((sum, { n }) => sum + n, 0)
  const inPair = best.n + rival.n
  const daysToSettle =
    toSettle === null ? null : Math.max(1, Math.ceil((toSettle - inPair) / ((total / activeDays) * (inPair / total))))
  const state = !ok ? 'mismatch' : settled ? 'settled' : 'open'
  const sentence = sentenceOf(state, best, closest, metric, branches, daysToSettle)
  return { ...base, against: differences, best: best.key, state, sentence, daysToSettle }
}

const sumOf = (counts: readonly BranchCount[], branch: string, field: 'enrolled' | 'reached'): number =>
  counts.reduce((sum, one) => sum + (one.branch === branch ? one[field] : 0), 0)

const armOf = ({ n, reached }: ComparedBranch): Arm => ({ n, reached })

/** Percentage points with a sign, to the tenth, or finer where a tenth would be nothing. */
const points = (difference: number): string => {
  const value = difference * 100
  const text = Math.abs(value) < 0.05 && value !== 0 ? value.toPrecision(1) : value.toFixed(1)
  return text.replace('-', '−')
}
const signed = (difference: number): string => (difference >= 0 ? `+${points(difference)}` : points(difference))

/** An interval in points: 0.3–2.1, or with words where an end is below zero. */
export const intervalText = ({ low, high }: Pick<Difference, 'low' | 'high'>): string =>
  low < 0 ? `${points(low)} to ${points(high)}` : `${points(low)}–${points(high)}`

function sentenceOf(
  state: 'mismatch' | 'settled' | 'open',
  best: ComparedBranch,
  closest: { label: string } & Difference,
  metric: Metric,
  branches: readonly ComparedBranch[],
  days: number | null,
): string {
  if (state === 'mismatch') {
    const total = branches.reduce((sum, { n }) => sum + n, 0)
    const far = branches.reduce(
      (worst, one) => (Math.abs(one.n - one.expected) > Math.abs(worst.n - worst.expected) ? one : worst),
      best,
    )
    const share = (n: number) => `${((100 * n) / total).toFixed(1)} %`
    return `${far.label} got ${share(far.n)} of the customers where its weight promises ${share(far.expected)}: something keeps customers from a branch, so this comparison says nothing.`
  }
  const interval = `${signed(closest.difference)} points ${metric}, 95 % interval ${intervalText(closest)}`
  const overWhom = branches.length > 2 ? ` than ${closest.label}` : ''
  if (state === 'settled') return `${best.label} is likely better${overWhom}: ${interval}.`
  const when =
    days === null
      ? 'at this rate it would take too long to tell'
      : days > 730
        ? 'at this rate it would take years to tell'
        : `${days} more ${days === 1 ? 'day' : 'days'} at this rate would settle it`
  if (closest.difference === 0) return `No difference between ${best.label} and ${closest.label} so far: ${interval}.`
  return `${best.label} is ahead${branches.length > 2 ? ` of ${closest.label}` : ''}, which may be chance: ${interval}; ${when}.`
}
