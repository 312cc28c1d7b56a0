import { z } from 'zod'
import { notFound, Problem } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { addSuppression, findCustomer, getSuppression, liftSuppression, listSuppressions } from './queries.ts'

const channel = z.enum(['all', 'email', 'telegram', 'linkedin'])
const reason = z.enum(['bounce', 'unsubscribe', 'complaint', 'manual'])
const suppression = z.object({
  id: z.uuid(),
  customerId: z.uuid().nullable(),
  channel,
  address: z.string().nullable(),
  reason,
  source: z.string(),
  createdAt: instant,
  liftedAt: instant.nullable(),
})

export const suppressionRoutes = [
  route(
    {
      method: 'GET',
      path: '/suppressions',
      id: 'listSuppressions',
      summary: 'Who is never written to, newest first; lifted entries with `lifted=true`',
      access: 'suppressions.read',
      query: pageQuery.extend({
        q: z.string().trim().max(320).optional(),
        reason: reason.optional(),
        customerId: z.uuid().optional(),
        lifted: z
          .enum(['true', 'false'])
          .transform((value) => value === 'true')
          .default(false),
      }),
      response: pageOf(suppression),
    },
    async ({ app, workspaceId, query: { limit, cursor, ...filter } }) => {
      const before = decodeCursor(cursor, z.uuid())
      const rows = await listSuppressions(app.db, workspaceId, { ...filter, before, limit: limit + 1 })
      return page(rows, limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/suppressions',
      id: 'createSuppression',
      summary: 'Stops all campaigns from writing to a customer or an address; 200 when they were stopped already',
      access: 'suppressions.add',
      body: z
        .strictObject({
          customerId: z.uuid().optional(),
          email: z.email('Write an address such as ada@example.com.').max(320).optional(),
          channel: channel.default('email'),
          reason: reason.default('manual'),
        })
        .refine((body) => (body.customerId === undefined) !== (body.email === undefined), {
          path: ['customerId'],
          error: 'Name either a customer or an email address.',
        }),
      response: suppression,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body, actor } = context
      return await app.db.transaction().execute(async (tx) => {
        const who = body.customerId === undefined ? { email: body.email ?? '' } : { customerId: body.customerId }
        const customer = await findCustomer(tx, workspaceId, who, body.channel)
        if (!customer && body.customerId !== undefined) throw notFound('customer')
        const entry = {
          customerId: customer?.id ?? null,
          address: body.email ?? customer?.address ?? null,
          channel: body.channel,
          reason: body.reason,
          source: actor.text,
        }
        const { id, isNew } = await addSuppression(tx, workspaceId, entry)
        if (isNew) {
          const detail = { customerId: entry.customerId, channel: entry.channel, reason: entry.reason }
          await audit(tx, context, 'suppression.added', 'suppression', id, detail)
        } else context.status(200)
        const made = await getSuppression(tx, workspaceId, id)
        if (!made) throw notFound('suppression')
        return made
      })
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/suppressions/:id',
      id: 'liftSuppression',
      summary: 'Lifts an entry; one that stands for a complaint only by the owner, with a `reason`',
      access: 'suppressions.lift',
      params: idParams,
      query: z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }),
      response: nothing,
      status: 204,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, query, actor } = context
      await app.db.transaction().execute(async (tx) => {
        const entry = await getSuppression(tx, workspaceId, params.id)
        if (!entry) throw notFound('suppression')
        if (entry.reason === 'complaint' && actor.role !== 'owner') {
          throw new Problem('forbidden', 'They reported a message as spam; only the owner can lift that.')
        }
        if (entry.reason === 'complaint' && query.reason === undefined) {
          throw new Problem('invalid', 'Say why a complaint is lifted.', {
            errors: [{ path: 'reason', code: 'required', message: 'Say why a complaint is lifted.' }],
          })
        }
        if (!(await liftSuppression(tx, workspaceId, params.id))) {
          throw new Problem('wrong_state', 'This entry was lifted before.', { extra: { state: 'lifted', allowed: [] } })
        }
        const detail = {
          customerId: entry.customerId,
          channel: entry.channel,
          was: entry.reason,
          reason: query.reason ?? null,
        }
        await audit(tx, context, 'suppression.lifted', 'suppression', params.id, detail)
      })
      return undefined
    },
  ),
] as const
