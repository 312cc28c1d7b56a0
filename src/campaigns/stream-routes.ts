import { z } from 'zod'
import { notFound } from '../errors.ts'
import { route } from '../http/route.ts'
import { serverEvents } from '../http/stream.ts'
import { runMark } from '../runs/queries.ts'
import { watchRun } from '../runs/watch.ts'
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
        'Server-sent events of a campaign: counts, firings, its draft, who has it open, simulations; of a run: that it is another now; without either, of the workspace: work under way, imports',
      access: 'campaigns.read',
      query: z.strictObject({ campaign: z.uuid().optional(), run: z.coerce.number().int().positive().optional() }),
      response: serverEvents,
      media: 'text/event-stream',
    },
    async ({ app, workspaceId, actor, query, signal }) => {
      if (query.run !== undefined) {
        if ((await runMark(app.db, workspaceId, query.run)) === undefined) throw notFound('run')
        return watchRun(app.db, workspaceId, query.run, signal)
      }
      if (query.campaign === undefined) return watchWork(app.db, { workspaceId, by: actor.text }, signal)
      if (!(await findState(app.db, workspaceId, query.campaign))) throw notFound('campaign')
      return watchCampaign(app.db, workspaceId, query.campaign, signal)
    },
  ),
] as const
