import { type FunnelStage, funnelOf, noCounts } from '../analytics/funnel.ts'
import type { FunnelCounts } from '../analytics/queries.ts'
import { bits } from '../analytics/stages.ts'
import type { Step } from '../engine/decide.ts'
import type { Channel, GoalWhy } from '../engine/facts.ts'
import type { Reaction } from './behaviour.ts'
import type { Blocked, Recorder } from './walk.ts'

/** How many reached a node, and when, in whole ms after the start; the median is exact to the minute. */
export interface NodeFigures {
  nodeId: string
  reached: number
  firstAfterMs: number
  medianAfterMs: number
  lastAfterMs: number
  /** Of a message node: how many it handed over, and passed over by reason. */
  sent: number
  blocked: Record<string, number>
  /** What readers of its message did before their run ended. */
  reactions: Partial<Record<Reaction, number>>
}

/** What a simulation found. Counts are of customers, except that `sent` counts messages. */
export interface SimulationResult {
  customers: number
  startAt: Date
  /** When the last customer's run ended. */
  endAt: Date
  nodes: NodeFigures[]
  /** Ways taken. `when` null = the default way; `target` null = the run ended there. `listener` = taken away by an event. */
  edges: { source: string; when: string | null; target: string | null; listener: boolean; count: number }[]
  /** How far customers got, as the analytics count it: by what readers of their messages did, also after their run ended. */
  funnel: FunnelStage[]
  messages: { sent: number; blocked: Record<string, number>; reactions: Partial<Record<Reaction, number>> }
  /** Messages handed over, by the date in the workspace's time zone; days without one are left out. */
  sendsPerDay: { date: string; count: number }[]
  /** How runs ended. `status` null: they would not end by themselves, or were not followed further. */
  ends: { nodeId: string; status: 'succeeded' | 'canceled' | null; reason: string; count: number }[]
  errors: { nodeId: string; code: string; message: string; count: number }[]
  /** How many reached each goal within its 30 days, also after their run ended. */
  goals: { nodeId: string; count: number }[]
}

interface NodeTally {
  reached: number
  first: number
  last: number
  byMinute: Map<number, number>
  /** Ways out that were taken, by label. */
  ways: Map<string, SimulationResult['edges'][number]>
  sent: number
  blocked: Map<Blocked, number>
  reactions: Map<Reaction, number>
}

const minuteMs = 60_000
/** All zones' offsets change at multiples of this. */
const quarterMs = 15 * minuteMs
/** Different errors kept; the rest is counted with the last. */
const mostErrors = 100

/** Adds up what happens to customers, one after the other, in memory that does not grow with their number. */
export class Tally implements Recorder {
  private readonly nodes = new Map<string, NodeTally>()
  private readonly ends = new Map<string, SimulationResult['ends'][number]>()
  private readonly errors = new Map<string, SimulationResult['errors'][number]>()
  private readonly goals = new Map<string, number>()
  private readonly sendsByQuarter = new Map<number, number>()
  private readonly funnel: FunnelCounts = { ...noCounts }
  private readonly channels = new Set<Channel>()
  /** What the messages of the customer who is walking reached together: bits of analytics/stages.ts. */
  private stages = 0
  private readonly start: number
  private end: number
  private customers = 0
  private readonly timezone: string

  constructor(startAt: Date, timezone: string) {
    this.start = startAt.getTime()
    this.end = this.start
    this.timezone = timezone
  }

  reached(nodeId: string, at: number): void {
    const node = this.nodeOf(nodeId)
    const after = at - this.start
    node.reached += 1
    if (after < node.first) node.first = after
    if (after > node.last) node.last = after
    const minute = Math.floor(after / minuteMs)
    node.byMinute.set(minute, (node.byMinute.get(minute) ?? 0) + 1)
  }

  left({ nodeId, label }: Step, target: string | null): void {
    if (label === null) return
    const ways = this.nodeOf(nodeId).ways
    const way = ways.get(label)
    if (way) {
      way.count += 1
      return
    }
    const listener = label.startsWith('at:')
    ways.set(label, { source: nodeId, when: listener || label === '' ? null : label, target, listener, count: 1 })
  }

  message(nodeId: string, channel: Channel, blocked: Blocked | null, at: number, does: readonly Reaction[]): void {
    const node = this.nodeOf(nodeId)
    if (blocked) {
      count(node.blocked, blocked)
      return
    }
    node.sent += 1
    this.channels.add(channel)
    this.stages |= reachedBy(does)
    count(this.sendsByQuarter, Math.floor(at / quarterMs))
  }

  reacted(nodeId: string, reaction: Reaction): void {
    count(this.nodeOf(nodeId).reactions, reaction)
  }

  happened(): void {}

  rested(): void {}

  erred({ nodeId, code, message }: { code: string; message: string; nodeId: string }): void {
    const key = `${nodeId}\u0000${code}\u0000${message}`
    const known = this.errors.get(this.errors.size < mostErrors || this.errors.has(key) ? key : 'more')
    if (known) known.count += 1
    else if (this.errors.size < mostErrors) this.errors.set(key, { nodeId, code, message, count: 1 })
    else this.errors.set('more', { nodeId, code, message, count: 1 })
  }

