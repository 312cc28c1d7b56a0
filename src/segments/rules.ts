import { z } from 'zod'
import { eventFilter, eventName } from '../nodes/event.ts'
import { instantOf, isUnary } from '../workflow/conditions.ts'
import { busNameOf } from '../workflow/event-names.ts'
import {
  type CampaignState,
  campaignStates,
  eachRule,
  fieldOps,
  isLeaf,
  readSpan,
  ruleFields,
  ruleLimits,
  type SegmentRule,
  scoreOps,
  tagOps,
} from '../workflow/segment-rules.ts'

const { depth, rules: mostRules, values: mostValues, textLength } = ruleLimits

const id = z.uuid().toLowerCase()

const scalar = z.union([z.string().max(textLength), z.number(), z.boolean()])

const fieldNames = new Set<string>(ruleFields)
const attributePath = /^(company\.)?attributes(\.[^.]{1,100}){1,8}$/

/** A field as paths name it (`customer.country`) or without the word in front. */
const fieldName = z
  .string()
  .trim()
  .max(300)
  .transform((name) => name.replace(/^customer\./, ''))
  .refine((name) => fieldNames.has(name) || attributePath.test(name), {
    message: `Name a field: ${ruleFields.join(', ')}, attributes.<name> or company.attributes.<name>.`,
    params: { code: 'unknown_field' },
  })

const spanHelp = 'Write a number and m, h, d or w, as in 7d: minutes, hours, days or weeks, ten years at most'
const span = z
  .string()
  .trim()
  .refine((text) => readSpan(text)?.ahead === false, { message: `${spanHelp}.`, params: { code: 'invalid_span' } })

const fieldRule = z
  .strictObject({
    field: fieldName,
    op: z.enum(fieldOps),
    value: z.union([scalar, z.array(scalar).min(1).max(mostValues)]).optional(),
  })
  .superRefine(({ op, value }, context) => {
    const refuse = (code: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['value'], message, params: { code } })
    if (isUnary(op as never)) return
    const isList = op === 'in' || op === 'not-in'
    if (value === undefined) return refuse('required', `“${op}” needs a value.`)
    if (isList !== Array.isArray(value)) {
      return refuse('invalid_type', isList ? `“${op}” takes a list of values.` : `“${op}” takes one value, not a list.`)
    }
    if (op === 'within' && readSpan(value) === null) {
      return refuse('invalid_span', `${spanHelp}; +7d means the next seven days.`)
    }
    if ((op === 'before' || op === 'after') && instantOf(value) === null && readSpan(value) === null) {
      return refuse(
        'invalid_date',
        `“${op}” takes a date as in 2027-03-01 or 2027-03-01T09:00Z, or a span as in 7d (seven days ago).`,
      )
    }
    if (!isList && typeof value === 'string' && value.trim() === '') return refuse('required', `“${op}” needs a value.`)
  })

const tagRule = z.strictObject({
  tag: z.string().trim().min(1).max(100),
  op: z.enum(tagOps).default('contains'),
})

const eventRule = z.strictObject({
  event: eventName.transform(busNameOf),
  did: z.boolean(),
  count: z.int().min(1).max(1_000_000).optional().meta({ description: 'At least so often; 1 without it.' }),
  within: span.optional().meta({ description: 'In the last 7d, 12h, …; ever without it.' }),
  filter: eventFilter,
})

const segmentRule = z.strictObject({ segment: id, in: z.boolean() })

const scoreRule = z
  .strictObject({
    score: z.strictObject({ productId: id }),
    op: z.enum(scoreOps),
    value: z.number().min(-1).max(1).optional(),
  })
  .superRefine(({ op, value }, context) => {
    if (isUnary(op) || value !== undefined) return
    context.addIssue({
      code: 'custom',
      path: ['value'],
      message: `“${op}” needs a number from -1 to 1.`,
      params: { code: 'required' },
    })
  })

