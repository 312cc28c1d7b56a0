import { z } from 'zod'
import type { App } from '../app.ts'
import { notFound, Problem } from '../errors.ts'
import { type Actor, nothing, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { beginRemoval, type Demo, demoOf, isDemo, requestDemo } from './demo-sql.ts'
import { stages } from './stages.ts'

/** The demo of whoever asks. */
const demoBody = z.object({
  state: z.enum(['none', 'loading', 'ready', 'failed']),
  /** What to switch to, once it is ready. */
  workspaceId: z.int().nullable(),
  /** While it loads: what is being done, and how far it is. */
  doing: z.string().nullable(),
  done: z.int(),
  total: z.int(),
  /** Why it could not be loaded. */
  error: z.string().nullable(),
})

function shown(demo: Demo | undefined): z.output<typeof demoBody> {
  const total = stages.length
  if (demo === undefined || demo.state === 'removing') {
    return { state: 'none', workspaceId: null, doing: null, done: 0, total, error: null }
  }
  const { state, workspaceId, stage, error } = demo
  const doing = state === 'loading' ? (stages[stage]?.doing ?? null) : null
  return { state, workspaceId: state === 'ready' ? workspaceId : null, doing, done: stage, total, error }
}

function requireLogin({ accountId }: Actor): string {
  if (accountId === null) {
    throw new Problem(
      'wrong_state',
      'A demo workspace belongs to a login, and an API key has none. Use “throughline demo”.',
      {
        extra: { state: 'api-key', allowed: [] },
      },
    )
  }
  return accountId
}

/** The demo that a caller may delete: the one they are in as its owner, else the one that they opened. */
async function ownDemo(app: App, actor: Actor, workspaceId: number): Promise<number | undefined> {
  if (actor.role === 'owner' && (await isDemo(app.db, workspaceId))) return workspaceId
  const accountId = requireLogin(actor)
  const demo = await demoOf(app.db, accountId)
  return demo?.workspaceId
}

export const demoRoutes = [
  route(
    {
      method: 'GET',
      path: '/workspaces/demo',
      id: 'getDemo',
      summary: 'Your demo workspace, and how far it is while it loads',
      access: 'signed-in',
      response: demoBody,
    },
    async ({ app, actor }) => shown(actor.accountId === null ? undefined : await demoOf(app.db, actor.accountId)),
  ),
  route(
    {
      method: 'POST',
      path: '/workspaces/demo',
      id: 'openDemo',
      summary:
        'Make a demo workspace of your own: 300 made-up customers and three living campaigns, apart from everything else; one that is there is answered',
      access: 'demo.manage',
      response: demoBody,
      status: 202,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, actor } = context
      const accountId = requireLogin(actor)
      const demo = await app.db.transaction().execute(async (tx) => {
        const before = await demoOf(tx, accountId)
        const wanted = await requestDemo(tx, accountId)
        if (wanted.workspaceId !== before?.workspaceId)
          await audit(tx, context, 'demo.requested', 'workspace', wanted.workspaceId)
        return wanted
      })
      await app.wake()
      return shown(demo)
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/workspaces/demo',
      id: 'deleteDemo',
      summary:
        'Delete your demo workspace with everything in it; nobody is in it from then on, its rows go in the background',
      access: 'demo.manage',
      response: nothing,
      status: 204,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, actor, workspaceId } = context
      const demoId = await ownDemo(app, actor, workspaceId)
      if (demoId === undefined) throw notFound('demo workspace')
      await app.db.transaction().execute(async (tx) => {
        await beginRemoval(tx, demoId)
        if (demoId !== workspaceId) await audit(tx, context, 'demo.deleted', 'workspace', demoId)
      })
      app.log.info({ workspaceId: demoId, by: actor.text }, 'The demo workspace is being deleted')
      await app.wake()
      return undefined
    },
  ),
] as const
