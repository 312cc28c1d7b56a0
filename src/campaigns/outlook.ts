import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { Journey } from '../workflow/journey.ts'
import { type Pace, sendingPace, type UsedCredential } from './readiness.ts'

/**
 * What lies ahead of those inside: pure estimates from where they stand, by the longest ways through the workflow that they follow. Limits
 * and send windows of senders, and what takes a customer over at any point, are left aside.
 */

/** Customers who stand at one node of one version and who have been looked at there or not. */
export interface Standing {
  nodeId: string
  versionId: number
  customers: number
  /** The node was executed: only what is left of its wait lies ahead of them, else all of it. */
  arrived: boolean
  /** Of them: at an error, until a person decides. */
  failing: number
  /** Of them: without an end of their wait. */
  endless: number
  /** The longest time left, in ms, when waits are kept or continue; null when none has an end. */
  leftMs: { keep: number | null; continue: number | null }
}

/** A version that they follow. */
export interface Followed {
  workflow: CompiledWorkflow
  journey: Journey
}

/** Customers of whom it cannot be told when they are through: at an error · waiting for something that may never come · before a wait of unknown length. */
export interface Untold {
  nodeId: string
  customers: number
  because: 'error' | 'endless' | 'ahead'
}

/** When the last of those inside are through, as far as that can be told. */
export interface LastThrough {
  /** From now, in ms, by what becomes of the waits; null when it can be told of nobody. */
  ms: { keep: number | null; continue: number | null }
  untold: Untold[]
}

/** When the last are through who stand like this. `isMessage` says whether a node sends: who waits there for their message waits no longer than its window. */
export function lastThrough(
  standings: readonly Standing[],
  versions: ReadonlyMap<number, Followed>,
  isMessage: (type: string) => boolean,
): LastThrough {
  const ms: LastThrough['ms'] = { keep: null, continue: null }
  const untold: Untold[] = []
  const reach = (waits: 'keep' | 'continue', at: number) => {
    ms[waits] = Math.max(ms[waits] ?? 0, at)
  }
  for (const { nodeId, versionId, customers, arrived, failing, endless, leftMs } of standings) {
    const version = versions.get(versionId)
    const node = version?.workflow.nodes[nodeId]
    const tell = (because: Untold['because'], n: number) => {
      if (n > 0) untold.push({ nodeId, customers: n, because })
    }
    tell('error', failing)
    const well = customers - failing
    if (!version || !node) {
      tell('ahead', well)
      continue
    }
    const { longestMs, opens } = version.journey
    const targets = Object.values(node.out)
    const whole = { ms: longestMs[nodeId] ?? 0, open: opens[nodeId] ?? false }
    const rest = {
      ms: Math.max(0, ...targets.map((target) => longestMs[target] ?? 0)),
      open: targets.some((target) => opens[target]),
    }
    const waiting = arrived ? endless : 0
    const going = well - waiting
    const ahead = arrived ? rest : whole
    if (going > 0) {
      if (ahead.open) tell('ahead', going)
      for (const waits of ['keep', 'continue'] as const) reach(waits, Math.max(0, leftMs[waits] ?? 0) + ahead.ms)
    }
    if (waiting > 0 && isMessage(node.type)) {
      if (whole.open) tell('ahead', waiting)
      for (const waits of ['keep', 'continue'] as const) reach(waits, whole.ms)
    } else tell('endless', waiting)
  }
  return { ms, untold }
}

/** A sender and how many messages wait for it. */
export interface HeldBySender extends Pick<UsedCredential, 'id' | 'limits'> {
  queued: number
}

/**
 * How long the senders take for what is let loose at once: what is queued, and the next message of those who go on, where no wait comes
 * before it. The slowest sender tells, as all send at the same time.
 */
export function sendingOf(
  senders: readonly HeldBySender[],
  goingOn: readonly { nodeId: string; customers: number }[],
  { workflow, journey }: Followed,
  senderOf: (nodeId: string) => string | undefined,
): { messages: number; pace: Pace } {
  const next = new Map<string, number>()
  for (const { nodeId, customers } of goingOn) {
    const targets = Object.values(workflow.nodes[nodeId]?.out ?? {})
    const message = targets.map((target) => journey.sendsNext[target]).find((id) => id !== undefined)
    const sender = message === undefined ? undefined : senderOf(message)
    if (sender !== undefined) next.set(sender, (next.get(sender) ?? 0) + customers)
  }
  const shares = senders.map(({ id, limits, queued }) => {
    const messages = queued + (next.get(id) ?? 0)
    return { messages, pace: sendingPace(messages, limits) }
  })
  return {
    messages: shares.reduce((sum, { messages }) => sum + messages, 0),
    pace: shares.reduce<Pace>((slow, { pace }) => (pace.seconds > slow.seconds ? pace : slow), {
      seconds: 0,
      limit: null,
    }),
  }
}
