import { z } from 'zod'
import { idParams, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { activate } from './activate-sql.ts'
import { campaignDetailBody, readCampaign } from './crud-routes.ts'
import type { Move } from './lifecycle.ts'
import { type MoveOptions, moveCampaign } from './lifecycle-sql.ts'

const leavingPause = z.strictObject({ waits: z.enum(['keep', 'continue']).default('keep') }).optional()
const errors = ['wrong_state', 'stale_version'] as const

/** A move that takes nothing but, where it may leave a pause, what becomes of the waits. */
const move = <const Path extends string>(name: Exclude<Move, 'activate' | 'pause'>, path: Path, summary: string) =>
  route(
    {
      method: 'POST',
      path,
      id: `${name}Campaign`,
      summary,
      access: 'campaigns.run',
      params: idParams,
      body: name === 'resume' || name === 'complete' ? leavingPause : z.strictObject({}).optional(),
      response: campaignDetailBody,
      errors: [...errors],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      const waits = context.body && 'waits' in context.body ? context.body.waits : undefined
      const options: MoveOptions = { guard: (version) => requireVersion(ifMatch, version) }
      if (waits) options.waits = waits
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
          enroll: z.enum(['now', 'keep', 'none']).default('keep'),
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
      await activate(app, context, params.id, body ?? { enroll: 'keep', holdoutPercent: 0, graceSeconds: 0 }, guard)
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
        inHand: z
          .number()
          .int()
          .nonnegative()
          .meta({ description: 'Messages that a provider already held; nothing else is handed over.' }),
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
  move('resume', '/campaigns/:id/resume', 'Go on; waits are kept, or continue as if there had been no pause'),
  move('complete', '/campaigns/:id/complete', 'Enroll nobody any more and let everyone inside finish'),
  move('reopen', '/campaigns/:id/reopen', 'Enroll again'),
  move('archive', '/campaigns/:id/archive', 'End for good; whoever is inside stops'),
] as const
