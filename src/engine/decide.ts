/** The walk, kept together although long: how a run hears, decides, rests and errs is one state machine. */

import type { CompiledNode } from '../workflow/graph.ts'
import type { AnyNode, Woke } from './define-node.ts'
import { applyEffect, type Effect, type HeardEvent } from './facts.ts'
import { goalReached, whyReached } from './goals.ts'
import type { EndStatus, Outcome, Why } from './outcome.ts'
import { type Outputs, type Scene, type Seer, Sight } from './sight.ts'

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
export interface RunState extends Seer {
  nodeId: string
  awaiting: Awaiting
  enteredAt: Date
  /** On the campaign's clock. */
  wakeAt: Date | null
  wakeOn: Date | null
  outputs: Outputs
  /** Tries at the present node that erred. */
  attempt: number
  /** Steps taken so far. */
  steps: number
}

/** What the walk may look at beside the run. */
export interface Surroundings extends Scene {
  /** What happened since the run was last looked at, in the order of the bus. */
  events: readonly HeardEvent[]
  /** Up to here, by the wall clock, everything that happened has been told: no deadline beyond it may end a wait for an event. */
  heardUntil: Date
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
  outputs: Outputs
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
  /** Something happened within this walk by which the rules of a goal may hold now: the run came in, or a step had effects. */
  private changed: boolean
  private readonly sight: Sight
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
    this.changed = run.steps === 0
    this.sight = new Sight(run, around, run.outputs)
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
        const heard = this.isConverted(node) ? 'moved' : this.hear(node, definition, awaiting)
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

  /** Asks the goals, after what happened within this walk, whether one of them is reached and takes the run. */
  private isConverted(node: CompiledNode): boolean {
    if (!this.changed) return false
    this.changed = false
    return this.takenByGoal(node, null)
  }

  /**
   * Tells the run what happened, in order, until something moves it: first a goal that is reached by it, then the node where it rests, when
   * the event is one it waits for; else a listener, which takes the run from wherever it is. What concerns none of them is passed over.
   */
  private hear(node: CompiledNode, definition: AnyNode, awaiting: Awaiting): Outcome | 'moved' | null {
    for (let event = this.events.shift(); event; event = this.events.shift()) {
      if (this.takenByGoal(node, event)) return 'moved'
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
    for (const { listener, definition } of this.listeners(from)) {
      if (definition.reached || !listener.listens.includes(event.name)) continue
      if (!(definition.hears?.({ config: listener.config, event, nodeId: listener.id }) ?? true)) continue
      const what = event.name.replace(/^message\./, '')
      const text = `The customer left here because of “${what}”: ${listener.title || listener.id} listens for it at any point.`
      this.moveToListener(from, listener, {
        code: 'taken_by_listener',
        text,
        values: { event: event.name, at: event.at },
      })
      return true
    }
    return false
  }

  /**
   * Moves the run to the first goal that is reached by an event (null: by what happened within this walk), or of which the bus says that
   * it was, for a goal may be marked while this run is in another's hands.
   */
  private takenByGoal(from: CompiledNode, event: HeardEvent | null): boolean {
    if (!this.around.workflow.goals) return false
    for (const { listener, definition } of this.listeners(from)) {
      if (!definition.reached) continue
      const marked = event?.name === goalReached && event.runId === this.run.id && event.nodeId === listener.id
      const why = marked ? null : whyReached(this.sight, this.run, listener, definition, this.around.now, event)
      if (!marked && !why) continue
      const title = listener.title || listener.id
      if (why) {
        const at = event?.at ?? this.around.now
        this.effects.push({ nodeId: listener.id, effect: { do: 'reach-goal', title, at, why } })
      }
      this.moveToListener(from, listener, {
        code: 'goal',
        text: `The customer left here because they reached the goal “${title}”${why ? `: ${why.text}` : '.'}`,
        ...(why?.values && { values: why.values }),
      })
      return true
    }
    return false
  }

  /** The listeners that may take the run from where it stands. */
  private *listeners(from: CompiledNode): Generator<{ listener: CompiledNode; definition: AnyNode }> {
    const taken = this.outputs[takenBy]
    for (const { nodeId, below } of this.around.workflow.listeners) {
      const listener = this.around.workflow.nodes[nodeId]
      const definition = listener && this.around.nodes[listener.type]
      if (!listener || !definition || taken?.[nodeId] === true || below.includes(from.id)) continue
      yield { listener, definition }
    }
  }

  private moveToListener(from: CompiledNode, { id }: CompiledNode, why: Why): void {
    this.outputs = { ...this.outputs, [takenBy]: { ...this.outputs[takenBy], [id]: true } }
    this.record(from, `at:${id}`, {}, why)
    this.nodeId = id
    this.enteredAt = this.around.now
    this.attempt = 0
  }

  /** Calls execute or resume, whichever the run's standing asks for. */
  private ask(node: CompiledNode, definition: AnyNode, awaiting: Awaiting): Outcome {
    if (awaiting === 'skip') {
      return { is: 'next', output: {}, effects: [], why: { code: 'skipped', text: 'A person skipped this step.' } }
    }
    if (awaiting === null) return definition.execute(this.sight.input(node, definition, this.enteredAt))
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
    return definition.resume({ ...this.sight.input(node, definition, this.enteredAt), woke })
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
      this.changed = true
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
      this.sight.keep(this.outputs)
    }
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
