import type { App } from '../app.ts'
import { callHttp } from '../channels/http-call.ts'
import type { Loop } from '../engine/scheduler.ts'
import {
  forgetOld,
  type HeldDelivery,
  holdDeliveries,
  nextDeliveryDue,
  requeueLost,
  settleDelivery,
} from './deliver-sql.ts'
import { feedWebhooks } from './feed-sql.ts'
import { signatureHeaders } from './sign.ts'
import { judge, type Verdict } from './verdict.ts'

/** Deliveries to one receiver at once. */
const width = 20
/** Longest a receiver may take, in ms (Standard Webhooks: 15 to 30 seconds). */
const timeoutMs = 15_000
/** Longer than a try may take, and the writing of what came of it. */
export const leaseMs = 60_000
const idleMs = 5_000
const houseEveryMs = 60_000

/** Where a webhook's secret is sealed to. */
export const secretPlace = (workspaceId: number, id: string): string => `${workspaceId}|webhook|secret|${id}`

/** Makes one try of a delivery in hand and records what came of it. `once`: a failure is not tried again. */
export async function deliver(
  { db, env, keys }: Pick<App, 'db' | 'env' | 'keys'>,
  delivery: HeldDelivery,
  once = false,
): Promise<Verdict> {
  const place = secretPlace(delivery.workspaceId, delivery.webhookId)
  const secrets = [delivery.secret, delivery.previousSecret].flatMap((sealed) => sealed ?? [])
  const message = { id: delivery.id, at: delivery.now, body: delivery.body }
  const headers = {
    'content-type': 'application/json',
    ...signatureHeaders(
      message,
      secrets.map((sealed) => keys.decrypt(sealed, place)),
    ),
  }
  const startedAt = performance.now()
  const call = { method: 'POST', url: delivery.url, headers, body: delivery.body }
  const verdict = judge(await callHttp(call, { allowPrivateHosts: env.allowPrivateHosts, timeoutMs }))
  const made = { startedAt: delivery.now, tookMs: Math.round(performance.now() - startedAt), headers }
  await settleDelivery(db, delivery, verdict, made, once)
  return verdict
}

/** The loops of outgoing webhooks: one turns events into deliveries, the other makes them. */
export function createWebhookLoops(app: Pick<App, 'db' | 'env' | 'keys'>): Loop[] {
  const { db } = app
  let housekeptAt = Number.NEGATIVE_INFINITY
  return [
    {
      name: 'webhook events',
      idleMs,
      async pass() {
        return { again: await feedWebhooks(db), nextAt: null }
      },
    },
    {
      name: 'webhooks',
      concurrency: 8,
      idleMs,
      async pass(help) {
        if (performance.now() - housekeptAt > houseEveryMs) {
          housekeptAt = performance.now()
          await requeueLost(db)
          await forgetOld(db)
        }
        const held = await holdDeliveries(db, width, leaseMs)
        if (held.length > 0) help?.()
        await Promise.all(held.map((delivery) => deliver(app, delivery)))
        const again = held.length > 0
        return { again, nextAt: again ? null : await nextDeliveryDue(db) }
      },
    },
  ]
}
