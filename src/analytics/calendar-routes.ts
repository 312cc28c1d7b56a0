import { z } from 'zod'
import { notFound } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { lookAtCalendar } from './calendar.ts'
import { findCampaigns, findZone } from './queries.ts'
import { readScope, scopeQuery } from './scope.ts'

const count = z.number().int().nonnegative()

export const calendarRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics/calendar',
      id: 'lookAtCalendar',
      summary: 'On which days the campaign’s messages were sent, and what goes on by itself on the 42 days ahead',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.omit({ range: true, from: true, to: true }),
      response: z.object({
        timezone: z.string(),
        today: z.string(),
        sent: z.array(z.object({ day: z.string(), sent: count })).meta({
          description: 'Days on which any message was sent, by the filters; whenever its customer was enrolled.',
        }),
        ahead: z
          .array(
            z.object({
              day: z.string(),
              waitsEnding: count.meta({ description: 'Customers whose wait or deadline ends on it; overdue: today.' }),
              messagesQueued: count.meta({
                description: 'Messages that are written and may leave on it by their time and their sender’s limits.',
              }),
            }),
          )
          .meta({ description: 'Of everybody who is inside, whatever the filters.' }),
        paused: z.boolean().meta({ description: 'Nothing goes on; the days are those of a resume now, waits kept.' }),
        exact: z.boolean().meta({ description: 'False where there are too many ahead: the numbers are about right.' }),
        messagesHeld: count.meta({ description: 'Written, but sending is stopped or their sender does not work.' }),
      }),
    },
    async ({ app, workspaceId, params, query }) => {
      const [campaign] = await findCampaigns(app.db, workspaceId, [params.id])
      if (!campaign) throw notFound('campaign')
      const scope = readScope(workspaceId, [params.id], query, await findZone(app.db, workspaceId))
      return await lookAtCalendar(app.db, params.id, scope)
    },
  ),
] as const
