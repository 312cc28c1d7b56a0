import { z } from 'zod'
import type { App } from '../app.ts'
import { invalidField, notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { findRuns } from '../runs/queries.ts'
import { runBody } from '../runs/routes.ts'
import { analyzeCampaign, groupings } from './campaign-analytics.ts'
import { definitions } from './definitions.ts'
import { pageOfRuns, shown } from './people-sql.ts'
import { findCampaigns, findZone } from './queries.ts'
import { rangeBody, readScope, type ScopeQuery, scopeQuery } from './scope.ts'
import { stages } from './stages.ts'

const count = z.number().int()
const share = z.number().nullable()
const counts = z.record(z.string(), count)

const funnelBody = z.array(
  z.object({
    stage: z.enum(stages),
    count,
    ofPrevious: share.meta({ description: 'From 0 to 1, of the stage before; replied: of delivered.' }),
    ofEnrolled: share,
    measured: z.boolean().meta({ description: 'False where no channel in view can tell: not the same as 0.' }),
  }),
)
const machineBody = z.object({ opened: count, clicked: count })

const messageFigures = {
  ...{ messages: count, sent: count, delivered: count, opened: count, clicked: count, replied: count, bounced: count },
  ...{ unconfirmed: count, machineOpened: count, machineClicked: count, unsubscribed: count, complained: count },
}

const nodeBody = z.object({
  type: z.string(),
  current: z.boolean(),
  ...{
    here: count,
    passed: count,
    errors: count,
    sent: count,
    delivered: count,
    opened: count,
    clicked: count,
    replied: count,
  },
  edges: z.array(z.object({ when: z.string().nullable(), target: z.string().nullable(), count, share })),
})

const filtersBody = z.object({
  channel: z.string().nullable(),
  productId: z.string().nullable(),
  version: count.nullable(),
  entry: z.string().nullable(),
  branch: z.string().nullable(),
})

const rangeOut = z.object({
  name: z.string(),
  from: instant.nullable(),
  to: instant.nullable(),
  timezone: z.string(),
})

const analyticsBody = z.object({
  range: rangeOut,
  filters: filtersBody,
  funnel: funnelBody,
  machine: machineBody,
  unconfirmed: count,
  skipped: counts,
  holdout: count,
  inside: count,
  exits: counts,
  messages: z.object({
    ...messageFigures,
    byProduct: z.array(z.object({ productId: z.string().nullable(), label: z.string(), ...messageFigures })),
  }),
  links: z.array(
    z.object({ nodeId: z.string(), title: z.string(), url: z.string(), customers: count, machines: count }),
  ),
  timeToReply: z
    .object({ replies: count, quantiles: z.array(z.object({ share: z.number(), seconds: count })) })
    .nullable(),
  series: z.array(z.object({ day: z.string(), funnel: counts })),
  groups: z
    .array(
      z.object({
        key: z.string(),
        label: z.string(),
        funnel: funnelBody,
        machine: machineBody,
        node: nodeBody.optional(),
      }),
    )
    .optional(),
})

/** A campaign of the workspace and the filters of a query. @throws Problem `not_found`, `invalid` */
async function readAsked(app: App, workspaceId: number, id: string, query: ScopeQuery) {
  const [campaign] = await findCampaigns(app.db, workspaceId, [id])
  if (!campaign) throw notFound('campaign')
  return { campaign, scope: readScope(workspaceId, [id], query, await findZone(app.db, workspaceId)) }
}

const filtersOf = ({ channel, productId, version, entry, branch }: ScopeQuery) => ({
  channel: channel ?? null,
  productId: productId ?? null,
  version: version ?? null,
  entry: entry ?? null,
  branch: branch ?? null,
})

export const analyticsRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics',
      id: 'analyzeCampaign',
      summary: 'The funnel of a campaign: runs enrolled in a range, and how far each got',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.extend({ groupBy: z.enum(groupings).optional() }),
      response: analyticsBody,
    },
    async ({ app, workspaceId, params, query }) => {
      const { groupBy, ...filters } = query
      if (groupBy === 'branch' && filters.branch !== undefined) {
        throw invalidField(
          'groupBy',
          'ambiguous',
          'Give either a branch or groupBy=branch: a customer who took one branch took no other.',
        )
      }
      const { campaign, scope } = await readAsked(app, workspaceId, params.id, filters)
      return {
        range: rangeBody(scope.range),
        filters: filtersOf(filters),
        ...(await analyzeCampaign(app.db, campaign, scope, groupBy)),
      }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics/people',
      id: 'listCountedRuns',
      summary: 'The passages behind a number of the analytics, newest first',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.extend({
        ...pageQuery.shape,
        show: z.enum(shown).default('enrolled'),
        nodeId: z.string().max(200).optional(),
        reason: z.string().max(100).optional(),
        when: z.string().max(200).optional(),
        url: z.string().max(500).optional(),
      }),
      response: pageOf(runBody),
    },
    async ({ app, workspaceId, params, query }) => {
      const { limit, cursor, show, nodeId, reason, when, url, ...filters } = query
      const { campaign, scope } = await readAsked(app, workspaceId, params.id, filters)
      const after = decodeCursor(cursor, z.number().int())
      const asked = { show, nodeId, reason, when, url }
      const ids = await pageOfRuns(app.db, params.id, campaign.status === 'archived', scope, asked, { after, limit })
      return page(await findRuns(app.db, workspaceId, ids), limit, (run) => run.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/analytics/definitions',
      id: 'defineAnalytics',
      summary: 'What each number of the analytics means',
      access: 'campaigns.read',
      response: z.record(z.string(), z.string()),
    },
    async () => definitions,
  ),
] as const
