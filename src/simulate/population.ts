import { z } from 'zod'
import type { CustomerFacts } from '../engine/facts.ts'
import { stableRandom } from '../engine/stable-random.ts'
import type { SimulatedCustomer } from './walk.ts'

const share = z.number().min(0).max(1)
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** How one field of made-up customers is filled: one of several values, a whole number of a range, or a date around the start. */
const fieldValues = z.union([
  z.array(scalar).min(1),
  z.strictObject({ min: z.number(), max: z.number() }),
  z.strictObject({ daysFromStart: z.strictObject({ min: z.number(), max: z.number() }) }),
])

/** Whom a simulation without a database is about. */
export const population = z.strictObject({
  count: z.int().min(1).max(1_000_000).default(1_000).describe('How many customers.'),
  fields: z
    .record(z.string(), fieldValues)
    .default({})
    .describe('Values by field (`country`, `attributes.plan`): one of a list, a whole number of a range, or a date.'),
  tags: z.record(z.string(), share).default({}).describe('The share of customers with each tag.'),
  withEmail: share.default(1).describe('The share with an email address.'),
  suppressed: share.default(0).describe('The share that is on the suppression list.'),
  score: z
    .strictObject({ min: z.number().min(-1), max: z.number().max(1) })
    .optional()
    .describe('Scores lie evenly between these; without it nobody has one.'),
})
export type Population = z.output<typeof population>

const firstNames = ['Ada', 'Björn', 'Chiara', 'Deniz', 'Emeka', 'Fatima', 'Grace', 'Hiroshi', 'Inés', 'Jakub']
const places = [
  ['US', 'America/New_York', 'en'],
  ['GB', 'Europe/London', 'en'],
  ['DE', 'Europe/Berlin', 'de'],
  ['JP', 'Asia/Tokyo', 'ja'],
  ['BR', 'America/Sao_Paulo', 'pt'],
] as const

/** Made-up customers, always the same for a seed. `criterionIds`: those on which they may have a score. */
export function* peopleOf(
  { count, fields, tags, withEmail, suppressed, score }: Population,
  options: { seed: string; startAt: Date; criterionIds: readonly string[] },
): Generator<SimulatedCustomer> {
  const { seed, startAt, criterionIds } = options
  for (let index = 0; index < count; index += 1) {
    const id = `customer-${index + 1}`
    const u = (what: string): number => stableRandom(seed, 'population', id, what)
    const [country, timezone, language] = pick(places, u('place'))
    const customer: Record<string, unknown> = {
      id,
      email: u('email') < withEmail ? `${id}@example.com` : null,
      externalId: id,
      firstName: pick(firstNames, u('name')),
      lastName: `Sample ${index + 1}`,
      country,
      timezone,
      language,
      tags: Object.entries(tags).flatMap(([tag, rate]) => (u(`tag ${tag}`) < rate ? [tag] : [])),
      attributes: {},
      company: null,
      createdAt: startAt,
    }
    for (const [field, values] of Object.entries(fields)) put(customer, field, makeValue(values, u(field), startAt))
    yield {
      customer: customer as unknown as CustomerFacts,
      scores: new Map(score ? criterionIds.map((each) => [each, within(score, u(`score ${each}`))]) : []),
      suppressed: u('suppressed') < suppressed ? ['all'] : [],
    }
  }
}

const pick = <Item>(items: readonly Item[], u: number): Item => items[Math.floor(u * items.length)] as Item

const within = ({ min, max }: { min: number; max: number }, u: number): number => min + (max - min) * u

function makeValue(values: z.output<typeof fieldValues>, u: number, startAt: Date): unknown {
  if (Array.isArray(values)) return pick(values, u)
  if ('daysFromStart' in values) {
    return new Date(startAt.getTime() + within(values.daysFromStart, u) * 86_400_000).toISOString()
  }
  return Math.floor(within({ min: values.min, max: values.max + 1 }, u))
}

/** Sets `attributes.plan.name` inside an object, making what is missing on the way. */
function put(target: Record<string, unknown>, field: string, value: unknown): void {
  const path = field.split('.')
  const last = path.pop() ?? field
  let inner = target
  for (const name of path) {
    if (typeof inner[name] !== 'object' || inner[name] === null) inner[name] = {}
    inner = inner[name] as Record<string, unknown>
  }
  Object.defineProperty(inner, last, { value, enumerable: true, configurable: true, writable: true })
}
