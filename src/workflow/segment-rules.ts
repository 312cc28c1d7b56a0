import type { Condition } from './conditions.ts'
import type { EventFilter } from './event-filter.ts'

/** What a rule compares with. */
export type RuleValue = string | number | boolean

/** Comparisons of a field: the ten of a path, lists of values, and instants. Permanent names, in the order they are offered. */
export const fieldOps = [
  'equals',
  'not-equals',
  'in',
  'not-in',
  'contains',
  'not-contains',
  'starts-with',
  'ends-with',
  'greater-than',
  'less-than',
  'before',
  'after',
  'within',
  'empty',
  'not-empty',
] as const satisfies readonly (Condition | 'in' | 'not-in' | 'before' | 'after' | 'within')[]
export type FieldOp = (typeof fieldOps)[number]

/** Comparisons of one tag with the tags of a customer. */
export const tagOps = [
  'contains',
  'not-contains',
  'equals',
  'not-equals',
  'in',
  'not-in',
  'starts-with',
  'ends-with',
] as const
export type TagOp = (typeof tagOps)[number]

/** Comparisons of a score on a product. */
export const scoreOps = ['greater-than', 'less-than', 'equals', 'not-equals', 'empty', 'not-empty'] as const
export type ScoreOp = (typeof scoreOps)[number]

/**
 * How a customer stands to a campaign. `entered` = was in at least once; `went-through` = a passage ended (finished, canceled or failed;
 * not held out); the last ones are about messages that the campaign sent them.
 */
export const campaignStates = [
  'inside',
  'entered',
  'never-in',
  'went-through',
  'finished',
  'canceled',
  'failed',
  'handed-off',
  'held-out',
  'sent',
  'opened',
  'clicked',
  'replied',
  'bounced',
] as const
export type CampaignState = (typeof campaignStates)[number]

/** The columns of a customer and of their company that a rule may name; `attributes.…` and `company.attributes.…` come on top. */
export const ruleFields = [
  'email',
  'firstName',
  'lastName',
  'country',
  'language',
  'timezone',
  'phone',
  'telegramChatId',
  'linkedinUrl',
  'externalId',
  'tags',
  'claimedBy',
  'trackingConsent',
  'createdAt',
  'updatedAt',
  'company.name',
  'company.domain',
  'company.industry',
] as const

/** A rule about a field of the customer, a tag, an event, a segment, a score or a campaign. */
export type LeafRule =
  | { field: string; op: FieldOp; value?: RuleValue | RuleValue[] | undefined }
  | { tag: string; op: TagOp }
  | {
      event: string
      did: boolean
      count?: number | undefined
      within?: string | undefined
      filter?: EventFilter | undefined
    }
  | { segment: string; in: boolean }
  | { score: { productId: string }; op: ScoreOp; value?: number | undefined }
  | { campaign: string; state: CampaignState }

/** The rules of a dynamic segment: groups of rules, nested (API.md, “segment rules”). */
export type SegmentRule = { all: SegmentRule[] } | { any: SegmentRule[] } | { not: SegmentRule } | LeafRule

/** Deepest nesting of groups, most rules, and most values of one list. */
export const ruleLimits = { depth: 6, rules: 100, values: 500, textLength: 500 } as const

/** The parts of a group with their places, and none of a rule. `all.0` is the first of an all-group. */
export function partsOf(rule: SegmentRule): { place: string; rule: SegmentRule }[] {
  if ('all' in rule) return rule.all.map((part, index) => ({ place: `all.${index}`, rule: part }))
  if ('any' in rule) return rule.any.map((part, index) => ({ place: `any.${index}`, rule: part }))
  if ('not' in rule) return [{ place: 'not', rule: rule.not }]
  return []
}

/** Every group and rule with its path, the whole first, whose path is empty. */
export function* eachRule(rule: SegmentRule, path = ''): Generator<{ path: string; rule: SegmentRule }> {
  yield { path, rule }
  for (const { place, rule: part } of partsOf(rule)) yield* eachRule(part, path === '' ? place : `${path}.${place}`)
}

/** Whether a rule is one of its own and no group. */
export const isLeaf = (rule: SegmentRule): rule is LeafRule => !('all' in rule) && !('any' in rule) && !('not' in rule)

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const unitNames = { m: 'minute', h: 'hour', d: 'day', w: 'week' } as const
type Unit = keyof typeof unitMs

/**
 * A span as rules write it, `7d`: a whole number and m, h, d or w for minutes, hours, days or weeks, of ten years at most. With a sign
 * in front it lies ahead: `+7d` = from now until in seven days. Null when it is none.
 */
export function readSpan(text: unknown): { ms: number; ahead: boolean; words: string } | null {
  if (typeof text !== 'string') return null
  const match = /^(\+?)(\d{1,7})\s*(m|h|d|w)$/i.exec(text.trim())
  if (!match) return null
  const unit = (match[3] ?? '').toLowerCase() as Unit
  const count = Number(match[2])
  const ms = count * unitMs[unit]
  if (count === 0 || ms > 3_653 * unitMs.d) return null
  return { ms, ahead: match[1] === '+', words: `${count} ${unitNames[unit]}${count === 1 ? '' : 's'}` }
}
