import { z } from 'zod'
import { instant, route } from '../http/route.ts'
import { listWork } from './queries.ts'

const work = z.object({
  kind: z.enum(['import', 'firing', 'score-job', 'job']),
  id: z.uuid(),
  name: z.string().nullable(),
  type: z.string().nullable(),
  aboutId: z.uuid().nullable(),
  done: z.int(),
  total: z.int().nullable(),
  state: z.enum(['running', 'ready']).meta({ description: 'ready: a file that the asker wanted and has not fetched.' }),
  by: z.string(),
  startedAt: instant,
})

export const workRoutes = [
  route(
    {
      method: 'GET',
      path: '/work',
      id: 'listWork',
      summary:
        'What takes long and is under way: imports, firings, scoring anew, jobs. `/stream` without a campaign follows it',
      access: 'signed-in',
      response: z.object({ items: z.array(work), nextCursor: z.null() }),
    },
    async ({ app, workspaceId, actor }) => ({
      items: await listWork(app.db, workspaceId, actor.text),
      nextCursor: null,
    }),
  ),
] as const
