import { z } from 'zod'
import type { Db, Tx } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import { decodeCursor, page, pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { requireVersion, staleVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { checkTexts } from './check.ts'
import { renderPreview } from './preview.ts'
import {
  archiveTemplate,
  campaignsNaming,
  getTemplate,
  insertTemplate,
  listTemplates,
  listTemplateVersions,
  templateNamed,
  updateTemplate,
} from './queries.ts'

const template = z.object({
  id: z.uuid(),
  name: z.string(),
  channel: z.enum(['email', 'telegram', 'linkedin', 'ai']),
  subject: z.string(),
  body: z.string(),
  archivedAt: instant.nullable(),
  version: z.int(),
  createdAt: instant,
  updatedAt: instant,
})
/** A template with the faults of its Liquid: they are said, the text is kept. */
const checked = template.extend({
  problems: z.array(z.object({ field: z.enum(['subject', 'body']), code: z.string(), message: z.string() })),
})

const name = z.string().trim().min(1, 'Give it a name.').max(200)
const subject = z.string().max(1000)
// What the renderer parses at most (TRUST S20).
const body = z.string().max(200_000, 'At most 200,000 characters.')

async function existing(db: Db | Tx, workspaceId: number, id: string) {
  const found = await getTemplate(db, workspaceId, id)
  if (!found) throw notFound('template')
  return { ...found, problems: checkTexts(found) }
}

async function nameTaken(db: Db | Tx, workspaceId: number, taken: string): Promise<Problem> {
  const message = `Another template is named “${taken}”; messages find templates by their name.`
  return new Problem('already_exists', message, {
    errors: [{ path: 'name', code: 'already_exists', message }],
    extra: { existingId: (await templateNamed(db, workspaceId, taken)) ?? null },
  })
}

async function requireUnused(tx: Tx, workspaceId: number, used: string, what: string): Promise<void> {
  const campaigns = await campaignsNaming(tx, workspaceId, used)
  if (campaigns.length === 0) return
  const names = campaigns.slice(0, 3).map((campaign) => `“${campaign.name}”`)
  throw new Problem('in_use', `Campaigns name this template, so it cannot be ${what}: ${names.join(', ')}.`, {
    extra: { campaigns },
  })
}

/** What the list can be sorted by. */
const sorts = { createdAt: sortKey.uuid, updatedAt: sortKey.instant, name: sortKey.text }

export const templateRoutes = [
  route(
    {
      method: 'GET',
      path: '/templates',
      id: 'listTemplates',
      summary: 'Templates, newest first unless sorted otherwise',
      access: 'templates.read',
      query: sortedQuery(sorts, '-createdAt').extend({
        q: z.string().trim().max(200).optional(),
        channel: z.enum(['email', 'telegram', 'linkedin', 'ai']).optional(),
        archived: z
          .enum(['true', 'false'])
          .transform((value) => value === 'true')
          .default(false),
      }),
      response: sortedPageOf(template.extend({ usedBy: z.int().meta({ description: 'How many campaigns use it.' }) })),
    },
    async ({ app, workspaceId, query }) => {
      const { page, filter } = pageRequest(query, sorts)
      return sortedPage(await listTemplates(app.db, workspaceId, filter, page), query.sort)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/templates',
      id: 'createTemplate',
      summary: 'Makes a template; faults in its Liquid are answered in `problems` and do not keep it from being saved',
      access: 'templates.write',
      body: z.strictObject({
        name,
        channel: z.enum(['email', 'telegram', 'linkedin', 'ai']).default('email'),
        subject: subject.default(''),
        body: body.default(''),
      }),
      response: checked,
      status: 201,
      idempotent: true,
      errors: ['already_exists'],
    },
    async (context) => {
      const { app, workspaceId, body: values, actor } = context
      return await app.db.transaction().execute(async (tx) => {
        const id = await insertTemplate(tx, workspaceId, values, actor.text)
        if (!id) throw await nameTaken(tx, workspaceId, values.name)
        await audit(tx, context, 'template.created', 'template', id, { name: values.name })
        return await existing(tx, workspaceId, id)
      })
    },
  ),
  route(
    {
      method: 'POST',
      path: '/templates/preview',
      id: 'previewTemplate',
      summary:
        'A subject and body as a customer would get them, rendered by the code that sends; without a customer for a made-up one',
      access: 'templates.read',
      body: z.strictObject({
        subject: subject.default(''),
        body: body.default(''),
        customerId: z.uuid().nullable().default(null),
        productId: z.uuid().nullable().default(null),
      }),
      response: z.object({
        subject: z.string(),
        html: z.string(),
        text: z.string(),
        error: z.string().nullable(),
      }),
    },
    async ({ app, workspaceId, body: wanted }) => await renderPreview(app, workspaceId, wanted),
  ),
  route(
    {
      method: 'GET',
      path: '/templates/:id',
      id: 'getTemplate',
      summary: 'One template, with the faults of its Liquid',
      access: 'templates.read',
      params: idParams,
      response: checked,
    },
    async ({ app, workspaceId, params }) => await existing(app.db, workspaceId, params.id),
  ),
  route(
    {
      method: 'PATCH',
      path: '/templates/:id',
      id: 'updateTemplate',
      summary: 'Saves the given fields as the next version; a template that campaigns name keeps its name',
      access: 'templates.write',
      params: idParams,
      body: z.strictObject({ name: name.optional(), subject: subject.optional(), body: body.optional() }),
      response: checked,
      errors: ['already_exists', 'in_use', 'stale_version', 'wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body: values, ifMatch, actor } = context
      const change = app.db.transaction().execute(async (tx) => {
        const before = await existing(tx, workspaceId, params.id)
        requireVersion(ifMatch, before.version)
        if (before.archivedAt) {
          throw new Problem('wrong_state', 'This template is archived; make a new one.', {
            extra: { state: 'archived', allowed: [] },
          })
        }
        if (values.name !== undefined && values.name.toLowerCase() !== before.name.toLowerCase()) {
          await requireUnused(tx, workspaceId, before.name, 'renamed')
          if (await templateNamed(tx, workspaceId, values.name)) throw await nameTaken(tx, workspaceId, values.name)
        }
        // Against the version that was looked at: what was checked above still holds for it.
        const row = await updateTemplate(tx, workspaceId, params.id, before.version, values, actor.text)
        const after = await existing(tx, workspaceId, params.id)
        if (!row) throw staleVersion(after.version)
        await audit(tx, context, 'template.updated', 'template', params.id, { fields: Object.keys(values) })
        return after
      })
      return await change.catch(async (error) => {
        // Somebody else took the name in the same moment.
        if (error.code === '23505') throw await nameTaken(app.db, workspaceId, values.name ?? '')
        throw error
      })
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/templates/:id',
      id: 'archiveTemplate',
      summary: 'Archives a template that no campaign names; its name is free again',
      access: 'templates.write',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['in_use', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      await app.db.transaction().execute(async (tx) => {
        const before = await existing(tx, workspaceId, params.id)
        requireVersion(ifMatch, before.version)
        if (before.archivedAt) return
        await requireUnused(tx, workspaceId, before.name, 'archived')
        const row = await archiveTemplate(tx, workspaceId, params.id, before.version)
        if (!row) throw staleVersion((await existing(tx, workspaceId, params.id)).version)
        await audit(tx, context, 'template.archived', 'template', params.id, { name: before.name })
      })
      return undefined
    },
  ),
  route(
    {
      method: 'GET',
      path: '/templates/:id/versions',
      id: 'listTemplateVersions',
      summary: 'What a template said before, newest first',
      access: 'templates.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(
        z.object({
          number: z.int(),
          subject: z.string(),
          body: z.string(),
          savedBy: z.string().nullable(),
          savedAt: instant,
        }),
      ),
    },
    async ({ app, workspaceId, params, query: { limit, cursor } }) => {
      await existing(app.db, workspaceId, params.id)
      const before = decodeCursor(cursor, z.number().int())
      const rows = await listTemplateVersions(app.db, params.id, { before, limit: limit + 1 })
      return page(rows, limit, ({ number }) => number)
    },
  ),
] as const
