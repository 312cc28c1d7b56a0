import type { GraphEdge, GraphNode, GraphProblem } from '../../../src/workflow/graph.ts'

/** Where a card stands on the canvas, in canvas pixels. */
export interface Point {
  x: number
  y: number
}

/** A note on the canvas: plain text in one of four tints. It lies beside the graph and is never published. */
export interface Note extends Point {
  text: string
  tint: 0 | 1 | 2 | 3
}

/** The workflow being edited: what the server keeps, keyed by id. Never changed in place. */
export interface Draft {
  nodes: ReadonlyMap<string, GraphNode>
  edges: ReadonlyMap<string, GraphEdge>
  layout: ReadonlyMap<string, Point>
  notes: ReadonlyMap<string, Note>
}

/** A change of a draft: new values by id, null removes. Every command of the builder is one, and so is its inverse. */
export interface Patch {
  nodes?: ReadonlyMap<string, GraphNode | null>
  edges?: ReadonlyMap<string, GraphEdge | null>
  layout?: ReadonlyMap<string, Point | null>
  notes?: ReadonlyMap<string, Note | null>
}

/** The workflow as the API reads and writes it. */
export interface WireWorkflow {
  nodes: GraphNode[]
  edges: GraphEdge[]
  layout: Record<string, unknown>
}

const parts = ['nodes', 'edges', 'layout', 'notes'] as const

function patchMap<Value>(
  map: ReadonlyMap<string, Value>,
  changes: ReadonlyMap<string, Value | null> | undefined,
): ReadonlyMap<string, Value> {
  if (!changes || changes.size === 0) return map
  const result = new Map(map)
  for (const [id, value] of changes) value === null ? result.delete(id) : result.set(id, value)
  return result
}

/** The draft after a change; parts that the patch does not touch stay the same objects. */
export const applyPatch = (draft: Draft, patch: Patch): Draft => ({
  nodes: patchMap(draft.nodes, patch.nodes),
  edges: patchMap(draft.edges, patch.edges),
  layout: patchMap(draft.layout, patch.layout),
  notes: patchMap(draft.notes, patch.notes),
})

function invertMap<Value>(
  map: ReadonlyMap<string, Value>,
  changes: ReadonlyMap<string, Value | null> | undefined,
): Map<string, Value | null> {
  return new Map([...(changes?.keys() ?? [])].map((id) => [id, map.get(id) ?? null]))
}

/** The patch that takes `patch` back, computed before it is applied. */
export const invertPatch = (draft: Draft, patch: Patch): Patch => ({
  nodes: invertMap(draft.nodes, patch.nodes),
  edges: invertMap(draft.edges, patch.edges),
  layout: invertMap(draft.layout, patch.layout),
  notes: invertMap(draft.notes, patch.notes),
})

/** One patch that does both, `second` last. */
export const joinPatches = (first: Patch, second: Patch): Patch => ({
  nodes: new Map([...(first.nodes ?? []), ...(second.nodes ?? [])]),
  edges: new Map([...(first.edges ?? []), ...(second.edges ?? [])]),
  layout: new Map([...(first.layout ?? []), ...(second.layout ?? [])]),
  notes: new Map([...(first.notes ?? []), ...(second.notes ?? [])]),
})

/** Whether two values are the same as JSON; member order does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  const keys = Object.keys(left).filter((key) => left[key] !== undefined)
  if (keys.length !== Object.keys(right).filter((key) => right[key] !== undefined).length) return false
  return keys.every((key) => sameJson(left[key], right[key]))
}

function diffMap<Value>(from: ReadonlyMap<string, Value>, to: ReadonlyMap<string, Value>): Map<string, Value | null> {
  const changes = new Map<string, Value | null>()
  if (from === to) return changes
  for (const [id, value] of to) if (!sameJson(from.get(id), value)) changes.set(id, value)
  for (const id of from.keys()) if (!to.has(id)) changes.set(id, null)
  return changes
}

/** What makes `to` out of `from`. */
export const diffDrafts = (from: Draft, to: Draft): Required<Patch> => ({
  nodes: diffMap(from.nodes, to.nodes),
  edges: diffMap(from.edges, to.edges),
  layout: diffMap(from.layout, to.layout),
  notes: diffMap(from.notes, to.notes),
})

/** Whether a patch changes nothing, or nothing but positions and notes. */
export const isEmpty = (patch: Patch, options: { ignoreLayout?: boolean } = {}): boolean =>
  parts.every(
    (part) => (options.ignoreLayout && (part === 'layout' || part === 'notes')) || (patch[part]?.size ?? 0) === 0,
  )

/** Where notes lie in a layout. */
const notesKey = '$notes'

function notesOf(given: unknown): Map<string, Note> {
  const found = new Map<string, Note>()
  if (!Array.isArray(given)) return found
  for (const [index, note] of (given as (Partial<Note & { id: string }> | null)[]).entries()) {
    if (typeof note?.text !== 'string') continue
    const tint = ([0, 1, 2, 3] as const).find((one) => one === note.tint) ?? 0
    const id = typeof note.id === 'string' ? note.id : `note-${index + 1}`
    found.set(id, { x: Number(note.x) || 0, y: Number(note.y) || 0, text: note.text, tint })
  }
  return found
}

/** A draft out of what the API sent. What is neither a position nor a note stays out. */
export function draftOf(workflow: WireWorkflow): Draft {
  const layout = new Map<string, Point>()
  for (const [id, at] of Object.entries(workflow.layout)) {
    const point = at as Partial<Point> | null
    if (typeof point?.x === 'number' && typeof point.y === 'number') layout.set(id, { x: point.x, y: point.y })
  }
  return {
    nodes: new Map(workflow.nodes.map((node) => [node.id, node])),
    edges: new Map(workflow.edges.map((edge) => [edge.id, edge])),
    layout,
    notes: notesOf(workflow.layout[notesKey]),
  }
}

/** The draft as the API takes it; positions of nodes that are gone are left out. */
export const wireOf = (draft: Draft): WireWorkflow => ({
  nodes: [...draft.nodes.values()],
  edges: [...draft.edges.values()],
  layout: {
    ...Object.fromEntries([...draft.layout].filter(([id]) => draft.nodes.has(id))),
    ...(draft.notes.size > 0 && { [notesKey]: [...draft.notes].map(([id, note]) => ({ id, ...note })) }),
  },
})

/** Problems by the node that they are about; those of an edge go to the node that it leaves. */
export function problemsByNode(
  draft: Draft,
  problems: readonly GraphProblem[],
  before: ReadonlyMap<string, GraphProblem[]> = new Map(),
): ReadonlyMap<string, GraphProblem[]> {
  const found = new Map<string, GraphProblem[]>()
  for (const problem of problems) {
    const id = problem.nodeId ?? (problem.edgeId ? draft.edges.get(problem.edgeId)?.source : undefined)
    if (id) found.set(id, [...(found.get(id) ?? []), problem])
  }
  for (const [id, list] of found) {
    const known = before.get(id)
    if (known && sameJson(known, list)) found.set(id, known)
  }
  return found
}
