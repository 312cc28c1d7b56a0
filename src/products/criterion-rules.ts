import { z } from 'zod'
import { clampScore } from '../engine/facts.ts'
import { eventFilter, eventName } from '../nodes/event.ts'
import { conditions, conditionWords, holds, isUnary } from '../workflow/conditions.ts'
import { passes } from '../workflow/event-filter.ts'
import { busNameOf } from '../workflow/event-names.ts'
import { readValue } from '../workflow/template.ts'

/**
 * How criteria score by themselves. A `profile` criterion with rules always is the sum of the points of the rules that hold, so it is
 * scored anew whenever a customer or their company changes. An `engagement` criterion changes by `delta` each time one of its events
 * is recorded. A `conversation` criterion is set by people. All stay within [-1, 1] (PRODUCT §1).
 */

/** Fields of a customer that a profile rule may look at, by their first segment. */
const profileFields = [
  ...['email', 'externalId', 'firstName', 'lastName', 'phone', 'telegramChatId', 'linkedinUrl', 'language', 'country'],
  ...['timezone', 'tags', 'attributes', 'company', 'claimedBy', 'createdAt'],
]

const finite = (limit: number) => z.number().min(-limit).max(limit)

const profileRule = z
  .object({
    input: z
      .string()
      .trim()
      .max(200)
      .regex(/^customer(\.[\p{L}\p{N}_-]+)+$/u, {
        error: 'Write a path such as customer.country or customer.company.industry.',
        abort: true,
      })
      .refine((path) => profileFields.includes(path.split('.')[1] ?? ''), {
        error: `Start with one of customer.${profileFields.join(', customer.')}.`,
      }),
    condition: z.enum(conditions),
    value: z.union([z.string().max(500), z.number(), z.boolean()]).optional(),
    points: finite(1),
  })
  .superRefine(({ condition, value }, context) => {
    if (isUnary(condition) || (value !== undefined && String(value).trim() !== '')) return
    context.addIssue({ code: 'custom', path: ['value'], message: `“${conditionWords[condition]}” needs a value.` })
  })
/** One line of a profile criterion. */
export type ProfileRule = z.output<typeof profileRule>

const engagementRule = z.object({
  // A score that moves itself would never rest.
  event: eventName.refine((name) => !name.startsWith('score.'), {
    error: 'A change of a score cannot change scores.',
  }),
  filter: eventFilter,
  delta: finite(2),
})
/** One line of an engagement criterion. */
export type EngagementRule = z.output<typeof engagementRule>

const rulesOf = {
  profile: z.looseObject({ rules: z.array(profileRule).max(100, 'At most 100 rules.').optional() }),
  engagement: z.looseObject({ rules: z.array(engagementRule).max(100, 'At most 100 rules.').optional() }),
  conversation: z.looseObject({}),
} as const

type CriterionType = keyof typeof rulesOf

/** What is wrong with the params of a criterion of this type: path below `params`, and a sentence. */
export function paramsFaults(
  type: CriterionType,
  params: Record<string, unknown>,
): { path: string; message: string }[] {
  const read = rulesOf[type].safeParse(params)
  if (read.success) return []
  return read.error.issues.map(({ path, message }) => ({ path: ['params', ...path.map(String)].join('.'), message }))
}

/** The profile rules of stored params; none when it is not scored by rules. */
export const profileRules = (params: Record<string, unknown>): ProfileRule[] =>
  rulesOf.profile.safeParse(params).data?.rules ?? []

/** The engagement rules of stored params. */
export const engagementRules = (params: Record<string, unknown>): EngagementRule[] =>
  rulesOf.engagement.safeParse(params).data?.rules ?? []

/** Whether a criterion is scored by its rules alone, so that a score set by hand would not last. */
export const scoresItself = (type: CriterionType, params: Record<string, unknown>): boolean =>
  type === 'profile' && profileRules(params).length > 0

/** The first segments of what rules look at: `country`, `company`. */
export const fieldsRead = (rules: readonly ProfileRule[]): Set<string> =>
  new Set(rules.map(({ input }) => input.split('.')[1] ?? ''))

/** What one rule contributed to a customer's profile score. */
export interface Contribution {
  text: string
  points: number
  held: boolean
}

/** The score of a profile criterion for a customer, and what each rule contributed. Floats are summed to nine digits. */
export function scoreProfile(
  rules: readonly ProfileRule[],
  customer: object,
): { score: number; contributions: Contribution[] } {
  const contributions = rules.map(({ input, condition, value, points }) => ({
    text: `${input.slice('customer.'.length)} ${conditionWords[condition]}${isUnary(condition) ? '' : ` “${value}”`}`,
    points,
    held: holds(readValue(input, { customer }), condition, value),
  }))
  const sum = contributions.reduce((total, { held, points }) => total + (held ? points : 0), 0)
  return { score: clampScore(Math.round(sum * 1e9) / 1e9), contributions }
}

/** By how much each rule that means the event moves the score, in the order of the rules. */
export const engagementDeltas = (
  rules: readonly EngagementRule[],
  event: { name: string; properties: Record<string, unknown> },
): number[] =>
  rules
    .filter((rule) => busNameOf(rule.event) === event.name && passes(rule.filter, event.properties))
    .map(({ delta }) => delta)

/** Bus names of the events that engagement rules listen to. */
export const eventsHeard = (rules: readonly EngagementRule[]): string[] => rules.map(({ event }) => busNameOf(event))
