import { z } from 'zod'
import type { App } from '../app.ts'
import { invalidField, notFound } from '../errors.ts'
import { idParams, instant, route } from '../http/route.ts'
import { content } from '../http/stream.ts'
import { audit } from '../workspaces/audit.ts'
import { analyze, analyzeEarlier, groupings, sharedGroupings } from './analyze.ts'
import { lookAtCalendar } from './calendar.ts'
import { compareBranches, metrics } from './comparison.ts'
import { calendarCsv, comparisonCsv, csvTables, eventsCsv, liftCsv, tableCsv } from './csv.ts'
import { definitions } from './definitions.ts'
import { funnelBody } from './funnel.ts'
import { analyzeNode } from './node.ts'
import { findCampaigns, findZone, type Scope } from './queries.ts'
import { rangeBefore } from './range.ts'
import { rangeBody, readScope, type ScopeQuery, scopeQuery } from './scope.ts'

const count = z.number().int()
const share = z.number().nullable()
const counts = z.record(z.string(), count)

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
    ended: count,
    errors: count,
    sent: count,
    delivered: count,
    opened: count,
    clicked: count,
    replied: count,
  },
  edges: z.array(z.object({ when: z.string().nullable(), target: z.string().nullable(), count, share })),
})

const stagesBody = z.object({
  ...{ came: count, passed: count, here: count, errors: count },
  sent: count.nullable().meta({ description: 'Null where no channel of its messages can tell: not the same as 0.' }),
  ...{ delivered: count.nullable(), opened: count.nullable(), clicked: count.nullable(), replied: count.nullable() },
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

/** With `compare=previous`: the range of the same length just before. */
const previousBody = z.object({ range: rangeOut, funnel: funnelBody, messages: z.object(messageFigures) }).optional()

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
  previous: previousBody,
})

const compare = z
  .enum(['previous'])
  .optional()
  .meta({ description: 'Also answers with the range of the same length before this one, as `previous`.' })

/** The numbers of the range before, where they are wanted. @throws Problem `invalid` when there is none */
async function readPrevious(app: App, scope: Scope, wanted: 'previous' | undefined) {
  if (wanted === undefined) return {}
  const range = rangeBefore(scope.range, new Date())
  return { previous: { range: rangeBody(range), ...(await analyzeEarlier(app.db, { ...scope, range })) } }
}

/** A campaign of the workspace and the filters of a query. @throws Problem `not_found`, `invalid` */
export async function readAsked(app: App, workspaceId: number, id: string, query: ScopeQuery) {
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

const comparisonBody = z.object({
  comparisons: z.array(
    z.object({
      nodeId: z.string(),
      title: z.string(),
      metric: z.enum(metrics),
      branches: z.array(
        z.object({ key: z.string(), label: z.string(), n: count, reached: count, share, expected: z.number() }),
      ),
      shareCheck: z.object({ ok: z.boolean() }),
      against: z.array(
        z.object({ key: z.string(), label: z.string(), difference: z.number(), low: z.number(), high: z.number() }),
      ),
      best: z.string().nullable(),
      state: z.enum(['empty', 'mismatch', 'settled', 'open']),
      sentence: z.string(),
      daysToSettle: count.nullable(),
    }),
  ),
  lifts: z.array(
    z.object({
      goalId: z.string().nullable(),
      label: z.string(),
      written: z.object({ n: count, reached: count }),
      held: z.object({ n: count, reached: count }),
      difference: z.object({ difference: z.number(), low: z.number(), high: z.number() }).nullable(),
      sentence: z.string(),
    }),
  ),
})

const refuseBoth = (groupBy: string | undefined, branch: string | undefined) => {
  if (groupBy !== 'branch' || branch === undefined) return
  throw invalidField(
    'groupBy',
    'ambiguous',
    'Give either a branch or groupBy=branch: who took one branch of a split took no other.',
  )
}

/** The filters of analytics of several campaigns. */
export const workspaceQuery = scopeQuery.omit({ version: true, branch: true }).extend({
  groupBy: z.enum(sharedGroupings).optional(),
  compare,
  campaigns: z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: 'Ids of campaigns, with commas between; all of the workspace without.' }),
})

/** The campaigns that a query names, or all, and what is asked of them. @throws Problem `not_found`, `invalid` */
export async function readShared(app: App, workspaceId: number, query: z.output<typeof workspaceQuery>) {
  const { campaigns: text, groupBy, compare: _compare, ...filters } = query
  const ids = text === undefined ? null : text.split(',').filter((id) => id !== '')
  const wrong = ids?.find((id) => !z.uuid().safeParse(id).success)
  if (wrong !== undefined || ids?.length === 0)
    throw invalidField('campaigns', 'no_ids', `“${wrong ?? ''}” is no id of a campaign.`)
  const campaigns = await findCampaigns(app.db, workspaceId, ids)
  if (ids && campaigns.length < new Set(ids).size) throw notFound('campaign')
  const scope = readScope(workspaceId, ids, filters, await findZone(app.db, workspaceId))
  return { campaigns, scope, filters, groupBy }
}

