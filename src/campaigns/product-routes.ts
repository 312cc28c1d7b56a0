import { z } from 'zod'
import { type FieldError, invalidField, notFound, Problem } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { requireState } from './lifecycle.ts'
import { lockCampaign } from './lifecycle-sql.ts'
import { findProducts, foreignProducts, type LinkedProduct, replaceProducts } from './product-queries.ts'
import { findState } from './queries.ts'

const linked = z.object({ productId: z.uuid(), primary: z.boolean() })
const products = z.object({ products: z.array(linked) })

/** One is primary: the one marked so, or the only or first one when none is. @throws Problem `invalid` */
function withPrimary(given: readonly { productId: string; primary?: boolean | undefined }[]): LinkedProduct[] {
  const repeated = given.findIndex(
    (each, index) => given.findIndex(({ productId }) => productId === each.productId) < index,
  )
  if (repeated >= 0)
    throw invalidField(`products.${repeated}.productId`, 'repeated', 'This product is in the list twice.')
  const marked = given.filter(({ primary }) => primary)
  if (marked.length > 1) throw invalidField('products', 'several_primary', 'Only one product can be primary.')
  const primary = marked[0] ?? given[0]
  return given.map((each) => ({ productId: each.productId, primary: each === primary }))
}

export const campaignProductRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/products',
      id: 'getCampaignProducts',
      summary: 'The products that a campaign sells',
      access: 'campaigns.read',
      params: idParams,
      response: products,
    },
    async ({ app, workspaceId, params }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      return { products: await findProducts(app.db, workspaceId, params.id) }
    },
  ),
  route(
    {
      method: 'PUT',
      path: '/campaigns/:id/products',
      id: 'setCampaignProducts',
      summary: 'Replace the products that a campaign sells',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({
        products: z.array(z.strictObject({ productId: z.uuid(), primary: z.boolean().optional() })).max(100),
      }),
      response: products,
      errors: ['wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const wanted = withPrimary(body.products)
      await app.db.transaction().execute(async (tx) => {
        const campaign = await lockCampaign(tx, workspaceId, params.id, 'exclusive')
        requireState(campaign.status, 'change')
        requireVersion(ifMatch, campaign.version)
        const foreign = await foreignProducts(
          tx,
          workspaceId,
          wanted.map(({ productId }) => productId),
        )
        const errors: FieldError[] = wanted.flatMap(({ productId }, index) =>
          foreign.has(productId)
            ? [
                {
                  path: `products.${index}.productId`,
                  code: 'unknown_product',
                  message: `There is no product ${productId} to sell in this workspace.`,
                },
              ]
            : [],
        )
        if (errors.length > 0) throw new Problem('invalid', 'Some products cannot be linked.', { errors })
        await replaceProducts(tx, params.id, wanted)
        await audit(tx, context, 'campaign.products_changed', 'campaign', params.id, { products: wanted })
      })
      return { products: await findProducts(app.db, workspaceId, params.id) }
    },
  ),
] as const
