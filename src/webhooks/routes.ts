import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../app.ts'
import { checkHost, HostRefused } from '../channels/hosts.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { changed } from '../http/version.ts'
import { newSecret } from '../triggers/signature.ts'
import { audit } from '../workspaces/audit.ts'
import { deliver, leaseMs, secretPlace } from './deliver.ts'
import { holdTest, resendDeliveries } from './deliver-sql.ts'
import { webhookEvents } from './events.ts'
import {
  addWebhook,
  changeWebhook,
  findDelivery,
  findWebhook,
  listDeliveries,
  listWebhooks,
  newWebhookId,
  removeWebhook,
  rotateSecret,
} from './queries.ts'

const count = z.number().int().nonnegative()

const webhookBody = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.enum(webhookEvents)),
  enabled: z.boolean(),
  offReason: z.enum(['gone', 'failing']).nullable().meta({
    description: 'Why it was switched off by itself: its receiver answered 410, or has taken nothing for five days.',
  }),
  offAt: instant.nullable(),
  failingSince: instant.nullable().meta({ description: 'Since when every delivery has failed.' }),
  previousSecretUntil: instant
    .nullable()
    .meta({ description: 'Until when the secret before the last one signs along.' }),
  deliveries: z
    .object({ delivered: count, failed: count, waiting: count })
    .meta({ description: 'Of the last seven days.' }),
  version: z.number().int(),
  createdAt: instant,
  updatedAt: instant,
})

const secretField = z.string().meta({ description: 'What signatures are made with (whsec_…). Shown this once.' })

const deliveryState = z.enum(['queued', 'handing', 'delivered', 'failed'])
const deliveryBody = z.object({
  id: z.uuid().meta({ description: 'Also the webhook-id that the receiver sees, the same at every try.' }),
  webhookId: z.uuid(),
  event: z.string(),
  state: deliveryState,
  reason: z.string().nullable(),
  attempts: count,
  status: z.number().int().nullable(),
  nextAt: instant.nullable(),
  createdAt: instant,
  finishedAt: instant.nullable(),
})
const deliveryDetail = deliveryBody.extend({
  body: z.string().nullable().meta({ description: 'What is sent; null when its person was erased.' }),
  tries: z.array(
    z.object({
      at: instant,
      tookMs: count,
      status: z.number().int().nullable(),
      reason: z.string().nullable(),
      requestHeaders: z.record(z.string(), z.string()),
      response: z.string().nullable(),
    }),
  ),
})

const fields = {
  name: z.string().trim().max(200),
  url: z.string().trim().min(1, 'Write the address that is called.').max(2_000),
  events: z
    .array(z.enum(webhookEvents))
    .min(1, 'Choose at least one event.')
    .transform((events) => [...new Set(events)]),
  enabled: z.boolean(),
}

/** Checks that a URL may be called: http or https, no login in it, a host on the public internet or listed by the operator. @throws Problem `invalid` */
async function requireReachable({ env }: App, given: string): Promise<string> {
  const url = URL.canParse(given) ? new URL(given) : null
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalidField('url', 'invalid_url', 'Write a whole address that begins with https:// or http://.')
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidField(
      'url',
      'login_in_url',
      'Leave user name and password out of the address: the signature proves who calls.',
    )
  }
  url.hash = ''
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  try {
    await checkHost(url.hostname.replace(/^\[|\]$/g, ''), port, env.allowPrivateHosts)
  } catch (error) {
    if (!(error instanceof HostRefused)) throw error
    throw invalidField('url', `${error.reason}_host`, error.message)
  }
  return url.href
}

/** @throws Problem `not_found` */
async function readWebhook(app: App, workspaceId: number, id: string) {
  const found = await findWebhook(app.db, workspaceId, id)
  if (!found) throw notFound('webhook')
  return found
}

