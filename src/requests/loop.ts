import type { App } from '../app.ts'
import { callHttp } from '../channels/http-call.ts'
import type { Loop } from '../engine/scheduler.ts'
import { judge, judgeLost, retryAfterMs, type Verdict } from './answer.ts'
import { type HeldRequest, holdRequests, lostRequests, nextRequestDue, retryRequest, settleRequest } from './queries.ts'

/** Calls under way at once in a process. */
const width = 20
/** Longer than a call may take, and the writing of its answer. */
const leaseMs = 60_000
/** How often lost ones are looked for. */
const idleMs = 30_000

/** The loop that makes the requests of http-request steps (ENGINE, loop 2): recorded as in hand before the first byte, with the step as their key. */
export function createRequesting({ db, env }: Pick<App, 'db' | 'env'>): Loop {
  const settle = (held: HeldRequest, verdict: Verdict): Promise<void> =>
    verdict.is === 'over' ? settleRequest(db, held, verdict.answer) : retryRequest(db, held, retryAfterMs(held.attempt))
  return {
    name: 'requests',
    concurrency: 4,
    idleMs,
    async pass(help) {
      for (const lost of await lostRequests(db, width)) await settle(lost, judgeLost(lost.request.method))
      const held = await holdRequests(db, width, leaseMs)
      if (held.length > 0) help?.()
      await Promise.all(
        held.map(async (one) => {
          const headers = { ...one.request.headers, 'idempotency-key': `run-${one.runId}-${one.nodeId}` }
          const result = await callHttp({ ...one.request, headers }, { allowPrivateHosts: env.allowPrivateHosts })
          await settle(one, judge(result, one.request.method))
        }),
      )
      const again = held.length > 0
      return { again, nextAt: again ? null : await nextRequestDue(db) }
    },
  }
}
