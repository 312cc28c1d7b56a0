import { z } from 'zod'
import { findCampaign } from '../campaigns/queries.ts'
import { notFound } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { countOutcomes } from './outcome-queries.ts'

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
] as const
