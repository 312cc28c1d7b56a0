import type { AnyNode, Verdict, Woke } from '../src/engine/define-node.ts'
import type { CampaignFacts, CustomerFacts, HeardEvent, NodeFacts } from '../src/engine/facts.ts'
import type { Outcome, Why } from '../src/engine/outcome.ts'
import { readValue, renderShort } from '../src/workflow/template.ts'

/** What a step of a test is given; all of it has a usual value. */
export interface StepSetting {
  config?: Record<string, unknown>
  customer?: Partial<CustomerFacts>
  campaign?: Partial<CampaignFacts>
  facts?: Partial<NodeFacts>
  /** Beside the customer: `node`, `trigger`, … */
  scope?: Record<string, unknown>
  now?: Date
  enteredAt?: Date
  /** The campaign's clock; that of the wall unless said. */
  clock?: Date
  /** Labels of its edges. */
  ways?: readonly string[]
  /** What `random` draws; 0.5 unless said. */
  random?: number
  guards?: { branch: string; fallback: boolean; judge(): Verdict }[]
}

const testCampaign: CampaignFacts = {
  id: 'campaign',
  workspaceId: 1,
  name: 'Test',
  orgName: 'Acme',
  timezone: 'Europe/Berlin',
  ownerId: 'campaign-owner',
  activeMembers: new Set(['campaign-owner', 'ann', 'ben', 'cyd']),
  primaryProduct: null,
  products: new Map(),
  defaultCriterionId: null,
  criteria: new Map(),
}

function inputOf(node: AnyNode, setting: StepSetting) {
  const customer = { id: 'customer', ...setting.customer }
  const scope = { customer, org: { name: testCampaign.orgName }, ...setting.scope }
  const now = setting.now ?? new Date('2027-03-01T12:00:00Z')
  return {
    config: node.config.parse(setting.config ?? {}),
    customer,
    campaign: { ...testCampaign, ...setting.campaign },
    criterion: null,
    score: 0,
    position: 0,
    message: null,
    ...setting.facts,
    now,
    clock: setting.clock ?? now,
    ways: new Set(setting.ways ?? ['']),
    random: () => setting.random ?? 0.5,
    read: (input: string) => readValue(input, scope),
    render: (template: string) => renderShort(template, scope),
    step: { nodeId: 'node-1', runId: 1, enteredAt: setting.enteredAt ?? now },
    ...(setting.guards && { guards: setting.guards }),
  }
}

/** What the node decides on arrival, its config parsed by its own definition. */
export const execute = (node: AnyNode, setting: StepSetting = {}): Outcome => node.execute(inputOf(node, setting))

/** What it decides when woken. */
export function resume(node: AnyNode, woke: Woke, setting: StepSetting = {}): Outcome {
  if (!node.resume) throw new Error(`${node.type} does not rest.`)
  return node.resume({ ...inputOf(node, setting), woke })
}

/** Why a customer reaches it by an event (null: by coming in); null when they do not. */
export function reached(node: AnyNode, event: HeardEvent | null, setting: StepSetting = {}): Why | null {
  if (!node.reached) throw new Error(`${node.type} is no goal.`)
  return node.reached({ ...inputOf(node, setting), event })
}

/** Its verdict as the head of a branch. */
export function judge(node: AnyNode, setting: StepSetting = {}): Verdict {
  if (!node.judge) throw new Error(`${node.type} is no guard.`)
  return node.judge(inputOf(node, setting))
}
