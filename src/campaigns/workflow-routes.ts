import { z } from 'zod'
import { catalogue } from '../catalogue/catalogue.ts'
import { notFound, Problem } from '../errors.ts'
import { idParams, nothing, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { checkGraph } from './check.ts'
import { givenGraph, givenLayout, graphFrom, withEdgeIds } from './given-graph.ts'
import { requireState } from './lifecycle.ts'
import { findState } from './queries.ts'
import { graphEdge, graphNode, graphProblems } from './workflow-bodies.ts'
import { findDraft, replaceDraft, saveLayout } from './workflow-queries.ts'

const layout = z.record(z.string(), z.unknown())

const workflowBody = z.object({
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
  layout,
  version: z.number().int(),
})

export const workflowRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/workflow',
      id: 'getWorkflow',
      summary: 'Read the draft graph',
      access: 'campaigns.read',
      params: idParams,
      response: workflowBody,
    },
    async ({ app, workspaceId, params }) => {
      const draft = await findDraft(app.db, workspaceId, params.id)
      if (!draft) throw notFound('campaign')
      const { status: _, ...shown } = draft
      return shown
    },
  ),
  route(
    {
      method: 'PUT',
      path: '/campaigns/:id/workflow',
      id: 'saveWorkflow',
      summary: 'Replace the draft graph, valid or not, and hear its problems',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({
        ...givenGraph,
        layout: givenLayout.optional(),
        version: z.number().int().min(1).optional(),
      }),
      response: workflowBody.extend({ problems: graphProblems }),
      bodyLimit: 4 * 1024 * 1024,
      errors: ['wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      const graph = graphFrom(body)
      const seen = body.version ?? context.ifMatch
      const version = await app.db.transaction().execute(async (tx) => {
        const saved = await replaceDraft(
          tx,
          workspaceId,
          params.id,
          { ...graph, layout: body.layout, by: context.actor.text },
          seen,
        )
        if (saved === undefined) {
          const state = await findState(tx, workspaceId, params.id)
          if (!state) throw notFound('campaign')
          requireState(state.status, 'change')
          requireVersion(seen, state.graphVersion)
          throw new Problem('unavailable', 'The draft could not be saved just now. Try again.')
        }
        const size = { nodes: graph.nodes.length, edges: graph.edges.length, version: saved }
        await audit(tx, context, 'campaign.workflow_changed', 'campaign', params.id, size)
        return saved
      })
      const checked = await checkGraph(app.db, workspaceId, params.id, graph)
      const draft = await findDraft(app.db, workspaceId, params.id)
      return { ...graph, layout: draft?.layout ?? {}, version, problems: checked.problems }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/workflow/validate',
      id: 'validateWorkflow',
      summary: 'Check the draft graph, or the one that is sent, without saving it',
      access: 'campaigns.read',
      params: idParams,
      body: z.strictObject(givenGraph).optional(),
      response: z.object({ ok: z.boolean(), problems: graphProblems }),
      bodyLimit: 4 * 1024 * 1024,
    },
    async ({ app, workspaceId, params, body }) => {
      const draft = await findDraft(app.db, workspaceId, params.id)
      if (!draft) throw notFound('campaign')
      const graph = body ? { nodes: body.nodes, edges: withEdgeIds(body.edges) } : draft
      const checked = await checkGraph(app.db, workspaceId, params.id, graph)
      return { ok: checked.workflow !== null, problems: checked.problems }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/workflow/layout',
      id: 'saveLayout',
      summary: 'Save positions on the canvas; they are no part of the graph’s version',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({ layout: givenLayout }),
      response: nothing,
      status: 204,
      errors: ['wrong_state'],
    },
    async ({ app, workspaceId, params, body }) => {
      if (await saveLayout(app.db, workspaceId, params.id, body.layout)) return undefined
      const state = await findState(app.db, workspaceId, params.id)
      if (!state) throw notFound('campaign')
      requireState(state.status, 'change')
      return undefined
    },
  ),
  route(
    {
      method: 'GET',
      path: '/node-types',
      id: 'listNodeTypes',
      summary: 'The catalogue of node types: schema of config and output, card, labels',
      access: 'signed-in',
      response: z.object({ items: z.array(z.record(z.string(), z.unknown())), nextCursor: z.null() }),
    },
    async () => ({ items: Object.values(catalogue).map((type) => ({ ...type })), nextCursor: null }),
  ),
] as const