export const analyticsRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics',
      id: 'analyzeCampaign',
      summary: 'The funnel of a campaign: runs enrolled in a range, and how far each got',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.extend({ groupBy: z.enum(groupings).optional(), compare }),
      response: analyticsBody,
    },
    async ({ app, workspaceId, params, query }) => {
      const { groupBy, compare, ...filters } = query
      refuseBoth(groupBy, filters.branch)
      const { campaign, scope } = await readAsked(app, workspaceId, params.id, filters)
      return {
        range: rangeBody(scope.range),
        filters: filtersOf(filters),
        ...(await analyze(app.db, scope, groupBy, [campaign])),
        ...(await readPrevious(app, scope, compare)),
      }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics/nodes/:nodeId',
      id: 'analyzeNode',
      summary: 'What happened at one step: as a whole, by the day of enrolling, and by the branches that were taken',
      access: 'campaigns.read',
      params: idParams.extend({ nodeId: z.string().max(200) }),
      query: scopeQuery,
      response: z.object({
        ...{ nodeId: z.string(), title: z.string(), type: z.string(), current: z.boolean() },
        whole: stagesBody,
        series: z.array(stagesBody.extend({ day: z.string() })),
        branches: z.array(stagesBody.extend({ key: z.string(), label: z.string() })),
      }),
    },
    async ({ app, workspaceId, params, query }) => {
      const { scope } = await readAsked(app, workspaceId, params.id, query)
      const detail = await analyzeNode(app.db, params.id, scope, params.nodeId)
      if (!detail) throw notFound('step')
      return detail
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics/comparison',
      id: 'compareBranches',
      summary:
        'The branches of each random split beside one another, with an interval that holds however often you look',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.omit({ branch: true }).extend({ metric: z.enum(metrics).optional() }),
      response: comparisonBody,
    },
    async ({ app, workspaceId, params, query }) => {
      const { metric, ...filters } = query
      const { scope } = await readAsked(app, workspaceId, params.id, filters)
      return await compareBranches(app.db, params.id, scope, metric)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/analytics.csv',
      id: 'exportAnalytics',
      summary:
        'A table of the analytics as CSV, or the raw events, streamed; cells that a spreadsheet would run are marked',
      access: 'campaigns.read',
      params: idParams,
      query: scopeQuery.extend({
        table: z.enum(csvTables).optional().meta({ description: 'The funnel without one; with groupBy its groups.' }),
        groupBy: z.enum(groupings).optional(),
        metric: z.enum(metrics).optional(),
      }),
      response: content,
      media: 'text/csv; charset=utf-8',
    },
    async (context) => {
      const { app, workspaceId, params, query, header } = context
      const { table, groupBy: asked, metric, ...filters } = query
      const shown = table ?? (asked === undefined ? 'funnel' : 'groups')
      const groupBy =
        shown === 'nodes' || shown === 'edges' ? 'node' : (asked ?? (shown === 'groups' ? 'product' : undefined))
      refuseBoth(groupBy, filters.branch)
      const { campaign, scope } = await readAsked(app, workspaceId, params.id, filters)
      header('content-disposition', `attachment; filename="analytics-${shown}.csv"`)
      if (shown === 'events') {
        await audit(app.db, context, 'analytics.exported', 'campaign', params.id, { table: shown })
        return eventsCsv(app.db, params.id, scope)
      }
      if (shown === 'comparison' || shown === 'lift') {
        const { comparisons, lifts } = await compareBranches(app.db, params.id, scope, metric)
        return shown === 'lift' ? liftCsv(lifts) : comparisonCsv(comparisons)
      }
      if (shown === 'calendar') return calendarCsv(await lookAtCalendar(app.db, params.id, scope))
      return tableCsv(await analyze(app.db, scope, groupBy, [campaign]), shown)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/analytics',
      id: 'analyzeWorkspace',
      summary: 'The funnel of the workspace, or of some campaigns beside one another',
      access: 'campaigns.read',
      query: workspaceQuery,
      response: analyticsBody,
    },
    async ({ app, workspaceId, query }) => {
      const { campaigns, scope, filters, groupBy } = await readShared(app, workspaceId, query)
      return {
        range: rangeBody(scope.range),
        filters: filtersOf({ ...filters, version: undefined, branch: undefined }),
        ...(await analyze(app.db, scope, groupBy, campaigns)),
        ...(await readPrevious(app, scope, query.compare)),
      }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/analytics.csv',
      id: 'exportWorkspaceAnalytics',
      summary: 'A table of the workspace’s analytics as CSV',
      access: 'campaigns.read',
      query: workspaceQuery.extend({
        table: z.enum(['funnel', 'groups', 'series', 'exits', 'skipped', 'messages']).optional(),
      }),
      response: content,
      media: 'text/csv; charset=utf-8',
    },
    async ({ app, workspaceId, query, header }) => {
      const { table, ...asked } = query
      const shown = table ?? (asked.groupBy === undefined ? 'funnel' : 'groups')
      const { campaigns, scope, groupBy } = await readShared(app, workspaceId, asked)
      header('content-disposition', `attachment; filename="analytics-${shown}.csv"`)
      return tableCsv(
        await analyze(app.db, scope, groupBy ?? (shown === 'groups' ? 'campaign' : undefined), campaigns),
        shown,
      )
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
