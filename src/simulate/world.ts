import type { Channel, CustomerFacts, Effect, HeardEvent, MessageOutcome } from '../engine/facts.ts'
import { goalReached } from '../engine/goals.ts'
import { lastTime, zoneOf } from '../nodes/calendar.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import { type MessageOutcomeLabel, outcomesOf } from '../workflow/outcomes.ts'
import type { Behaviour, Reaction } from './behaviour.ts'
import type { Blocked, Recorder, Setup, SimulatedCustomer } from './walk.ts'

/** Under this name the walk learns that a message which waited for its window was handed over; no event is called so. */
export const handedOver = '$handed-over'

type QueuedMessage = Extract<Effect, { do: 'queue-message' }>

/** A click counts once it is classified as a person's: 90 s after it (PRODUCT §4). */
const classifyMs = 90_000

const outcomeOf: Record<Reaction, MessageOutcomeLabel | 'unsubscribed'> = {
  open: 'opened',
  click: 'clicked',
  reply: 'replied',
  bounce: 'bounced',
  unsubscribe: 'unsubscribed',
}

/** Something that is going to happen. Without a name nobody is told of it. Times are ms since 1970. */
interface Coming {
  at: number
  name: string | null
  nodeId: string | null
  runId?: number
  properties: Record<string, unknown>
  /** What it changes in the world, before anybody is told. */
  apply?: () => void
}

/** What surrounds one customer's run in a simulation: their messages and what they do with them, events to come, suppressions. */
export class World {
  readonly messages = new Map<string, MessageOutcome>()
  /** In the order of time. */
  private readonly coming: Coming[] = []
  private readonly suppressed: Set<Channel | 'all'>
  private readonly workflow: CompiledWorkflow
  private readonly customer: CustomerFacts
  private readonly scores: ReadonlyMap<string, number>
  private readonly number: number
  private readonly behaviour: Behaviour
  private readonly record: Recorder
  /** What anything of the workflow is told of, its goals included. */
  private readonly listens: ReadonlySet<string>
  private readonly tags: Set<string>
  /** The run has ended: only goals still look. */
  private over = false

  /** Marketing messages handed over, by the beginning of the customer's day. */
  private readonly perDay = new Map<number, number>()
  private readonly zone: string
  private readonly frequencyCap: number | null

  constructor(
    { workflow, campaign, startAt: start, frequencyCap }: Setup,
    { customer, scores, suppressed }: SimulatedCustomer,
    number: number,
    behaviour: Behaviour,
    record: Recorder,
  ) {
    const startAt = start.getTime()
    this.workflow = workflow
    this.zone = zoneOf(customer.timezone, campaign.timezone)
    this.frequencyCap = frequencyCap
    this.customer = customer
    this.scores = scores
    this.number = number
    this.behaviour = behaviour
    this.record = record
    this.suppressed = new Set(suppressed)
    const { names, custom } = hearingOf(workflow)
    this.listens = names
    this.tags = new Set(customer.tags)
    for (const { event, listener } of custom) {
      for (const { afterMs, properties } of behaviour.sinceStart(customer.id, event, listener)) {
        this.expect({ at: startAt + afterMs, name: event, nodeId: null, properties })
      }
    }
  }

  /** What an effect changes outside of the facts that decisions look at. */
  apply(nodeId: string, effect: Effect, at: number): void {
    if (effect.do === 'queue-message') {
      const { sendAfter } = effect
      const opensAt = sendAfter?.getTime() ?? at
      if (opensAt <= at) this.handOver(nodeId, effect, at)
      else {
        const apply = () => this.handOver(nodeId, effect, opensAt)
        this.expect({ at: opensAt, name: handedOver, nodeId, properties: {}, apply })
      }
    }
    // Systems of the user's own are taken to answer, at once and with nothing.
    if (effect.do === 'request') {
      const properties = { ok: true, status: 200, reason: null, body: null }
      this.expect({ at, name: 'message.answered', nodeId, properties })
    }
    if (effect.do === 'suppress') this.suppressed.add(effect.channel)
    if (effect.do === 'emit') this.tell(at, effect.name, effect.properties)
    if (effect.do === 'tag' && this.tags.has(effect.name) !== effect.on) {
      this.tags[effect.on ? 'add' : 'delete'](effect.name)
      this.tell(at, effect.on ? 'customer.tagged' : 'customer.untagged', { tag: effect.name })
    }
    if (effect.do === 'update-customer') this.tell(at, 'customer.updated', { fields: [effect.field.split('.')[0]] })
    if (effect.do === 'claim') this.tell(at, 'customer.updated', { claimedBy: effect.memberId })
    if (effect.do === 'change-score') {
      const { criterionId, delta } = effect
      this.tell(at, 'score.changed', { criterionId, delta, score: this.scores.get(criterionId) ?? 0 })
    }
  }

  /** A goal was marked: the run hears of it, where the goal takes it. */
  goalReached(nodeId: string, runId: number, at: number, properties: Record<string, unknown>): void {
    if (this.listens.has(goalReached)) this.expect({ at, name: goalReached, nodeId, runId, properties })
  }

  /** The run has ended: what people do from now on is no reaction to it. */
  end(): void {
    this.over = true
  }

  private tell(at: number, name: string, properties: Record<string, unknown>): void {
    if (this.listens.has(name)) this.expect({ at, name, nodeId: null, properties })
  }

