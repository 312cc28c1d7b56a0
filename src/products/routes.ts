import { z } from 'zod'
import type { Tx } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import { pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, nothing, route } from '../http/route.ts'
import { changed } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { criterionRoutes } from './criterion-routes.ts'
import { campaignsLinking, getProduct, insertProduct, listProducts, updateProduct } from './queries.ts'
import { rescoreRoutes } from './rescore-routes.ts'
import { scoreRoutes } from './score-routes.ts'

const product = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  url: z.string().nullable(),
  attributes: z.record(z.string(), z.unknown()),
  status: z.enum(['draft', 'active', 'archived']),
  version: z.int(),
  createdAt: instant,
  updatedAt: instant,
})

const name = z.string().trim().min(1, 'Give it a name.').max(200)
const description = z.string().trim().max(5000).nullable()
const url = z
  .url({ protocol: /^https?$/, error: 'Write a web address that starts with https://.' })
  .max(2000)
  .nullable()
const attributes = z
  .record(z.string(), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 65_536, 'At most 64 KB.')

async function existing(tx: Tx, workspaceId: number, id: string) {
  const found = await getProduct(tx, workspaceId, id)
  if (!found) throw notFound('product')
  return found
}

/** What the list can be sorted by. */
const sorts = { createdAt: sortKey.uuid, updatedAt: sortKey.instant, name: sortKey.text, status: sortKey.text }

export const productRoutes = [
  route(
    {
      method: 'GET',
      path: '/products',
      id: 'listProducts',
      summary: 'Products, newest first unless sorted otherwise; archived ones with `status=archived`',
      access: 'products.read',
      query: sortedQuery(sorts, '-createdAt').extend({
        q: z.string().trim().max(200).optional(),
        status: z.enum(['draft', 'active', 'archived']).optional(),
      }),
      response: sortedPageOf(product),
    },
    async ({ app, workspaceId, query }) => {
      const { page, filter } = pageRequest(query, sorts)
      return sortedPage(await listProducts(app.db, workspaceId, filter, page), query.sort)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/products',
      id: 'createProduct',
      summary: 'Adds a product; messages read it as {{product.*}}',
      access: 'products.write',
      body: z.strictObject({
        name,
        description: description.default(null),
        url: url.default(null),
        attributes: attributes.default({}),
        status: z.enum(['draft', 'active']).default('active'),
      }),
      response: product,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body } = context
      return await app.db.transaction().execute(async (tx) => {
        const id = await insertProduct(tx, workspaceId, body)
        await audit(tx, context, 'product.created', 'product', id, { name: body.name })
        return await existing(tx, workspaceId, id)
      })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/products/:id',
      id: 'getProduct',
      summary: 'One product',
      access: 'products.read',
      params: idParams,
      response: product,
    },
    async ({ app, workspaceId, params }) => {
      const found = await getProduct(app.db, workspaceId, params.id)
      if (!found) throw notFound('product')
      return found
    },
  ),
  route(
    {
      method: 'PATCH',
      path: '/products/:id',
      id: 'updateProduct',
      summary: 'Changes the given fields; `attributes` replaces the whole object',
      access: 'products.write',
      params: idParams,
      body: z.strictObject({
        name: name.optional(),
        description: description.optional(),
        url: url.optional(),
        attributes: attributes.optional(),
        status: z.enum(['draft', 'active']).optional(),
      }),
      response: product,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      return await app.db.transaction().execute(async (tx) => {
        const row = await updateProduct(tx, workspaceId, params.id, ifMatch, body)
        const { id } = await changed(row, 'product', () => getProduct(tx, workspaceId, params.id))
        await audit(tx, context, 'product.updated', 'product', id, { fields: Object.keys(body) })
        return await existing(tx, workspaceId, id)
      })
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/products/:id',
      id: 'archiveProduct',
      summary: 'Archives a product that no campaign is linked to; scores and figures stay',
      access: 'products.write',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['in_use', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      await app.db.transaction().execute(async (tx) => {
        const campaigns = await campaignsLinking(tx, workspaceId, params.id)
        if (campaigns.length > 0) {
          const names = campaigns.slice(0, 3).map((campaign) => `“${campaign.name}”`)
          throw new Problem('in_use', `Campaigns are linked to this product: ${names.join(', ')}.`, {
            extra: { campaigns },
          })
        }
        const row = await updateProduct(tx, workspaceId, params.id, ifMatch, { status: 'archived' })
        const { id } = await changed(row, 'product', () => getProduct(tx, workspaceId, params.id))
        await audit(tx, context, 'product.archived', 'product', id)
      })
      return undefined
    },
  ),
  ...criterionRoutes,
  ...scoreRoutes,
  ...rescoreRoutes,
] as const
