import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'
import { createScheduler, type Pass } from './scheduler.ts'

const log = pino({ level: 'silent' })
const nothing: Pass = { again: false, nextAt: null }

/** A loop of several lanes whose passes end when the test says so. */
function startLoop(concurrency: number) {
  const passes: { help: () => void; end(pass?: Pass): void }[] = []
  const waiting: (() => void)[] = []
  const scheduler = createScheduler({
    log,
    loops: [
      {
        name: 'tested',
        concurrency,
        pass: (help = () => {}) =>
          new Promise<Pass>((resolve) => {
            passes.push({ help, end: (pass = nothing) => resolve(pass) })
            waiting.shift()?.()
          }),
      },
    ],
  })
  scheduler.start()
  return {
    scheduler,
    passes,
    /** The next pass that begins, or began and was not asked for yet. */
    async next() {
      if (passes.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      const pass = passes.shift()
      if (!pass) throw new Error('No pass began.')
      return pass
    },
    async stop() {
      const stopped = scheduler.stop()
      for (const pass of passes) pass.end()
      await stopped
    },
  }
}

/** Lets everything that can go on without the test go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a loop of several lanes', () => {
  it('looks with one lane when something happens, and with another when that one calls for help', async () => {
    const loop = startLoop(3)
    for (let lane = 0; lane < 3; lane += 1) (await loop.next()).end()
    await settled()
    loop.scheduler.wake()
    const first = await loop.next()
    await settled()
    expect(loop.passes).toHaveLength(0)
    first.help()
    const second = await loop.next()
    // While the first is long under way, what happens next is looked at by whoever sleeps.
    loop.scheduler.wake()
    const third = await loop.next()
    for (const pass of [first, second, third]) pass.end()
    await loop.stop()
  })

  it('calls another lane when a pass found more than it took, and lets one alone gather a trickle', async () => {
    const loop = startLoop(2)
    for (let lane = 0; lane < 2; lane += 1) (await loop.next()).end()
    await settled()
    loop.scheduler.wake()
    const first = await loop.next()
    first.end({ again: true, nextAt: null })
    const both = [await loop.next(), await loop.next()]
    for (const pass of both) pass.end({ again: true, restMs: 1, nextAt: null })
    const alone = await loop.next()
    await settled()
    expect(loop.passes).toHaveLength(0)
    alone.end()
    await loop.stop()
  })

  it('misses nothing that happens while all lanes are at work', async () => {
    const loop = startLoop(1)
    const pass = await loop.next()
    loop.scheduler.wake()
    pass.end()
    const again = await loop.next()
    again.end()
    await settled()
    expect(loop.passes).toHaveLength(0)
    await loop.stop()
  })

  it('wakes at the earliest deadline that a lane knows', async () => {
    const loop = startLoop(2)
    const [one, other] = [await loop.next(), await loop.next()]
    one.end({ again: false, nextAt: new Date(Date.now() + 3_600_000) })
    await settled()
    other.end({ again: false, nextAt: new Date(Date.now() + 20) })
    const due = await loop.next()
    await settled()
    expect(loop.passes).toHaveLength(0)
    due.end()
    await loop.stop()
  })
})

describe('the size of a batch', () => {
  it('follows the time that batches take, within its bounds; small ones say nothing', () => {
    const pace = new Pace({ most: 1_000, least: 100 })
    pace.took(1_000, 2_000)
    expect(pace.size).toBe(200)
    pace.took(50, 10_000)
    expect(pace.size).toBe(200)
    pace.took(200, 10_000)
    expect(pace.size).toBe(100)
    pace.took(100, 10)
    expect(pace.size).toBe(150)
    for (let round = 0; round < 10; round += 1) pace.took(pace.size, 10)
    expect(pace.size).toBe(1_000)
  })
})
