import { z } from 'zod'
import { findCampaign } from '../campaigns/queries.ts'
import { notFound } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { countOutcomes, listPassedOver } from './outcome-queries.ts'

const count = z.number().int().nonnegative()

export const outcomeRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/outcomes',
      id: 'listCampaignOutcomes',
      summary: 'How customers’ last passages ended, with their numbers: whom Re-enroll can take',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({
        inside: count.meta({ description: 'Customers who are still inside; re-enrolling leaves them out.' }),
        items: z.array(z.object({ status: z.enum(['succeeded', 'canceled', 'failed']), reason: z.string(), count })),
        nextCursor: z.null(),
      }),
    },
    async ({ app, workspaceId, params }) => {
      const campaign = await findCampaign(app.db, workspaceId, params.id)
      if (!campaign) throw notFound('campaign')
      const items = await countOutcomes(app.db, workspaceId, params.id)
      return { inside: campaign.counts.inside, items, nextCursor: null }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/firings/:id/skipped',
      id: 'listSkippedCustomers',
      summary: 'Whom a firing passed over and why, where a person named its customers: at most a thousand of them',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({
        items: z.array(
          z.object({
            customer: z.object({
              id: z.uuid(),
              firstName: z.string().nullable(),
              lastName: z.string().nullable(),
              email: z.string().nullable(),
            }),
            reason: z.string(),
          }),
        ),
        nextCursor: z.null(),
      }),
    },
    async ({ app, workspaceId, params }) => {
      const items = await listPassedOver(app.db, workspaceId, params.id)
      if (!items) throw notFound('firing')
      return { items, nextCursor: null }
    },
  ),
] as const