/** Other words for a state, as people write them. */
const stateAliases: Readonly<Record<string, CampaignState>> = {
  never: 'never-in',
  in: 'inside',
  'replied-in': 'replied',
  handoff: 'handed-off',
  holdout: 'held-out',
  succeeded: 'finished',
}

const campaignRule = z.strictObject({
  campaign: id,
  state: z.preprocess((given) => {
    if (typeof given !== 'string') return given
    const state = given
      .trim()
      .toLowerCase()
      .replace(/[\s_]+/g, '-')
    return Object.hasOwn(stateAliases, state) ? stateAliases[state] : state
  }, z.enum(campaignStates)),
})

const nested: z.ZodType<SegmentRule, SegmentRule> = z.lazy(() => anyRule)

const anyRule: z.ZodType<SegmentRule, SegmentRule> = z
  .union([
    z.strictObject({ all: z.array(nested).min(1).max(mostRules) }),
    z.strictObject({ any: z.array(nested).min(1).max(mostRules) }),
    z.strictObject({ not: nested }),
    fieldRule,
    tagRule,
    eventRule,
    segmentRule,
    scoreRule,
    campaignRule,
  ] as unknown as [z.ZodType<SegmentRule, SegmentRule>, z.ZodType<SegmentRule, SegmentRule>])
  .meta({ id: 'SegmentRule', description: 'A rule or a group of rules; docs/segments.md has all of them.' })

/** The rules of a dynamic segment as they come in: parsed, event names in full. */
export const segmentRules = z
  .unknown()
  .superRefine((given, context) => {
    // Looked at before anything recurses into it.
    const fault = sizeFault(given)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault.message, params: fault, continue: false })
  })
  .pipe(anyRule) as unknown as z.ZodType<SegmentRule, SegmentRule>

/** Rules in an answer. */
export const shownRules = z.custom<SegmentRule>().meta({ description: 'As they are written; docs/segments.md.' })

/** Rules as the database has them: they were parsed when they were saved. */
export const storedRules = (value: unknown): SegmentRule => value as SegmentRule

function sizeFault(given: unknown): { code: string; message: string } | null {
  let count = 0
  const tooDeep = (value: unknown, level: number): boolean => {
    if (typeof value !== 'object' || value === null) return false
    const group = value as Record<string, unknown>
    const parts = [group.all, group.any, group.not].flatMap((part) => (part === undefined ? [] : part))
    if (parts.length === 0) count += 1
    if (count > mostRules || level > depth) return level > depth
    return parts.some((part) => tooDeep(part, level + 1))
  }
  if (tooDeep(given, 1)) return { code: 'too_deep', message: `Groups may be nested at most ${depth} levels deep.` }
  if (count > mostRules) return { code: 'too_many', message: `A segment has at most ${mostRules} rules.` }
  return null
}

/** What rules name outside of themselves. */
export interface Named {
  segments: string[]
  products: string[]
  campaigns: string[]
  /** Names of events on the bus. */
  events: string[]
  /** Whether who matches may change with the time alone. */
  byTime: boolean
}

/** Everything that rules name. */
export function namedIn(rules: SegmentRule): Named {
  const named = { segments: new Set<string>(), products: new Set<string>(), campaigns: new Set<string>() }
  const events = new Set<string>()
  let byTime = false
  for (const { rule } of eachRule(rules)) {
    if (!isLeaf(rule)) continue
    if ('segment' in rule) named.segments.add(rule.segment)
    else if ('score' in rule) named.products.add(rule.score.productId)
    else if ('campaign' in rule) named.campaigns.add(rule.campaign)
    else if ('event' in rule) {
      events.add(rule.event)
      if (rule.within !== undefined) byTime = true
    } else if ('field' in rule && readSpan(rule.value) !== null) {
      byTime ||= rule.op === 'within' || rule.op === 'before' || rule.op === 'after'
    }
  }
  return {
    segments: [...named.segments],
    products: [...named.products],
    campaigns: [...named.campaigns],
    events: [...events],
    byTime,
  }
}
