import { z } from 'zod'
import { notFound } from '../errors.ts'
import { route } from '../http/route.ts'
import { serverEvents } from '../http/stream.ts'
import { watchWork } from '../work/watch.ts'
import { watchCampaign } from './live.ts'
import { findState } from './queries.ts'

export const streamRoutes = [
  route(
    {
      method: 'GET',
      path: '/stream',
      id: 'streamCampaign',
      summary:
        'Server-sent events of a campaign: counts, firings, its draft, who has it open, simulations; without one, of the workspace: work under way, imports',
      access: 'campaigns.read',
      query: z.strictObject({ campaign: z.uuid().optional() }),
      response: serverEvents,
      media: 'text/event-stream',
    },
    async ({ app, workspaceId, query, signal }) => {
      if (query.campaign === undefined) return watchWork(app.db, workspaceId, signal)
      if (!(await findState(app.db, workspaceId, query.campaign))) throw notFound('campaign')
      return watchCampaign(app.db, workspaceId, query.campaign, signal)
    },
  ),
] as const
