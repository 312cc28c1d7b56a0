import { z } from 'zod'
import { idParams, instant, route } from '../http/route.ts'
import { lookAhead } from './upcoming.ts'

const count = z.number().int().nonnegative()

export const upcomingRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/upcoming',
      id: 'lookAhead',
      summary: 'What goes on by itself in the next 24 hours: waits that end and messages that are queued, by the hour',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({
        paused: z.boolean().meta({ description: 'Nothing goes on; the hours are those of a resume now, waits kept.' }),
        exact: z
          .boolean()
          .meta({ description: 'False where there are more than 10,000: the numbers are about right.' }),
        hours: z
          .array(
            z.object({
              at: instant.meta({ description: 'When the hour begins.' }),
              waitsEnding: count.meta({
                description: 'Customers whose wait or deadline ends in it; overdue: the first.',
              }),
              messagesQueued: count.meta({
                description: 'Messages that are written and may leave in it by their time and their sender’s limits.',
              }),
            }),
          )
          .meta({ description: '24, the running hour first.' }),
        messagesHeld: count.meta({ description: 'Written, but sending is stopped or their sender does not work.' }),
      }),
    },
    async ({ app, workspaceId, params }) => await lookAhead(app.db, workspaceId, params.id),
  ),
] as const
