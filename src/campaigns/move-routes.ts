import { z } from 'zod'
import { notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { activate } from './activate-sql.ts'
import { campaignDetailBody, moveBody, readCampaign } from './crud-routes.ts'
import { type Move, wrongState } from './lifecycle.ts'
import { type MoveOptions, moveCampaign } from './lifecycle-sql.ts'
import { lookAtComplete, lookAtResume } from './look-ahead.ts'
import { findCampaign, findState, listMoves } from './queries.ts'

const count = z.number().int().nonnegative()
const sending = z.object({
  messages: count,
  pace: z
    .object({
      seconds: count,
      limit: z.object({ count: z.number(), per: z.enum(['second', 'hour', 'day']) }).nullable(),
    })
    .meta({ description: 'How long their slowest sender takes by its limits.' }),
})

const leavingPause = z
  .strictObject({
    waits: z
      .enum(['keep', 'continue'])
      .default('keep')
      .meta({ description: 'Leaving a pause: keep what was left of every wait, or count the pause as elapsed.' }),
    spreadHours: z
      .number()
      .positive('Give the hours over which the overdue go on, or leave it out.')
      .max(720, 'At most 720 hours, which is 30 days.')
      .optional()
      .meta({ description: 'Leaving a pause: whoever is overdue goes on evenly over so many hours.' }),
  })
  .optional()
const noBody = z.strictObject({}).optional()
const errors = ['wrong_state', 'stale_version'] as const

/** A move that takes nothing but, where it may leave a pause, what becomes of the waits. */
const move = <const Path extends string, Body extends z.ZodType>(
  name: Exclude<Move, 'activate' | 'pause'>,
  path: Path,
  summary: string,
  body: Body,
) =>
  route(
    {
      method: 'POST',
      path,
      id: `${name}Campaign`,
      summary,
      access: 'campaigns.run',
      params: idParams,
      body,
      response: campaignDetailBody,
      errors: [...errors],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      const options: MoveOptions = { guard: (version) => requireVersion(ifMatch, version) }
      const chosen = leavingPause.parse(context.body)
      if (chosen) options.waits = chosen.waits
      if (chosen?.spreadHours) options.spreadHours = chosen.spreadHours
      await moveCampaign(app.db, context, params.id, name, options)
      return await readCampaign({ app, workspaceId, id: params.id })
    },
  )

export const campaignMoveRoutes = [
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/activate',
      id: 'activateCampaign',
      summary: 'Check a draft, publish its workflow and begin',
      access: 'campaigns.run',
      params: idParams,
      body: z
        .strictObject({
          enroll: z
            .enum(['now', 'keep', 'none'])
            .optional()
            .meta({ description: 'keep unless said; not with schedule, webhook or event triggers.' }),
          holdoutPercent: z.number().min(0).max(50).default(0),
          graceSeconds: z.number().int().min(0).max(3_600).default(0),
        })
        .optional(),
      response: campaignDetailBody,
      errors: [...errors, 'not_ready', 'invalid_workflow'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const guard = (version: number) => requireVersion(ifMatch, version)
      await activate(app, context, params.id, body ?? { holdoutPercent: 0, graceSeconds: 0 }, guard)
      return await readCampaign({ app, workspaceId, id: params.id })
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/pause',
      id: 'pauseCampaign',
      summary: 'Freeze everyone inside',
      access: 'campaigns.run',
      params: idParams,
      body: z.strictObject({}).optional(),
      response: campaignDetailBody.extend({
        inHand: count.meta({ description: 'Messages that a provider already held; nothing else is handed over.' }),
      }),
      errors: [...errors],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      const guard = (version: number) => requireVersion(ifMatch, version)
      const { inHand } = await moveCampaign(app.db, context, params.id, 'pause', { guard })
      return { ...(await readCampaign({ app, workspaceId, id: params.id })), inHand }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/resume-preview',
      id: 'previewResume',
      summary: 'Who is overdue in a paused campaign, and how many go on at once when it is resumed or completed',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({
        pausedAt: instant,
        inside: count,
        overdue: count.meta({ description: 'Customers whose wait is over by the wall clock.' }),
        exact: z.boolean().meta({ description: 'False when they are so many that a sample tells how many.' }),
        atOnce: z.object({ keep: count, continue: count }),
        nodes: z.array(
          z.object({
            nodeId: z.string(),
            title: z.string(),
            overdue: count,
            anyway: count.meta({ description: 'Of them: those who go on at once also when waits are kept.' }),
          }),
        ),
        queuedMessages: count,
        sending: z
          .object({ keep: sending, continue: sending })
          .meta({ description: 'What is sent at once: what is queued, and the next message of those who go on.' }),
        enrolling: z.object({
          firings: count.meta({ description: 'Firings that the pause holds and that go on.' }),
          customers: count.nullable().meta({
            description:
              'Whom they, and what matches by now where the campaign keeps enrolling, bring in at most; null when it would take too long to count.',
          }),
        }),
      }),
      errors: ['wrong_state'],
    },
    async ({ app, workspaceId, params }) => {
      const campaign = await findCampaign(app.db, workspaceId, params.id)
      if (!campaign) throw notFound('campaign')
      const found = await lookAtResume(app, workspaceId, campaign)
      if (!found) throw wrongState(campaign.status, 'resume')
      return { ...found, inside: campaign.counts.inside }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/complete-preview',
      id: 'previewComplete',
      summary: 'When the last of those inside are through if the campaign is completed: an estimate',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({
        inside: count,
        exact: z.boolean().meta({ description: 'False when they are so many that a sample tells how many.' }),
        last: z
          .object({
            keep: instant.nullable(),
            continue: instant.nullable(),
            atLeast: z.boolean().meta({ description: 'Of some, who are in `untold`, it cannot be told.' }),
          })
          .meta({ description: 'By what becomes of the waits; null when it can be told of nobody.' }),
        untold: z.array(
          z.object({
            nodeId: z.string(),
            title: z.string(),
            customers: count,
            because: z.enum(['error', 'endless', 'ahead']).meta({
              description:
                'error: they stand at an error · endless: they wait for something without a time limit · ahead: a wait of unknown length lies before them.',
            }),
          }),
        ),
      }),
    },
    async ({ app, workspaceId, params }) => await lookAtComplete(app, workspaceId, params.id),
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/moves',
      id: 'listCampaignMoves',
      summary: 'The history of a campaign’s status, newest first',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(moveBody.extend({ id: z.number().int() })),
    },
    async ({ app, workspaceId, params, query }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      const before = decodeCursor(query.cursor, z.number().int())
      const rows = await listMoves(app.db, workspaceId, params.id, { limit: query.limit, before })
      return page(rows, query.limit, (row) => row.id)
    },
  ),
  move(
    'resume',
    '/campaigns/:id/resume',
    'Go on; waits are kept, or continue as if there had been no pause',
    leavingPause,
  ),
  move('complete', '/campaigns/:id/complete', 'Enroll nobody any more and let everyone inside finish', leavingPause),
  move('reopen', '/campaigns/:id/reopen', 'Enroll again', noBody),
  move('archive', '/campaigns/:id/archive', 'End for good; whoever is inside stops', noBody),
] as const