export const webhookRoutes = [
  route(
    {
      method: 'GET',
      path: '/webhooks',
      id: 'listWebhooks',
      summary: 'Outgoing webhooks, newest first',
      access: 'webhooks.manage',
      query: pageQuery,
      response: pageOf(webhookBody),
    },
    async ({ app, workspaceId, query }) => {
      const before = decodeCursor(query.cursor, z.uuid())
      const rows = await listWebhooks(app.db, workspaceId, { limit: query.limit, before })
      return page(rows, query.limit, (row) => row.id)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/webhooks',
      id: 'createWebhook',
      summary: 'Call an address whenever chosen things happen; signed as Standard Webhooks',
      access: 'webhooks.manage',
      body: z.strictObject({
        name: fields.name.optional(),
        url: fields.url,
        events: fields.events,
        enabled: fields.enabled.default(true),
      }),
      response: webhookBody.extend({ secret: secretField }),
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body } = context
      const url = await requireReachable(app, body.url)
      const name = body.name || new URL(url).host
      const secret = newSecret()
      const id = await app.db.transaction().execute(async (tx) => {
        const added = await newWebhookId(tx)
        const sealed = app.keys.encrypt(secret, secretPlace(workspaceId, added))
        await addWebhook(tx, workspaceId, added, { ...body, name, url }, sealed)
        await audit(tx, context, 'webhook.created', 'webhook', added, { name, url, events: body.events })
        return added
      })
      return { ...(await readWebhook(app, workspaceId, id)), secret }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/webhooks/:id',
      id: 'getWebhook',
      summary: 'Read one webhook',
      access: 'webhooks.manage',
      params: idParams,
      response: webhookBody,
    },
    async ({ app, workspaceId, params }) => await readWebhook(app, workspaceId, params.id),
  ),
  route(
    {
      method: 'PATCH',
      path: '/webhooks/:id',
      id: 'changeWebhook',
      summary: 'Change a webhook, or switch it off and on; on, it hears what happens from then on',
      access: 'webhooks.manage',
      params: idParams,
      body: z.strictObject({
        name: fields.name.min(1, 'Give it a name.').optional(),
        url: fields.url.optional(),
        events: fields.events.optional(),
        enabled: fields.enabled.optional(),
      }),
      response: webhookBody,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const url = body.url === undefined ? undefined : await requireReachable(app, body.url)
      const { name, events, enabled } = body
      const given = Object.entries({ name, url, events, enabled }).filter(([, value]) => value !== undefined)
      await app.db.transaction().execute(async (tx) => {
        await changed(
          await changeWebhook(tx, workspaceId, params.id, Object.fromEntries(given), ifMatch),
          'webhook',
          () => findWebhook(tx, workspaceId, params.id),
        )
        await audit(tx, context, 'webhook.changed', 'webhook', params.id, Object.fromEntries(given))
      })
      await app.wake()
      return await readWebhook(app, workspaceId, params.id)
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/webhooks/:id',
      id: 'deleteWebhook',
      summary: 'Delete a webhook with its log',
      access: 'webhooks.manage',
      params: idParams,
      response: nothing,
      status: 204,
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const { name, url } = await readWebhook(app, workspaceId, params.id)
      await app.db.transaction().execute(async (tx) => {
        await removeWebhook(tx, workspaceId, params.id)
        await audit(tx, context, 'webhook.deleted', 'webhook', params.id, { name, url })
      })
      return undefined
    },
  ),
  route(
    {
      method: 'POST',
      path: '/webhooks/:id/rotate-secret',
      id: 'rotateWebhookSecret',
      summary: 'Make a new signing secret; the one before signs along for a day',
      access: 'webhooks.manage',
      params: idParams,
      body: z.strictObject({}).optional(),
      response: z.object({ secret: secretField, previousSecretUntil: instant }),
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const secret = newSecret()
      const sealed = app.keys.encrypt(secret, secretPlace(workspaceId, params.id))
      return await app.db.transaction().execute(async (tx) => {
        const rotated = await rotateSecret(tx, workspaceId, params.id, sealed)
        if (!rotated) throw notFound('webhook')
        await audit(tx, context, 'webhook.secret_rotated', 'webhook', params.id)
        return { secret, ...rotated }
      })
    },
  ),
  route(
    {
      method: 'POST',
      path: '/webhooks/:id/test',
      id: 'testWebhook',
      summary: 'Send webhook.test once, now, and answer what came back',
      access: 'webhooks.manage',
      params: idParams,
      body: z.strictObject({}).optional(),
      response: deliveryDetail,
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const held = await app.db.transaction().execute(async (tx) => {
        const delivery = await holdTest(tx, workspaceId, params.id, randomUUID(), leaseMs)
        if (!delivery) throw notFound('webhook')
        await audit(tx, context, 'webhook.tested', 'webhook', params.id)
        return delivery
      })
      await deliver(app, held, true)
      return await readDelivery(app, workspaceId, held.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/webhooks/:id/deliveries',
      id: 'listWebhookDeliveries',
      summary: 'What a webhook was told, newest first; kept for 30 days',
      access: 'webhooks.manage',
      params: idParams,
      query: pageQuery.extend({ state: deliveryState.optional(), event: z.string().max(100).optional() }),
      response: pageOf(deliveryBody),
    },
    async ({ app, workspaceId, params, query }) => {
      await readWebhook(app, workspaceId, params.id)
      const { cursor, ...filter } = query
      const before = decodeCursor(cursor, z.uuid())
      const rows = await listDeliveries(app.db, workspaceId, { webhookId: params.id, ...filter, before })
      return page(rows, query.limit, (row) => row.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/deliveries/:id',
      id: 'getWebhookDelivery',
      summary: 'One delivery of a webhook: what was sent, and every try',
      access: 'webhooks.manage',
      params: idParams,
      response: deliveryDetail,
    },
    async ({ app, workspaceId, params }) => await readDelivery(app, workspaceId, params.id),
  ),
  route(
    {
      method: 'POST',
      path: '/deliveries/:id/resend',
      id: 'resendWebhookDelivery',
      summary: 'Send a finished delivery again, with the same id and body',
      access: 'webhooks.manage',
      params: idParams,
      body: z.strictObject({}).optional(),
      response: deliveryDetail,
      status: 202,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      await app.db.transaction().execute(async (tx) => {
        const delivery = await findDelivery(tx, workspaceId, params.id)
        if (!delivery) throw notFound('delivery')
        if ((await resendDeliveries(tx, workspaceId, [params.id])) === 0) {
          const erased = delivery.body === null
          throw new Problem(
            'wrong_state',
            erased
              ? 'What was sent is no longer kept, as its person was erased.'
              : 'It is on its way: only a delivery that came to an end can be sent again.',
            { extra: { state: delivery.state, allowed: [] } },
          )
        }
        await audit(tx, context, 'webhook.resent', 'webhook', delivery.webhookId, { deliveryId: params.id })
      })
      return await readDelivery(app, workspaceId, params.id)
    },
  ),
] as const

/** @throws Problem `not_found` */
async function readDelivery(app: App, workspaceId: number, id: string) {
  const found = await findDelivery(app.db, workspaceId, id)
  if (!found) throw notFound('delivery')
  return found
}
