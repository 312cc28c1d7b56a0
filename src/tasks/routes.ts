import { z } from 'zod'
import { isActiveMember, unknownCustomers } from '../customers/queries.ts'
import type { Tx } from '../db/database.ts'
import { invalidField, notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { finishTask, getTask, insertTask, listTasks } from './queries.ts'

const task = z.object({
  id: z.uuid(),
  kind: z.enum(['todo', 'handoff', 'linkedin']),
  title: z.string(),
  note: z.string().nullable(),
  customer: z
    .object({
      id: z.uuid(),
      firstName: z.string().nullable(),
      lastName: z.string().nullable(),
      email: z.string().nullable(),
    })
    .nullable(),
  campaignId: z.uuid().nullable(),
  runId: z.int().nullable(),
  nodeId: z.string().nullable(),
  assigneeId: z.uuid().nullable(),
  dueAt: instant.nullable(),
  doneAt: instant.nullable(),
  doneBy: z.string().nullable(),
  createdAt: instant,
})

async function existing(tx: Tx, workspaceId: number, id: string) {
  const found = await getTask(tx, workspaceId, id)
  if (!found) throw notFound('task')
  return found
}

export const taskRoutes = [
  route(
    {
      method: 'GET',
      path: '/tasks',
      id: 'listTasks',
      summary: 'Tasks, newest first; `assigneeId=me` shows the caller’s own',
      access: 'tasks.read',
      query: pageQuery.extend({
        status: z.enum(['open', 'done', 'all']).default('open'),
        assigneeId: z.union([z.literal('me'), z.uuid()]).optional(),
        customerId: z.uuid().optional(),
      }),
      response: pageOf(task),
    },
    async ({ app, workspaceId, actor, query: { limit, cursor, status, assigneeId, customerId } }) => {
      const assignee = assigneeId === 'me' ? actor.memberId : assigneeId
      // An API key has no tasks of its own.
      if (assignee === null) return { items: [], nextCursor: null }
      const done = status === 'all' ? undefined : status === 'done'
      const before = decodeCursor(cursor, z.uuid())
      const filter = { done, assigneeId: assignee, customerId, before, limit: limit + 1 }
      return page(await listTasks(app.db, workspaceId, filter), limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/tasks',
      id: 'createTask',
      summary: 'Adds a task for a person',
      access: 'tasks.write',
      body: z.strictObject({
        title: z.string().trim().min(1, 'Give it a title.').max(500),
        note: z.string().trim().max(10_000).nullable().default(null),
        customerId: z.uuid().nullable().default(null),
        assigneeId: z.uuid().nullable().default(null),
        dueAt: instant.nullable().default(null),
      }),
      response: task,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body } = context
      return await app.db.transaction().execute(async (tx) => {
        if (body.customerId && (await unknownCustomers(tx, workspaceId, [body.customerId])).length > 0) {
          throw invalidField('customerId', 'not_found', 'There is no such customer in this workspace.')
        }
        if (body.assigneeId && !(await isActiveMember(tx, workspaceId, body.assigneeId))) {
          throw invalidField('assigneeId', 'unknown_member', 'There is no such member in this workspace.')
        }
        const id = await insertTask(tx, workspaceId, body)
        await audit(tx, context, 'task.created', 'task', id)
        return await existing(tx, workspaceId, id)
      })
    },
  ),
  route(
    {
      method: 'POST',
      path: '/tasks/:id/done',
      id: 'finishTask',
      summary: 'Marks a task as done; once done it stays as it is',
      access: 'tasks.write',
      params: idParams,
      response: task,
    },
    async (context) => {
      const { app, workspaceId, params, actor } = context
      const done = await app.db.transaction().execute(async (tx) => {
        if (await finishTask(tx, workspaceId, params.id, actor.text)) {
          await audit(tx, context, 'task.done', 'task', params.id)
        }
        return await existing(tx, workspaceId, params.id)
      })
      await app.wake()
      return done
    },
  ),
] as const
