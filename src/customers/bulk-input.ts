import { z } from 'zod'
import { segmentRules } from '../segments/rules.ts'
import { maxTagLength } from './fields.ts'

/** Whom a bulk call is about, as a list of customers is narrowed. */
export const bulkFilter = z.strictObject({
  q: z.string().trim().max(200).optional(),
  tag: z.string().trim().max(200).optional(),
  segmentId: z.uuid().optional(),
  companyId: z.uuid().optional(),
  claimedBy: z.uuid().optional(),
  rules: segmentRules.optional(),
})

/** Most ids in one call; more are chosen by a filter. */
export const maxIds = 10_000

/** A tag as an action writes it. */
export const tagName = z.string().trim().min(1).max(maxTagLength)

/** What is done to each. */
export const bulkAction = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['addTag', 'removeTag']), tag: tagName }),
  z.strictObject({ action: z.enum(['addToSegment', 'removeFromSegment']), segmentId: z.uuid() }),
  z.strictObject({ action: z.literal('assign'), memberId: z.uuid().nullable() }),
  z.strictObject({ action: z.literal('archive') }),
])
export type BulkAction = z.output<typeof bulkAction>