  /** A run left a node: its message that was not handed over is taken back. */
  withdraw(nodeId: string): void {
    const at = this.coming.findIndex((one) => one.name === handedOver && one.nodeId === nodeId)
    if (at >= 0) this.coming.splice(at, 1)
  }

  /** A run begins to wait at a node for events, until `until`. */
  awaits(nodeId: string, from: number, until: number): void {
    for (const event of this.workflow.nodes[nodeId]?.listens ?? []) {
      if (!isCustom(event)) continue
      const happening = this.behaviour.whileWaiting(this.customer.id, nodeId, event, until - from)
      if (!happening) continue
      const { afterMs, properties } = happening
      this.expect({ at: from + afterMs, name: event, nodeId: null, properties })
    }
  }

  /** Lets time pass until something happens that the workflow listens to, at the latest until `until`; null when nothing does. */
  nextEvent(until: number): HeardEvent | null {
    for (let first = this.coming[0]; first && first.at <= until; first = this.coming[0]) {
      this.coming.shift()
      first.apply?.()
      if (first.name === null || (first.name !== handedOver && !this.listens.has(first.name))) continue
      const at = new Date(first.at)
      const { name, properties, nodeId, runId = null } = first
      return { name, properties, nodeId, runId, at, clockAt: at }
    }
    return null
  }

  private expect(what: Coming): void {
    const later = this.coming.findIndex((other) => other.at > what.at)
    if (later < 0) this.coming.push(what)
    else this.coming.splice(later, 0, what)
  }

  /** A message's fate is decided at once; what its reader does comes later. */
  private handOver(nodeId: string, { channel, transactional }: QueuedMessage, at: number): void {
    const blocked = this.messages.has(nodeId) ? 'already_sent' : this.whyBlocked(channel, transactional, at)
    const acts = blocked
      ? []
      : this.behaviour.toMessage(this.customer.id, nodeId).filter(({ does }) => isSeen(channel, does))
    this.record.message(
      nodeId,
      channel,
      blocked,
      at,
      acts.map(({ does }) => does),
    )
    if (blocked === 'already_sent') return
    const outcome: MessageOutcome = {
      messageId: this.number * 1_000 + this.messages.size + 1,
      state: blocked ? 'skipped' : 'sent',
      reason: blocked,
      handedAt: blocked ? null : new Date(at),
      heard: {},
      pendingClickAt: null,
    }
    this.messages.set(nodeId, outcome)
    if (blocked) return
    for (const { does, afterMs } of acts) this.react(nodeId, channel, outcome, does, at + afterMs)
  }

  private react(nodeId: string, channel: Channel, outcome: MessageOutcome, does: Reaction, at: number): void {
    const label = outcomeOf[does]
    const name = `message.${label}`
    const properties = { channel }
    const noted = () => {
      if (!this.over) this.record.reacted(nodeId, does, at)
      if (does === 'bounce') this.suppressed.add(channel)
      if (does === 'unsubscribe') this.suppressed.add('all')
    }
    const counts = () => {
      if (label !== 'unsubscribed') outcome.heard[label] ??= new Date(at)
    }
    if (does !== 'click') {
      const apply = () => {
        noted()
        counts()
      }
      this.expect({ at, name, nodeId, properties, apply })
      return
    }
    const held = () => {
      noted()
      outcome.pendingClickAt = new Date(at)
    }
    this.expect({ at, name: null, nodeId, properties, apply: held })
    this.expect({ at: at + classifyMs, name, nodeId, properties, apply: counts })
  }

  private whyBlocked(channel: Channel, transactional: boolean, at: number): Blocked | null {
    const { email, telegramChatId, linkedinUrl } = this.customer
    const address = { email, telegram: telegramChatId, linkedin: linkedinUrl }[channel]
    if (!address) return 'no_address'
    if (this.suppressed.has('all') || this.suppressed.has(channel)) return 'suppressed'
    if (this.frequencyCap === null || transactional) return null
    const day = lastTime(new Date(at), { time: '00:00', zone: this.zone }).getTime()
    const sent = this.perDay.get(day) ?? 0
    if (sent >= this.frequencyCap) return 'capped'
    this.perDay.set(day, sent + 1)
    return null
  }
}

/** What cannot be seen on a channel does not happen there. */
function isSeen(channel: Channel, does: Reaction): boolean {
  const label = outcomeOf[does]
  return label === 'unsubscribed' || outcomesOf[channel].includes(label)
}

const isCustom = (event: string): boolean => !event.startsWith('message.')

const heardByWorkflow = new WeakMap<CompiledWorkflow, { names: ReadonlySet<string>; custom: CustomEvent[] }>()

interface CustomEvent {
  event: string
  listener: boolean
}

/** What a workflow hears: all names, and those that are not about messages, with whether a listener or a goal is among who hears them. */
function hearingOf(workflow: CompiledWorkflow): { names: ReadonlySet<string>; custom: CustomEvent[] } {
  let hearing = heardByWorkflow.get(workflow)
  if (!hearing) {
    const { nodes, listeners, listens, goals } = workflow
    const names = new Set([...listens, ...(goals?.listens ?? [])])
    const anywhere = [...listeners.map(({ nodeId }) => nodeId), ...(goals?.nodeIds ?? [])]
    const atAnyPoint = new Set(anywhere.flatMap((nodeId) => nodes[nodeId]?.listens ?? []))
    const custom = [...names].filter(isCustom).map((event) => ({ event, listener: atAnyPoint.has(event) }))
    hearing = { names, custom }
    heardByWorkflow.set(workflow, hearing)
  }
  return hearing
}
