import { z } from 'zod'
import { notFound } from '../errors.ts'
import { idParams, nothing, route } from '../http/route.ts'
import { findState } from './queries.ts'
import { endPresence, seePresence } from './watch-sql.ts'

/** Who has a builder open. It lasts as long as the tab and changes nothing of the workspace, so the audit log does not hear of it. */
export const presenceRoutes = [
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/presence',
      id: 'tellPresence',
      summary: 'Say that a tab has this campaign open, and at which node; again at least every 30 seconds',
      access: 'campaigns.read',
      params: idParams,
      body: z.strictObject({
        tab: z.uuid().meta({ description: 'Made by the browser, one a tab.' }),
        nodeId: z.string().max(200).nullable().default(null),
        left: z.boolean().default(false).meta({ description: 'The tab is closing.' }),
      }),
      response: nothing,
      status: 204,
    },
    async ({ app, workspaceId, params, body, actor }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      // A key is nobody who could be seen.
      if (actor.memberId === null) return undefined
      if (body.left) await endPresence(app.db, workspaceId, params.id, body.tab)
      else await seePresence(app.db, workspaceId, params.id, { ...body, memberId: actor.memberId })
      return undefined
    },
  ),
] as const
