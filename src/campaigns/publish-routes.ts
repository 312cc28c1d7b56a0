import { z } from 'zod'
import { notFound } from '../errors.ts'
import { idParams, instant, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import type { Change } from './changes.ts'
import { findActorNames, findVersion, listVersions, setVersionNote } from './publish-queries.ts'
import { problemsOf, publish, reviewDraft } from './publish-sql.ts'
import { findState } from './queries.ts'
import { graphEdge, graphNode, graphProblems } from './workflow-bodies.ts'

const count = z.number().int().nonnegative()

const changes = z.array(
  z.object({
    nodeId: z.string().optional(),
    edgeId: z.string().optional(),
    kind: z.enum(['added', 'changed', 'removed']),
    type: z.string().nullable(),
    title: z.string(),
    fields: z.array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() })),
    by: z.string().nullable().meta({ description: 'Who changed it last: member:<id> or key:<id>.' }),
    byName: z.string().nullable(),
    at: z.string().nullable(),
    here: count.meta({ description: 'Customers who stand on this node now.' }),
  }),
)

const choice = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('finish') }),
  z.strictObject({ action: z.literal('exit') }),
  z.strictObject({ action: z.literal('move'), target: z.string().min(1).max(200) }),
])

const version = {
  number: z.number().int(),
  note: z.string().nullable(),
  publishedBy: z.string(),
  publishedByName: z.string().nullable(),
  publishedAt: instant,
  current: z.boolean(),
  inside: count.meta({ description: 'Customers inside who follow this version.' }),
}

const versionParams = idParams.extend({ number: z.coerce.number().int().positive().max(2_147_483_647) })

async function named(
  context: { app: { db: Parameters<typeof findActorNames>[0] }; workspaceId: number },
  list: readonly Change[],
) {
  const names = await findActorNames(
    context.app.db,
    context.workspaceId,
    list.flatMap(({ by }) => by ?? []),
  )
  return list.map((change) => ({ ...change, byName: (change.by && names.get(change.by)) ?? null }))
}

export const publishRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/workflow/changes',
      id: 'listWorkflowChanges',
      summary: 'What the draft changes: by whom, and how many customers stand on each touched node',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({
        changes,
        from: z.number().int().nullable().meta({ description: 'The version that customers follow now.' }),
        version: z.number().int().meta({ description: 'Of the draft: what If-Match of publish compares.' }),
        problems: graphProblems,
      }),
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const review = await reviewDraft(app, workspaceId, params.id)
      return {
        changes: await named(context, review.changes),
        from: review.current?.number ?? null,
        version: review.ready.draft.version,
        problems: problemsOf(review),
      }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/workflow/publish',
      id: 'publishWorkflow',
      summary: 'Make the draft the version that customers follow',
      access: 'campaigns.run',
      params: idParams,
      query: z.strictObject({
        dryRun: z
          .enum(['true', 'false'])
          .transform((text) => text === 'true')
          .default(false)
          .meta({ description: 'Answers the same and writes nothing.' }),
      }),
      body: z
        .strictObject({
          removed: z
            .record(z.string().max(200), choice)
            .optional()
            .meta({ description: 'What becomes of the customers on each removed node; finish unless said.' }),
          note: z.string().trim().max(2_000).nullish(),
        })
        .optional(),
      response: z.object({
        version: z.number().int(),
        from: z.number().int(),
        published: z.boolean().meta({ description: 'False when there was nothing to publish.' }),
        changes,
        removed: z.record(
          z.string(),
          z.object({ action: z.enum(['finish', 'move', 'exit']), target: z.string().nullable(), here: count }),
        ),
        finish: count,
        move: count,
        exit: count,
        done: z
          .boolean()
          .meta({ description: 'Whether all of them have followed; else the rest does within moments.' }),
      }),
      errors: ['wrong_state', 'stale_version', 'invalid_workflow', 'not_ready'],
    },
    async (context) => {
      const { app, params, body, query, ifMatch } = context
      const answer = await publish(app, context, params.id, {
        removed: body?.removed ?? {},
        note: body?.note || null,
        dryRun: query.dryRun,
        guard: (seen) => requireVersion(ifMatch, seen),
      })
      return { ...answer, changes: await named(context, answer.changes) }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/versions',
      id: 'listVersions',
      summary: 'What was published, newest first',
      access: 'campaigns.read',
      params: idParams,
      response: z.object({ items: z.array(z.object(version)), nextCursor: z.null() }),
    },
    async ({ app, workspaceId, params }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      return { items: await listVersions(app.db, workspaceId, params.id), nextCursor: null }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/versions/:number',
      id: 'getVersion',
      summary: 'A published version as it was drawn',
      access: 'campaigns.read',
      params: versionParams,
      response: z.object({ ...version, nodes: z.array(graphNode), edges: z.array(graphEdge) }),
    },
    async ({ app, workspaceId, params }) => {
      const found = await findVersion(app.db, workspaceId, params.id, params.number)
      if (!found) throw notFound('version')
      return found
    },
  ),
  route(
    {
      method: 'PATCH',
      path: '/campaigns/:id/versions/:number',
      id: 'noteVersion',
      summary: 'Write what a published version is about; the version itself never changes',
      access: 'campaigns.write',
      params: versionParams,
      body: z.strictObject({ note: z.string().trim().max(2_000).nullable() }),
      response: z.object({ ...version, nodes: z.array(graphNode), edges: z.array(graphEdge) }),
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      await app.db.transaction().execute(async (tx) => {
        if (!(await setVersionNote(tx, workspaceId, params.id, params.number, body.note || null)))
          throw notFound('version')
        await audit(tx, context, 'campaign.version_noted', 'campaign', params.id, { version: params.number })
      })
      const found = await findVersion(app.db, workspaceId, params.id, params.number)
      if (!found) throw notFound('version')
      return found
    },
  ),
] as const
