import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { getSegment } from '../segments/queries.ts'
import { segmentRules } from '../segments/rules.ts'
import { requireNamed } from '../segments/use.ts'
import { audit } from '../workspaces/audit.ts'
import { attributeRoutes } from './attribute-routes.ts'
import { bulkRoutes } from './bulk-routes.ts'
import type { Customer } from './customer.ts'
import { jsonText } from './json-text.ts'
import { countCustomers, listSorted, readExtras } from './list-queries.ts'
import { noteRoutes } from './note-routes.ts'
import { personRoutes } from './person-routes.ts'
import { type CustomerFilter, getCustomer, listCustomers, lockCustomers } from './queries.ts'
import { createCustomer, patchCustomer, upsertCustomer } from './save.ts'
import { archiveCustomers } from './save-queries.ts'
import { customerInput } from './schema.ts'
import { type CustomerOrder, customerSort } from './sort.ts'
import { tagRoutes } from './tag-routes.ts'

const text = z.string().nullable()

/** A customer as every route shows it. */
export const customerResponse = z.object({
  id: z.uuid(),
  firstName: text,
  lastName: text,
  email: text,
  phone: text,
  telegramChatId: text,
  linkedinUrl: text,
  language: text,
  country: text,
  timezone: text,
  tags: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()),
  companyId: z.uuid().nullable(),
  company: z.object({ id: z.uuid(), name: z.string(), domain: text, industry: text }).nullable(),
  externalId: text,
  claimedBy: z.uuid().nullable(),
  trackingConsent: z.enum(['yes', 'no']).nullable(),
  archivedAt: instant.nullable(),
  mergedInto: z.uuid().nullable().meta({ description: 'Of an archived customer: whom they were merged into.' }),
  erasedAt: instant.nullable(),
  version: z.int(),
  createdAt: instant,
  updatedAt: instant,
})

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

/** A customer in a list: with `extras` what is read beside their fields. */
const customerRow = customerResponse.extend({
  campaigns: z.array(z.object({ id: z.uuid(), name: z.string() })).optional(),
  lastActivityAt: instant.nullable().optional(),
  scores: z.record(z.string(), z.number()).optional(),
})

const filterQuery = {
  q: z.string().trim().max(200).optional(),
  tag: z.string().trim().max(200).optional(),
  segmentId: z.uuid().optional(),
  companyId: z.uuid().optional(),
  claimedBy: z.uuid().optional(),
  rules: jsonText(segmentRules).optional().meta({ description: 'Rules as those of a dynamic segment, as JSON.' }),
  archived: flag.default(false),
}

/** @throws Problem `not_found`, `invalid` when a filter names what is not here */
export async function requireFilter(db: Db, workspaceId: number, { segmentId, rules }: CustomerFilter): Promise<void> {
  if (segmentId && !(await getSegment(db, workspaceId, segmentId))) throw notFound('segment')
  if (rules) await requireNamed(db, workspaceId, rules)
}

/** Rows in an order, each with its position: by id where they are ordered by when they were added, which is what ids are ordered by. */
async function listPage(
  db: Db,
  workspaceId: number,
  filter: CustomerFilter,
  order: CustomerOrder,
  cursor: string | undefined,
  { limit, signal }: { limit: number; signal: AbortSignal },
): Promise<(Customer & { position: unknown })[]> {
  if (order.by === 'added') {
    const sort = order.descending ? 'newest' : 'oldest'
    const rows = await listCustomers(db, workspaceId, filter, { sort, behind: decodeCursor(cursor, z.uuid()), limit })
    return rows.map((row) => ({ ...row, position: row.id }))
  }
  const behind = decodeCursor(cursor, z.object({ id: z.uuid(), key: z.string().nullable() }))
  return await listSorted(db, workspaceId, filter, { order, behind, limit, signal })
}

const withoutPosition = ({ position: _, ...customer }: Customer & { position: unknown }): Customer => customer

