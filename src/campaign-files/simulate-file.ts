import { catalogue } from '../catalogue/catalogue.ts'
import type { CampaignFacts } from '../engine/facts.ts'
import { nodes } from '../nodes/index.ts'
import type { Expectations } from '../simulate/expectations.ts'
import { peopleOf } from '../simulate/population.ts'
import { createSimulation } from '../simulate/simulate.ts'
import type { SimulationResult } from '../simulate/tally.ts'
import type { SimulatedCustomer } from '../simulate/walk.ts'
import { references } from '../workflow/compile.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { CampaignFile } from './format.ts'
import { graphOf } from './read.ts'

/** Stands for the criterion of the primary product, which a file does not name. */
const impliedCriterion = 'primary-product'

/**
 * Simulates a campaign file without any database: made-up customers, or those given, in a workspace that has all that the file refers to.
 */
export async function simulateFile(
  file: CampaignFile,
  workflow: CompiledWorkflow,
  { customers, rates, seed, start, timezone, trigger }: Expectations['assume'],
  given: AsyncIterable<SimulatedCustomer> | null = null,
): Promise<SimulationResult> {
  const startAt = new Date(start)
  const found = references(graphOf(file), catalogue)
  const used = (kind: string) => found.flatMap(({ ref, value }) => (ref === kind && value !== null ? [value] : []))
  const primary = file.products.find((product) => product.primary)
  const campaign: CampaignFacts = {
    id: 'file',
    workspaceId: 0,
    name: file.name,
    orgName: 'Sample organisation',
    timezone,
    ownerId: 'owner',
    activeMembers: new Set(['owner', ...used('member')]),
    primaryProduct: primary ? { id: primary.id, name: primary.name } : null,
    products: new Map(used('product').map((id) => [id, { id, name: id }])),
    defaultCriterionId: primary ? impliedCriterion : null,
    criteria: new Map([
      [impliedCriterion, `the criterion of ${primary?.name ?? 'the primary product'}`],
      ...used('criterion').map((id): [string, string] => [id, `“${id}”`]),
    ]),
  }
  const type = String(workflow.nodes[workflow.start]?.config.type ?? 'manual')
  const setup = { workflow, nodes, campaign, startAt, trigger: { type, payload: trigger }, frequencyCap: null }
  const simulation = createSimulation(setup, rates, seed)
  const people = given ?? peopleOf(customers, { seed, startAt, criterionIds: [impliedCriterion, ...used('criterion')] })
  for await (const person of people) simulation.add([person])
  return simulation.result()
}
