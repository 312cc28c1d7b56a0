import type { CompiledNode, CompiledWorkflow } from '../workflow/graph.ts'
import { readValue, renderShort } from '../workflow/template.ts'
import type { AnyNode, Verdict } from './define-node.ts'
import type { CampaignFacts, CustomerState, MessageOutcome, NodeFacts } from './facts.ts'
import { stableRandom } from './stable-random.ts'

/** What is known around a run when one of its nodes is asked something. */
export interface Scene {
  workflow: CompiledWorkflow
  nodes: Readonly<Record<string, AnyNode>>
  campaign: CampaignFacts
  state: CustomerState
  /** The message of the step at which the run rests, once its fate is known, by node id. */
  messages: ReadonlyMap<string, MessageOutcome>
  /** Wall clock. */
  now: Date
  /** The campaign's clock: `now` less all the time it stood paused. */
  clock: Date
  /** One number a run for round robin. */
  position: number
}

/** What a run itself contributes to what its nodes see. */
export interface Seer {
  id: number
  customerId: string
  startedAt: Date
  /** What made the customer enroll: `{{trigger.*}}`. */
  trigger: { type: string; payload: unknown }
}

/** Outputs that something downstream reads, by node id. */
export type Outputs = Record<string, Record<string, unknown>>

/** The eyes of one run's nodes: makes what `execute`, `resume`, `judge` and `reached` are given. */
export class Sight {
  private scope: Record<string, unknown> | null = null
  private kept: Outputs
  private readonly run: Seer
  private readonly scene: Scene

  constructor(run: Seer, scene: Scene, outputs: Outputs) {
    this.run = run
    this.scene = scene
    this.kept = outputs
  }

  /** An output was kept: later templates see it. */
  keep(outputs: Outputs): void {
    this.kept = outputs
    this.scope = null
  }

  /** What a node's definition is given, the customer having come to it at `enteredAt`. */
  input(node: CompiledNode, definition: AnyNode, enteredAt: Date) {
    const { scene, run } = this
    const { customer, scores } = scene.state
    const facts: Partial<NodeFacts> = {}
    for (const name of definition.reads) {
      if (name === 'campaign') facts.campaign = scene.campaign
      else if (name === 'message') facts.message = scene.messages.get(node.id) ?? null
      else if (name === 'position') facts.position = scene.position
      else {
        const chosen = node.config.criterionId
        const id = typeof chosen === 'string' ? chosen : scene.campaign.defaultCriterionId
        if (name === 'criterion') {
          facts.criterion = id === null ? null : { id, name: scene.campaign.criteria.get(id) ?? null }
        } else facts.score = id === null ? 0 : (scores.get(id) ?? 0)
      }
    }
    return {
      ...facts,
      config: node.config,
      customer,
      now: scene.now,
      clock: scene.clock,
      ways: new Set(Object.keys(node.out)),
      read: (input: string) => readValue(input, this.templateScope()),
      render: (template: string) => renderShort(template, this.templateScope()),
      random: () => stableRandom(run.customerId, scene.campaign.id, node.id),
      step: { nodeId: node.id, runId: run.id, enteredAt },
      ...(node.guards && { guards: this.guards(node, enteredAt) }),
    }
  }

  /** The guards at the heads of a node's branches, each judged when the node asks for it. */
  private guards(node: CompiledNode, enteredAt: Date) {
    return (node.guards ?? []).map(({ branch, nodeId, fallback }) => ({
      branch,
      fallback,
      judge: (): Verdict => {
        const guard = this.scene.workflow.nodes[nodeId]
        const definition = guard && this.scene.nodes[guard.type]
        if (!guard || !definition?.judge) throw new Error(`The branch “${branch}” has no path that can be judged.`)
        return definition.judge(this.input(guard, definition, enteredAt))
      },
    }))
  }

  /** What `{{…}}` sees. Built when first asked for, and again after an output was kept. */
  private templateScope(): Record<string, unknown> {
    this.scope ??= {
      customer: this.scene.state.customer,
      product: this.scene.campaign.primaryProduct ?? {},
      trigger: this.run.trigger,
      run: { id: this.run.id, startedAt: this.run.startedAt },
      node: Object.fromEntries(Object.entries(this.kept).map(([id, output]) => [id, { output }])),
      org: { name: this.scene.campaign.orgName },
    }
    return this.scope
  }
}
