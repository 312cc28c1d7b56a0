import { asMeant } from './config-schema.ts'
import type { Catalogue, Graph, GraphEdge, GraphNode } from './graph.ts'

/** One setting that differs; `field` is `title` or a dotted path inside the config. Undefined = was or is not there. */
export interface FieldChange {
  field: string
  before: unknown
  after: unknown
}

/** What makes one graph of another. A node that keeps its id but changes its type counts as removed and added. */
export interface GraphDiff {
  nodes: {
    added: GraphNode[]
    removed: GraphNode[]
    changed: { id: string; type: string; title: string; fields: FieldChange[] }[]
  }
  /** An edge is told by its source and label, not by its id: one of the same that leads elsewhere is changed. */
  edges: { added: GraphEdge[]; removed: GraphEdge[]; changed: { before: GraphEdge; after: GraphEdge }[] }
}

/**
 * Compares two graphs, for publishing and for what an assistant proposes. Order of nodes and edges does not matter, and a setting that is
 * left out is the same as one that says what is done without it.
 */
export function diffGraphs(before: Graph, after: Graph, catalogue: Catalogue): GraphDiff {
  const nodes: GraphDiff['nodes'] = { added: [], removed: [], changed: [] }
  const meaning = ({ type, config }: GraphNode): unknown =>
    Object.hasOwn(catalogue, type) ? asMeant(catalogue[type]?.config ?? {}, config) : config
  const old = new Map(before.nodes.map((node) => [node.id, node]))
  const current = new Map(after.nodes.map((node) => [node.id, node]))
  for (const node of before.nodes) if (current.get(node.id)?.type !== node.type) nodes.removed.push(node)
  for (const node of after.nodes) {
    const was = old.get(node.id)
    if (was?.type !== node.type) {
      nodes.added.push(node)
      continue
    }
    const fields = [
      ...(was.title === node.title ? [] : [{ field: 'title', before: was.title, after: node.title }]),
      ...changesIn(meaning(was), meaning(node), ''),
    ]
    if (fields.length > 0) nodes.changed.push({ id: node.id, type: node.type, title: node.title, fields })
  }
  return { nodes, edges: diffEdges(before.edges, after.edges) }
}

/** Whether there is nothing in a difference. */
export const isSame = ({ nodes, edges }: GraphDiff): boolean =>
  [nodes.added, nodes.removed, nodes.changed, edges.added, edges.removed, edges.changed].every(
    (list) => list.length === 0,
  )

function diffEdges(before: readonly GraphEdge[], after: readonly GraphEdge[]): GraphDiff['edges'] {
  const edges: GraphDiff['edges'] = { added: [], removed: [], changed: [] }
  const old = Map.groupBy(before, wayOf)
  const current = Map.groupBy(after, wayOf)
  for (const way of new Set([...old.keys(), ...current.keys()])) {
    const gone = (old.get(way) ?? []).filter((edge) => !current.get(way)?.some(({ target }) => target === edge.target))
    const come = (current.get(way) ?? []).filter((edge) => !old.get(way)?.some(({ target }) => target === edge.target))
    const pairs = Math.min(gone.length, come.length)
    for (let index = 0; index < pairs; index += 1) {
      edges.changed.push({ before: gone[index] as GraphEdge, after: come[index] as GraphEdge })
    }
    edges.removed.push(...gone.slice(pairs))
    edges.added.push(...come.slice(pairs))
  }
  return edges
}

const wayOf = ({ source, when }: GraphEdge): string => JSON.stringify([source, when ?? null])

function changesIn(before: unknown, after: unknown, field: string): FieldChange[] {
  if (Object.is(before, after)) return []
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ field, before, after }]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) =>
    changesIn(fieldOf(before, name), fieldOf(after, name), field === '' ? name : `${field}.${name}`),
  )
}

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const fieldOf = (container: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(container, name) ? container[name] : undefined
