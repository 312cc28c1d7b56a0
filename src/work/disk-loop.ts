import type { App } from '../app.ts'
import { lookAtRoom } from '../disk.ts'
import type { Loop } from '../engine/scheduler.ts'

/** How often the disk is looked at, in ms. */
const everyMs = 5_000

/**
 * The loop that says in the log when the disk of the embedded database runs full, and when there is room again. It asks the file system
 * alone, so that it also speaks while the database is down.
 */
export function createDiskWatch({ env, log }: Pick<App, 'env' | 'log'>): Loop {
  let before: 'enough' | 'little' | 'none' = 'enough'
  return {
    name: 'disk',
    deaf: true,
    idleMs: everyMs,
    async pass() {
      const room = lookAtRoom(env)
      const now = room === null ? 'enough' : room.isFull ? 'none' : 'little'
      if (now !== before) {
        const fields = { dataDir: env.dataDir, freeMb: room?.freeMb }
        if (now === 'none')
          log.error(
            fields,
            'The disk of the database is full: nothing can be saved or sent. Make room; the work goes on by itself then',
          )
        else if (now === 'little') log.warn(fields, 'The disk of the database is nearly full. Make room')
        else log.info(fields, 'The disk of the database has room again')
      }
      before = now
      return { again: false, nextAt: null }
    },
  }
}
