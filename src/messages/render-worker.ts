/**
 * Renders messages in a thread that can be killed (TRUST S20): Liquid's own limits are cooperative, and one expression can run for
 * seconds before they are looked at. Answers each batch at once; `progress[0]` holds the position under work, for who watches the time.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { createComposer, type RenderJob } from './compose.ts'
import type { RenderResult } from './renderer.ts'

const compose = createComposer()
const { progress } = workerData as { progress: Int32Array }

parentPort?.on('message', ({ batch, jobs }: { batch: number; jobs: RenderJob[] }) => {
  const results: RenderResult[] = []
  const bytes = new Set<ArrayBuffer>()
  jobs.forEach((job, index) => {
    Atomics.store(progress, 0, index)
    try {
      const message = compose(job)
      const raw = new Uint8Array(message.raw)
      bytes.add(raw.buffer)
      results.push({ ok: true, message: { ...message, raw } })
    } catch (error) {
      results.push({ ok: false, error: error instanceof Error ? error.message : String(error) })
    }
  })
  Atomics.store(progress, 0, -1)
  parentPort?.postMessage({ batch, results }, [...bytes])
})
