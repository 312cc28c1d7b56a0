import { z } from 'zod'
import { notFound, Problem } from '../errors.ts'
import { pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, nothing, route } from '../http/route.ts'
import { content } from '../http/stream.ts'
import { audit } from '../workspaces/audit.ts'
import { exportSuppressions } from './export-csv.ts'
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
  sourceName: z.string().nullable(),
  campaign: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  createdAt: instant,
  liftedAt: instant.nullable(),
})

const filter = {
  q: z.string().trim().max(320).optional(),
  reason: reason.optional(),
  channel: channel.optional(),
  customerId: z.uuid().optional(),
  lifted: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .default(false),
}

/** What the list can be sorted by. */
const sorts = { createdAt: sortKey.uuid, address: sortKey.text, channel: sortKey.text, reason: sortKey.text }

/** Entries that are added in one transaction. */
const chunk = 100

export const suppressionRoutes = [
  route(
    {
      method: 'GET',
      path: '/suppressions',
      id: 'listSuppressions',
      summary: 'Who is never written to, newest first unless sorted otherwise; lifted entries with `lifted=true`',
      access: 'suppressions.read',
      query: sortedQuery(sorts, '-createdAt').extend(filter),
      response: sortedPageOf(suppression),
    },
    async ({ app, workspaceId, query }) => {
      const { page, filter } = pageRequest(query, sorts)
      return sortedPage(await listSuppressions(app.db, workspaceId, filter, page), query.sort)
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
      method: 'POST',
      path: '/suppressions/batch',
      id: 'createSuppressions',
      summary:
        'Stops all campaigns from writing to up to 1,000 addresses; what is no address is answered, the rest is added',
      access: 'suppressions.add',
      body: z.strictObject({
        emails: z.array(z.string().trim().max(320)).min(1).max(1_000),
        channel: z.enum(['all', 'email']).default('email'),
        reason: reason.default('manual'),
      }),
      response: z.object({ added: z.int(), already: z.int(), refused: z.array(z.string()) }),
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body, actor } = context
      const isAddress = (text: string) => z.email().safeParse(text).success
      const emails = [...new Map(body.emails.map((email) => [email.toLowerCase(), email])).values()]
      const good = emails.filter(isAddress)
      let added = 0
      for (let from = 0; from < good.length; from += chunk) {
        added += await app.db.transaction().execute(async (tx) => {
          let made = 0
          for (const email of good.slice(from, from + chunk)) {
            const customer = await findCustomer(tx, workspaceId, { email }, body.channel)
            const { channel, reason } = body
            const entry = { customerId: customer?.id ?? null, address: email, channel, reason, source: actor.text }
            if ((await addSuppression(tx, workspaceId, entry)).isNew) made += 1
          }
          if (made > 0) {
            const detail = { addresses: made, channel: body.channel, reason: body.reason }
            await audit(tx, context, 'suppression.added', 'suppression', null, detail)
          }
          return made
        })
      }
      return { added, already: good.length - added, refused: emails.filter((email) => !isAddress(email)) }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/suppressions/export.csv',
      id: 'exportSuppressionsCsv',
      summary: 'The suppression list as CSV, streamed, filtered as the list',
      access: 'suppressions.read',
      query: z.strictObject(filter),
      response: content,
      media: 'text/csv; charset=utf-8',
    },
    async (context) => {
      const { app, workspaceId, query, header } = context
      await audit(app.db, context, 'suppressions.exported', 'suppression', null, { filter: Object.keys(query) })
      header('content-disposition', 'attachment; filename="suppressions.csv"')
      return exportSuppressions(app.db, workspaceId, query)
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
