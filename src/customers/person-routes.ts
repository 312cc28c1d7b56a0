import { z } from 'zod'
import { notFound } from '../errors.ts'
import { forgetAnswers } from '../http/idempotency-sql.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { readFieldSources } from './field-source-queries.ts'
import { fieldSources } from './field-sources.ts'
import { collectPerson, eraseMentions, erasePerson, tracesOf } from './person-queries.ts'
import { getCustomer } from './queries.ts'
import { readTimeline, timelineKinds } from './timeline-queries.ts'

const entry = z.object({
  type: z.enum(['event', 'step', 'message', 'assessment', 'note', 'firing']),
  key: z.string(),
  at: instant,
  name: z.string(),
  campaignId: z.uuid().nullable(),
  campaignName: z.string().nullable(),
  runId: z.int().nullable(),
  nodeId: z.string().nullable(),
  messageId: z.int().nullable(),
  detail: z.record(z.string(), z.unknown()),
})

const receipt = z.object({
  id: z.uuid(),
  erasedAt: instant,
  removed: z.record(z.string(), z.int()),
})

export const personRoutes = [
  route(
    {
      method: 'GET',
      path: '/customers/:id/timeline',
      id: 'getCustomerTimeline',
      summary:
        'What happened to a customer across campaigns, newest first: events, steps, messages, score changes, notes, and why they were not enrolled',
      access: 'customers.read',
      params: idParams,
      query: pageQuery.extend({
        kind: z
          .enum(timelineKinds)
          .optional()
          .meta({ description: 'Only these; why-not: what was not sent and who was not enrolled.' }),
      }),
      response: pageOf(entry),
    },
    async ({ app, workspaceId, params, query: { limit, cursor, kind } }) => {
      if (!(await getCustomer(app.db, workspaceId, params.id))) throw notFound('customer')
      const behind = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.string().max(50)]))
      const rows = await readTimeline(app.db, workspaceId, params.id, { kind, behind, limit: limit + 1 })
      return page(
        rows,
        limit,
        ({ position, key }) => [position, key],
        ({ position: _, ...shown }) => shown,
      )
    },
  ),
  route(
    {
      method: 'GET',
      path: '/customers/:id/field-sources',
      id: 'listFieldSources',
      summary: 'Where what is known of a customer comes from: when each field was last changed, and by what',
      access: 'customers.read',
      params: idParams,
      response: z.object({
        items: z.array(
          z.object({
            field: z.string().meta({ description: 'A field, or attributes.<key>.' }),
            at: instant,
            source: z.string().meta({ description: '`api`, `import`, `merge`, `campaign`, …' }),
            by: z.string().nullable().meta({ description: '`member:<id>` or `key:<id>`, where that is known.' }),
            campaignId: z.uuid().nullable(),
          }),
        ),
        nextCursor: z.null(),
      }),
    },
    async ({ app, workspaceId, params }) => {
      const customer = await getCustomer(app.db, workspaceId, params.id)
      if (!customer) throw notFound('customer')
      const events = await readFieldSources(app.db, workspaceId, params.id)
      return { items: fieldSources(customer, events), nextCursor: null }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/customers/:id/export',
      id: 'exportCustomer',
      summary: 'Everything that is kept on one person, as JSON',
      access: 'customers.read',
      params: idParams,
      response: z.record(z.string(), z.unknown()),
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const customer = await getCustomer(app.db, workspaceId, params.id)
      if (!customer) throw notFound('customer')
      const kept = await collectPerson(app.db, workspaceId, params.id)
      await audit(app.db, context, 'customer.exported', 'customer', params.id)
      return { exportedAt: new Date().toISOString(), customer: JSON.parse(JSON.stringify(customer)), ...kept }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/customers/:id/erase',
      id: 'eraseCustomer',
      summary:
        'Removes a person everywhere, for good. Counts stay, and so does the wish not to be written to, as a keyed hash of the address',
      access: 'customers.erase',
      params: idParams,
      response: receipt,
    },
    async (context) => {
      const { app, workspaceId, params } = context
      if (!(await getCustomer(app.db, workspaceId, params.id))) throw notFound('customer')
      const traces = await tracesOf(app.db, workspaceId, params.id)
      const named = traces.map((trace) => trace.toLowerCase())
      const names = (text: string) => named.some((trace) => text.toLowerCase().includes(trace))
      const mentioned = {
        ...(await eraseMentions(app.db, workspaceId, traces)),
        storedAnswers: await forgetAnswers(app, workspaceId, names),
      }
      const done = await app.db.transaction().execute(async (tx) => {
        const removed = { ...mentioned, ...(await erasePerson(tx, workspaceId, params.id)) }
        await audit(tx, context, 'customer.erased', 'customer', params.id, { removed })
        const erased = await getCustomer(tx, workspaceId, params.id)
        return { id: params.id, erasedAt: erased?.erasedAt ?? new Date(), removed }
      })
      await app.wake()
      return done
    },
  ),
] as const
