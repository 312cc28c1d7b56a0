import { z } from 'zod'
import { decodeCursor, page } from '../http/page.ts'
import { pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { maxTagLength } from './fields.ts'
import { listTags, saveTag } from './tag-queries.ts'

const tag = z.object({ name: z.string(), color: z.string().nullable() })
const tagInput = z.strictObject({
  name: z.string().trim().min(1).max(maxTagLength),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'Write a colour as in #2f9e44.')
    .nullable()
    .default(null),
})

export const tagRoutes = [
  route(
    {
      method: 'GET',
      path: '/tags',
      id: 'listTags',
      summary: 'Tags by name, with their colours',
      access: 'customers.read',
      query: pageQuery.extend({ q: z.string().trim().max(200).optional() }),
      response: pageOf(tag),
    },
    async ({ app, workspaceId, query: { limit, cursor, q } }) => {
      const behind = decodeCursor(cursor, z.string())
      const rows = await listTags(app.db, workspaceId, { q, behind, limit: limit + 1 })
      return page(rows, limit, ({ name }) => name)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/tags',
      id: 'saveTag',
      summary: 'Makes a tag (201) or gives it another colour (200)',
      access: 'customers.write',
      body: tagInput,
      response: tag,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body, status } = context
      await app.db.transaction().execute(async (tx) => {
        const { created } = await saveTag(tx, workspaceId, body)
        if (!created) status(200)
        await audit(tx, context, 'tag.saved', 'tag', body.name, { color: body.color })
      })
      return body
    },
  ),
] as const
