import type { Graph, GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import { type Draft, type Point, sameJson } from './draft.ts'

/** How a step or connection differs from the draft. */
export type Mark = 'added' | 'changed' | 'removed'

const wayOf = ({ source, when }: GraphEdge): string => `${source}\u0000${when ?? ''}`

/**
 * A proposal without the changes that were not taken. `skipped` holds keys of changes: `+id`, `~id`, `-id` of steps, `>source when` of
 * ways. What a left-out step stood between is joined again; a way that the draft had and nothing else took stays.
 */
export function partOfProposal(before: Graph, after: Graph, skipped: ReadonlySet<string>): Graph {
  if (skipped.size === 0) return after
  const old = new Map(before.nodes.map((node) => [node.id, node]))
  const next = new Map(after.nodes.map((node) => [node.id, node]))
  const nodes: GraphNode[] = []
  const left = new Set<string>()
  for (const node of after.nodes) {
    const was = old.get(node.id)
    if (was?.type !== node.type) {
      if (!skipped.has(`+${node.id}`)) nodes.push(node)
      else {
        left.add(node.id)
        if (was) nodes.push(was)
      }
    } else nodes.push(skipped.has(`~${node.id}`) ? was : node)
  }
  for (const node of before.nodes) if (!next.has(node.id) && skipped.has(`-${node.id}`)) nodes.push(node)
  const present = new Set(nodes.map(({ id }) => id))
  /** Where a way leads when the step that it led to was left out. */
  const onward = (id: string): string | null => {
    let target: string | null = id
    for (let count = 0; target !== null && left.has(target) && count <= after.nodes.length; count += 1) {
      const from: string = target
      target = after.edges.find(({ source, when }) => source === from && when === null)?.target ?? null
    }
    return target !== null && present.has(target) ? target : null
  }
  const ways = new Map<string, GraphEdge>()
  const oldWay = new Map(before.edges.map((edge) => [wayOf(edge), edge]))
  for (const edge of after.edges) {
    if (!present.has(edge.source) || left.has(edge.source)) continue
    const kept = skipped.has(`>${edge.source} ${edge.when ?? ''}`) ? oldWay.get(wayOf(edge)) : undefined
    const target = onward((kept ?? edge).target)
    if (target !== null) ways.set(wayOf(edge), { ...(kept ?? edge), target })
  }
  for (const edge of before.edges) {
    const touched =
      skipped.has(`>${edge.source} ${edge.when ?? ''}`) ||
      skipped.has(`-${edge.source}`) ||
      skipped.has(`-${edge.target}`) ||
      after.edges.some((one) => wayOf(one) === wayOf(edge) && left.has(one.target))
    if (touched && present.has(edge.source) && present.has(edge.target) && !ways.has(wayOf(edge)))
      ways.set(wayOf(edge), edge)
  }
  return { nodes, edges: [...ways.values()] }
}

/** Before and after in one drawing, each step and connection with its mark. */
export function drawDifference(before: Draft, after: Graph): { draft: Draft; marks: ReadonlyMap<string, Mark> } {
  const marks = new Map<string, Mark>()
  const nodes = new Map(before.nodes)
  for (const id of nodes.keys()) marks.set(id, 'removed')
  for (const node of after.nodes) {
    const was = before.nodes.get(node.id)
    nodes.set(node.id, node)
    if (was?.type !== node.type) marks.set(node.id, 'added')
    else if (sameJson(was, node)) marks.delete(node.id)
    else marks.set(node.id, 'changed')
  }
  const edges = new Map<string, GraphEdge>()
  const sameEdge = (a: GraphEdge, b: GraphEdge) => a.source === b.source && a.target === b.target && a.when === b.when
  // What will be comes first: of two ways out of one port the layout follows the first.
  for (const edge of after.edges) {
    const was = [...before.edges.values()].find((one) => sameEdge(one, edge))
    const id = was || !before.edges.has(edge.id) ? edge.id : `${edge.id} (new)`
    edges.set(id, { ...edge, id })
    if (!was) marks.set(id, 'added')
  }
  for (const edge of before.edges.values()) {
    if (after.edges.some((one) => sameEdge(one, edge))) continue
    edges.set(edge.id, edge)
    marks.set(edge.id, 'removed')
  }
  return { draft: { nodes, edges, layout: before.layout, notes: before.notes }, marks }
}

/** A graph as a draft with the places that are known, and the notes that stay on the canvas. */
export const draftFrom = (
  { nodes, edges }: Graph,
  layout: ReadonlyMap<string, Point>,
  notes: Draft['notes'] = new Map(),
): Draft => ({
  nodes: new Map(nodes.map((node) => [node.id, node])),
  edges: new Map(edges.map((edge) => [edge.id, edge])),
  layout,
  notes,
})

/** A config with one field set, `assignTo.memberIds`; what is not there on the way is made. */
export function withField(config: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const [name = '', ...rest] = path.split('.')
  if (rest.length === 0) return { ...config, [name]: value }
  const inner = config[name]
  const below = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {}
  return { ...config, [name]: withField(below as Record<string, unknown>, rest.join('.'), value) }
}
