import { z } from 'zod'
import type { App } from '../app.ts'
import { findByEmails, listCustomers, lockCustomers, unknownCustomers } from '../customers/queries.ts'
import { customerResponse } from '../customers/routes.ts'
import type { Tx } from '../db/database.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { decodeCursor, page, pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { changed } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { withCounts } from './counted.ts'
import {
  changeMembers,
  deleteSegment,
  getSegment,
  insertSegment,
  listSegments,
  lockForDeletion,
  lockSegment,
  type Segment,
  updateSegment,
} from './queries.ts'
import { segmentRules, shownRules } from './rules.ts'
import { requireUnused, requireUsable, spreadChange, usesOf } from './use.ts'

const segment = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  kind: z.enum(['static', 'dynamic']),
  rules: shownRules.nullable(),
  customers: z
    .int()
    .nullable()
    .meta({ description: 'How many who are not archived are in it; null where counting rules takes too long.' }),
  usedBy: z.int().meta({ description: 'How many campaigns and other segments go by it.' }),
  version: z.int(),
  createdAt: instant,
  updatedAt: instant,
})

const user = z.object({ id: z.uuid(), name: z.string() })

const name = z.string().trim().min(1, 'Give it a name.').max(200)
const description = z.string().trim().max(2000).nullable()

/** Most customers that one call puts into a segment. */
const maxMembersAtOnce = 10_000
const members = z.strictObject({ customerIds: z.array(z.uuid()).min(1).max(maxMembersAtOnce) })
const addedMembers = z
  .strictObject({
    customerIds: members.shape.customerIds.optional(),
    emails: z.array(z.string().trim().min(1).max(500)).min(1).max(maxMembersAtOnce).optional().meta({
      description: 'Instead: the addresses of customers. Those that nobody has are answered, the others taken.',
    }),
  })
  .refine(({ customerIds, emails }) => (customerIds === undefined) !== (emails === undefined), {
    message: 'Give either customerIds or emails.',
    path: ['customerIds'],
    params: { code: 'required' },
  })
const membersChanged = z.object({ changed: z.int(), customers: z.int(), unknownEmails: z.array(z.string()).optional() })

/** What the list can be sorted by. */
const sorts = { createdAt: sortKey.uuid, updatedAt: sortKey.instant, name: sortKey.text, kind: sortKey.text }

