import { z } from 'zod'
import type { bulkFilter } from '../customers/bulk-input.ts'

/** Most customers that a list audience, an enrollment or a re-enrollment may name. */
const longestList = 10_000

const customerIds = z
  .array(z.uuid())
  .min(1, 'Name at least one customer.')
  .max(longestList, `At most ${longestList} customers; put more of them into a segment.`)

/** Whom a campaign is for (PRODUCT §2). Archived customers never are, and the excluded segment is taken off. */
export const audience = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('all') }),
  z.strictObject({ type: z.literal('segment'), segmentId: z.uuid() }),
  z.strictObject({ type: z.literal('list'), customerIds }),
])
export type Audience = z.output<typeof audience>

/** The customers that Enroll and Re-enroll name. */
export const namedCustomers = customerIds

/** Everyone whose last passage through the campaign ended so; what re-enrolling by outcome enrolls. */
export const outcomeAudience = z.strictObject({
  type: z.literal('outcome'),
  status: z.enum(['succeeded', 'canceled', 'failed']),
  reason: z.string().max(100).optional(),
})

/** Whom a list of customers showed, narrowed by a filter: those who match it and were there when it was asked for. */
interface FilteredAudience {
  type: 'filter'
  filter: z.output<typeof bulkFilter>
  /** A moment as the database writes it: who was added later is left out, so that the number on the button holds. */
  until: string
  /** How many the filter matched then, where that could be counted in a moment. */
  total: number | null
}

/** What a firing enrolls: an audience as it was when it fired, the ones of an outcome or a filter, or those whom a trigger remembers. */
export type FiringAudience =
  | Audience
  | z.output<typeof outcomeAudience>
  | FilteredAudience
  | { type: 'snapshot'; triggerId: string }

/** Removes repeated ids, so that nobody is counted twice. */
export const withoutRepeats = (given: Audience): Audience =>
  given.type === 'list' ? { type: 'list', customerIds: [...new Set(given.customerIds)] } : given
