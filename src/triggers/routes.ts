import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { requireState } from '../campaigns/lifecycle.ts'
import { type LockedCampaign, lockCampaign } from '../campaigns/lifecycle-sql.ts'
import type { Tx } from '../db/database.ts'
import { invalidField, Problem } from '../errors.ts'
import { firingDetailBody } from '../firings/routes.ts'
import { parseInput } from '../http/input.ts'
import { idParams, nothing, route } from '../http/route.ts'
import { changed, requireVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { stopKeeping } from './campaign-triggers-sql.ts'
import { nextFiring } from './cron.ts'
import { kinds, type TriggerType } from './kinds.ts'
import {
  addTrigger,
  changeTrigger,
  clock,
  findTrigger,
  listTriggers,
  newTriggerId,
  removeTrigger,
  type TriggerRow,
} from './queries.ts'
import { readTrigger, requireTrigger, triggerBody, triggerReadRoutes } from './read-routes.ts'
import type { Timing } from './schedule.ts'
import { sealSecret } from './secrets.ts'
import { newSecret } from './signature.ts'
import { testTrigger } from './test-fire-sql.ts'
import { secret, triggerWebhookRoutes } from './webhook-routes.ts'

/** Most triggers of a campaign. */
const mostTriggers = 50

const bodyOf = <Type extends TriggerType, Config extends z.ZodType>(type: Type, config: Config) =>
  z.strictObject({ type: z.literal(type), config, enabled: z.boolean().default(true) })

/** A trigger as others write it (API.md, “Shapes that others write”). */
export const triggerInput = z.discriminatedUnion('type', [
  bodyOf('manual', kinds.manual.config),
  bodyOf('schedule', kinds.schedule.config),
  bodyOf('webhook', kinds.webhook.config),
  bodyOf('event', kinds.event.config),
])

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
  ...triggerReadRoutes,
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
  ...triggerWebhookRoutes,
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
