import { z } from 'zod'
import { findZone } from '../analytics/queries.ts'
import { readScope } from '../analytics/scope.ts'
import type { App } from '../app.ts'
import { findCampaign } from '../campaigns/queries.ts'
import { requireKnown, requireReferences } from '../customers/bulk.ts'
import { countCustomers } from '../customers/list-queries.ts'
import { requireFilter } from '../customers/routes.ts'
import { notFound, Problem } from '../errors.ts'
import { idParams, instant, route } from '../http/route.ts'
import { content } from '../http/stream.ts'
import { countRuns } from '../runs/export-queries.ts'
import { audit } from '../workspaces/audit.ts'
import { type JobInput, jobInput } from './input.ts'
import { cancelJob, getJob, type Job, readJobPieces, startJob } from './queries.ts'

const job = z.object({
  id: z.uuid(),
  kind: z.enum(['bulk', 'export']),
  what: z.string(),
  status: z.enum(['running', 'done', 'failed', 'canceled']),
  done: z.int().meta({ description: 'Customers looked at, or rows written.' }),
  changed: z.int(),
  total: z.int().nullable(),
  size: z.int().nullable().meta({ description: 'Bytes of the file, once it is complete.' }),
  error: z.string().nullable(),
  by: z.string(),
  startedAt: instant,
  finishedAt: instant.nullable(),
})

async function found(db: App['db'], workspaceId: number, id: string): Promise<Job> {
  const row = await getJob(db, workspaceId, id)
  if (!row) throw notFound('job')
  return row
}

/** Checks what a job names, and counts how many it is about. @throws Problem `invalid`, `not_found` */
async function totalOf({ db }: App, workspaceId: number, input: JobInput, signal: AbortSignal): Promise<number | null> {
  if (input.kind === 'export' && input.what !== 'customers') {
    if (!(await findCampaign(db, workspaceId, input.campaignId))) throw notFound('campaign')
    if (input.what === 'runs') return await countRuns(db, workspaceId, input.campaignId)
    // Counting the events takes as long as writing them.
    readScope(workspaceId, [input.campaignId], input.filter, await findZone(db, workspaceId))
    return null
  }
  if (input.kind === 'export' && input.customerIds) {
    await requireKnown(db, workspaceId, input.customerIds)
    return new Set(input.customerIds).size
  }
  await requireFilter(db, workspaceId, input.filter)
  if (input.kind === 'bulk') await requireReferences(db, workspaceId, input.action)
  const { count, exact } = await countCustomers(db, workspaceId, input.filter, signal)
  return exact ? count : null
}

export const jobRoutes = [
  route(
    {
      method: 'POST',
      path: '/jobs',
      id: 'startJob',
      summary:
        'Begins what takes long as the server’s own work: a bulk change to all whom a filter matches, or customers, or a campaign’s runs or events, as a CSV file',
      access: 'customers.write',
      body: jobInput,
      response: job,
      status: 202,
      idempotent: true,
      errors: ['not_found'],
    },
    async (context) => {
      const { app, workspaceId, actor, body, signal } = context
      const total = await totalOf(app, workspaceId, body, signal)
      const started = await app.db.transaction().execute(async (tx) => {
        const row = await startJob(tx, workspaceId, { input: body, total, by: actor.text })
        const action = body.kind === 'export' ? `${body.what}.exported` : 'job.started'
        await audit(tx, context, action, 'job', row.id, { kind: row.kind, what: row.what, total })
        return row
      })
      await app.wake()
      return started
    },
  ),
  route(
    {
      method: 'GET',
      path: '/jobs/:id',
      id: 'getJob',
      summary: 'One job: its counts grow while it runs',
      access: 'customers.read',
      params: idParams,
      response: job,
    },
    async ({ app, workspaceId, params }) => await found(app.db, workspaceId, params.id),
  ),
  route(
    {
      method: 'POST',
      path: '/jobs/:id/cancel',
      id: 'cancelJob',
      summary: 'Ends a job that runs: what it did until then stays',
      access: 'customers.write',
      params: idParams,
      response: job,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const { status } = await found(app.db, workspaceId, params.id)
      await app.db.transaction().execute(async (tx) => {
        if (!(await cancelJob(tx, workspaceId, params.id))) {
          throw new Problem('wrong_state', 'It has ended already.', { extra: { state: status, allowed: [] } })
        }
        await audit(tx, context, 'job.canceled', 'job', params.id)
      })
      return await found(app.db, workspaceId, params.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/jobs/:id/file',
      id: 'getJobFile',
      summary: 'The file of an export that is done; kept for a day',
      access: 'customers.read',
      params: idParams,
      response: content,
      media: 'text/csv; charset=utf-8',
      errors: ['wrong_state'],
    },
    async ({ app, workspaceId, params, header }) => {
      const { status, size, what } = await found(app.db, workspaceId, params.id)
      if (!size) {
        const why =
          status === 'running'
            ? 'It is being written.'
            : 'There is no file: it was not written to its end, or a day has passed.'
        throw new Problem('wrong_state', why, { extra: { state: status, allowed: [] } })
      }
      header('content-disposition', `attachment; filename="${what}.csv"`)
      return readJobPieces(app.db, params.id)
    },
  ),
] as const
