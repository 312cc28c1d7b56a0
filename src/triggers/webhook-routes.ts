import { z } from 'zod'
import { requireState } from '../campaigns/lifecycle.ts'
import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { Problem } from '../errors.ts'
import { idParams, instant, pageQuery, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { listAccepted, listRefusals, rotateSecret } from './queries.ts'
import { readTrigger, requireTrigger, triggerBody } from './read-routes.ts'
import { openSecret, sealSecret } from './secrets.ts'
import { newSecret } from './signature.ts'
import webhook, { mappedOf } from './webhook.ts'

/** How long the secret before a rotation stays valid unless said, in hours. */
const defaultOverlapHours = 24

/** A webhook's secret in an answer. */
export const secret = z.string().meta({ description: 'Of a webhook, shown this once: whsec_…' })

/** What concerns webhooks alone: their secret, and the calls that came. */
export const triggerWebhookRoutes = [
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
            mapped: z.array(z.object({ field: z.string(), path: z.string(), value: z.unknown().optional() })).meta({
              description:
                'What the paths of the trigger, as they are now, find in the payload; without `value` where they find nothing.',
            }),
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
      const trigger = await requireTrigger(app, workspaceId, params.id)
      const config = trigger.type === 'webhook' ? webhook.config.parse(trigger.config) : null
      const accepted = await listAccepted(app.db, workspaceId, params.id, query.limit)
      return {
        accepted: accepted.map((call) => ({ ...call, mapped: config ? mappedOf(config, call.payload) : [] })),
        refused: await listRefusals(app.db, workspaceId, params.id, query.limit),
      }
    },
  ),
] as const
