import type { Answer } from '../api.ts'
import { count, duration, percent } from '../format.ts'
import type { Draft } from './draft.ts'
import type { EdgeMark, NodeMark } from './overlay.ts'

type Simulated = Answer<'POST /campaigns/:id/simulate'>
/** What a test of the audience found. */
export type AudienceResult = Extract<Simulated, { kind: 'audience' }>
/** What becomes of one customer. */
export type CustomerResult = Extract<Simulated, { kind: 'customer' }>

/** Results on the canvas: how many reach each step and when, what is sent and passed over, the share of each way. */
export function audienceMarks(
  draft: Draft,
  result: AudienceResult,
): { nodes: Map<string, NodeMark>; edges: Map<string, EdgeMark> } {
  const nodes = new Map<string, NodeMark>()
  for (const node of result.nodes) {
    const blocked = sum(node.blocked)
    nodes.set(node.nodeId, {
      path: node.reached > 0 ? 'on' : 'off',
      figures: [
        { key: 'reached', value: node.reached, label: 'reach it' },
        ...(node.sent > 0 ? [{ key: 'sent', value: node.sent, label: 'sent', tone: 'good' as const }] : []),
        ...Object.entries(node.reactions).map(([does, value]) => ({
          key: does,
          value: value ?? 0,
          label: reactionWords[does] ?? does,
        })),
        ...(blocked > 0 ? [{ key: 'blocked', value: blocked, label: 'not sent', tone: 'warn' as const }] : []),
      ],
      ...(node.reached > 0 && { note: node.medianAfterMs < 60_000 ? 'at once' : `≈ ${roughly(node.medianAfterMs)}` }),
    })
  }
  const edges = new Map<string, EdgeMark>()
  for (const edge of draft.edges.values()) {
    const taken = result.edges
      .filter(
        (way) => !way.listener && way.source === edge.source && way.when === edge.when && way.target === edge.target,
      )
      .reduce((all, way) => all + way.count, 0)
    const reached = result.nodes.find((node) => node.nodeId === edge.source)?.reached ?? 0
    edges.set(edge.id, {
      text: taken === 0 ? '0' : `${count(taken)} · ${percent(taken, reached)}`,
      weight: result.customers === 0 ? 0 : taken / result.customers,
      path: taken > 0 ? 'on' : 'off',
    })
  }
  return { nodes, edges }
}

const reactionWords: Record<string, string> = {
  open: 'opened',
  click: 'clicked',
  reply: 'replied',
  bounce: 'bounced',
  unsubscribe: 'left the list',
}

/** What readers did, in words. */
export const reactionWord = (does: string): string => reactionWords[does] ?? does

/** The sum of counts. */
export const sum = (counts: Record<string, number | undefined>): number =>
  Object.values(counts).reduce<number>((all, n) => all + (n ?? 0), 0)

const blockedWords: Record<string, string> = {
  no_address: 'no address',
  suppressed: 'on the suppression list',
  already_sent: 'sent in this run before',
  capped: 'as many messages that day as the workspace allows',
}

/** Why a message would not be sent, in words. */
export const blockedWord = (reason: string): string => blockedWords[reason] ?? reason.replaceAll('_', ' ')

const endWords: Record<string, string> = {
  'end-of-flow': 'the flow ends',
  'no-branch': 'no branch takes them',
  nothing_to_wait_for: 'would rest for ever',
  beyond_ten_years: 'still inside after ten years',
  too_many_steps: 'too many steps',
}

/** Why somebody's run ends, in words. */
export const endWord = (reason: string): string => endWords[reason] ?? reason.replaceAll(/[-_]/g, ' ')

/** A duration to its largest unit or two: "3 days". */
export const roughly = (ms: number): string =>
  ms >= 86_400_000 ? duration(Math.round(ms / 3_600_000) * 3_600_000) : duration(Math.round(ms / 60_000) * 60_000)

/** The path of one customer up to a moment: where they came by and when, and where they are. */
export function pathMarks(
  draft: Draft,
  steps: readonly { nodeId: string | null; at: string | Date; kind?: string; label?: string | null | undefined }[],
  upTo: number,
  timeText: (at: string | Date) => string,
): { nodes: Map<string, NodeMark>; edges: Map<string, EdgeMark> } {
  const seen = steps.slice(0, upTo + 1)
  const nodes = new Map<string, NodeMark>()
  for (const id of draft.nodes.keys()) nodes.set(id, { figures: [], path: 'off' })
  const order: string[] = []
  for (const step of seen) {
    if (step.nodeId === null) continue
    if (order.at(-1) !== step.nodeId) order.push(step.nodeId)
    if (nodes.get(step.nodeId)?.path === 'off' || !nodes.get(step.nodeId))
      nodes.set(step.nodeId, { figures: [], path: 'on', note: timeText(step.at) })
  }
  const last = order.at(-1)
  const standing = last === undefined ? undefined : nodes.get(last)
  if (last !== undefined && standing) nodes.set(last, { ...standing, path: 'now' })
  const edges = new Map<string, EdgeMark>()
  for (const edge of draft.edges.values()) {
    const taken = order.some((id, index) => id === edge.source && order[index + 1] === edge.target)
    edges.set(edge.id, { path: taken ? 'on' : 'off' })
  }
  return { nodes, edges }
}
