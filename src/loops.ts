import { createCounting } from './analytics/loop.ts'
import type { App } from './app.ts'
import { createFollowing } from './campaigns/leaving.ts'
import type { Database } from './db/database.ts'
import { listen } from './db/listen.ts'
import { createDemoLoop } from './demo/loop.ts'
import { createAdvance } from './engine/advance.ts'
import { wakeChannel } from './engine/events-sql.ts'
import { createHousekeeping } from './engine/keep-house.ts'
import { createGoalMarking } from './engine/mark-goals.ts'
import { createScheduler, type Loop } from './engine/scheduler.ts'
import { createTelling } from './engine/tell.ts'
import { createFiringLoops } from './firings/loops.ts'
import { createServer } from './http/server.ts'
import { createImporting } from './imports/job.ts'
import { createJobs } from './jobs/loop.ts'
import { createMessageLoops } from './messages/loops.ts'
import { nodes } from './nodes/index.ts'
import { createScoring } from './products/score-loop.ts'
import { createTelegramReader } from './replies/telegram-loop.ts'
import { createRequesting } from './requests/loop.ts'
import { plugins, routes } from './router.ts'
import { createClickJudge } from './tracking/hits.ts'
import { createTriggerLoops } from './triggers/loops.ts'
import { createWebhookLoops } from './webhooks/deliver.ts'
import { createDiskWatch } from './work/disk-loop.ts'

/** The loops of a worker (docs/architecture.md, "Loops"), and the one question that wakes them all when an announcement was lost. */
export function createLoops(app: App): { loops: Loop[]; anythingDue(): Promise<boolean> } {
  const { db, log } = app
  const advance = createAdvance({ db, log, nodes })
  return {
    loops: [
      advance,
      createTelling(db),
      createGoalMarking({ db, nodes }),
      ...createMessageLoops(app),
      createTelegramReader(app),
      createRequesting(app),
      createClickJudge(app),
      ...createFiringLoops(app),
      ...createTriggerLoops(app),
      createFollowing(app),
      ...createWebhookLoops(app),
      createScoring(app),
      createCounting(app),
      createImporting(app),
      createJobs(app),
      createDemoLoop(app, () => createServer({ app, routes, plugins, webDir: import.meta.dirname })),
      createHousekeeping({ db, log }),
      createDiskWatch(app),
    ],
    anythingDue: advance.anythingDue,
  }
}

/** Starts a worker's loops. Stopping takes no new work and resolves when what is in hand has ended. */
export function startLoops(app: App, { config }: Pick<Database, 'config'>): { stop(): Promise<void> } {
  const scheduler = createScheduler({ ...createLoops(app), log: app.log })
  const listener = listen(config, [wakeChannel], () => scheduler.wake(), app.log)
  scheduler.start()
  return {
    async stop() {
      await Promise.all([scheduler.stop(), listener.close()])
    },
  }
}
