import { z } from 'zod'
import { lookAtRoom } from '../disk.ts'
import { route } from '../http/route.ts'
import { listAttention, readFirstSteps } from './home-queries.ts'

/** What the page says that one sees first. */
export const homeRoutes = [
  route(
    {
      method: 'GET',
      path: '/home',
      id: 'getHome',
      summary: 'The first steps that were taken, and what needs a person’s attention',
      access: 'workspace.read',
      response: z.object({
        steps: z.object({
          customers: z.boolean(),
          sender: z.boolean(),
          campaign: z.boolean(),
          test: z.boolean(),
          campaignId: z.uuid().nullable(),
        }),
        attention: z.array(
          z.object({
            kind: z.enum([
              'disk-full',
              'failing-runs',
              'dead-sender',
              'webhook-off',
              'sending-stopped',
              'overdue-tasks',
            ]),
            id: z.string().nullable(),
            name: z.string(),
            count: z.int(),
            detail: z.string().nullable(),
          }),
        ),
      }),
    },
    async ({ app, workspaceId, actor }) => {
      const [steps, attention] = await Promise.all([
        readFirstSteps(app.db, workspaceId),
        listAttention(app.db, workspaceId, actor.memberId),
      ])
      const room = lookAtRoom(app.env)
      if (room) attention.unshift({ kind: 'disk-full', id: null, name: '', count: room.freeMb, detail: null })
      return { steps, attention }
    },
  ),
] as const
