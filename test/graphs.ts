import { catalogue, parseConfig } from '../src/catalogue/catalogue.ts'
import { compile, validate } from '../src/workflow/compile.ts'
import type { CompiledNode, Graph, GraphEdge, GraphNode } from '../src/workflow/graph.ts'

/** An id that looks like one of the database, by its last digits. */
export const id = (last: number): string => `019f0000-0000-7000-8000-${String(last).padStart(12, '0')}`

/** A node whose title is its id. */
export const node = (nodeId: string, type: string, config: Record<string, unknown> = {}): GraphNode => ({
  id: nodeId,
  type,
  title: nodeId,
  config,
})
/** An edge whose id says where it leads. */
export const edge = (source: string, target: string, when: string | null = null): GraphEdge => ({
  id: `${source}>${target}>${when}`,
  source,
  target,
  when,
})

/** The node that a workflow starts at. */
export const trigger = node('start', 'trigger')
/** An email step that can be sent. */
export const mail = (nodeId: string, config: Record<string, unknown> = {}) =>
  node(nodeId, 'email-send', { credentialId: id(1), subject: 'Hi', body: 'Hello', ...config })
/** A split between Vietnam and the rest. */
export const split = node('split', 'conditional-split', {
  branches: [
    { id: 'vn', label: 'Vietnam' },
    { id: 'rest', label: 'Rest', default: true },
  ],
})
/** A branch’s guard: all of these inputs equal these values. */
export const path = (nodeId: string, ...rules: [input: string, value: string | boolean][]) =>
  node(nodeId, 'path', { rules: rules.map(([input, value]) => ({ input, condition: 'equals', value })) })
/** The guard of the branch `vn`. */
export const inVietnam = path('in-vn', ['customer.country', 'VN'])
/** The guard of the default branch. */
export const elsewhere = path('elsewhere')
/** A wait of so many milliseconds. */
export const wait = (nodeId: string, durationMs: number) => node(nodeId, 'wait', { waitType: 'duration', durationMs })

/** trigger → mail → split → (path → tag → exit | path) */
export const sound: Graph = {
  nodes: [
    trigger,
    mail('mail'),
    split,
    inVietnam,
    elsewhere,
    node('tag', 'add-tag', { name: 'vn' }),
    node('exit', 'exit'),
  ],
  edges: [
    edge('start', 'mail'),
    edge('mail', 'split'),
    edge('split', 'in-vn', 'vn'),
    edge('split', 'elsewhere', 'rest'),
    edge('in-vn', 'tag'),
    edge('tag', 'exit'),
  ],
}

/** The sound graph with some nodes and edges put in, replaced (by id) or taken out. */
export function changed(change: { put?: GraphNode[]; drop?: string[]; connect?: GraphEdge[]; cut?: string[] }): Graph {
  const put = new Map((change.put ?? []).map((each) => [each.id, each]))
  const gone = new Set(change.drop)
  const cut = new Set(change.cut)
  const nodes = sound.nodes.filter((each) => !gone.has(each.id)).map((each) => put.get(each.id) ?? each)
  for (const each of put.values()) if (!nodes.includes(each)) nodes.push(each)
  return { nodes, edges: [...sound.edges.filter((each) => !cut.has(each.id)), ...(change.connect ?? [])] }
}

/** What is wrong with a graph. */
export const problemsOf = (graph: Graph) => validate(graph, catalogue, parseConfig)
/** The same in short: code, node and field. */
export const codesOf = (graph: Graph): string[] =>
  problemsOf(graph).map(({ code, nodeId, field }) => [code, nodeId, field].filter(Boolean).join(' '))

/** A node of the compiled graph; throws with the problems of one that does not compile. */
export function compiled(graph: Graph, nodeId: string): CompiledNode {
  const { workflow, problems } = compile(graph, catalogue, parseConfig)
  const found = workflow?.nodes[nodeId]
  if (!found) throw new Error(JSON.stringify(problems))
  return found
}
