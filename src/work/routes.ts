import { z } from 'zod'
import { instant, route } from '../http/route.ts'
import { listWork } from './queries.ts'

const work = z.object({
  kind: z.enum(['import', 'firing', 'score-job']),
  id: z.uuid(),
  name: z.string().nullable(),
  type: z.string().nullable(),
  aboutId: z.uuid().nullable(),
  done: z.int(),
  total: z.int().nullable(),
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
        'What takes long and is under way: imports, firings, scoring anew. `/stream` without a campaign follows it',
      access: 'signed-in',
      response: z.object({ items: z.array(work), nextCursor: z.null() }),
    },
    async ({ app, workspaceId }) => ({ items: await listWork(app.db, workspaceId), nextCursor: null }),
  ),
] as const
