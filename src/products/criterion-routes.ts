import { z } from 'zod'
import type { Tx } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import { idParams, instant, nothing, route } from '../http/route.ts'
import { changed } from '../http/version.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { paramsFaults, scoresItself } from './criterion-rules.ts'
import { type Criterion, getCriterion, getProduct, insertCriterion, listCriteria, updateCriterion } from './queries.ts'
import { startScoreJob } from './score-job-queries.ts'
import { defaultCriterion, weightsHint } from './scoring.ts'

const criterion = z.object({
  id: z.uuid(),
  productId: z.uuid(),
  name: z.string(),
  type: z.enum(['profile', 'engagement', 'conversation']),
  weight: z.number(),
  params: z.record(z.string(), z.unknown()),
  version: z.int(),
  createdAt: instant,
})
/** A criterion that was just written, with what its product's weights look like now. */
const written = criterion.extend({ hint: z.string().nullable() })

const fields = {
  name: z.string().trim().min(1, 'Give it a name.').max(200),
  type: z.enum(['profile', 'engagement', 'conversation']),
  weight: z.number().min(0).max(1),
  params: z
    .record(z.string(), z.unknown())
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 65_536, 'At most 64 KB.'),
}
const place = idParams.extend({ criterionId: z.uuid() })

/** @throws Problem `invalid` naming each field of the rules that is wrong for the type */
function requireParams({ type, params }: Pick<Criterion, 'type' | 'params'>): void {
  const faults = paramsFaults(type, params)
  if (faults.length === 0) return
  const errors = faults.map((fault) => ({ ...fault, code: 'invalid' }))
  throw new Problem('invalid', errors.map(({ message }) => message).join(' '), { errors })
}

/** Scores everybody by the rules that were just written. */
async function scoreAnew(tx: Tx, { workspaceId, actor }: AuditContext, written: Criterion): Promise<void> {
  const { id: criterionId, productId, type, params } = written
  if (!scoresItself(type, params)) return
  await startScoreJob(tx, { workspaceId, productId, criterionId, companyId: null, by: actor.text })
}

export const criterionRoutes = [
  route(
    {
      method: 'GET',
      path: '/products/:id/criteria',
      id: 'listCriteria',
      summary: 'A product’s fit criteria, which of them stands for it, and a hint when the weights do not add up to 1',
      access: 'products.read',
      params: idParams,
      response: z.object({
        items: z.array(criterion),
        nextCursor: z.null(),
        defaultCriterionId: z.uuid().nullable(),
        hint: z.string().nullable(),
      }),
    },
    async ({ app, workspaceId, params }) => {
      if (!(await getProduct(app.db, workspaceId, params.id))) throw notFound('product')
      const items = await listCriteria(app.db, workspaceId, params.id)
      return {
        items,
        nextCursor: null,
        defaultCriterionId: defaultCriterion(items)?.id ?? null,
        hint: weightsHint(items),
      }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/products/:id/criteria',
      id: 'createCriterion',
      summary: 'Adds a fit criterion to a product',
      access: 'products.write',
      params: idParams,
      body: z.strictObject({ ...fields, params: fields.params.default({}) }),
      response: written,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      requireParams(body)
      return await app.db.transaction().execute(async (tx) => {
        if (!(await getProduct(tx, workspaceId, params.id))) throw notFound('product')
        const made = await insertCriterion(tx, workspaceId, params.id, body)
        await scoreAnew(tx, context, made)
        await audit(tx, context, 'criterion.created', 'criterion', made.id, { productId: params.id, name: body.name })
        return { ...made, hint: weightsHint(await listCriteria(tx, workspaceId, params.id)) }
      })
    },
  ),
  route(
    {
      method: 'PATCH',
      path: '/products/:id/criteria/:criterionId',
      id: 'updateCriterion',
      summary: 'Changes the given fields of a criterion',
      access: 'products.write',
      params: place,
      body: z.strictObject(fields).partial(),
      response: written,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const { id: productId, criterionId: id } = params
      return await app.db.transaction().execute(async (tx) => {
        const row = await updateCriterion(tx, workspaceId, { productId, id }, ifMatch, body)
        const now = await changed(row, 'criterion', () => getCriterion(tx, workspaceId, productId, id))
        if (body.type !== undefined || body.params !== undefined) {
          requireParams(now)
          await scoreAnew(tx, context, now)
        }
        await audit(tx, context, 'criterion.updated', 'criterion', id, { fields: Object.keys(body) })
        return { ...now, hint: weightsHint(await listCriteria(tx, workspaceId, productId)) }
      })
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/products/:id/criteria/:criterionId',
      id: 'deleteCriterion',
      summary: 'Takes a criterion out of the scoring; its history stays',
      access: 'products.write',
      params: place,
      response: nothing,
      status: 204,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      const { id: productId, criterionId: id } = params
      await app.db.transaction().execute(async (tx) => {
        const row = await updateCriterion(tx, workspaceId, { productId, id }, ifMatch, { deleted: true })
        await changed(row, 'criterion', () => getCriterion(tx, workspaceId, productId, id))
        await audit(tx, context, 'criterion.deleted', 'criterion', id, { productId })
      })
      return undefined
    },
  ),
] as const
