import { z } from 'zod'
import { scopeQuery } from '../analytics/scope.ts'
import { bulkAction, bulkFilter, maxIds } from '../customers/bulk-input.ts'

/** What a job does: an action of a bulk call to all whom a filter matches; or customers, or the runs or the events of a campaign, as a CSV file. */
export const jobInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bulk'), filter: bulkFilter, action: bulkAction }),
  z.discriminatedUnion('what', [
    z.strictObject({
      kind: z.literal('export'),
      what: z.literal('customers'),
      filter: bulkFilter.extend({ archived: z.boolean().optional() }).default({}),
      customerIds: z.array(z.uuid()).min(1).max(maxIds).optional(),
    }),
    z.strictObject({ kind: z.literal('export'), what: z.literal('runs'), campaignId: z.uuid() }),
    z.strictObject({
      kind: z.literal('export'),
      what: z.literal('events'),
      campaignId: z.uuid(),
      /** As the page of analytics was narrowed, on the day that it was asked for. */
      filter: scopeQuery.default({}),
    }),
  ]),
])
export type JobInput = z.output<typeof jobInput>
