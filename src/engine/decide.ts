/** The walk, kept together although long: how a run hears, decides, rests and errs is one state machine. */

import type { CompiledNode, CompiledWorkflow } from '../workflow/graph.ts'
import { readValue, renderShort } from '../workflow/template.ts'
import type { AnyNode, Verdict, Woke } from './define-node.ts'
import {
  applyEffect,
  type CampaignFacts,
  type CustomerState,
  type Effect,
  type HeardEvent,
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
  /** The message of the step at which the run rests, once its fate is known, by node id. */
  messages: ReadonlyMap<string, MessageOutcome>
  /** What happened since the run was last looked at, in the order of the bus. */
  events: readonly HeardEvent[]
  /** Up to here, by the wall clock, everything that happened has been told: no deadline beyond it may end a wait for an event. */
  heardUntil: Date
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
  /** It is due, but what happened before its deadline may still be on its way: nothing changed, and it is asked again. */
  held?: true
}

/** Under this name a run's outputs keep which listeners have taken it; no node can have it as an id. */
const takenBy = '$taken'
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
  /** Events that no node has consumed or passed over yet. */
  private readonly events: HeardEvent[]
  private held = false
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
    this.events = [...around.events]
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
        const heard = this.hear(node, definition, awaiting)
        if (heard === 'moved') {
          awaiting = null
          continue
        }
        const decided = heard ?? this.ask(node, definition, awaiting)
        if (decided.is === 'rest-on') return this.restUnchanged(awaiting)
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

  /**
   * Tells the run what happened, in order, until something moves it: first the node where it rests, when the event is one it waits for;
   * else a listener, which takes the run from wherever it is. What concerns neither is passed over.
   */
  private hear(node: CompiledNode, definition: AnyNode, awaiting: Awaiting): Outcome | 'moved' | null {
    for (let event = this.events.shift(); event; event = this.events.shift()) {
      if (awaiting === 'event' && this.concerns(node, definition, event)) {
        const outcome = this.resume(node, definition, { by: 'event', event })
        if (outcome.is !== 'rest-on') return outcome
      }
      if (this.takenByListener(node, event)) return 'moved'
    }
    return null
  }

  /** An event counts for a wait from the step's entry to its deadline on that deadline's clock; a tie goes to the event. */
  private concerns(node: CompiledNode, definition: AnyNode, event: HeardEvent): boolean {
    if (!node.listens.includes(event.name) || event.at < this.enteredAt) return false
    if (this.run.wakeAt !== null && event.clockAt > this.run.wakeAt) return false
    return definition.hears?.({ config: node.config, event, nodeId: node.id }) ?? true
  }

  /** Moves the run to the first listener that hears the event; each takes a run once, and not from below itself. */
  private takenByListener(from: CompiledNode, event: HeardEvent): boolean {
    const taken = this.outputs[takenBy] ?? {}
    for (const { nodeId, below } of this.around.workflow.listeners) {
      const listener = this.around.workflow.nodes[nodeId]
      const definition = listener && this.around.nodes[listener.type]
      if (!listener || !definition || taken[nodeId] === true || below.includes(from.id)) continue
      if (!listener.listens.includes(event.name)) continue
      if (!(definition.hears?.({ config: listener.config, event, nodeId }) ?? true)) continue
      this.outputs = { ...this.outputs, [takenBy]: { ...taken, [nodeId]: true } }
      const what = event.name.replace(/^message\./, '')
      this.record(
        from,
        `at:${nodeId}`,
        {},
        {
          code: 'taken_by_listener',
          text: `The customer left here because of “${what}”: ${listener.title || nodeId} listens for it at any point.`,
          values: { event: event.name, at: event.at },
        },
      )
      this.nodeId = nodeId
      this.enteredAt = this.around.now
      this.attempt = 0
      return true
    }
    return false
  }

  /** Calls execute or resume, whichever the run's standing asks for. */
  private ask(node: CompiledNode, definition: AnyNode, awaiting: Awaiting): Outcome {
    if (awaiting === 'skip') {
      return { is: 'next', output: {}, effects: [], why: { code: 'skipped', text: 'A person skipped this step.' } }
    }
    if (awaiting === null) return definition.execute(this.input(node, definition))
    if (awaiting === 'message') {
      return this.around.messages.has(node.id) ? this.resume(node, definition, { by: 'message' }) : { is: 'rest-on' }
    }
    if (!this.isDue()) return { is: 'rest-on' }
    // What happened before the deadline may still be on its way: the wait ends when all of it was told.
    if (awaiting === 'event' && this.deadlineOnWall() > this.around.heardUntil) {
      this.held = true
      return { is: 'rest-on' }
    }
    return this.resume(node, definition, { by: 'deadline' })
  }

  private deadlineOnWall(): Date {
    const { now, clock } = this.around
    return new Date((this.run.wakeAt?.getTime() ?? 0) + now.getTime() - clock.getTime())
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
    if (outcome.is === 'rest-on')
      return this.err(awaiting, 'nothing_to_rest_on', 'The node rests on without having rested.')
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
      case 'await-event':
        if (outcome.until <= this.around.clock && this.around.heardUntil >= this.around.now) {
          return this.take(node, definition, this.resume(node, definition, { by: 'deadline' }), awaiting)
        }
        return this.live({ awaiting: 'event', wakeAt: outcome.until, wakeOn: null })
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
      else if (name === 'message') facts.message = around.messages.get(node.id) ?? null
      else if (name === 'position') facts.position = around.position
      else {
        const chosen = node.config.criterionId
        const id = typeof chosen === 'string' ? chosen : around.campaign.defaultCriterionId
        if (name === 'criterion')
          facts.criterion = id === null ? null : { id, name: around.campaign.criteria.get(id) ?? null }
        else facts.score = id === null ? 0 : (scores.get(id) ?? 0)
      }
    }
    return {
      ...facts,
      config: node.config,
      customer,
      now: around.now,
      clock: around.clock,
      ways: new Set(Object.keys(node.out)),
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
  private restUnchanged(awaiting: Awaiting): Decision {
    const { wakeAt, wakeOn, attempt } = this.run
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
    const { steps, effects, outputs } = this
    return { steps, effects, standing, outputs, ...(this.held && steps.length === 0 && { held: true }) }
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
