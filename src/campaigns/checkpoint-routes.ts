import { z } from 'zod'
import { notFound } from '../errors.ts'
import { idParams, instant, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { findCheckpoint, keepDraft, listCheckpoints } from './checkpoint-queries.ts'
import { requireState } from './lifecycle.ts'
import { findState } from './queries.ts'
import { graphEdge, graphNode } from './workflow-bodies.ts'

const reason = z.enum(['opened', 'ai'])
const checkpoint = {
  id: z.uuid(),
  reason,
  steps: z.number().int(),
  madeBy: z.string(),
  madeByName: z.string().nullable(),
  madeAt: instant,
}
const whole = z.object({
  ...checkpoint,
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
  layout: z.record(z.string(), z.unknown()),
})

export const checkpointRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/checkpoints',
      id: 'listCheckpoints',
      summary:
        'Drafts that were kept: as the builder was opened, and before a proposal was applied; newest first, at most 30',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({ items: z.array(z.object(checkpoint)), nextCursor: z.null() }),
    },
    async ({ app, workspaceId, params }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      return { items: await listCheckpoints(app.db, workspaceId, params.id), nextCursor: null }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/checkpoints',
      id: 'keepDraft',
      summary: 'Keeps the draft as it is now, so that it can be brought back; once for the same draft and reason',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({ reason }),
      response: whole,
      status: 201,
      idempotent: true,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body, actor } = context
      const state = await findState(app.db, workspaceId, params.id)
      if (!state) throw notFound('campaign')
      requireState(state.status, 'change')
      return await app.db.transaction().execute(async (tx) => {
        const kept = await keepDraft(tx, workspaceId, params.id, { reason: body.reason, by: actor.text })
        if (!kept) throw notFound('campaign')
        if (kept.isNew)
          await audit(tx, context, 'campaign.draft_kept', 'campaign', params.id, {
            reason: body.reason,
            checkpoint: kept.id,
          })
        const found = await findCheckpoint(tx, workspaceId, params.id, kept.id)
        if (!found) throw notFound('checkpoint')
        return found
      })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/checkpoints/:checkpoint',
      id: 'getCheckpoint',
      summary: 'A draft that was kept, with its graph',
      access: 'campaigns.read',
      params: z.object({ id: z.uuid(), checkpoint: z.uuid() }),
      response: whole,
    },
    async ({ app, workspaceId, params }) => {
      const found = await findCheckpoint(app.db, workspaceId, params.id, params.checkpoint)
      if (!found) throw notFound('checkpoint')
      return found
    },
  ),
] as const
