import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RenderedMessage, RenderJob } from './compose.ts'

/** A message, or why there is none. */
export type RenderResult = { ok: true; message: RenderedMessage } | { ok: false; error: string }

/** Renders templates that strangers wrote, in threads with a heap of their own. */
export interface Renderer {
  /** One result a job, in order. Never rejects for what a template does. */
  render(jobs: readonly RenderJob[]): Promise<RenderResult[]>
  close(): Promise<void>
}

interface Batch {
  jobs: readonly RenderJob[]
  resolve(results: RenderResult[]): void
}

/** Longest time for one message, in ms (TRUST S20). */
const deadlineMs = 1_000
const lookEveryMs = 200
const batchSize = 32
const killed = 'The template takes too long or too much memory, so rendering it was stopped.'

/**
 * A pool of render workers. A message that hangs, or exhausts its worker's memory, takes the worker with it; the rest of its batch is
 * rendered again by the next one. Workers are started when needed and do not keep the process alive.
 */
export function createRenderer(options: { workers?: number } = {}): Renderer {
  const most = options.workers ?? Math.max(1, Math.min(4, availableParallelism() - 1))
  const queue: Batch[] = []
  const workers = new Set<RenderWorker>()
  let closed = false

  const next = () => {
    if (closed) return
    for (const worker of workers) {
      if (queue.length === 0) return
      const batch = worker.idle ? queue.shift() : undefined
      if (batch) worker.take(batch)
    }
    while (queue.length > 0 && workers.size < most) {
      const worker = new RenderWorker(next, (gone, unfinished, blamed) => {
        workers.delete(gone)
        if (unfinished) void again(unfinished, blamed)
        next()
      })
      workers.add(worker)
      const batch = queue.shift()
      if (batch) worker.take(batch)
    }
  }

  const enqueue = (jobs: readonly RenderJob[]): Promise<RenderResult[]> =>
    new Promise((resolve) => {
      queue.push({ jobs, resolve })
      next()
    })

  /** The batch of a worker that was lost: without the message it was at, which gets the blame. */
  async function again(batch: Batch, blamed: number): Promise<void> {
    const rest = batch.jobs.filter((_, index) => index !== blamed)
    const results = rest.length === 0 ? [] : await enqueue(rest)
    if (blamed >= 0) results.splice(blamed, 0, { ok: false, error: killed })
    batch.resolve(results)
  }

  return {
    async render(jobs) {
      if (closed) return jobs.map(() => ({ ok: false, error: 'Rendering was stopped.' }))
      const batches: Promise<RenderResult[]>[] = []
      for (let start = 0; start < jobs.length; start += batchSize) {
        batches.push(enqueue(jobs.slice(start, start + batchSize)))
      }
      return (await Promise.all(batches)).flat()
    },
    async close() {
      closed = true
      const gone = queue.splice(0)
      for (const batch of gone) batch.resolve(batch.jobs.map(() => ({ ok: false, error: 'Rendering was stopped.' })))
      await Promise.all([...workers].map((worker) => worker.terminate()))
    },
  }
}

class RenderWorker {
  private readonly worker: Worker
  private readonly progress = new Int32Array(new SharedArrayBuffer(4))
  private batch: Batch | null = null
  private number = 0
  private watch: NodeJS.Timeout | undefined

  constructor(onIdle: () => void, onGone: (self: RenderWorker, unfinished: Batch | null, blamed: number) => void) {
    this.worker = new Worker(new URL('./render-worker.ts', import.meta.url), {
      workerData: { progress: this.progress },
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 24, codeRangeSizeMb: 16, stackSizeMb: 4 },
      // Nothing of the process's secrets is of use to a template.
      env: {},
    })
    this.worker.unref()
    this.worker.on('message', ({ batch, results }: { batch: number; results: RenderResult[] }) => {
      if (batch !== this.number || this.batch === null) return
      const done = this.batch
      this.rest()
      done.resolve(results)
      onIdle()
    })
    // Out of memory, or terminated: `exit` follows and does the rest.
    this.worker.on('error', () => {})
    this.worker.on('exit', () => {
      const unfinished = this.batch
      const blamed = Atomics.load(this.progress, 0)
      this.rest()
      onGone(this, unfinished, blamed)
    })
  }

  get idle(): boolean {
    return this.batch === null
  }

  take(batch: Batch): void {
    this.batch = batch
    this.number += 1
    Atomics.store(this.progress, 0, -1)
    this.worker.ref()
    this.worker.postMessage({ batch: this.number, jobs: batch.jobs })
    let seen = -1
    let since = performance.now()
    this.watch = setInterval(() => {
      const at = Atomics.load(this.progress, 0)
      if (at !== seen || at === -1) {
        seen = at
        since = performance.now()
      } else if (performance.now() - since > deadlineMs) {
        void this.worker.terminate()
      }
    }, lookEveryMs)
  }

  async terminate(): Promise<void> {
    await this.worker.terminate()
  }

  private rest(): void {
    clearInterval(this.watch)
    this.batch = null
    this.worker.unref()
  }
}
