import type { App } from '../app.ts'
import type { Tx } from '../db/database.ts'
import type { Loop, Pass } from '../engine/scheduler.ts'
import { reactPass } from '../firings/react.ts'
import { letTimePass } from './age-sql.ts'
import { demoClient, type Served } from './client.ts'
import {
  aloneWith,
  beginAnew,
  beginStage,
  type Demo,
  demosUnderWay,
  endStage,
  failDemo,
  isBusy,
  readDemo,
  withKey,
} from './demo-sql.ts'
import { removeExamples } from './example-removal-sql.ts'
import { removeWorkspace } from './remove-sql.ts'
import { type DemoFacts, stages } from './stages.ts'

/** How often in a row nothing must be due before the campaigns count as settled, and how far apart one looks, in ms. */
const quietLooks = 2
const lookMs = 100
/** Looks after which campaigns that do not settle are given up: two minutes. */
const mostLooks = 1_200

/**
 * Fills demo workspaces a stage a pass, and takes away those, and examples, that are to go. A stage is begun in a commit of its own: one
 * that was begun and is nobody's any more was cut off, and the demo is made anew. `serve` opens the API inside this process.
 */
export function createDemoLoop(app: App, serve: () => Promise<Served>): Loop {
  const { db } = app
  let served: Promise<Served> | undefined
  let isStopping = false
  const looks = new Map<number, { quiet: number; all: number }>()

  const settle = async (workspaceId: number): Promise<'settled' | 'busy'> => {
    const before = looks.get(workspaceId) ?? { quiet: 0, all: 0 }
    const now = { quiet: (await isBusy(db, workspaceId)) ? 0 : before.quiet + 1, all: before.all + 1 }
    if (now.all > mostLooks) throw new Error('The demo campaigns do not settle; throughline doctor may say why.')
    if (now.quiet < quietLooks) {
      looks.set(workspaceId, now)
      // The campaigns that keep enrolling look every few seconds by themselves; here somebody watches.
      if (now.quiet === 0) await reactPass(app)
      return 'busy'
    }
    looks.delete(workspaceId)
    return 'settled'
  }

  const load = async (demo: Demo): Promise<void> => {
    const { workspaceId } = demo
    const stage = stages[demo.stage]
    if (stage === undefined) return
    const end = async (tx: Tx, found: unknown = {}): Promise<void> =>
      await endStage(tx, workspaceId, found, demo.stage === stages.length - 1)
    try {
      if ('settle' in stage) {
        if ((await settle(workspaceId)) === 'settled') await db.transaction().execute(end)
        return
      }
      if ('hours' in stage) {
        if ((await settle(workspaceId)) !== 'settled') return
        if (await letTimePass(db, workspaceId, stage.hours, end)) await app.wake()
        return
      }
      if (demo.begun) return await beginAnew(db, demo)
      if (!(await beginStage(db, workspaceId))) return
      served ??= serve()
      const api = await served
      const found = await withKey(
        db,
        workspaceId,
        async (key) => await stage.run(demoClient(api, key), demo.facts as unknown as DemoFacts),
      )
      await db.transaction().execute(async (tx) => await end(tx, found))
    } catch (error) {
      looks.delete(workspaceId)
      app.log.error({ err: error, workspaceId, stage: stage.doing }, 'The demo workspace could not be loaded')
      await failDemo(db, workspaceId, error instanceof Error ? error.message.slice(0, 500) : String(error))
    }
  }

  const advance = async ({ workspaceId }: Demo): Promise<void> => {
    await aloneWith(db, workspaceId, async () => {
      // Read again under the lock: the stage may be done by now.
      const demo = await readDemo(db, workspaceId)
      if (demo?.state === 'loading') await load(demo)
      else if (demo?.state === 'removing') await removeWorkspace(db, workspaceId, () => isStopping)
    })
  }

  return {
    name: 'demo',
    async pass(): Promise<Pass> {
      const demos = await demosUnderWay(db)
      for (const demo of demos) if (!isStopping) await advance(demo)
      const removed = await removeExamples(db, () => isStopping)
      if (demos.length === 0 && served) {
        await (await served).close()
        served = undefined
      }
      return { again: demos.length > 0 || removed, restMs: lookMs, nextAt: null }
    },
    async stop() {
      isStopping = true
      await (await served)?.close()
    },
  }
}