  goal(nodeId: string, _why: GoalWhy, moves: boolean, at: number): void {
    count(this.goals, nodeId)
    // Who reaches a goal without going there comes to it all the same.
    if (!moves) this.reached(nodeId, at)
  }

  ended(nodeId: string, status: 'succeeded' | 'canceled' | null, reason: string, at: number): void {
    this.customers += 1
    if (at > this.end) this.end = at
    this.funnel.enrolled += 1
    for (const stage of counted) if (this.stages & bits[stage]) this.funnel[stage] += 1
    if (status === 'succeeded' && reason === 'handoff') this.funnel.handoff += 1
    this.stages = 0
    const key = `${nodeId}\u0000${status}\u0000${reason}`
    const known = this.ends.get(key)
    if (known) known.count += 1
    else this.ends.set(key, { nodeId, status, reason, count: 1 })
  }

  /** The figures so far; nodes in the order given, all others behind them. */
  result(order: readonly string[]): SimulationResult {
    const all = new Set([...order, ...this.nodes.keys()])
    const nodes = [...all].map((nodeId) => figuresOf(nodeId, this.nodes.get(nodeId)))
    return {
      customers: this.customers,
      startAt: new Date(this.start),
      endAt: new Date(this.end),
      nodes,
      edges: largestFirst([...this.nodes.values()].flatMap(({ ways }) => [...ways.values()])),
      funnel: funnelOf(this.funnel, [...this.channels]),
      messages: {
        sent: nodes.reduce((sum, { sent }) => sum + sent, 0),
        blocked: sumOf(nodes.map(({ blocked }) => blocked)),
        reactions: sumOf(nodes.map((node) => node.reactions)),
      },
      sendsPerDay: this.sendsPerDay(),
      ends: largestFirst(this.ends.values()),
      errors: largestFirst(this.errors.values()),
      goals: order.flatMap((nodeId) => {
        const reached = this.goals.get(nodeId)
        return reached === undefined ? [] : [{ nodeId, count: reached }]
      }),
    }
  }

  private sendsPerDay(): SimulationResult['sendsPerDay'] {
    // Swedish writes dates as ISO 8601 does.
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: this.timezone, dateStyle: 'short' })
    const days = new Map<string, number>()
    for (const [quarter, sent] of this.sendsByQuarter) count(days, format.format(quarter * quarterMs), sent)
    return [...days].map(([date, sent]) => ({ date, count: sent })).sort((a, b) => a.date.localeCompare(b.date))
  }

  private nodeOf(nodeId: string): NodeTally {
    let node = this.nodes.get(nodeId)
    if (!node) {
      node = {
        reached: 0,
        first: Number.POSITIVE_INFINITY,
        last: 0,
        byMinute: new Map(),
        ways: new Map(),
        sent: 0,
        blocked: new Map(),
        reactions: new Map(),
      }
      this.nodes.set(nodeId, node)
    }
    return node
  }
}

const counted = ['sent', 'delivered', 'opened', 'clicked', 'replied'] as const

/** What a message reached whose reader did this; a click or a reply implies that it was opened. */
function reachedBy(does: readonly Reaction[]): number {
  if (does.includes('bounce')) return bits.sent
  const did = (reaction: Reaction) => does.includes(reaction)
  const opened = did('open') || did('click') || did('reply') ? bits.opened : 0
  return bits.sent | bits.delivered | opened | (did('click') ? bits.clicked : 0) | (did('reply') ? bits.replied : 0)
}

function figuresOf(nodeId: string, tally: NodeTally | undefined): NodeFigures {
  const none = { firstAfterMs: 0, medianAfterMs: 0, lastAfterMs: 0 }
  if (!tally) return { nodeId, reached: 0, ...none, sent: 0, blocked: {}, reactions: {} }
  const { reached, first, last, byMinute, sent, blocked, reactions } = tally
  const median = Math.max(first, Math.min(last, medianMinute(byMinute, reached) * minuteMs))
  return {
    nodeId,
    reached,
    ...(reached === 0 ? none : { firstAfterMs: first, medianAfterMs: median, lastAfterMs: last }),
    sent,
    blocked: Object.fromEntries(blocked),
    reactions: Object.fromEntries(reactions),
  }
}

function medianMinute(byMinute: ReadonlyMap<number, number>, total: number): number {
  let passed = 0
  for (const [minute, n] of [...byMinute].sort(([a], [b]) => a - b)) {
    passed += n
    if (passed * 2 >= total) return minute
  }
  return 0
}

function count<Key>(counts: Map<Key, number>, key: Key, n = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}

function sumOf<Key extends string>(parts: readonly Partial<Record<Key, number>>[]): Record<Key, number> {
  const sums: Record<string, number> = {}
  for (const part of parts) {
    for (const [key, n] of Object.entries<number | undefined>(part)) sums[key] = (sums[key] ?? 0) + (n ?? 0)
  }
  return sums as Record<Key, number>
}

const largestFirst = <Row extends { count: number }>(rows: Iterable<Row>): Row[] =>
  [...rows].sort((a, b) => b.count - a.count || JSON.stringify(a).localeCompare(JSON.stringify(b)))
