import { z } from 'zod'
import { getCustomer, lockCustomers } from '../customers/queries.ts'
import { absent } from '../customers/save.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { scoresItself } from './criterion-rules.ts'
import { getCriterion, getProduct } from './queries.ts'
import { changeScores, listAssessments, listScores, rankCustomers } from './score-queries.ts'
import { madeBy, productScore } from './scoring.ts'

const scores = z.object({
  items: z.array(
    z.object({
      criterionId: z.uuid(),
      criterion: z.string(),
      type: z.enum(['profile', 'engagement', 'conversation']),
      weight: z.number(),
      productId: z.uuid(),
      product: z.string(),
      score: z.number(),
      updatedAt: instant,
    }),
  ),
  nextCursor: z.null(),
  /** The weighted mean of each product that has a score. */
  products: z.array(z.object({ productId: z.uuid(), product: z.string(), score: z.number() })),
})

const inRange = z.number().min(-1).max(1)

async function scoresOf(...[db, workspaceId, customerId]: Parameters<typeof listScores>) {
  const items = await listScores(db, workspaceId, customerId)
  const products = [...Map.groupBy(items, ({ productId }) => productId)].map(([productId, list]) => ({
    productId,
    product: list[0]?.product ?? '',
    score: productScore(list) ?? 0,
  }))
  return { items, nextCursor: null, products }
}

export const scoreRoutes = [
  route(
    {
      method: 'GET',
      path: '/customers/:id/scores',
      id: 'listScores',
      summary: 'A customer’s latest scores by criterion, and their mean by product',
      access: 'customers.read',
      params: idParams,
      response: scores,
    },
    async ({ app, workspaceId, params }) => {
      if (!(await getCustomer(app.db, workspaceId, params.id))) throw notFound('customer')
      return await scoresOf(app.db, workspaceId, params.id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/customers/:id/scores',
      id: 'scoreCustomer',
      summary: 'Sets a customer’s score on a criterion, or changes it by a delta; it stays within -1 and 1',
      access: 'customers.write',
      params: idParams,
      body: z
        .strictObject({
          criterionId: z.uuid(),
          score: inRange.optional(),
          delta: z.number().min(-2).max(2).optional(),
          reason: z.string().trim().max(1000).nullable().default(null),
        })
        .refine(({ score, delta }) => (score === undefined) !== (delta === undefined), {
          message: 'Give either score or delta.',
          path: ['score'],
          params: { code: 'required' },
        }),
      response: scores,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body, actor } = context
      const result = await app.db.transaction().execute(async (tx) => {
        const [customer] = await lockCustomers(tx, workspaceId, [params.id])
        if (!customer) throw await absent(tx, workspaceId, params.id)
        const criterion = await getCriterion(tx, workspaceId, null, body.criterionId)
        if (!criterion) throw invalidField('criterionId', 'not_found', 'There is no such criterion in this workspace.')
        if (scoresItself(criterion.type, criterion.params)) {
          throw new Problem(
            'wrong_state',
            `“${criterion.name}” always is what its rules say. Change its rules, or score another criterion by hand.`,
          )
        }
        const value = body.score ?? body.delta ?? 0
        const source = { kind: 'member', by: actor.text, memberId: actor.memberId, reason: body.reason }
        const change = { customerId: params.id, criterionId: body.criterionId, value, source }
        await changeScores(tx, workspaceId, body.score === undefined ? 'change' : 'set', [change])
        await audit(tx, context, 'customer.scored', 'customer', params.id, { criterionId: body.criterionId, value })
        return await scoresOf(tx, workspaceId, params.id)
      })
      await app.wake()
      return result
    },
  ),
  route(
    {
      method: 'GET',
      path: '/customers/:id/scores/history',
      id: 'listAssessments',
      summary: 'A customer’s fit assessments, newest first: each score, and who or what made it',
      access: 'customers.read',
      params: idParams,
      query: pageQuery.extend({ productId: z.uuid().optional(), criterionId: z.uuid().optional() }),
      response: pageOf(
        z.object({
          id: z.number().int(),
          criterionId: z.uuid(),
          criterion: z.string(),
          productId: z.uuid(),
          product: z.string(),
          score: z.number(),
          delta: z.number().nullable(),
          source: z.record(z.string(), z.unknown()),
          text: z.string(),
          at: instant,
        }),
      ),
    },
    async ({ app, workspaceId, params, query: { limit, cursor, ...filter } }) => {
      if (!(await getCustomer(app.db, workspaceId, params.id))) throw notFound('customer')
      const before = decodeCursor(cursor, z.number().int())
      const rows = await listAssessments(app.db, workspaceId, params.id, { ...filter, before, limit: limit + 1 })
      return page(
        rows.map((row) => ({ ...row, text: madeBy(row) })),
        limit,
        ({ id }) => id,
      )
    },
  ),
  route(
    {
      method: 'GET',
      path: '/products/:id/customers',
      id: 'listProductCustomers',
      summary: 'Customers who have a score on the product, best first',
      access: 'products.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(
        z.object({
          score: z.number(),
          customer: z.object({
            id: z.uuid(),
            firstName: z.string().nullable(),
            lastName: z.string().nullable(),
            email: z.string().nullable(),
          }),
        }),
      ),
    },
    async ({ app, workspaceId, params, query: { limit, cursor } }) => {
      if (!(await getProduct(app.db, workspaceId, params.id))) throw notFound('product')
      const behind = decodeCursor(cursor, z.tuple([z.number(), z.uuid()]))
      const rows = await rankCustomers(app.db, workspaceId, params.id, { behind, limit: limit + 1 })
      return page(rows, limit, ({ score, customer }) => [score, customer.id])
    },
  ),
] as const
