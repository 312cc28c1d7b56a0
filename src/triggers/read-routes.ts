import { z } from 'zod'
import type { App } from '../app.ts'
import { findState } from '../campaigns/queries.ts'
import { notFound } from '../errors.ts'
import { listFirings } from '../firings/queries.ts'
import { firingBody } from '../firings/routes.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { nextFirings } from './cron.ts'
import { cronSentence } from './cron-sentence.ts'
import { sentenceOf } from './kinds.ts'
import { clock, findTrigger, listTriggers, type TriggerRow } from './queries.ts'
import { type Timing, timing } from './schedule.ts'

/** A trigger as it is answered. */
export const triggerBody = z.object({
  id: z.uuid(),
  campaignId: z.uuid(),
  type: z.enum(['manual', 'schedule', 'webhook', 'event']),
  config: z.record(z.string(), z.unknown()),
  enabled: z.boolean(),
  sentence: z.string().meta({ description: 'What it does, in words.' }),
  url: z.string().nullable().meta({ description: 'Of a webhook: where to send calls.' }),
  previousSecretUntil: instant
    .nullable()
    .meta({ description: 'Until then the secret before the rotation is valid, too.' }),
  nextAt: instant
    .nullable()
    .meta({ description: 'Of a schedule: its next firing; null while the campaign takes none.' }),
  nextFirings: z.array(instant).meta({ description: 'Of a schedule: the next five times.' }),
  version: z.int(),
  createdAt: instant,
  updatedAt: instant,
})
const show = ({ type, config, ...row }: TriggerRow, origin: string, now: Date): z.output<typeof triggerBody> => ({
  id: row.id,
  campaignId: row.campaignId,
  type,
  config,
  enabled: row.enabled,
  sentence: sentenceOf(type, config),
  url: row.path === null ? null : `${origin}/hooks/${row.path}`,
  previousSecretUntil: row.previousSecretUntil,
  nextAt: row.nextAt,
  nextFirings: type === 'schedule' ? nextFirings(config as unknown as Timing, now, 5) : [],
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

interface Place {
  app: App
  workspaceId: number
  origin: string
}

/** Reads a trigger again for an answer. @throws Problem `not_found` */
export async function readTrigger(
  { app, workspaceId, origin }: Place,
  id: string,
): Promise<z.output<typeof triggerBody>> {
  return show(await requireTrigger(app, workspaceId, id), origin, await clock(app.db))
}

/** A trigger of the workspace. @throws Problem `not_found` */
export async function requireTrigger({ db }: Pick<App, 'db'>, workspaceId: number, id: string): Promise<TriggerRow> {
  const trigger = await findTrigger(db, workspaceId, id)
  if (!trigger) throw notFound('trigger')
  return trigger
}

/** What reads triggers and what they did. */
export const triggerReadRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/triggers',
      id: 'listTriggers',
      summary: 'What makes customers enroll, oldest first',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(triggerBody),
    },
    async ({ app, workspaceId, params, query, origin }) => {
      if (!(await findState(app.db, workspaceId, params.id))) throw notFound('campaign')
      const after = decodeCursor(query.cursor, z.uuid())
      const rows = await listTriggers(app.db, workspaceId, params.id, { limit: query.limit, after })
      const now = await clock(app.db)
      return page(
        rows,
        query.limit,
        (row) => row.id,
        (row) => show(row, origin, now),
      )
    },
  ),
  route(
    {
      method: 'GET',
      path: '/triggers/:id',
      id: 'getTrigger',
      summary: 'Read one trigger',
      access: 'campaigns.read',
      params: idParams,
      response: triggerBody,
    },
    async (context) => await readTrigger(context, context.params.id),
  ),
  route(
    {
      method: 'GET',
      path: '/triggers/:id/firings',
      id: 'listTriggerFirings',
      summary: 'What a trigger did, newest first',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(firingBody),
    },
    async ({ app, workspaceId, params, query }) => {
      await requireTrigger(app, workspaceId, params.id)
      const before = decodeCursor(query.cursor, z.uuid())
      const rows = await listFirings(app.db, workspaceId, { triggerId: params.id }, { limit: query.limit, before })
      return page(rows, query.limit, (row) => row.id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/triggers/preview',
      id: 'previewSchedule',
      summary: 'What a cron means in a time zone, and its next five firings',
      access: 'campaigns.read',
      body: timing,
      response: z.object({ sentence: z.string(), nextFirings: z.array(instant) }),
    },
    async ({ app, body }) => ({
      sentence: `${cronSentence(body.cron)} in ${body.timezone}`,
      nextFirings: nextFirings(body, await clock(app.db), 5),
    }),
  ),
] as const
