import { z } from 'zod'
import { getCustomer } from '../customers/queries.ts'
import { notFound } from '../errors.ts'
import { idParams, instant, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { scoreProfile } from './criterion-rules.ts'
import { getProduct, listCriteria } from './queries.ts'
import { getScoreJob, listScoreJobs, scoringCriteria, startScoreJob } from './score-job-queries.ts'
import { customerFacts, listScores } from './score-queries.ts'
import { productScore } from './scoring.ts'

const count = z.number().int().nonnegative()
const job = z.object({
  id: z.uuid(),
  productId: z.uuid().nullable(),
  criterionId: z.uuid().nullable(),
  companyId: z.uuid().nullable(),
  status: z.enum(['running', 'done', 'stopped']),
  total: count.meta({ description: 'Customers to look at, as counted when it began.' }),
  lookedAt: count,
  changed: count.meta({ description: 'Scores that became others.' }),
  by: z.string(),
  startedAt: instant,
  finishedAt: instant.nullable(),
})

const points = z.number()
const contributions = z.array(
  z.object({ text: z.string(), points, held: z.boolean().meta({ description: 'Whether the rule holds for them.' }) }),
)

export const rescoreRoutes = [
  route(
    {
      method: 'POST',
      path: '/products/:id/rescore',
      id: 'rescoreProduct',
      summary: 'Scores all customers anew by the rules of the product’s profile criteria',
      access: 'products.write',
      params: idParams,
      body: z.strictObject({}).optional(),
      response: job,
      status: 202,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, params, actor } = context
      return await app.db.transaction().execute(async (tx) => {
        if (!(await getProduct(tx, workspaceId, params.id))) throw notFound('product')
        const scope = { workspaceId, productId: params.id, criterionId: null, companyId: null, by: actor.text }
        const started = await startScoreJob(tx, scope)
        await audit(tx, context, 'product.rescored', 'product', params.id, { jobId: started.id })
        return started
      })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/products/:id/score-jobs',
      id: 'listScoreJobs',
      summary: 'The latest times that customers were scored anew, newest first',
      access: 'products.read',
      params: idParams,
      response: z.object({ items: z.array(job), nextCursor: z.null() }),
    },
    async ({ app, workspaceId, params }) => {
      if (!(await getProduct(app.db, workspaceId, params.id))) throw notFound('product')
      return { items: await listScoreJobs(app.db, workspaceId, params.id), nextCursor: null }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/score-jobs/:id',
      id: 'getScoreJob',
      summary: 'How far it is',
      access: 'products.read',
      params: idParams,
      response: job,
    },
    async ({ app, workspaceId, params }) => {
      const found = await getScoreJob(app.db, workspaceId, params.id)
      if (!found) throw notFound('score job')
      return found
    },
  ),
  route(
    {
      method: 'GET',
      path: '/products/:id/score-of/:customerId',
      id: 'explainScore',
      summary: 'A customer’s score on the product, criterion by criterion, with what each rule contributes now',
      access: 'products.read',
      params: idParams.extend({ customerId: z.uuid() }),
      response: z.object({
        score: points.nullable(),
        criteria: z.array(
          z.object({
            id: z.uuid(),
            name: z.string(),
            type: z.enum(['profile', 'engagement', 'conversation']),
            weight: z.number(),
            score: points.nullable(),
            contributions,
          }),
        ),
      }),
    },
    async ({ app, workspaceId, params: { id: productId, customerId } }) => {
      const { db } = app
      if (!(await getProduct(db, workspaceId, productId))) throw notFound('product')
      if (!(await getCustomer(db, workspaceId, customerId))) throw notFound('customer')
      const scoring = await scoringCriteria(db, { workspaceId, productId, criterionId: null })
      const latest = new Map((await listScores(db, workspaceId, customerId)).map((score) => [score.criterionId, score]))
      const customer = await customerFacts(db, customerId)
      const criteria = (await listCriteria(db, workspaceId, productId)).map(({ id, name, type, weight }) => {
        const rules = scoring.find((one) => one.id === id)?.profile ?? []
        const judged = rules.length > 0 ? scoreProfile(rules, customer) : null
        const score = judged?.score ?? latest.get(id)?.score ?? null
        return { id, name, type, weight, score, contributions: judged?.contributions ?? [] }
      })
      const scored = criteria.flatMap(({ score, weight }) => (score === null ? [] : [{ score, weight }]))
      return { score: productScore(scored), criteria }
    },
  ),
] as const
