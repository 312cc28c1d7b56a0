import { z } from 'zod'
import { notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { deleteNote, insertNote, listNotes } from './note-queries.ts'
import { getCustomer, lockCustomers } from './queries.ts'
import { absent } from './save.ts'

const note = z.object({
  id: z.uuid(),
  customerId: z.uuid(),
  text: z.string(),
  by: z.string().meta({ description: 'Who wrote it: `member:<id>` or `key:<id>`.' }),
  createdAt: instant,
})

export const noteRoutes = [
  route(
    {
      method: 'GET',
      path: '/customers/:id/notes',
      id: 'listNotes',
      summary: 'What people wrote down about a customer, newest first; the timeline holds it too',
      access: 'customers.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(note),
    },
    async ({ app, workspaceId, params, query: { limit, cursor } }) => {
      if (!(await getCustomer(app.db, workspaceId, params.id))) throw notFound('customer')
      const before = decodeCursor(cursor, z.uuid())
      return page(await listNotes(app.db, workspaceId, params.id, { before, limit: limit + 1 }), limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/customers/:id/notes',
      id: 'addNote',
      summary: 'Writes a note on a customer',
      access: 'customers.write',
      params: idParams,
      body: z.strictObject({ text: z.string().trim().min(1, 'Write something.').max(10_000) }),
      response: note,
      status: 201,
      idempotent: true,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body, actor } = context
      return await app.db.transaction().execute(async (tx) => {
        // Locked, so that nobody is erased in between.
        const [customer] = await lockCustomers(tx, workspaceId, [params.id])
        if (!customer) throw await absent(tx, workspaceId, params.id)
        const made = await insertNote(tx, workspaceId, { customerId: params.id, text: body.text, by: actor.text })
        await audit(tx, context, 'customer.noted', 'customer', params.id, { noteId: made.id })
        return made
      })
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/notes/:id',
      id: 'deleteNote',
      summary: 'Deletes a note',
      access: 'customers.write',
      params: idParams,
      response: nothing,
      status: 204,
    },
    async (context) => {
      const { app, workspaceId, params } = context
      await app.db.transaction().execute(async (tx) => {
        const customerId = await deleteNote(tx, workspaceId, params.id)
        if (customerId === undefined) throw notFound('note')
        await audit(tx, context, 'customer.note-deleted', 'customer', customerId, { noteId: params.id })
      })
      return undefined
    },
  ),
] as const
