import type { CompiledNode, CompiledWorkflow } from '../workflow/graph.ts'
import { readValue, renderShort } from '../workflow/template.ts'
import type { AnyNode, Verdict, Woke } from './define-node.ts'
import {
  applyEffect,
  type CampaignFacts,
  type CustomerState,
  type Effect,
  type MessageOutcome,
  type NodeFacts,
} from './facts.ts'
import type { EndStatus, Outcome, Why } from './outcome.ts'

/**
 * The walk: takes a run, what is known, and the time; answers with steps, effects and where the run stands then. Pure and
 * synchronous: the engine, Simulate and the tests run this same function.
 *
 * Where a run stands (column `awaiting`):
 *   null      at a node that was not executed yet: `execute`
 *   'time'    rests until its deadline: `resume` by deadline
 *   'message' rests until its message's fate is known: `resume` by message
 *   'event'   rests until an event or its deadline
 *   'skip'    a person said: leave by the default way out
 */
export type Awaiting = 'time' | 'message' | 'event' | 'skip' | null

/** A live run as the walk sees it. */
export interface RunState {
  id: number
  customerId: string
  nodeId: string
  awaiting: Awaiting
  enteredAt: Date
  startedAt: Date
  /** On the campaign's clock. */
  wakeAt: Date | null
  wakeOn: Date | null
  /** Outputs that something downstream reads, by node id. */
  outputs: Record<string, Record<string, unknown>>
  /** Tries at the present node that erred. */
  attempt: number
  /** Steps taken so far. */
  steps: number
  /** What made the customer enroll: `{{trigger.*}}`. */
  trigger: { type: string; payload: unknown }
}

/** What the walk may look at beside the run. */
export interface Surroundings {
  workflow: CompiledWorkflow
  nodes: Readonly<Record<string, AnyNode>>
  campaign: CampaignFacts
  state: CustomerState
  /** The fate of this run's messages that became known since it rested, by node id. */
  messages: ReadonlyMap<string, MessageOutcome>
  /** Wall clock. */
  now: Date
  /** The campaign's clock: `now` less all the time it stood paused. */
  clock: Date
  /** One number a run for round robin. */
  position: number
}

/** One finished step, as history keeps it. */
export interface Step {
  seq: number
  nodeId: string
  /** '' = the default way out; null = the run ended here. */
  label: string | null
  output: Record<string, unknown>
  why: Why | null
  enteredAt: Date
}

export type Standing =
  | {
      is: 'live'
      nodeId: string
      awaiting: Awaiting
      enteredAt: Date
      wakeAt: Date | null
      wakeOn: Date | null
      attempt: number
      error: { code: string; message: string; nodeId: string } | null
    }
  | { is: 'ended'; nodeId: string; status: EndStatus; reason: string }

export interface Decision {
  steps: Step[]
  effects: { nodeId: string; effect: Effect }[]
  standing: Standing
  outputs: Record<string, Record<string, unknown>>
}

/** A walk that passes this many nodes commits and goes on in the next pass. */
const longestWalk = 500
const maxTries = 3
/** Backoff after the first and second error at a node, in ms of the campaign's clock. */
const retryAfterMs = [60_000, 300_000] as const

/** Walks one run until it rests, ends or errs. Changes `state` by the effects it decides, so that later nodes see them. */
export function decide(run: RunState, around: Surroundings): Decision {
  const walk = new Walk(run, around)
  return walk.go()
}

/** 53 bits of a string's hash as a number in [0, 1): stable for ever, because splits must not move (cyrb53, public domain). */
export function stableRandom(...parts: string[]): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  const text = parts.join('\u0000')
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)) / 2 ** 53
}

class Walk {
  private readonly steps: Step[] = []
  private readonly effects: Decision['effects'] = []
  private outputs: RunState['outputs']
  private nodeId: string
  private enteredAt: Date
  private attempt: number
  private scope: Record<string, unknown> | null = null
  private readonly run: RunState
  private readonly around: Surroundings

  constructor(run: RunState, around: Surroundings) {
    this.run = run
    this.around = around
    this.outputs = run.outputs
    this.nodeId = run.nodeId
    this.enteredAt = run.enteredAt
    this.attempt = run.attempt
  }

