import { z } from 'zod'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, pageOf, pageQuery, route } from '../http/route.ts'
import { findMessages } from '../messages/queries.ts'
import { messageBody } from '../messages/routes.ts'
import { findRuns } from '../runs/queries.ts'
import { runBody } from '../runs/routes.ts'
import { pageOfMessages, pageOfShared, shownMessages, shownShared } from './people.ts'
import { pageOfRuns, shown } from './people-sql.ts'
import { readAsked, readShared, workspaceQuery } from './routes.ts'
import { scopeQuery } from './scope.ts'

const runPosition = z.tuple([z.number().int(), z.number().int()])
const behind = (position: [startedAt: number, id: number] | undefined) =>
  position && { startedAt: position[0], id: position[1] }
const isArchived = ({ status }: { status: string }) => status === 'archived'

/** Who and what is behind the numbers of the analytics: the same rows that were summed up. */
export const analyticsPeopleRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics/people',
      id: 'listCountedRuns',
      summary: 'The passages behind a number of the analytics, newest first',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.extend({
        ...pageQuery.shape,
        show: z.enum(shown).default('enrolled'),
        nodeId: z.string().max(200).optional(),
        reason: z.string().max(100).optional(),
        when: z.string().max(200).optional(),
        url: z.string().max(500).optional(),
      }),
      response: pageOf(runBody),
    },
    async ({ app, workspaceId, params, query }) => {
      const { limit, cursor, show, nodeId, reason, when, url, ...filters } = query
      const { campaign, scope } = await readAsked(app, workspaceId, params.id, filters)
      const asked = { show, nodeId, reason, when, url }
      const placed = await pageOfRuns(app.db, { id: campaign.id, archived: isArchived(campaign) }, scope, asked, {
        after: behind(decodeCursor(cursor, runPosition)),
        limit,
      })
      const ids = placed.map(({ id }) => id)
      const startedAt = new Map(placed.map((run) => [run.id, run.startedAt]))
      return page(await findRuns(app.db, workspaceId, ids), limit, (run) => [startedAt.get(run.id), run.id])
    },
  ),
  route(
    {
      method: 'GET',
      path: '/analytics/people',
      id: 'listSharedRuns',
      summary: 'The passages behind a number of the analytics of several campaigns, newest first',
      access: 'campaigns.read',
      query: workspaceQuery
        .omit({ groupBy: true, compare: true })
        .extend({ ...pageQuery.shape, show: z.enum(shownShared).default('enrolled') }),
      response: pageOf(runBody.extend({ campaignName: z.string() })),
    },
    async ({ app, workspaceId, query }) => {
      const { limit, cursor, show, ...filters } = query
      const { campaigns, scope } = await readShared(app, workspaceId, filters)
      const of = campaigns.map((campaign) => ({ id: campaign.id, archived: isArchived(campaign) }))
      const placed = await pageOfShared(app.db, of, scope, show, {
        after: behind(decodeCursor(cursor, runPosition)),
        limit,
      })
      const startedAt = new Map(placed.map((run) => [run.id, run.startedAt]))
      const names = new Map(campaigns.map(({ id, name }) => [id, name]))
      const runs = await findRuns(
        app.db,
        workspaceId,
        placed.map(({ id }) => id),
      )
      const named = runs.map((run) => ({ ...run, campaignName: names.get(run.campaignId) ?? '' }))
      return page(named, limit, (run) => [startedAt.get(run.id), run.id])
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics/messages',
      id: 'listCountedMessages',
      summary: 'The messages behind a number of the analytics, by when their customers enrolled, newest first',
      access: 'messages.read',
      params: idParams,
      query: scopeQuery.extend({
        ...pageQuery.shape,
        show: z.enum(shownMessages).default('sent'),
        nodeId: z.string().max(200).optional(),
        reason: z.string().max(100).optional(),
      }),
      response: pageOf(messageBody),
    },
    async ({ app, workspaceId, params, query }) => {
      const { limit, cursor, show, nodeId, reason, ...filters } = query
      const { campaign, scope } = await readAsked(app, workspaceId, params.id, filters)
      const asked = { show, nodeId, reason }
      const placed = await pageOfMessages(app.db, { id: campaign.id, archived: isArchived(campaign) }, scope, asked, {
        after: decodeCursor(cursor, z.tuple([z.number().int(), z.number().int(), z.number().int()])),
        limit,
      })
      const position = new Map(placed.map(({ startedAt, runId, id }) => [id, [startedAt, runId, id]]))
      const messages = await findMessages(
        app.db,
        workspaceId,
        placed.map(({ id }) => id),
      )
      return page(messages, limit, ({ id }) => position.get(id))
    },
  ),
] as const
