import { z } from 'zod'
import { notFound, Problem } from '../errors.ts'
import { type Context, idParams, instant, nothing, route } from '../http/route.ts'
import { idleDays, readSessionToken } from '../http/session.ts'
import { tokenHash } from '../keyring.ts'
import { endOtherSessions, listSessions } from './account-queries.ts'
import { audit } from './audit.ts'

type AnyContext = Pick<Context<never, never, never>, 'app' | 'actor' | 'headers'>

/** Whose sessions, and the one that asks. @throws Problem `wrong_state` for an API key, which has none */
function ownSession({ app, actor, headers }: AnyContext): { accountId: string; own: Buffer | null } {
  if (actor.accountId === null) throw new Problem('wrong_state', 'An API key has no sessions; it is ended in Settings.')
  const token = readSessionToken(app.env, headers.cookie as string | undefined)
  return { accountId: actor.accountId, own: token === null ? null : tokenHash(token) }
}

const getSessions = route(
  {
    method: 'GET',
    path: '/me/sessions',
    id: 'listSessions',
    summary: 'Where one is signed in oneself, this session first',
    access: 'signed-in',
    response: z.object({
      items: z.array(
        z.object({
          id: z.uuid(),
          ip: z.string().nullable(),
          userAgent: z.string().nullable(),
          workspaceName: z.string(),
          createdAt: instant,
          seenAt: instant,
          here: z.boolean(),
        }),
      ),
      nextCursor: z.null(),
    }),
    errors: ['wrong_state'],
  },
  async (context) => {
    const { accountId, own } = ownSession(context)
    return { items: await listSessions(context.app.db, accountId, own, idleDays), nextCursor: null }
  },
)

const deleteOthers = route(
  {
    method: 'DELETE',
    path: '/me/sessions',
    id: 'endOtherSessions',
    summary: 'Sign oneself out everywhere but here',
    access: 'signed-in',
    response: z.object({ ended: z.int() }),
    errors: ['wrong_state'],
  },
  async (context) => {
    const { accountId, own } = ownSession(context)
    return await context.app.db.transaction().execute(async (tx) => {
      const ended = await endOtherSessions(tx, accountId, own, null)
      if (ended > 0) await audit(tx, context, 'session.ended', 'account', accountId, { sessions: ended })
      return { ended }
    })
  },
)

const deleteSession = route(
  {
    method: 'DELETE',
    path: '/me/sessions/:id',
    id: 'endSession',
    summary: 'Sign oneself out somewhere else',
    access: 'signed-in',
    params: idParams,
    response: nothing,
    status: 204,
  },
  async (context) => {
    if (context.actor.accountId === null) throw notFound('session of yours')
    const { accountId, own } = ownSession(context)
    await context.app.db.transaction().execute(async (tx) => {
      if ((await endOtherSessions(tx, accountId, own, context.params.id)) === 0)
        throw notFound('other session of yours')
      await audit(tx, context, 'session.ended', 'account', accountId, { sessions: 1 })
    })
    return undefined
  },
)

/** Where a person is signed in. */
export const sessionRoutes = [getSessions, deleteOthers, deleteSession] as const
