/**
 * A simulation in a thread of its own, so that the API answers meanwhile. Takes portions of customers and answers each with how many it
 * has simulated so far; `null` asks for the result.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { nodes } from '../nodes/index.ts'
import type { SimulationOrder, SimulationReport } from './run-simulation.ts'
import { createSimulation } from './simulate.ts'
import type { SimulatedCustomer } from './walk.ts'

const { setup, rates, seed } = workerData as SimulationOrder
const simulation = createSimulation({ ...setup, nodes }, rates, seed)

parentPort?.on('message', (customers: SimulatedCustomer[] | null) => {
  if (customers !== null) simulation.add(customers)
  const report: SimulationReport = { result: customers === null ? simulation.result() : null }
  parentPort?.postMessage(report)
})
