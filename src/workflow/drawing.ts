import type { Catalogue, Graph, GraphEdge, GraphNode, GraphProblem, NodeType, ParseConfig } from './graph.ts'
import { findWays, type Ways } from './ways.ts'

/** A node of the graph with what its type says of it. */
export interface DrawnNode {
  id: string
  title: string
  /** Title in quotes, for sentences. */
  name: string
  type: NodeType
  /** As the person typed it. */
  raw: Record<string, unknown>
  /** Parsed by its definition; null when it has errors. */
  config: Record<string, unknown> | null
  out: GraphEdge[]
  into: GraphEdge[]
}

/** A graph read once: its nodes of known types, the edges between them, and the ways through it. */
export interface Drawing {
  nodes: ReadonlyMap<string, DrawnNode>
  ways: Ways
  start: DrawnNode | null
}

const idPattern = /^[a-z][a-z0-9-]{0,63}$/i

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNode = (value: unknown): value is GraphNode =>
  isObject(value) && typeof value.id === 'string' && typeof value.type === 'string'
const isEdge = (value: unknown): value is GraphEdge =>
  isObject(value) && ['id', 'source', 'target'].every((name) => typeof value[name] === 'string')
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** An edge's label: absent is accepted for none. Anything but a text is no label that a node knows. */
const labelOf = (edge: GraphEdge): string | null =>
  edge.when === undefined || edge.when === null ? null : String(edge.when)

/** Reads nodes and edges, and reports what does not hold together: ids, types, edges that hang in the air. */
export function readDrawing(
  graph: Graph,
  catalogue: Catalogue,
  parseConfig: ParseConfig,
  report: (problem: GraphProblem) => void,
): Drawing {
  const nodes = new Map<string, DrawnNode>()
  const idsInUse = new Set<string>()
  for (const node of listOf(graph?.nodes)) {
    if (!isNode(node)) {
      report({ severity: 'error', code: 'malformed_node', message: 'A node has no id or no type.' })
      continue
    }
    const title = typeof node.title === 'string' && node.title.trim() !== '' ? node.title.trim() : node.id
    const name = `“${title.slice(0, 80)}”`
    const error = (code: string, message: string, fix?: string) =>
      report({ severity: 'error', code, nodeId: node.id, message, ...(fix !== undefined && { fix }) })
    if (!idPattern.test(node.id)) {
      error('bad_id', `“${node.id.slice(0, 80)}” cannot be an id: a letter, then letters, digits and “-”, at most 64.`)
    }
    if (idsInUse.has(node.id)) {
      error('duplicate_id', `Two nodes have the id “${node.id}”.`, 'Give one of them another id.')
      continue
    }
    idsInUse.add(node.id)
    const type = Object.hasOwn(catalogue, node.type) ? catalogue[node.type] : undefined
    if (type === undefined) {
      error('unknown_type', `${name} is of a type that does not exist: “${node.type.slice(0, 80)}”.`)
      continue
    }
    const raw = isObject(node.config) ? node.config : {}
    const { config, issues } = parseConfig(node.type, raw)
    for (const issue of issues) {
      const { field, ...rest } = issue
      report({ ...rest, nodeId: node.id, ...(field !== '' && { field }) })
    }
    nodes.set(node.id, { id: node.id, title, name, type, raw, config, out: [], into: [] })
  }
  for (const edge of readEdges(graph, idsInUse, report)) {
    const source = nodes.get(edge.source)
    const target = nodes.get(edge.target)
    if (!source || !target) continue
    source.out.push(edge)
    target.into.push(edge)
  }
  const next = new Map([...nodes].map(([id, node]) => [id, node.out.map((edge) => edge.target)]))
  const entries = [...nodes.values()].filter((node) => node.type.entry !== null)
  const ways = findWays(
    [...nodes.keys()],
    next,
    entries.map(({ id }) => id),
  )
  return { nodes, ways, start: entries.find((node) => node.type.entry === 'start') ?? null }
}

function readEdges(graph: Graph, ids: ReadonlySet<string>, report: (problem: GraphProblem) => void): GraphEdge[] {
  const edges: GraphEdge[] = []
  const known = new Set<string>()
  for (const edge of listOf(graph?.edges)) {
    if (!isEdge(edge)) {
      report({ severity: 'error', code: 'malformed_edge', message: 'An edge has no id, source or target.' })
      continue
    }
    const error = (code: string, message: string, fix: string) =>
      report({ severity: 'error', code, edgeId: edge.id, message, fix })
    if (known.has(edge.id)) {
      error('duplicate_id', `Two edges have the id “${edge.id.slice(0, 80)}”.`, 'Remove one of them.')
      continue
    }
    known.add(edge.id)
    const missing = [edge.source, edge.target].find((id) => !ids.has(id))
    if (missing !== undefined) {
      const end = missing === edge.source ? 'starts from' : 'leads to'
      error('loose_edge', `An edge ${end} a node that does not exist: “${missing.slice(0, 80)}”.`, 'Remove the edge.')
      continue
    }
    edges.push({ id: edge.id, source: edge.source, target: edge.target, when: labelOf(edge) })
  }
  return edges
}
