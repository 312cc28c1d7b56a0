import { z } from 'zod'
import type { App } from '../app.ts'
import { type FiringAudience, namedCustomers, outcomeAudience } from '../campaigns/audience.ts'
import { requireCustomers } from '../campaigns/audience-sql.ts'
import { requireState } from '../campaigns/lifecycle.ts'
import { type LockedCampaign, lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { findState } from '../campaigns/queries.ts'
import { bulkFilter } from '../customers/bulk-input.ts'
import { countCustomers } from '../customers/list-queries.ts'
import { requireFilter } from '../customers/routes.ts'
import { invalidField, notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { manualTrigger } from '../triggers/campaign-triggers-sql.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { addFiring, type Firing, type FiringType, findFiring, listFirings, momentNow } from './queries.ts'

const count = z.number().int().nonnegative()

/** A firing in a list. */
export const firingBody = z.object({
  id: z.uuid(),
  campaignId: z.uuid(),
  triggerId: z.uuid().nullable(),
  customerId: z.uuid().nullable().meta({ description: 'The one customer whom it is about.' }),
  type: z.string().meta({ description: 'keep, manual, enroll, re-enroll, schedule, webhook, event or test' }),
  status: z.enum(['scheduled', 'running', 'held', 'done', 'stopped', 'refused', 'failed', 'missed']),
  times: z
    .int()
    .positive()
    .meta({ description: 'How many firings this row sums up: missed or refused ones, or events.' }),
  total: count.nullable().meta({ description: 'How many it is to look at, where that was counted beforehand.' }),
  matched: count,
  enrolled: count,
  skipped: z.record(z.string(), count),
  error: z.string().nullable(),
  by: z.string(),
  startedAt: instant,
  finishedAt: instant.nullable(),
})

/** A firing by itself, with what its trigger said. */
export const firingDetailBody = firingBody.extend({
  payload: z.unknown().optional().meta({ description: 'What {{trigger.payload}} is for those whom it enrolled.' }),
})

/**
 * Fires under the campaign's lock, shared: it is active now, and a pause that comes right after holds the firing.
 * @throws Problem `wrong_state` unless active; for Run now also when triggers alone decide who enrolls
 */
async function fire(
  app: App,
  context: AuditContext,
  campaignId: string,
  type: FiringType,
  of: (campaign: LockedCampaign) => { audience: FiringAudience | null; excludeSegmentId: string | null },
  graceSeconds = 0,
): Promise<Firing> {
  const { workspaceId, actor } = context
  return await app.db.transaction().execute(async (tx) => {
    const campaign = await lockCampaign(tx, workspaceId, campaignId, 'shared')
    requireState(campaign.status, type === 'manual' ? 'run' : 'enroll')
    const { audience, excludeSegmentId } = of(campaign)
    if (!audience) throw invalidField('audience', 'required', 'The campaign has no audience.')
    if (audience.type === 'list' && type !== 'manual') {
      await requireCustomers(tx, workspaceId, audience.customerIds, 'customerIds')
    }
    const triggerId = type === 'manual' ? await manualTrigger(tx, campaignId) : null
    const firing = {
      workspaceId,
      campaignId,
      type,
      audience,
      excludeSegmentId,
      graceSeconds,
      by: actor.text,
      triggerId,
    }
    const id = await addFiring(tx, firing)
    await audit(tx, context, `campaign.${type === 'manual' ? 'run' : type}`, 'campaign', campaignId, { firingId: id })
    const added = await findFiring(tx, workspaceId, id)
    if (!added) throw new Error('A firing vanished while it was added.')
    return added
  })
}

const list = (customerIds: readonly string[]): FiringAudience => ({
  type: 'list',
  customerIds: [...new Set(customerIds)],
})

/** Whom a filter matches now; their number only where that is counted in a moment. @throws Problem `invalid`, `not_found` */
async function filtered(
  { app, workspaceId, signal }: { app: App; workspaceId: number; signal: AbortSignal },
  filter: z.output<typeof bulkFilter>,
): Promise<FiringAudience> {
  await requireFilter(app.db, workspaceId, filter)
  const until = await momentNow(app.db)
  const { count, exact } = await countCustomers(app.db, workspaceId, filter, signal)
  return { type: 'filter', filter, until, total: exact ? count : null }
}

export const firingRoutes = [
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/run',
      id: 'runCampaign',
      summary: 'Run now: enroll the current audience',
      access: 'campaigns.run',
      params: idParams,
      body: z.strictObject({ graceSeconds: z.number().int().min(0).max(3_600).default(0) }).optional(),
      response: firingBody,
      status: 202,
      idempotent: true,
      errors: ['wrong_state'],
    },
    async (context) =>
      await fire(context.app, context, context.params.id, 'manual', (campaign) => campaign, context.body?.graceSeconds),
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/enroll',
      id: 'enrollCustomers',
      summary: 'Enroll these customers, whatever the audience says',
      access: 'campaigns.run',
      params: idParams,
      body: z
        .strictObject({
          customerIds: namedCustomers.optional(),
          filter: bulkFilter.optional().meta({
            description: 'Instead: all whom a list of customers shows, however many, as it is now.',
          }),
        })
        .refine(({ customerIds, filter }) => (customerIds === undefined) !== (filter === undefined), {
          message: 'Give either customerIds or filter.',
          path: ['customerIds'],
          params: { code: 'required' },
        }),
      response: firingBody,
      status: 202,
      idempotent: true,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { customerIds, filter } = context.body
      const audience = filter ? await filtered(context, filter) : list(customerIds ?? [])
      return await fire(context.app, context, context.params.id, 'enroll', () => ({ audience, excludeSegmentId: null }))
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/re-enroll',
      id: 'reEnrollCustomers',
      summary: 'Send customers through again who went through',
      access: 'campaigns.re-enroll',
      params: idParams,
      body: z.union([
        z.strictObject({ customerIds: namedCustomers }),
        z.strictObject({ outcome: outcomeAudience.omit({ type: true }) }),
      ]),
      response: firingBody,
      status: 202,
      idempotent: true,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { body } = context
      const audience: FiringAudience = 'outcome' in body ? { type: 'outcome', ...body.outcome } : list(body.customerIds)
      return await fire(context.app, context, context.params.id, 're-enroll', () => ({
        audience,
        excludeSegmentId: null,
      }))
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/firings',
      id: 'listFirings',
      summary: 'What made customers enroll, newest first',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(firingBody),
    },
    async ({ app, workspaceId, params, query }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      const before = decodeCursor(query.cursor, z.uuid())
      const rows = await listFirings(app.db, workspaceId, { campaignId: params.id }, { limit: query.limit, before })
      return page(rows, query.limit, (row) => row.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/firings/:id',
      id: 'getFiring',
      summary: 'Follow one firing',
      access: 'campaigns.read',
      params: idParams,
      response: firingDetailBody,
    },
    async ({ app, workspaceId, params }) => {
      const firing = await findFiring(app.db, workspaceId, params.id)
      if (!firing) throw notFound('firing')
      return firing
    },
  ),
] as const
