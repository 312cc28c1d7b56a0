import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Problem } from '../errors.ts'
import type { Rates } from './behaviour.ts'
import type { SimulationResult } from './tally.ts'
import type { Setup, SimulatedCustomer } from './walk.ts'

/** What a simulation's thread is started with; it brings the node types itself. */
export interface SimulationOrder {
  setup: Omit<Setup, 'nodes'>
  rates: Rates
  seed: string
}

/** What the thread answers to each portion, and at the end with the result. */
export interface SimulationReport {
  result: SimulationResult | null
}

/** Simulations at once in this process; each keeps a core busy. */
const mostAtOnce = 2
let underWay = 0

/**
 * Runs a simulation in a thread of its own. The next portion of customers is read while the one before is simulated. `walked` hears
 * after each portion how many customers are done.
 * @throws Problem `rate_limited` when too many run already, `unavailable` when the caller is gone
 */
export async function runSimulation(
  order: SimulationOrder,
  portions: AsyncIterable<SimulatedCustomer[]>,
  signal?: AbortSignal,
  walked: (done: number) => void = () => undefined,
): Promise<SimulationResult> {
  if (underWay >= mostAtOnce) {
    throw new Problem('rate_limited', `${underWay} simulations are running here already. Try again when one is done.`)
  }
  underWay += 1
  const worker = new Worker(new URL('./simulate-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
    // Nothing of the process's secrets is of use to a simulation.
    env: {},
  })
  const ask = async (customers: SimulatedCustomer[] | null): Promise<SimulationReport> => {
    worker.postMessage(customers)
    // Rejects when the thread throws.
    const [report] = (await once(worker, 'message', signal ? { signal } : {})) as [SimulationReport]
    return report
  }
  try {
    let busy: Promise<unknown> = Promise.resolve()
    let done = 0
    for await (const portion of portions) {
      await busy
      busy = ask(portion).then(() => {
        done += portion.length
        walked(done)
      })
      // Looked at when the next portion is there.
      busy.catch(() => undefined)
    }
    await busy
    const { result } = await ask(null)
    if (!result) throw new Error('The simulation ended without a result.')
    return result
  } catch (cause) {
    if (signal?.aborted) throw new Problem('unavailable', 'The simulation was given up.', { cause })
    throw cause
  } finally {
    underWay -= 1
    await worker.terminate()
  }
}