  go(): Decision {
    let awaiting: Awaiting = this.run.awaiting
    for (let passed = 0; passed < longestWalk; passed += 1) {
      const node = this.around.workflow.nodes[this.nodeId]
      const definition = node && this.around.nodes[node.type]
      if (!node || !definition) {
        return this.err(awaiting, 'node_missing', `This workflow has no step “${this.nodeId}” that can run.`)
      }
      let outcome: Outcome
      try {
        const decided = this.ask(node, definition, awaiting)
        if (decided === 'rest') return this.restUnchanged()
        outcome = decided
      } catch (error) {
        return this.err(awaiting, 'node_threw', error instanceof Error ? error.message : String(error))
      }
      const standing = this.take(node, definition, outcome, awaiting)
      if (standing) return standing
      awaiting = null
    }
    return this.live({ awaiting: null, wakeAt: this.around.clock, wakeOn: null })
  }

  /** Calls execute or resume, whichever the run's standing asks for. */
  private ask(node: CompiledNode, definition: AnyNode, awaiting: Awaiting): Outcome | 'rest' {
    if (awaiting === 'skip') {
      return { is: 'next', output: {}, effects: [], why: { code: 'skipped', text: 'A person skipped this step.' } }
    }
    if (awaiting === null) return definition.execute(this.input(node, definition))
    let woke: Woke
    if (awaiting === 'message') {
      const message = this.around.messages.get(node.id)
      if (!message) return 'rest'
      woke = { by: 'message', message }
    } else {
      if (!this.isDue()) return 'rest'
      woke = { by: 'deadline' }
    }
    return this.resume(node, definition, woke)
  }

  private resume(node: CompiledNode, definition: AnyNode, woke: Woke): Outcome {
    if (!definition.resume) throw new Error(`The node type ${definition.type} rests but cannot resume.`)
    return definition.resume({ ...this.input(node, definition), woke })
  }

  private isDue(): boolean {
    const { wakeAt, wakeOn } = this.run
    return (
      (wakeAt !== null && wakeAt <= this.around.clock) ||
      (wakeOn !== null && wakeOn <= this.around.now) ||
      (wakeAt === null && wakeOn === null)
    )
  }

  /** Applies one outcome: null when the walk goes on. */
  private take(node: CompiledNode, definition: AnyNode, outcome: Outcome, awaiting: Awaiting): Decision | null {
    if (outcome.is === 'fail') return this.err(awaiting, outcome.code, outcome.message)
    for (const effect of outcome.effects) {
      this.effects.push({ nodeId: node.id, effect })
      applyEffect(this.around.state, effect)
    }
    switch (outcome.is) {
      case 'wait-for':
        if (outcome.ms <= 0)
          return this.take(node, definition, this.resume(node, definition, { by: 'deadline' }), awaiting)
        return this.live({ awaiting: 'time', wakeAt: new Date(this.around.clock.getTime() + outcome.ms), wakeOn: null })
      case 'wait-until':
        if (outcome.until <= this.around.now) {
          return this.take(node, definition, this.resume(node, definition, { by: 'deadline' }), awaiting)
        }
        return this.live({ awaiting: 'time', wakeAt: null, wakeOn: outcome.until })
      case 'await-message':
        return this.live({ awaiting: 'message', wakeAt: null, wakeOn: null })
      case 'end':
        this.record(node, null, outcome.output, outcome.why)
        return this.end(outcome.status, outcome.reason)
      case 'next':
      case 'leave': {
        const label = outcome.is === 'leave' ? outcome.when : ''
        this.record(node, label, outcome.output, outcome.why)
        const target = node.out[label]
        if (target === undefined) return this.end('succeeded', 'end-of-flow')
        this.nodeId = target
        this.enteredAt = this.around.now
        this.attempt = 0
        return null
      }
    }
  }

  private record(
    node: CompiledNode,
    label: string | null,
    output: Record<string, unknown>,
    why: Why | undefined,
  ): void {
    this.steps.push({
      seq: this.run.steps + this.steps.length + 1,
      nodeId: node.id,
      label,
      output,
      why: why ?? null,
      enteredAt: this.enteredAt,
    })
    if (node.keeps.length > 0) {
      const kept = Object.fromEntries(node.keeps.map((field) => [field, output[field]]))
      this.outputs = { ...this.outputs, [node.id]: kept }
      this.scope = null
    }
  }

