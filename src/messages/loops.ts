import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { createDeliverer } from './deliver.ts'
import { sweepMessages } from './sweep-sql.ts'

/** How often what dead workers had in hand is looked for, in ms. */
const sweepEveryMs = 5_000

/** The loops that hand messages over and clean up after workers that died. */
export function createMessageLoops(app: App): Loop[] {
  const sweep: Loop = {
    name: 'sweep messages',
    deaf: true,
    idleMs: sweepEveryMs,
    async pass() {
      const { requeued, unconfirmed } = await sweepMessages(app.db)
      if (unconfirmed > 0) app.log.warn({ unconfirmed }, 'A worker died with messages in hand; they are unconfirmed')
      return { again: requeued + unconfirmed > 0, nextAt: new Date(Date.now() + sweepEveryMs) }
    },
  }
  return [createDeliverer(app), sweep]
}
