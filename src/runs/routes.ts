import { z } from 'zod'
import type { App } from '../app.ts'
import { findState } from '../campaigns/queries.ts'
import { notFound } from '../errors.ts'
import { pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, numberParams, route } from '../http/route.ts'
import { type deeds, interveneAtNode, interveneInRun } from './intervene-sql.ts'
import { listRuns } from './list-queries.ts'
import { describeNow } from './now.ts'
import { findGoals, findRun, findSteps, type Run, type Standing } from './queries.ts'
import { explain } from './why.ts'
import { gatherWhy } from './why-sql.ts'

const statuses = ['running', 'succeeded', 'canceled', 'failed'] as const

/** A run as lists of runs answer it. */
export const runBody = z.object({
  id: z.number().int(),
  campaignId: z.uuid(),
  customer: z.object({
    id: z.uuid(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    email: z.string().nullable(),
  }),
  entry: z.number().int(),
  status: z.enum(statuses),
  reason: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string(), nodeId: z.string() }).nullable(),
  nodeId: z.string(),
  wakeAt: instant.nullable(),
  remainingMs: z.number().int().nonnegative().nullable(),
  productId: z.uuid().nullable(),
  version: z.number().int().nullable(),
  startedAt: instant,
  finishedAt: instant.nullable(),
})

const nowBody = z.object({ text: z.string(), until: instant.nullable() }).nullable()

const whyBody = z.object({ code: z.string(), text: z.string(), values: z.record(z.string(), z.unknown()).optional() })

const runDetailBody = runBody.extend({
  nodeTitle: z.string().nullable().meta({ description: 'What the step is called at which it stands.' }),
  now: nowBody,
  goals: z
    .array(
      z.object({
        nodeId: z.string(),
        title: z.string().nullable(),
        at: instant,
        why: whyBody.nullable(),
      }),
    )
    .meta({ description: 'The goals that it reached within 30 days of the enrollment, also after it ended.' }),
  steps: z.array(
    z.object({
      seq: z.number().int(),
      nodeId: z.string(),
      type: z.string().nullable(),
      title: z.string().nullable(),
      label: z
        .string()
        .nullable()
        .meta({ description: 'The way out that was taken: "" is the default, null the end of the run.' }),
      output: z.record(z.string(), z.unknown()).nullable(),
      why: whyBody.nullable(),
      enteredAt: instant,
      at: instant,
    }),
  ),
})

async function readRun(app: App, workspaceId: number, id: number) {
  const run: (Run & Standing) | undefined = await findRun(app.db, workspaceId, id)
  if (!run) throw notFound('run')
  const {
    awaiting: _awaiting,
    attempt: _attempt,
    campaignStatus: _status,
    message: _message,
    sendAfter: _sendAfter,
    turnUntil: _turnUntil,
    ...shown
  } = run
  const goals = await findGoals(app.db, workspaceId, id)
  return { ...shown, now: describeNow(run), goals, steps: await findSteps(app.db, workspaceId, id) }
}

const summaries = {
  cancel: 'End a run',
  retry: 'Try the node again at which a run erred',
  skip: 'Leave the node at which a run erred by its default way out',
  exit: 'End a run that erred as failed',
} as const

const one = <const Deed extends (typeof deeds)[number]>(deed: Deed) =>
  route(
    {
      method: 'POST',
      path: `/runs/:id/${deed}` as const,
      id: `${deed}Run`,
      summary: summaries[deed],
      access: 'campaigns.run',
      params: numberParams,
      body: z.strictObject({}).optional(),
      response: runDetailBody,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      await interveneInRun(app.db, context, params.id, deed)
      return await readRun(app, workspaceId, params.id)
    },
  )

const all = <const Deed extends 'retry' | 'skip' | 'exit'>(deed: Deed) =>
  route(
    {
      method: 'POST',
      path: `/campaigns/:id/runs/${deed}` as const,
      id: `${deed}Runs`,
      summary: `${summaries[deed]}: all that stand at one node with an error`,
      access: 'campaigns.run',
      params: idParams,
      body: z.strictObject({ nodeId: z.string().min(1).max(200) }),
      response: z.object({ changed: z.number().int().nonnegative() }),
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, params, body } = context
      return { changed: await interveneAtNode(app.db, context, params.id, body.nodeId, deed) }
    },
  )

/** `next`: when they go on. */
const sorts = { startedAt: sortKey.instant, status: sortKey.instant, next: sortKey.instant }

const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

export const runRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/runs',
      id: 'listRuns',
      summary: 'Who is or was in a campaign',
      access: 'campaigns.read',
      params: idParams,
      query: sortedQuery(sorts, '-startedAt').extend({
        status: z.enum(statuses).optional(),
        reason: z.string().max(100).optional(),
        nodeId: z.string().max(200).optional(),
        here: flag.optional(),
        failing: flag.optional(),
        ended: flag.optional().meta({ description: 'Those that are over, however they ended.' }),
        overdue: flag
          .optional()
          .meta({ description: 'Live ones whose wait is over by the wall clock, as if there had been no pause.' }),
        firingId: z.uuid().optional().meta({ description: 'Those that this firing enrolled; not whom it held out.' }),
        version: z.coerce.number().int().min(1).optional(),
        goal: z.string().max(200).optional().meta({ description: 'Those that reached the goal of this node.' }),
        customerId: z.uuid().optional(),
        q: z.string().trim().max(200).optional().meta({ description: 'Words of the customer’s name or contacts.' }),
      }),
      response: sortedPageOf(runBody),
    },
    async ({ app, workspaceId, params, query }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      const { page, filter } = pageRequest(query, sorts, sortKey.number)
      const found = await listRuns(app.db, workspaceId, { ...filter, campaignId: params.id }, page)
      return sortedPage(found, query.sort)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/runs/:id',
      id: 'getRun',
      summary: 'One passage: each step, why it went that way, and what it waits for now',
      access: 'campaigns.read',
      params: numberParams,
      response: runDetailBody,
    },
    async ({ app, workspaceId, params }) => await readRun(app, workspaceId, params.id),
  ),
  route(
    {
      method: 'GET',
      path: '/customers/:id/why',
      id: 'explainCustomer',
      summary: 'Why a customer is in a campaign, or is not',
      access: 'campaigns.read',
      params: idParams,
      query: z.strictObject({ campaignId: z.uuid() }),
      response: z.object({
        in: z.boolean(),
        because: z.array(z.object({ code: z.string(), text: z.string() })),
        run: z
          .object({
            id: z.number().int(),
            entry: z.number().int(),
            status: z.enum(statuses),
            reason: z.string().nullable(),
            now: nowBody,
            finishedAt: instant.nullable(),
          })
          .nullable(),
      }),
    },
    async ({ app, workspaceId, params, query }) => {
      const facts = await gatherWhy(app.db, workspaceId, params.id, query.campaignId)
      return { ...explain(facts), run: facts.run }
    },
  ),
  one('cancel'),
  one('retry'),
  one('skip'),
  one('exit'),
  all('retry'),
  all('skip'),
  all('exit'),
] as const