  private input(node: CompiledNode, definition: AnyNode) {
    const { around, run } = this
    const { customer, scores } = around.state
    const facts: Partial<NodeFacts> = {}
    for (const name of definition.reads) {
      if (name === 'campaign') facts.campaign = around.campaign
      else if (name === 'position') facts.position = around.position
      else {
        const chosen = node.config.criterionId
        const id = typeof chosen === 'string' ? chosen : around.campaign.defaultCriterionId
        if (name === 'criterion') facts.criterion = id === null ? null : { id }
        else facts.score = id === null ? 0 : (scores.get(id) ?? 0)
      }
    }
    return {
      ...facts,
      config: node.config,
      customer,
      now: around.now,
      read: (input: string) => readValue(input, this.templateScope()),
      render: (template: string) => renderShort(template, this.templateScope()),
      random: () => stableRandom(run.customerId, around.campaign.id, node.id),
      step: { nodeId: node.id, runId: run.id, enteredAt: this.enteredAt },
      ...(node.guards && { guards: this.guards(node) }),
    }
  }

  /** The guards at the heads of a node's branches, each judged when the node asks for it. */
  private guards(node: CompiledNode) {
    return (node.guards ?? []).map(({ branch, nodeId, fallback }) => ({
      branch,
      fallback,
      judge: (): Verdict => {
        const guard = this.around.workflow.nodes[nodeId]
        const definition = guard && this.around.nodes[guard.type]
        if (!guard || !definition?.judge) throw new Error(`The branch “${branch}” has no path that can be judged.`)
        return definition.judge(this.input(guard, definition))
      },
    }))
  }

  /** What `{{…}}` sees. Built when first asked for, and again after an output was kept. */
  private templateScope(): Record<string, unknown> {
    this.scope ??= {
      customer: this.around.state.customer,
      product: this.around.campaign.primaryProduct ?? {},
      trigger: this.run.trigger,
      run: { id: this.run.id, startedAt: this.run.startedAt },
      node: Object.fromEntries(Object.entries(this.outputs).map(([id, output]) => [id, { output }])),
      org: { name: this.around.campaign.orgName },
    }
    return this.scope
  }

  private live(at: { awaiting: Awaiting; wakeAt: Date | null; wakeOn: Date | null }): Decision {
    return this.decision({ is: 'live', nodeId: this.nodeId, enteredAt: this.enteredAt, attempt: 0, error: null, ...at })
  }

  /** Woken for nothing that concerns it: it rests on as it did. A message's fate wakes it anew, so no deadline is kept for that. */
  private restUnchanged(): Decision {
    const { awaiting, wakeAt, wakeOn, attempt } = this.run
    const { nodeId, enteredAt } = this
    const deadline = awaiting === 'message' ? { wakeAt: null, wakeOn: null } : { wakeAt, wakeOn }
    return this.decision({ is: 'live', nodeId, enteredAt, awaiting, attempt, error: null, ...deadline })
  }

  private end(status: EndStatus, reason: string): Decision {
    return this.decision({ is: 'ended', nodeId: this.nodeId, status, reason })
  }

  /** The run stays at its node with the error shown; it tries again by itself twice, then waits for a person. */
  private err(awaiting: Awaiting, code: string, message: string): Decision {
    return this.decision(
      erred(
        this.around.clock,
        { nodeId: this.nodeId, enteredAt: this.enteredAt, awaiting, attempt: this.attempt },
        code,
        message,
      ),
    )
  }

  private decision(standing: Standing): Decision {
    return { steps: this.steps, effects: this.effects, standing, outputs: this.outputs }
  }
}

/** Where a run stands after an error at its node: due again after a backoff, or after three tries waiting for Retry, Skip or Exit. */
export function erred(
  clock: Date,
  at: { nodeId: string; enteredAt: Date; awaiting: Awaiting; attempt: number },
  code: string,
  message: string,
): Standing {
  const tries = at.attempt + 1
  const backoff = tries < maxTries ? retryAfterMs[tries - 1] : undefined
  return {
    is: 'live',
    nodeId: at.nodeId,
    awaiting: at.awaiting,
    enteredAt: at.enteredAt,
    wakeAt: backoff === undefined ? null : new Date(clock.getTime() + backoff),
    wakeOn: null,
    attempt: tries,
    error: { code, message: message.slice(0, 500), nodeId: at.nodeId },
  }
}
