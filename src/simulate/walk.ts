import { type Awaiting, type Decision, decide, type RunState, type Step } from '../engine/decide.ts'
import type { AnyNode } from '../engine/define-node.ts'
import type { CampaignFacts, Channel, CustomerFacts, GoalWhy, HeardEvent } from '../engine/facts.ts'
import { goalsReached, goalWindowMs } from '../engine/goals.ts'
import { Sight } from '../engine/sight.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { Behaviour, Reaction } from './behaviour.ts'
import { handedOver, World } from './world.ts'

/** A customer as a simulation takes them: what decisions look at, and on which channels nobody may write to them. */
export interface SimulatedCustomer {
  customer: CustomerFacts
  /** Latest score by criterion id. */
  scores: Map<string, number>
  suppressed: (Channel | 'all')[]
}

/** What all customers of a simulation have in common. */
export interface Setup {
  workflow: CompiledWorkflow
  nodes: Readonly<Record<string, AnyNode>>
  campaign: CampaignFacts
  /** When everybody begins. */
  startAt: Date
  /** What `{{trigger.*}}` is. */
  trigger: { type: string; payload: unknown }
  /** Marketing messages that a customer may get in a day of theirs; null = any number. Those of other campaigns are not foreseen. */
  frequencyCap: number | null
}

/** Why a message was passed over. */
export type Blocked = 'no_address' | 'suppressed' | 'already_sent' | 'capped'

/** Told of everything that happens to a customer, in order. Times are ms since 1970. */
export interface Recorder {
  reached(nodeId: string, at: number): void
  /** A step was taken; `target` null = the run ended with it. */
  left(step: Step, target: string | null, at: number): void
  /** `blocked` null = handed over; `does` is all that its reader does then, also after the run has ended. */
  message(nodeId: string, channel: Channel, blocked: Blocked | null, at: number, does: readonly Reaction[]): void
  reacted(nodeId: string, reaction: Reaction, at: number): void
  happened(event: HeardEvent): void
  /** Rests; `until` null = until something happens, however long that takes. */
  rested(nodeId: string, awaiting: Awaiting, until: number | null, at: number): void
  erred(error: { code: string; message: string; nodeId: string }, at: number): void
  /** A goal was reached. `moves`: the run comes to the goal's node by it, which is told apart. */
  goal(nodeId: string, why: GoalWhy, moves: boolean, at: number): void
  /** `status` null: it would rest for ever, or the simulation gave up on it, for the reason. */
  ended(nodeId: string, status: 'succeeded' | 'canceled' | null, reason: string, at: number): void
}

/** Nobody's walk is longer; one that is, is given up. */
const mostPasses = 5_000
/** How far a simulation looks, in ms: ten years. */
const horizonMs = 3_653 * 86_400_000

/**
 * Carries one customer from the start to the end of their run on a virtual clock, through the same `decide` as the engine. Nothing is
 * sent or written: effects change `person` alone, and `record` hears what happened. `number` is the run's, from 1.
 */
