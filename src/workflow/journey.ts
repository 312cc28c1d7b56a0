import type { Catalogue, CompiledWorkflow, NodeType } from './graph.ts'
import { outcomesAmong, usualWindowMs } from './outcomes.ts'

/** For how many ms a customer rests at a node of this type and config; unknown counts as for ever. */
export function restMs(type: NodeType, config: Record<string, unknown>): number {
  const value = type.rests === null ? undefined : config[type.rests]
  if (typeof value === 'number') return Math.max(0, value)
  return type.blocks ? Number.POSITIVE_INFINITY : 0
}

/** How long the default way of a message that was sent stays closed, in ms: while its outcome edges are waited for. */
export function windowMs(labels: Iterable<string>, config: Record<string, unknown>): number {
  if (outcomesAmong(labels).size === 0) return 0
  return typeof config.replyTimeoutMs === 'number' ? config.replyTimeoutMs : usualWindowMs
}

/** How long the ways through a workflow take, limits and send windows of its senders aside. */
export interface Journey {
  /** The first message on the quickest way, and how long after the start it comes: null behind a wait of unknown length. */
  firstSend: { nodeId: string; afterMs: number | null } | null
  /** From each node to the end on the slowest way; waits of unknown length count as nothing. */
  longestMs: Readonly<Record<string, number>>
  /** Some way holds a wait of unknown length. */
  open: boolean
  /** The same from each node on, itself included. */
  opens: Readonly<Record<string, boolean>>
  /** The message that comes first from each node on, itself included, on the quickest way and with no wait before it. */
  sendsNext: Readonly<Record<string, string>>
}

/** What a wait of unknown length counts as while ways are compared: longer than any known one. */
const unknownMs = 1e15

/** How soon customers who start now can get a message, and when the last of them are through. */
export function journeyOf(catalogue: Catalogue, workflow: CompiledWorkflow): Journey {
  const longestMs: Record<string, number> = {}
  const opens: Record<string, boolean> = {}
  const soonest: Record<string, { nodeId: string; ms: number } | null> = {}
  const visit = (id: string): void => {
    const node = workflow.nodes[id]
    if (!node || longestMs[id] !== undefined) return
    const type = catalogue[node.type]
    // An outcome may come as late as its window ends.
    const ms = !type ? 0 : type.sends ? windowMs(Object.keys(node.out), node.config) : restMs(type, node.config)
    const targets = Object.values(node.out)
    // Who waits where nothing follows is through when that wait is over.
    let longest = targets.length === 0 && Number.isFinite(ms) ? ms : 0
    let isOpen = !Number.isFinite(ms)
    let soon = type?.sends ? { nodeId: id, ms: 0 } : null
    for (const target of targets) {
      visit(target)
      if (opens[target]) isOpen = true
      longest = Math.max(longest, (Number.isFinite(ms) ? ms : 0) + (longestMs[target] ?? 0))
      const below = soonest[target]
      const here = below && { ...below, ms: below.ms + Math.min(ms, unknownMs) }
      if (here && (soon === null || here.ms < soon.ms)) soon = here
    }
    longestMs[id] = longest
    opens[id] = isOpen
    soonest[id] = soon
  }
  visit(workflow.start)
  // A listener may take a customer over at any time until then.
  for (const { nodeId } of workflow.listeners) visit(nodeId)
  const first = soonest[workflow.start]
  return {
    firstSend: first ? { nodeId: first.nodeId, afterMs: first.ms < unknownMs ? first.ms : null } : null,
    longestMs,
    open: Object.values(opens).includes(true),
    opens,
    sendsNext: Object.fromEntries(
      Object.entries(soonest).flatMap(([id, soon]) => (soon?.ms === 0 ? [[id, soon.nodeId]] : [])),
    ),
  }
}
