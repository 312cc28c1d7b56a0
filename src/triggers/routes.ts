import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../app.ts'
import { requireState } from '../campaigns/lifecycle.ts'
import { type LockedCampaign, lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { findState } from '../campaigns/queries.ts'
import type { Tx } from '../db/database.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { listFirings } from '../firings/queries.ts'
import { firingBody, firingDetailBody } from '../firings/routes.ts'
import { parseInput } from '../http/input.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { changed, requireVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { stopKeeping } from './campaign-triggers-sql.ts'
import { nextFiring, nextFirings } from './cron.ts'
import { cronSentence } from './cron-sentence.ts'
import { kinds, sentenceOf, type TriggerType } from './kinds.ts'
import {
  addTrigger,
  changeTrigger,
  clock,
  findTrigger,
  listAccepted,
  listRefusals,
  listTriggers,
  newTriggerId,
  removeTrigger,
  rotateSecret,
  type TriggerRow,
} from './queries.ts'
import { type Timing, timing } from './schedule.ts'
import { openSecret, sealSecret } from './secrets.ts'
import { newSecret } from './signature.ts'
import { testTrigger } from './test-fire-sql.ts'

/** Most triggers of a campaign. */
const mostTriggers = 50
/** How long the secret before a rotation stays valid unless said, in hours. */
const defaultOverlapHours = 24

const triggerBody = z.object({
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
const secret = z.string().meta({ description: 'Of a webhook, shown this once: whsec_…' })

const bodyOf = <Type extends TriggerType, Config extends z.ZodType>(type: Type, config: Config) =>
  z.strictObject({ type: z.literal(type), config, enabled: z.boolean().default(true) })

/** A trigger as others write it (API.md, “Shapes that others write”). */
export const triggerInput = z.discriminatedUnion('type', [
  bodyOf('manual', kinds.manual.config),
  bodyOf('schedule', kinds.schedule.config),
  bodyOf('webhook', kinds.webhook.config),
  bodyOf('event', kinds.event.config),
])

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

async function readTrigger({ app, workspaceId, origin }: Place, id: string): Promise<z.output<typeof triggerBody>> {
  return show(await requireTrigger(app, workspaceId, id), origin, await clock(app.db))
}

async function requireTrigger({ db }: Pick<App, 'db'>, workspaceId: number, id: string): Promise<TriggerRow> {
  const trigger = await findTrigger(db, workspaceId, id)
  if (!trigger) throw notFound('trigger')
  return trigger
}

/** When a schedule fires next: paused campaigns' come due, too, and are refused. */
const nextOf = (type: TriggerType, config: unknown, enabled: boolean, status: string, now: Date): Date | null =>
  type === 'schedule' && enabled && (status === 'active' || status === 'paused')
    ? nextFiring(config as Timing, now)
    : null

/** @throws Problem `already_exists` for a second manual trigger, `invalid` for too many */
async function requireRoom(tx: Tx, { workspaceId, id }: LockedCampaign, type: TriggerType): Promise<void> {
  const others = await listTriggers(tx, workspaceId, id, { limit: mostTriggers, after: undefined })
  if (others.length >= mostTriggers) {
    throw invalidField('type', 'too_many', `A campaign has at most ${mostTriggers} triggers.`)
  }
  const manual = others.find((other) => other.type === 'manual')
  if (type !== 'manual' || !manual) return
  throw new Problem('already_exists', 'The campaign has a manual trigger already; one is enough for Run now.', {
    extra: { existingId: manual.id },
  })
}

export const triggerRoutes = [
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
      method: 'POST',
      path: '/campaigns/:id/triggers',
      id: 'createTrigger',
      summary: 'Add a trigger; it works at once. A webhook answers with its secret, once',
      access: 'campaigns.write',
      params: idParams,
      body: triggerInput,
      response: triggerBody.extend({ secret: secret.optional() }),
      status: 201,
      idempotent: true,
      errors: ['wrong_state', 'already_exists'],
    },
    async (context) => {
      const { app, workspaceId, params, body, actor } = context
      const { type, config, enabled } = body
      const fresh = type === 'webhook' ? newSecret() : null
      const id = await app.db.transaction().execute(async (tx) => {
        const campaign = await lockCampaign(tx, workspaceId, params.id, 'exclusive')
        requireState(campaign.status, 'change')
        await requireRoom(tx, campaign, type)
        const added = await newTriggerId(tx)
        await addTrigger(tx, {
          id: added,
          workspaceId,
          campaignId: params.id,
          type,
          config,
          enabled,
          nextAt: nextOf(type, config, enabled, campaign.status, await clock(tx)),
          path: fresh === null ? null : randomBytes(32).toString('base64url'),
          secret: fresh === null ? null : sealSecret(app.keys, { workspaceId, id: added }, fresh),
          by: actor.text,
        })
        const stopped = enabled && kinds[type].byItself && (await stopKeeping(tx, params.id))
        await audit(tx, context, 'trigger.created', 'trigger', added, {
          campaignId: params.id,
          type,
          config,
          enabled,
          ...(stopped && { stoppedKeeping: true }),
        })
        return added
      })
      await app.wake()
      return { ...(await readTrigger(context, id)), ...(fresh !== null && { secret: fresh }) }
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
      method: 'PATCH',
      path: '/triggers/:id',
      id: 'changeTrigger',
      summary: 'Switch a trigger on or off, or change its configuration; fields of it that are left out stay',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({
        enabled: z.boolean().optional(),
        config: z
          .record(z.string(), z.unknown())
          .optional()
          .meta({ description: 'As on creation; null takes an optional field away.' }),
      }),
      response: triggerBody,
      errors: ['wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const { campaignId } = await requireTrigger(app, workspaceId, params.id)
      await app.db.transaction().execute(async (tx) => {
        const campaign = await lockCampaign(tx, workspaceId, campaignId, 'exclusive')
        requireState(campaign.status, 'change')
        const before = await requireTrigger({ db: tx }, workspaceId, params.id)
        requireVersion(ifMatch, before.version)
        const config = mergedConfig(before, body.config)
        const enabled = body.enabled ?? before.enabled
        const { type } = before
        const switchedOn = enabled && !before.enabled
        const now = await clock(tx)
        const at = nextOf(type, config, enabled, campaign.status, now)
        await changed(
          await changeTrigger(
            tx,
            workspaceId,
            params.id,
            {
              config,
              enabled,
              // Saving does not move the next firing while cron and zone stay.
              nextAt: at && before.nextAt && isSame(before.config, config, ['cron', 'timezone']) ? before.nextAt : at,
              hearsAnew: type === 'event' && (switchedOn || !isSame(before.config, config, ['event'])),
              remembersAnew: config.refreshAudience === false && before.config.refreshAudience !== false,
            },
            ifMatch,
          ),
          'trigger',
          () => findTrigger(tx, workspaceId, params.id),
        )
        const stopped = switchedOn && kinds[type].byItself && (await stopKeeping(tx, campaignId))
        await audit(tx, context, 'trigger.changed', 'trigger', params.id, {
          campaignId,
          ...(enabled !== before.enabled && { enabled }),
          ...(body.config && { before: before.config, config }),
          ...(stopped && { stoppedKeeping: true }),
        })
      })
      await app.wake()
      return await readTrigger(context, params.id)
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/triggers/:id',
      id: 'deleteTrigger',
      summary: 'Delete a trigger; its firings stay',
      access: 'campaigns.write',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      const { campaignId } = await requireTrigger(app, workspaceId, params.id)
      await app.db.transaction().execute(async (tx) => {
        const campaign = await lockCampaign(tx, workspaceId, campaignId, 'exclusive')
        requireState(campaign.status, 'change')
        const { version, type } = await requireTrigger({ db: tx }, workspaceId, params.id)
        requireVersion(ifMatch, version)
        await removeTrigger(tx, workspaceId, params.id)
        await audit(tx, context, 'trigger.deleted', 'trigger', params.id, { campaignId, type })
      })
      return undefined
    },
  ),
  route(
    {
      method: 'POST',
      path: '/triggers/:id/test',
      id: 'testTrigger',
      summary: 'Fire once for this customer, for real; active campaigns only',
      access: 'campaigns.run',
      params: idParams,
      body: z.strictObject({
        customerId: z.uuid(),
        payload: z.json().optional().meta({ description: 'What {{trigger.payload}} is; nothing unless said.' }),
      }),
      response: firingDetailBody,
      status: 202,
      idempotent: true,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { customerId, payload = null } = context.body
      return await testTrigger(context.app, context, context.params.id, { customerId, payload })
    },
  ),
  route(
    {
      method: 'POST',
      path: '/triggers/:id/rotate-secret',
      id: 'rotateTriggerSecret',
      summary: 'Give a webhook a new secret, shown this once; the old one stays valid for a while',
      access: 'campaigns.write',
      params: idParams,
      body: z
        .strictObject({
          overlapHours: z
            .int()
            .min(0)
            .max(168)
            .default(defaultOverlapHours)
            .meta({ description: 'How long the old secret stays valid; 0 ends it at once.' }),
        })
        .optional(),
      response: triggerBody.extend({ secret }),
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      const overlapHours = body?.overlapHours ?? defaultOverlapHours
      const { campaignId, type } = await requireTrigger(app, workspaceId, params.id)
      if (type !== 'webhook') throw new Problem('wrong_state', 'Only webhooks have a secret.', { extra: { type } })
      const fresh = newSecret()
      await app.db.transaction().execute(async (tx) => {
        const campaign = await lockCampaign(tx, workspaceId, campaignId, 'exclusive')
        requireState(campaign.status, 'change')
        const row = await requireTrigger({ db: tx }, workspaceId, params.id)
        const place = { workspaceId, id: params.id }
        await rotateSecret(tx, workspaceId, params.id, {
          secret: sealSecret(app.keys, place, fresh),
          // Sealed anew: a rotation of SECRET_KEY is not held up by it.
          previous: row.secret === null ? null : sealSecret(app.keys, place, openSecret(app.keys, place, row.secret)),
          overlapHours,
        })
        await audit(tx, context, 'trigger.secret-rotated', 'trigger', params.id, { campaignId, overlapHours })
      })
      return { ...(await readTrigger(context, params.id)), secret: fresh }
    },
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
      method: 'GET',
      path: '/triggers/:id/deliveries',
      id: 'listTriggerDeliveries',
      summary: 'The latest calls of a webhook, accepted and refused, newest first',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery.omit({ cursor: true }),
      response: z.object({
        accepted: z.array(
          z.object({
            firingId: z.uuid(),
            webhookId: z.string().nullable(),
            customer: z.object({ id: z.uuid(), name: z.string() }).nullable(),
            payload: z.unknown(),
            enrolled: z.int(),
            skipped: z.record(z.string(), z.int()),
            at: instant,
          }),
        ),
        refused: z.array(
          z.object({
            reason: z.string().meta({
              description:
                'unsigned, stale, wrong_signature, too_large, malformed, not_active, switched_off, no_customer or invalid',
            }),
            detail: z.string(),
            times: z.int().meta({ description: 'How many of the kind within that minute.' }),
            webhookId: z.string().nullable().meta({ description: 'What the last of them said it was.' }),
            at: instant,
          }),
        ),
      }),
    },
    async ({ app, workspaceId, params, query }) => {
      await requireTrigger(app, workspaceId, params.id)
      return {
        accepted: await listAccepted(app.db, workspaceId, params.id, query.limit),
        refused: await listRefusals(app.db, workspaceId, params.id, query.limit),
      }
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

/** A trigger's configuration with the given fields changed, checked again. @throws Problem `invalid` */
function mergedConfig(
  { type, config }: TriggerRow,
  given: Record<string, unknown> | undefined,
): Record<string, unknown> {
  if (given === undefined) return config
  const merged = Object.fromEntries(Object.entries({ ...config, ...given }).filter(([, value]) => value !== null))
  return parseInput(z.object({ config: kinds[type].config }), { config: merged }, 'body').config
}

const isSame = (before: Record<string, unknown>, after: Record<string, unknown>, fields: readonly string[]): boolean =>
  fields.every((field) => before[field] === after[field])
