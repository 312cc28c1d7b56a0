import { catalogue, parseConfig } from '../../../src/catalogue/catalogue.ts'
import { references, validate } from '../../../src/workflow/compile.ts'
import type { GraphEdge, GraphNode, GraphProblem } from '../../../src/workflow/graph.ts'
import { answer } from './background.ts'

/** What is to be checked: what changed since the question before, null for what is gone. The order of new ones is kept. */
export interface CheckAsk {
  nodes: [id: string, node: GraphNode | null][]
  edges: [id: string, edge: GraphEdge | null][]
}

/** What a graph's own check finds: everything that can be told without the workspace. */
export interface CheckAnswer {
  problems: GraphProblem[]
  /** What each step names outside the graph, as one text a step: whether those things exist is the server's to say. */
  references: [nodeId: string, text: string][]
}

const nodes = new Map<string, GraphNode>()
const edges = new Map<string, GraphEdge>()

function take<Value>(into: Map<string, Value>, changes: readonly [string, Value | null][]): void {
  for (const [id, value] of changes) value === null ? into.delete(id) : into.set(id, value)
}

answer((changed: CheckAsk): CheckAnswer => {
  take(nodes, changed.nodes)
  take(edges, changed.edges)
  const graph = { nodes: [...nodes.values()], edges: [...edges.values()] }
  const named = new Map<string, string>()
  for (const { nodeId, field, ref, value } of references(graph, catalogue))
    named.set(nodeId, `${named.get(nodeId) ?? ''}${field} ${ref} ${value}\n`)
  return { problems: validate(graph, catalogue, parseConfig), references: [...named] }
})