export function walkCustomer(
  setup: Setup,
  person: SimulatedCustomer,
  number: number,
  behaviour: Behaviour,
  record: Recorder,
): void {
  const { workflow, nodes, campaign, startAt, trigger } = setup
  const world = new World(setup, person, number, behaviour, record)
  const state = { customer: person.customer, scores: person.scores }
  const messages = world.messages
  const unreached = new Set(workflow.goals?.nodeIds)
  const mark = (nodeId: string, why: GoalWhy, moves: boolean, at: Date) => {
    if (!unreached.delete(nodeId)) return
    record.goal(nodeId, why, moves, at.getTime())
    const goal = workflow.nodes[nodeId]?.title || nodeId
    world.goalReached(nodeId, number, at.getTime(), { goal, campaignId: campaign.id, nodeId })
  }
  /** Marks the goals that are reached by an event (null: by coming in), whether they take the run or not. */
  const look = (now: Date, event: HeardEvent | null) => {
    if (unreached.size === 0) return
    const scene = { workflow, nodes, campaign, state, messages, now, clock: now, position: number - 1 }
    const reached = new Set(workflow.goals?.nodeIds.filter((id) => !unreached.has(id)))
    for (const goal of goalsReached(new Sight(run, scene, run.outputs), run, scene, event, reached)) {
      mark(goal.nodeId, goal.why, false, goal.at)
    }
  }
  const run: RunState = {
    id: number,
    customerId: person.customer.id,
    nodeId: workflow.start,
    awaiting: null,
    enteredAt: startAt,
    startedAt: startAt,
    wakeAt: null,
    wakeOn: null,
    outputs: {},
    attempt: 0,
    steps: 0,
    trigger,
  }
  let at = startAt.getTime()
  let event: HeardEvent | null = null
  let over = false
  record.reached(run.nodeId, at)

  for (let pass = 0; pass < mostPasses; pass += 1) {
    const now = new Date(at)
    const events = event && workflow.listens.includes(event.name) ? [event] : []
    const around = { workflow, nodes, campaign, state, messages, events, heardUntil: now, now, clock: now }
    const decision = decide(run, { ...around, position: number - 1 })
    const { standing, effects } = decision
    recordSteps(decision, record, at)
    for (const { nodeId } of decision.steps) world.withdraw(nodeId)
    for (const { nodeId, effect } of effects) {
      world.apply(nodeId, effect, at)
      if (effect.do === 'reach-goal') mark(nodeId, effect.why, true, effect.at)
    }
    if (pass === 0 || event) look(now, event)
    if (standing.is === 'ended') {
      record.ended(standing.nodeId, standing.status, standing.reason, at)
      over = true
      break
    }
    // Once an error, not once a try.
    if (standing.error && standing.attempt === 1) record.erred(standing.error, at)
    const moved = run.nodeId !== standing.nodeId || run.awaiting !== standing.awaiting
    moveTo(run, decision, standing)
    event = null
    // A message's fate is known at once: nothing is waited for at the hand-over.
    if (standing.awaiting === 'message' && messages.has(standing.nodeId)) continue

    const due = Math.min(standing.wakeAt?.getTime() ?? Infinity, standing.wakeOn?.getTime() ?? Infinity)
    if (moved) {
      if (standing.awaiting === 'event') world.awaits(standing.nodeId, at, due)
      record.rested(standing.nodeId, standing.awaiting, due === Infinity ? null : due, at)
    }
    event = world.nextEvent(due)
    at = Math.max(at, event?.at.getTime() ?? due)
    // Its fate is looked up: nobody is told of it.
    if (event?.name === handedOver) event = null
    else if (event) record.happened(event)
    const stuck = at === Infinity ? (standing.error ? 'error' : 'nothing_to_wait_for') : null
    const gaveUp = stuck ?? (at - startAt.getTime() > horizonMs ? 'beyond_ten_years' : null)
    if (gaveUp) {
      record.ended(standing.nodeId, null, gaveUp, now.getTime())
      over = true
      break
    }
  }
  if (!over) record.ended(run.nodeId, null, 'too_many_steps', at)
  // Goals are reached after the end as well.
  if (unreached.size === 0) return
  world.end()
  const until = startAt.getTime() + goalWindowMs
  for (let late = world.nextEvent(until); late && unreached.size > 0; late = world.nextEvent(until)) {
    if (late.name === handedOver) continue
    record.happened(late)
    look(late.at, late)
  }
}

function recordSteps({ steps, standing }: Decision, record: Recorder, at: number): void {
  for (const [index, step] of steps.entries()) {
    // The last step of a run that has ended led nowhere: to its end, or to a way that is not drawn.
    const target = steps[index + 1]?.nodeId ?? (standing.is === 'live' ? standing.nodeId : null)
    record.left(step, target, at)
    if (target !== null) record.reached(target, at)
  }
}

function moveTo(run: RunState, { steps, outputs }: Decision, standing: Extract<Decision['standing'], { is: 'live' }>) {
  const { nodeId, awaiting, enteredAt, wakeAt, wakeOn, attempt } = standing
  Object.assign(run, { nodeId, awaiting, enteredAt, wakeAt, wakeOn, attempt, outputs, steps: run.steps + steps.length })
}
