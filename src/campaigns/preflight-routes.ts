import { z } from 'zod'
import { invalidField } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, pageOf, pageQuery, route } from '../http/route.ts'
import { findCap } from '../messages/cap-sql.ts'
import { countTimeoutMs } from '../segments/count-sql.ts'
import { readGuarded } from '../segments/guarded-sql.ts'
import { audience, withoutRepeats } from './audience.ts'
import { requireAudience } from './audience-sql.ts'
import { givenGraph, graphFrom } from './given-graph.ts'
import { preflight, preflightElsewhere, preflightExamples, preflightPeople, showWaterfall } from './preflight.ts'
import { countWaterfall, judgeCustomer, sampleAudience, waterfallLines } from './preflight-sql.ts'

const count = z.number().int().nonnegative()
const named = z.object({
  id: z.uuid(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  email: z.string().nullable(),
})
const steps = z.array(z.object({ reason: z.string(), count }))
const finding = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string().optional(),
  nodeId: z.string().optional(),
  edgeId: z.string().optional(),
  field: z.string().optional(),
  count: count.optional(),
})

/** A pre-flight as it is answered. */
const shown = z.object({
  ok: z.boolean(),
  blockers: z.array(finding),
  warnings: z.array(finding),
  passed: z.array(z.string()).meta({ description: 'What was checked and is in order, as sentences.' }),
  audienceSize: count,
  matched: count,
  steps,
  willEnroll: count,
  reachable: count,
  estimatedSends: count,
  estimatedDurationSeconds: count,
  firstSend: z
    .object({
      nodeId: z.string(),
      afterMs: count.nullable().meta({ description: 'After they enter; null when that is not known.' }),
      sender: z.string(),
      pace: z.object({
        seconds: count,
        limit: z.object({ count: z.number().positive(), per: z.enum(['second', 'hour', 'day']) }).nullable(),
      }),
    })
    .nullable()
    .meta({ description: 'The first message that everybody gets, and how long it takes to send.' }),
  longest: z
    .object({ ms: count, atLeast: z.boolean() })
    .nullable()
    .meta({ description: 'From entering to the end on the slowest way; at least, when a wait has no known length.' }),
  triggers: z.array(z.object({ id: z.uuid(), type: z.string(), sentence: z.string() })).meta({
    description: 'The enabled triggers that fire by themselves; with one of them nobody enrolls at activation.',
  }),
})

export const preflightRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/preflight',
      id: 'preflightCampaign',
      summary: 'What stands in the way of activating, who would enroll and how much would be sent',
      access: 'campaigns.read',
      params: idParams,
      query: z.strictObject({
        people: z
          .literal('false')
          .transform(() => false)
          .optional()
          .meta({ description: '`false`: only what is checked, at once; every number of people is 0.' }),
      }),
      response: shown,
    },
    async ({ app, workspaceId, params, query }) => await preflight(app, workspaceId, params.id, query),
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/preflight',
      id: 'preflightGraph',
      summary: 'The pre-flight of a graph that is sent, as if it were the draft; stores nothing',
      access: 'campaigns.read',
      params: idParams,
      body: z.strictObject({ graph: z.strictObject(givenGraph) }),
      response: shown,
      bodyLimit: 4 * 1024 * 1024,
    },
    async ({ app, workspaceId, params, body }) =>
      await preflight(app, workspaceId, params.id, { proposed: graphFrom(body.graph) }),
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/preflight/people',
      id: 'listPreflightPeople',
      summary: 'The customers behind one line of the waterfall',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery.extend({
        line: z.enum(waterfallLines).default('matched'),
        missing: z
          .string()
          .max(200)
          .optional()
          .meta({ description: 'Only who has no such field, e.g. firstName or attributes.plan.' }),
        alsoIn: z.uuid().optional().meta({ description: 'Only who is in this campaign now.' }),
      }),
      response: pageOf(named),
    },
    async ({ app, workspaceId, params, query }) => {
      const { cursor, ...of } = query
      const after = decodeCursor(cursor, z.uuid())
      const rows = await preflightPeople(app, workspaceId, params.id, { ...of, after })
      return page(rows, of.limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/preflight/examples',
      id: 'drawPreflightExamples',
      summary: 'Some of those who would get the first message, by chance, and the one with the most blanks in it',
      access: 'campaigns.read',
      params: idParams,
      query: z.strictObject({ seed: z.string().max(100).default('') }),
      response: z.object({
        nodeId: z.string().nullable().meta({ description: 'The first message; null when there is none.' }),
        items: z.array(named),
        emptiest: named
          .extend({ missing: z.array(z.string()).meta({ description: 'Fields that the message names.' }) })
          .nullable(),
      }),
    },
    async ({ app, workspaceId, params, query }) => await preflightExamples(app, workspaceId, params.id, query.seed),
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/preflight/elsewhere',
      id: 'listPreflightElsewhere',
      summary: 'Other active campaigns in which some of those who would enroll are now',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({ items: z.array(z.object({ id: z.uuid(), name: z.string(), count })) }),
    },
    async ({ app, workspaceId, params }) => ({ items: await preflightElsewhere(app, workspaceId, params.id) }),
  ),
  route(
    {
      method: 'POST',
      path: '/audience/preview',
      id: 'previewAudience',
      summary: 'Whom an audience matches, and whether one customer is in it',
      access: 'campaigns.read',
      body: z.strictObject({
        audience: audience.transform(withoutRepeats),
        excludeSegmentId: z.uuid().nullish(),
        customerId: z.uuid().optional(),
      }),
      response: z.object({
        matched: count,
        steps,
        willEnroll: count,
        reachable: count,
        sample: z.array(named),
        customer: z.object({ in: z.boolean(), reason: z.string(), text: z.string() }).optional(),
      }),
    },
    async ({ app, workspaceId, body, signal }) => {
      const { audience: given, customerId } = body
      const excludeSegmentId = body.excludeSegmentId ?? null
      await requireAudience(app.db, workspaceId, { audience: given, excludeSegmentId })
      const cap = await findCap(app.db, workspaceId)
      const guard = { timeoutMs: countTimeoutMs, signal }
      const { waterfall, sample } = await readGuarded(app.db, guard, async (tx) => ({
        waterfall: await countWaterfall(tx, workspaceId, given, { excludeSegmentId, cap }),
        sample: await sampleAudience(tx, workspaceId, given, excludeSegmentId, 10),
      }))
      const { audienceSize: _, ...people } = showWaterfall(waterfall)
      if (customerId === undefined) return { ...people, sample }
      const judged = await judgeCustomer(app.db, workspaceId, given, excludeSegmentId, customerId)
      if (!judged)
        throw invalidField('customerId', 'unknown_customer', `There is no customer ${customerId} in this workspace.`)
      return { ...people, sample, customer: verdict(judged) }
    },
  ),
] as const

/** In or out, and by which rule. */
function verdict({ matched, excluded, archived, failing }: NonNullable<Awaited<ReturnType<typeof judgeCustomer>>>) {
  const rules = failing.length > 0 ? ` What fails: ${failing.join('; ')}.` : ''
  if (!matched) return { in: false, reason: 'not-matched', text: `They are not in the audience.${rules}` }
  if (excluded) return { in: false, reason: 'excluded', text: 'They are in the segment that is excluded.' }
  if (archived) return { in: false, reason: 'archived', text: 'They are archived.' }
  return { in: true, reason: 'matched', text: 'They are in the audience.' }
}
