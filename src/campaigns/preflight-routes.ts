import { z } from 'zod'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, pageOf, pageQuery, route } from '../http/route.ts'
import { audience, withoutRepeats } from './audience.ts'
import { previewAudience } from './audience-preview.ts'
import { givenGraph, graphFrom } from './given-graph.ts'
import { preflight, preflightElsewhere, preflightExamples, preflightPeople } from './preflight.ts'
import { waterfallLines } from './preflight-sql.ts'

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
        campaignId: z.uuid().optional().meta({ description: 'Leaves out who is in this campaign or went through it.' }),
      }),
      response: z.object({
        matched: count,
        steps,
        willEnroll: count,
        reachable: count,
        sample: z.array(named.extend({ because: z.array(z.string()) })),
        customer: z.object({ in: z.boolean(), reason: z.string(), text: z.string() }).optional(),
      }),
    },
    async ({ app, workspaceId, body, signal }) => await previewAudience(app, workspaceId, body, signal),
  ),
] as const