export const customerRoutes = [
  ...attributeRoutes,
  route(
    {
      method: 'GET',
      path: '/customers',
      id: 'listCustomers',
      summary:
        'Customers, newest first unless `sort` says otherwise; `q` searches names and contacts, `archived=true` shows the archived ones',
      access: 'customers.read',
      query: pageQuery.extend({
        ...filterQuery,
        sort: customerSort,
        extras: flag.default(false).meta({
          description: 'true: each with the campaigns they are in, when they last did something, and their scores.',
        }),
      }),
      response: pageOf(customerRow),
      errors: ['too_slow'],
    },
    async ({ app, workspaceId, signal, query: { limit, cursor, sort, extras, ...filter } }) => {
      await requireFilter(app.db, workspaceId, filter)
      const paging = { limit: limit + 1, signal }
      const rows = await listPage(app.db, workspaceId, filter, sort, cursor, paging)
      const found = page(rows, limit, ({ position }) => position, withoutPosition)
      if (!extras) return found
      const more = await readExtras(
        app.db,
        workspaceId,
        found.items.map(({ id }) => id),
      )
      return { ...found, items: found.items.map((item) => ({ ...item, ...more.get(item.id) })) }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/customers/count',
      id: 'countCustomers',
      summary: 'How many customers a list holds; an estimate where counting takes longer than two seconds',
      access: 'customers.read',
      query: z.strictObject(filterQuery),
      response: z.object({ count: z.int(), exact: z.boolean() }),
    },
    async ({ app, workspaceId, signal, query }) => {
      await requireFilter(app.db, workspaceId, query)
      return await countCustomers(app.db, workspaceId, query, signal)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/customers',
      id: 'createCustomer',
      summary:
        'Adds a customer. With `upsert=true` the one who has the email or externalId is updated instead (200): given fields win, tags are added',
      access: 'customers.write',
      query: z.strictObject({ upsert: flag.default(false) }),
      body: customerInput,
      response: customerResponse,
      status: 201,
      idempotent: true,
      errors: ['already_exists'],
    },
    async (context) => {
      const { app, body, query, status } = context
      let result: Awaited<ReturnType<typeof upsertCustomer>>
      if (query.upsert) result = await upsertCustomer(app.db, context, body)
      else result = { customer: await createCustomer(app.db, context, body), created: true }
      if (!result.created) status(200)
      await app.wake()
      return result.customer
    },
  ),
  ...bulkRoutes,
  route(
    {
      method: 'GET',
      path: '/customers/:id',
      id: 'getCustomer',
      summary: 'One customer',
      access: 'customers.read',
      params: idParams,
      response: customerResponse,
    },
    async ({ app, workspaceId, params }) => {
      const found = await getCustomer(app.db, workspaceId, params.id)
      if (!found) throw notFound('customer')
      return found
    },
  ),
  route(
    {
      method: 'PATCH',
      path: '/customers/:id',
      id: 'updateCustomer',
      summary: 'Changes the given fields; null clears, `tags` replaces the list, `attributes` are merged key by key',
      access: 'customers.write',
      params: idParams,
      body: customerInput,
      response: customerResponse,
      errors: ['already_exists', 'stale_version', 'wrong_state'],
    },
    async (context) => {
      const { app, params, body, ifMatch } = context
      const changed = await patchCustomer(app.db, context, params.id, body, (version) =>
        requireVersion(ifMatch, version),
      )
      await app.wake()
      return changed
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/customers/:id',
      id: 'archiveCustomer',
      summary: 'Archives a customer: no campaign reaches them any more; erasing is a call of its own',
      access: 'customers.write',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      const found = await getCustomer(app.db, workspaceId, params.id)
      if (!found) throw notFound('customer')
      await app.db.transaction().execute(async (tx) => {
        const [row] = await lockCustomers(tx, workspaceId, [params.id])
        if (!row) return
        requireVersion(ifMatch, row.version)
        await archiveCustomers(tx, workspaceId, [params.id])
        await audit(tx, context, 'customer.archived', 'customer', params.id)
      })
      await app.wake()
      return undefined
    },
  ),
  ...personRoutes,
  ...noteRoutes,
  ...tagRoutes,
] as const