export const segmentRoutes = [
  route(
    {
      method: 'GET',
      path: '/segments',
      id: 'listSegments',
      summary: 'Segments, newest first unless sorted otherwise, with how many customers they hold',
      access: 'segments.read',
      query: sortedQuery(sorts, '-createdAt').extend({
        q: z.string().trim().max(200).optional(),
        kind: z.enum(['static', 'dynamic']).optional(),
        counts: z
          .enum(['true', 'false'])
          .default('true')
          .meta({ description: 'false: does not count who matches rules, which is quicker.' }),
      }),
      response: sortedPageOf(segment),
    },
    async ({ app, workspaceId, signal, query }) => {
      const { page, filter } = pageRequest(query, sorts)
      const found = sortedPage(await listSegments(app.db, workspaceId, filter, page), query.sort)
      if (query.counts === 'false') return found
      return { ...found, items: await withCounts(app.db, workspaceId, found.items, signal) }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/segments',
      id: 'createSegment',
      summary: 'Makes a segment: static, a list kept by hand or by nodes, or dynamic, whoever matches its rules',
      access: 'segments.write',
      body: z
        .strictObject({
          name,
          description: description.default(null),
          kind: z.enum(['static', 'dynamic']).default('static'),
          rules: segmentRules.optional(),
        })
        .superRefine(({ kind, rules }, context) => {
          const refuse = (code: string, message: string) =>
            context.addIssue({ code: 'custom', path: ['rules'], message, params: { code } })
          if (kind === 'dynamic' && rules === undefined) refuse('required', 'A dynamic segment needs rules.')
          if (kind === 'static' && rules !== undefined) refuse('not_dynamic', 'A static segment has no rules.')
        }),
      response: segment,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body } = context
      const made = await app.db.transaction().execute(async (tx) => {
        if (body.rules) await requireUsable(tx, workspaceId, body.rules)
        const id = await insertSegment(tx, workspaceId, { ...body, rules: body.rules ?? null })
        await audit(tx, context, 'segment.created', 'segment', id, { name: body.name, kind: body.kind })
        return await existing(tx, workspaceId, id)
      })
      return await counted(context, made)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/segments/:id',
      id: 'getSegment',
      summary: 'One segment',
      access: 'segments.read',
      params: idParams,
      response: segment,
    },
    async (context) => {
      const found = await getSegment(context.app.db, context.workspaceId, context.params.id)
      if (!found) throw notFound('segment')
      return await counted(context, found)
    },
  ),
  route(
    {
      method: 'PATCH',
      path: '/segments/:id',
      id: 'updateSegment',
      summary: 'Changes name, description or the rules of a dynamic segment',
      access: 'segments.write',
      params: idParams,
      body: z.strictObject({
        name: name.optional(),
        description: description.optional(),
        rules: segmentRules.optional(),
      }),
      response: segment,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const after = await app.db.transaction().execute(async (tx) => {
        if (body.rules) {
          const { kind } = await existing(tx, workspaceId, params.id)
          if (kind !== 'dynamic') throw invalidField('rules', 'not_dynamic', 'A static segment has no rules.')
          await requireUsable(tx, workspaceId, body.rules, params.id)
        }
        const row = await updateSegment(tx, workspaceId, params.id, ifMatch, body)
        const { id } = await changed(row, 'segment', () => getSegment(tx, workspaceId, params.id))
        if (body.rules) await spreadChange(tx, workspaceId, id)
        await audit(tx, context, 'segment.updated', 'segment', id, { fields: Object.keys(body) })
        return await existing(tx, workspaceId, id)
      })
      if (body.rules) await app.wake()
      return await counted(context, after)
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/segments/:id',
      id: 'deleteSegment',
      summary: 'Deletes a segment that no campaign and no other segment uses; its customers stay',
      access: 'segments.write',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['in_use', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      await app.db.transaction().execute(async (tx) => {
        await lockForDeletion(tx, workspaceId, params.id)
        await requireUnused(tx, workspaceId, params.id)
        const row = await deleteSegment(tx, workspaceId, params.id, ifMatch)
        const { id } = await changed(row, 'segment', () => getSegment(tx, workspaceId, params.id))
        await audit(tx, context, 'segment.deleted', 'segment', id)
      })
      return undefined
    },
  ),
  route(
    {
      method: 'GET',
      path: '/segments/:id/uses',
      id: 'listSegmentUses',
      summary: 'The campaigns and other segments that go by a segment',
      access: 'segments.read',
      params: idParams,
      response: z.object({ campaigns: z.array(user), segments: z.array(user) }),
    },
    async ({ app, workspaceId, params }) => {
      if (!(await getSegment(app.db, workspaceId, params.id))) throw notFound('segment')
      return await usesOf(app.db, workspaceId, params.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/segments/:id/customers',
      id: 'listSegmentCustomers',
      summary: 'The customers of a segment, static or dynamic, who are not archived, newest first',
      access: 'segments.read',
      params: idParams,
      query: pageQuery.extend({ q: z.string().trim().max(200).optional() }),
      response: pageOf(customerResponse),
    },
    async ({ app, workspaceId, params, query: { limit, cursor, q } }) => {
      if (!(await getSegment(app.db, workspaceId, params.id))) throw notFound('segment')
      const paging = { sort: 'newest', behind: decodeCursor(cursor, z.uuid()), limit: limit + 1 } as const
      const rows = await listCustomers(app.db, workspaceId, { q, segmentId: params.id }, paging)
      return page(rows, limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/segments/:id/customers',
      id: 'addSegmentCustomers',
      summary: 'Puts customers into a static segment; those who are in it already stay',
      access: 'segments.write',
      params: idParams,
      body: addedMembers,
      response: membersChanged,
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      const result = await app.db.transaction().execute(async (tx) => {
        await requireStatic(tx, workspaceId, params.id)
        const byEmail = body.emails ? await findByEmails(tx, workspaceId, body.emails) : null
        const given = byEmail ? [...byEmail.values()] : (body.customerIds ?? [])
        const ids = [...new Set(given)]
        // Locked, so that nobody is archived or erased in between.
        const here = await lockCustomers(tx, workspaceId, ids)
        if (here.length < ids.length) await refuseAbsent(tx, workspaceId, given, here)
        const count = await changeMembers(tx, workspaceId, params.id, ids, true)
        await audit(tx, context, 'segment.members-added', 'segment', params.id, { customers: count })
        const unknownEmails = body.emails?.filter((email) => !byEmail?.has(email))
        const { customers } = await existing(tx, workspaceId, params.id)
        return { changed: count, customers: customers ?? 0, ...(unknownEmails && { unknownEmails }) }
      })
      await app.wake()
      return result
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/segments/:id/customers',
      id: 'removeSegmentCustomers',
      summary: 'Takes customers out of a static segment; those who are not in it are no fault',
      access: 'segments.write',
      params: idParams,
      body: members,
      response: membersChanged,
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      const result = await app.db.transaction().execute(async (tx) => {
        await requireStatic(tx, workspaceId, params.id)
        const unknown = await unknownCustomers(tx, workspaceId, body.customerIds)
        if (unknown.length > 0) throw refused(body.customerIds, new Set(unknown), 'not_found')
        const count = await changeMembers(tx, workspaceId, params.id, [...new Set(body.customerIds)], false)
        await audit(tx, context, 'segment.members-removed', 'segment', params.id, { customers: count })
        return { changed: count, customers: (await existing(tx, workspaceId, params.id)).customers ?? 0 }
      })
      await app.wake()
      return result
    },
  ),
] as const

/** A segment as the API shows it: with how many customers match its rules. */
async function counted(
  context: { app: App; workspaceId: number; signal: AbortSignal },
  found: Segment,
): Promise<Segment> {
  const [shown = found] = await withCounts(context.app.db, context.workspaceId, [found], context.signal)
  return shown
}

async function existing(tx: Tx, workspaceId: number, id: string) {
  const found = await getSegment(tx, workspaceId, id)
  if (!found) throw notFound('segment')
  return found
}

async function requireStatic(tx: Tx, workspaceId: number, id: string): Promise<void> {
  if (!(await lockSegment(tx, workspaceId, id))) throw notFound('segment')
  const { kind } = await existing(tx, workspaceId, id)
  if (kind !== 'static') throw invalidField('id', 'not_static', 'Only static segments are filled by hand.')
}

async function refuseAbsent(
  tx: Tx,
  workspaceId: number,
  given: readonly string[],
  here: readonly { id: string }[],
): Promise<never> {
  const unknown = await unknownCustomers(tx, workspaceId, given)
  if (unknown.length > 0) throw refused(given, new Set(unknown), 'not_found')
  const active = new Set(here.map(({ id }) => id))
  throw refused(given, new Set(given.filter((id) => !active.has(id))), 'archived')
}

/** A 422 that names the ids; the first hundred of them. */
function refused(given: readonly string[], bad: ReadonlySet<string>, code: 'not_found' | 'archived'): Problem {
  const why = code === 'archived' ? 'is archived' : 'is no customer of this workspace'
  const errors = given
    .map((id, index) => ({ id, path: `customerIds.${index}`, code, message: `${id} ${why}.` }))
    .filter(({ id }) => bad.has(id))
    .slice(0, 100)
    .map(({ path, message }) => ({ path, code, message }))
  const [first] = errors
  const more = bad.size > 1 ? ` (and ${bad.size - 1} more)` : ''
  return new Problem('invalid', `${first?.message ?? 'Some customers are not here.'}${more}`, { errors })
}
