import { z } from 'zod'
import { isActiveMember, unknownCustomers } from '../customers/queries.ts'
import type { Tx } from '../db/database.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, route } from '../http/route.ts'
import { messageByHand, sentByHand } from '../messages/by-hand-sql.ts'
import { markHappened } from '../messages/happened-sql.ts'
import { audit } from '../workspaces/audit.ts'
import { finishTask, getTask, insertTask, listTasks, reopenTask, type Task } from './queries.ts'

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
  message: z
    .object({
      id: z.int(),
      profileUrl: z.string().nullable(),
      state: z.enum(['waiting', 'sent', 'passed-over']),
      reason: z.string().nullable(),
      repliedAt: z.string().nullable(),
    })
    .nullable(),
})

async function existing(tx: Tx, workspaceId: number, id: string) {
  const found = await getTask(tx, workspaceId, id)
  if (!found) throw notFound('task')
  return found
}

/** What the list can be sorted by. */
const sorts = {
  createdAt: sortKey.uuid,
  dueAt: sortKey.instant,
  doneAt: sortKey.instant,
  title: sortKey.text,
  kind: sortKey.text,
}

const sort = z.enum(['newest', 'due', ...sortedQuery(sorts, '-createdAt').shape.sort.unwrap().options])
/** What two of the words mean that one may sort by. */
const spelledOut = { newest: '-createdAt', due: 'dueAt' } as const
const none = { count: 0, exact: true }

export const taskRoutes = [
  route(
    {
      method: 'GET',
      path: '/tasks',
      id: 'listTasks',
      summary: 'Tasks, newest first, or with `sort=due` what is due first; `assigneeId=me` shows the caller’s own',
      access: 'tasks.read',
      query: sortedQuery(sorts, '-createdAt').extend({
        status: z.enum(['open', 'done', 'all']).default('open'),
        assigneeId: z.union([z.literal('me'), z.uuid()]).optional(),
        customerId: z.uuid().optional(),
        q: z.string().trim().max(200).optional(),
        sort: sort.default('newest'),
      }),
      response: sortedPageOf(task),
    },
    async ({ app, workspaceId, actor, query }) => {
      const assigneeId = query.assigneeId === 'me' ? actor.memberId : query.assigneeId
      // An API key has no tasks of its own.
      if (assigneeId === null) return { items: [], nextCursor: null, ...(query.total && { total: none }) }
      const sort = spelledOut[query.sort as keyof typeof spelledOut] ?? query.sort
      const { page, filter } = pageRequest({ ...query, sort }, sorts)
      const done = filter.status === 'all' ? undefined : filter.status === 'done'
      return sortedPage(await listTasks(app.db, workspaceId, { ...filter, done, assigneeId }, page), sort)
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
      summary: 'Marks a task as done. A LinkedIn message counts as sent then',
      access: 'tasks.write',
      params: idParams,
      body: z.strictObject({ replied: z.boolean().default(false) }).optional(),
      response: task,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body, actor } = context
      const { done, verdict } = await app.db.transaction().execute(async (tx) => {
        const before = await existing(tx, workspaceId, params.id)
        const finished = await finishTask(tx, workspaceId, params.id, actor.text)
        const step = finished ? stepOf(before) : null
        const verdict = step ? await sentByHand(tx, workspaceId, step) : null
        if (verdict === 'hold') throw notNow()
        if (finished) await audit(tx, context, 'task.done', 'task', params.id, verdict === null ? {} : { verdict })
        if (body?.replied && (verdict === null || verdict === 'go')) await markReplied(tx, workspaceId, before)
        return { done: await existing(tx, workspaceId, params.id), verdict }
      })
      await app.wake()
      if (verdict !== null && verdict !== 'go') throw passedOver(verdict)
      return done
    },
  ),
  route(
    {
      method: 'POST',
      path: '/tasks/:id/reopen',
      id: 'reopenTask',
      summary: 'Opens a task that was marked as done by mistake; a message that was sent by hand stays sent',
      access: 'tasks.write',
      params: idParams,
      response: task,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      return await app.db.transaction().execute(async (tx) => {
        const before = await existing(tx, workspaceId, params.id)
        if (stepOf(before)) {
          throw new Problem('wrong_state', 'Marking this task as done counted as sending its message; that stays.', {
            extra: { state: before.doneAt ? 'done' : 'open', allowed: [] },
          })
        }
        if (await reopenTask(tx, workspaceId, params.id)) await audit(tx, context, 'task.reopened', 'task', params.id)
        return await existing(tx, workspaceId, params.id)
      })
    },
  ),
  route(
    {
      method: 'POST',
      path: '/tasks/:id/replied',
      id: 'taskReplied',
      summary: 'They answered the LinkedIn message of a task that is done',
      access: 'tasks.write',
      params: idParams,
      response: task,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const after = await app.db.transaction().execute(async (tx) => {
        if (await markReplied(tx, workspaceId, await existing(tx, workspaceId, params.id))) {
          await audit(tx, context, 'task.replied', 'task', params.id)
        }
        return await existing(tx, workspaceId, params.id)
      })
      await app.wake()
      return after
    },
  ),
] as const

/** The step whose message a task stands for; null for any other task. */
const stepOf = ({ kind, runId, nodeId }: Task) =>
  kind === 'linkedin' && runId !== null && nodeId !== null ? { runId, nodeId } : null

/** Notes a reply once. Answers whether it is new. @throws Problem `wrong_state` for a task without a message that was sent */
async function markReplied(tx: Tx, workspaceId: number, of: Task): Promise<boolean> {
  const step = stepOf(of)
  const sent = step && (await messageByHand(tx, workspaceId, step))
  if (!sent) {
    throw new Problem(
      'wrong_state',
      'Only a LinkedIn message that was sent can be answered; mark its task as done first.',
      {
        extra: { state: of.doneAt ? 'done' : 'open', allowed: [] },
      },
    )
  }
  const marked = await markHappened(tx, 'replied', [{ messageId: sent.id, properties: { channel: 'linkedin' } }])
  return marked.length > 0
}

const notNow = () =>
  new Problem(
    'wrong_state',
    'Its campaign is paused or sending is stopped: nothing counts as sent now. Mark it when it goes on.',
    {
      extra: { state: 'held', allowed: [] },
    },
  )

const passedOver = (reason: string) =>
  new Problem('wrong_state', `It is closed and does not count as sent: ${reasons[reason] ?? reason}.`, {
    extra: { state: 'passed-over', reason, allowed: [] },
  })

const reasons: Record<string, string> = {
  none: 'the customer has left the step',
  withdrawn: 'the customer has left the step',
  archived: 'the customer or the campaign was archived',
  no_address: 'the customer has no LinkedIn profile any more',
  suppressed: 'the customer is on the suppression list',
  capped: 'the customer had as many messages today as the workspace allows',
  stale: 'the profile was changed in this moment',
}
