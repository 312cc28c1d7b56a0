/** A criterion as far as scoring looks at it. */
export interface WeighedCriterion {
  id: string
  type: 'profile' | 'engagement' | 'conversation'
  /** From 0 to 1. */
  weight: number
}

/**
 * A customer's score on a product: the mean of the latest scores weighted by their criteria, over the criteria that have one; null
 * without any. Where all weights are 0 they count alike (PRODUCT §1, "fit assessment").
 */
export function productScore(scores: readonly { score: number; weight: number }[]): number | null {
  if (scores.length === 0) return null
  const total = scores.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return scores.reduce((sum, { score }) => sum + score, 0) / scores.length
  return scores.reduce((sum, { score, weight }) => sum + score * weight, 0) / total
}

/**
 * The criterion that stands for a product where a node names none: its `engagement` criterion, else its only one, else the heaviest; the
 * oldest of several alike (PRODUCT §2, "Products"). Ids are time-ordered.
 */
export function defaultCriterion<Criterion extends WeighedCriterion>(
  criteria: readonly Criterion[],
): Criterion | undefined {
  const rank = (left: Criterion, right: Criterion) =>
    Number(right.type === 'engagement') - Number(left.type === 'engagement') ||
    right.weight - left.weight ||
    (left.id < right.id ? -1 : 1)
  return criteria.toSorted(rank)[0]
}

/** Why the weights of a product's criteria look wrong, or null. They need not sum to 1: the mean is taken by their share. */
export function weightsHint(criteria: readonly WeighedCriterion[]): string | null {
  if (criteria.length === 0) return null
  const total = criteria.reduce((sum, { weight }) => sum + weight, 0)
  if (Math.abs(total - 1) < 0.0005) return null
  return `The weights add up to ${Number(total.toFixed(3))}, not 1. Scores are still the mean by each weight’s share.`
}

/** Who or what made a fit assessment, as a sentence. */
export function madeBy({
  source,
  member,
  campaign,
}: {
  source: Record<string, unknown>
  member: string | null
  campaign: string | null
}): string {
  const say = (value: unknown) => (typeof value === 'string' ? value : '')
  switch (source.kind) {
    case 'node':
      return campaign === null ? 'By a campaign’s step.' : `By a step of “${campaign}”.`
    case 'member': {
      const who = member ?? (say(source.by) || 'somebody')
      return `By ${who}${source.reason ? `: ${say(source.reason)}` : '.'}`
    }
    case 'import':
      return 'By an import.'
    case 'rules':
      return 'By the rules of the criterion.'
    case 'event':
      return `By the event ${say(source.event)}.`
    default:
      return 'It is not known what made it.'
  }
}
