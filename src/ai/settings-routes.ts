import { z } from 'zod'
import type { App } from '../app.ts'
import { Problem } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { instant, pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { findInstructions, resetInstructions } from './instructions-queries.ts'
import { defaultInstructions } from './prompt.ts'
import { listUsage, readBudget, saveBudget } from './usage-queries.ts'

const budgetFields = {
  monthlyUsd: z.number().min(0).max(1_000_000).nullable(),
  monthlyTokens: z.int().min(0).max(1_000_000_000_000).nullable(),
}
const settings = z.object({
  ...budgetFields,
  month: z.object({ requests: z.number(), inputTokens: z.number(), outputTokens: z.number(), costUsd: z.number() }),
  instructions: z.object({ templateId: z.uuid().nullable(), isDefault: z.boolean() }),
})

async function readSettings(app: App, workspaceId: number): Promise<z.output<typeof settings>> {
  const found = await findInstructions(app.db, workspaceId)
  const instructions = { templateId: found?.id ?? null, isDefault: !found || found.body === defaultInstructions }
  return { ...(await readBudget(app.db, workspaceId)), instructions }
}

export const aiSettingsRoutes = [
  route(
    {
      method: 'GET',
      path: '/ai/settings',
      id: 'getAiSettings',
      summary: 'The month’s limits and use, and whether the instructions are the default ones',
      access: 'ai.manage',
      response: settings,
    },
    async ({ app, workspaceId }) => await readSettings(app, workspaceId),
  ),
  route(
    {
      method: 'PATCH',
      path: '/ai/settings',
      id: 'updateAiSettings',
      summary: 'Sets the month’s limits; null = none',
      access: 'ai.manage',
      body: z.strictObject({
        monthlyUsd: budgetFields.monthlyUsd.optional(),
        monthlyTokens: budgetFields.monthlyTokens.optional(),
      }),
      response: settings,
    },
    async (context) => {
      const { app, workspaceId, body } = context
      const before = await readBudget(app.db, workspaceId)
      const { monthlyUsd = before.monthlyUsd, monthlyTokens = before.monthlyTokens } = body
      await app.db.transaction().execute(async (tx) => {
        await saveBudget(tx, workspaceId, { monthlyUsd, monthlyTokens })
        await audit(tx, context, 'ai_settings.updated', 'workspace', workspaceId, { monthlyUsd, monthlyTokens })
      })
      return await readSettings(app, workspaceId)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/ai/instructions/reset',
      id: 'resetAiInstructions',
      summary:
        'Makes the template `flow-generator` with the default text, or puts the default text back as its next version',
      access: 'templates.write',
      response: z.object({ id: z.uuid(), body: z.string(), version: z.int() }),
    },
    async (context) => {
      const { app, workspaceId, actor } = context
      return await app.db.transaction().execute(async (tx) => {
        const made = await resetInstructions(tx, workspaceId, actor.text)
        if (!made) throw new Problem('already_exists', 'Another template is named “flow-generator”; rename it first.')
        await audit(tx, context, 'ai_instructions.reset', 'template', made.id)
        return made
      })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/ai/usage',
      id: 'listAiUsage',
      summary: 'What was asked of models, by whom, and what it used, newest first; never the words',
      access: 'ai.manage',
      query: pageQuery,
      response: pageOf(
        z.object({
          id: z.number(),
          actor: z.string(),
          campaignId: z.uuid().nullable(),
          model: z.string(),
          kind: z.enum(['workflow', 'text', 'test']),
          calls: z.number(),
          inputTokens: z.number(),
          outputTokens: z.number(),
          costUsd: z.number().nullable(),
          outcome: z.string(),
          durationMs: z.number(),
          createdAt: instant,
        }),
      ),
    },
    async ({ app, workspaceId, query: { limit, cursor } }) => {
      const before = decodeCursor(cursor, z.number().int())
      return page(await listUsage(app.db, workspaceId, { before, limit: limit + 1 }), limit, ({ id }) => id)
    },
  ),
] as const
