import { type Behaviour, behaveByRates, type Rates } from './behaviour.ts'
import { type SimulationResult, Tally } from './tally.ts'
import { type Setup, type SimulatedCustomer, walkCustomer } from './walk.ts'

/** A simulation under way: customers are added in any portions, and always in the same order for the same result. */
export interface Simulation {
  add(customers: readonly SimulatedCustomer[]): void
  result(): SimulationResult
}

/**
 * Simulates a workflow over many customers (PRODUCT §7): the engine's own `decide` on a virtual clock, with people who behave by
 * assumed rates. Pure and deterministic for a seed; changes nothing but the facts it is given.
 */
export function createSimulation(setup: Setup, rates: Rates, seed: string): Simulation {
  const behaviour: Behaviour = behaveByRates(rates, seed)
  const tally = new Tally(setup.startAt, setup.campaign.timezone)
  let added = 0
  return {
    add(customers) {
      for (const customer of customers) {
        added += 1
        walkCustomer(setup, customer, added, behaviour, tally)
      }
    },
    result: () => tally.result(Object.keys(setup.workflow.nodes)),
  }
}
