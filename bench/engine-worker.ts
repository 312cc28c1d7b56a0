/** A worker process of `bench engine`: the product's Advance loop and nothing else. Talks to its parent over the fork's channel. */
import type pg from 'pg'
import { pino } from 'pino'
import { createKysely, createPool } from '../src/db/database.ts'
import { listen } from '../src/db/listen.ts'
import { createAdvance } from '../src/engine/advance.ts'
import { wakeChannel } from '../src/engine/events-sql.ts'
import { createScheduler } from '../src/engine/scheduler.ts'
import { nodes } from '../src/nodes/index.ts'

/** What the worker answers to `stats`; counters start anew with each question. */
export interface WorkerStats {
  rssMb: number
  /** User and system time of this process, in seconds. */
  cpuSeconds: number
  /** From the start of a batch to its runs being claimed, in ms, one entry a batch. */
  claimMs: number[]
}

const config = JSON.parse(process.env.BENCH_DATABASE ?? '{}') as pg.ClientConfig
const log = pino({ level: 'error' }, pino.destination(2))
const pool = createPool({ ...config, application_name: 'throughline-bench-worker' }, { max: 6 })
let claimMs: number[] = []
let cpu = process.cpuUsage()
const advance = createAdvance({
  db: createKysely(pool),
  nodes,
  log,
  onPoint(point, sinceStartMs) {
    if (point === 'claimed') claimMs.push(sinceStartMs)
  },
})
const scheduler = createScheduler({ loops: [advance], log, anythingDue: advance.anythingDue })
const listener = listen(config, [wakeChannel], () => scheduler.wake(), log)
scheduler.start()

process.on('message', async (message) => {
  if (message === 'stats') {
    const used = process.cpuUsage(cpu)
    const stats: WorkerStats = {
      rssMb: process.memoryUsage().rss / 2 ** 20,
      cpuSeconds: (used.user + used.system) / 1e6,
      claimMs,
    }
    claimMs = []
    cpu = process.cpuUsage()
    process.send?.(stats)
  }
  if (message === 'stop') {
    await Promise.all([scheduler.stop(), listener.close()])
    await pool.end()
    process.disconnect?.()
  }
})
process.send?.('ready')
