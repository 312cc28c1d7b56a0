import { z } from 'zod'

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

/** What a firing enrolls: an audience as it was when it fired, the ones of an outcome, or those whom a trigger remembers. */
export type FiringAudience = Audience | z.output<typeof outcomeAudience> | { type: 'snapshot'; triggerId: string }

/** Removes repeated ids, so that nobody is counted twice. */
export const withoutRepeats = (given: Audience): Audience =>
  given.type === 'list' ? { type: 'list', customerIds: [...new Set(given.customerIds)] } : given
