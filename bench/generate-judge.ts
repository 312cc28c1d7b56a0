/** Holds what was written to the rubric of what was asked for. */
import type { Proposal } from '../src/ai/proposal.ts'
import type { Graph, GraphNode } from '../src/workflow/graph.ts'
import { day, type Rubric } from './generate-cases.ts'

/** What a proposal (null: there is none) lacks by its rubric, in words; nothing when it passes. */
export function judge(proposal: Proposal | null, rubric: Rubric): string[] {
  const said = proposal !== null && proposal.unread.length + proposal.notes.length > 0
  if (rubric.impossible) return proposal?.graph == null || said ? [] : ['it was not said what cannot be done']
  if (proposal === null) return ['it failed']
  const graph = proposal.graph ?? { nodes: [], edges: [] }
  const failed: string[] = []
  const waiting = new Set(proposal.placeholders.map(({ nodeId, field }) => `${nodeId} ${field}`))
  const invalid = proposal.problems
    .filter(({ severity, nodeId, field }) => severity === 'error' && !waiting.has(`${nodeId} ${field}`))
    .filter(({ code }) => code !== 'no_criterion')
  if (invalid.length > 0) failed.push(`not valid: ${invalid[0]?.message}`)
  const count = (test: (node: GraphNode) => boolean) => graph.nodes.filter(test).length
  const sends = count(({ type }) => type === 'email-send' || type === 'send-step')
  const [least, most] = typeof rubric.sends === 'number' ? [rubric.sends, rubric.sends] : (rubric.sends ?? [0, 0])
  if (sends < least || sends > most)
    failed.push(`${sends} messages, not ${least === most ? least : `${least} to ${most}`}`)
  const times = graph.nodes.flatMap(({ config }) =>
    [config.durationMs, config.replyTimeoutMs, config.timeoutMs].filter((ms): ms is number => typeof ms === 'number'),
  )
  for (const wanted of rubric.waits ?? []) {
    const found = times.findIndex((ms) => Math.abs(ms - wanted) <= wanted / 10)
    if (found < 0) failed.push(`no wait of ${wanted / day} days`)
    else times.splice(found, 1)
  }
  for (const outcome of rubric.outcomes ?? []) if (!tells(graph, outcome)) failed.push(`“${outcome}” is not told apart`)
  if (rubric.handoffOnReply && !handsOffReplies(graph)) failed.push('not every reply is handed off')
  for (const [type, wanted] of Object.entries(rubric.types ?? {})) {
    const found = count((node) => node.type === type)
    if (found !== wanted) failed.push(`${found} × ${type}, not ${wanted}`)
  }
  const asked = new Set([
    ...Object.keys(rubric.types ?? {}),
    'trigger',
    'wait',
    'email-send',
    'send-step',
    'at-any-point',
    'wait-for-event',
    'exit',
    ...(rubric.handoffOnReply ? ['exit-handoff'] : []),
  ])
  for (const { type, title } of graph.nodes) if (!asked.has(type)) failed.push(`“${title}” (${type}) was not asked for`)
  return failed
}

const tells = ({ nodes, edges }: Graph, outcome: string): boolean =>
  edges.some(({ when }) => when === outcome) ||
  nodes.some(({ config }) => config.event === outcome || config.event === `message.${outcome}`)

function handsOffReplies({ nodes, edges }: Graph): boolean {
  const handoffs = new Set(nodes.filter(({ type }) => type === 'exit-handoff').map(({ id }) => id))
  const reaches = (from: string, seen = new Set<string>()): boolean => {
    if (handoffs.has(from)) return true
    if (seen.has(from)) return false
    seen.add(from)
    return edges.some(({ source, target }) => source === from && reaches(target, seen))
  }
  const listener = nodes.find(
    ({ type, config }) => type === 'at-any-point' && /(^|\.)replied$/.test(String(config.event)),
  )
  const own = edges.filter(({ when }) => when === 'replied')
  const ownAll = own.every(({ target }) => reaches(target))
  if (listener) return reaches(listener.id) && ownAll
  const messages = nodes.filter(({ type }) => type === 'email-send' || type === 'send-step')
  return ownAll && messages.every(({ id }) => own.some(({ source }) => source === id))
}
