import type { GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import { applyPatch, type Draft, diffDrafts, type Patch, sameJson } from './draft.ts'

/** Two people changed the same thing in different ways. */
export interface Conflict {
  /** Unique among the conflicts of a merge. */
  key: string
  kind: 'node' | 'edge'
  id: string
  /** Path of the field (`title`, `config.subject`); null: the step or connection as a whole, one of them deleted it. */
  field: string | null
  mine: unknown
  theirs: unknown
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function collect(value: unknown, path: string, into: Map<string, unknown>): void {
  if (isGroup(value))
    for (const [name, inner] of Object.entries(value)) collect(inner, path ? `${path}.${name}` : name, into)
  else if (value !== undefined) into.set(path, value)
}

/** A step's fields by path; lists are one value. */
export function fieldsOf(node: GraphNode): Map<string, unknown> {
  const found = new Map<string, unknown>([
    ['type', node.type],
    ['title', node.title],
  ])
  collect(node.config, 'config', found)
  return found
}

/** Paths of the fields in which two states of a step differ. */
export function changedFields(before: GraphNode, after: GraphNode): string[] {
  const [a, b] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => !sameJson(a.get(path), b.get(path)))
}

function withMember(value: unknown, path: readonly string[], member: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return member
  const { [name]: was, ...others } = isGroup(value) ? value : {}
  const next = withMember(was, rest, member)
  return next === undefined ? others : { ...others, [name]: next }
}

/** A step with one field set; `undefined` takes it away. */
export const withField = (node: GraphNode, path: string, value: unknown): GraphNode =>
  withMember(node, path.split('.'), value) as GraphNode

/** What a colleague's changes do to mine: `patch` goes onto mine and leaves in place what is in `conflicts`. */
export interface Merged {
  patch: Required<Patch>
  conflicts: Conflict[]
}

/** Joins two drafts that were made from the same one, by step and field; connections as wholes. My positions and notes win, theirs come with their new steps. */
export function mergeDrafts(base: Draft, mine: Draft, theirs: Draft): Merged {
  const ours = diffDrafts(base, mine)
  const other = diffDrafts(base, theirs)
  const conflicts: Conflict[] = []
  const nodes = new Map<string, GraphNode | null>()
  for (const [id, theirNode] of other.nodes) {
    const myNode = ours.nodes.get(id)
    const was = base.nodes.get(id)
    if (myNode === undefined) nodes.set(id, theirNode)
    else if (myNode && theirNode && was) {
      const [before, my, their] = [fieldsOf(was), fieldsOf(myNode), fieldsOf(theirNode)]
      let merged = myNode
      for (const path of changedFields(was, theirNode)) {
        if (sameJson(my.get(path), their.get(path))) continue
        if (sameJson(before.get(path), my.get(path))) merged = withField(merged, path, their.get(path))
        else {
          const both = { mine: my.get(path), theirs: their.get(path) }
          conflicts.push({ key: `node ${id} ${path}`, kind: 'node', id, field: path, ...both })
        }
      }
      if (merged !== myNode) nodes.set(id, merged)
    } else if (!sameJson(myNode, theirNode))
      conflicts.push({ key: `node ${id}`, kind: 'node', id, field: null, mine: myNode, theirs: theirNode })
  }
  const edges = new Map<string, GraphEdge | null>()
  for (const [id, theirEdge] of other.edges) {
    const myEdge = ours.edges.get(id)
    if (myEdge === undefined) edges.set(id, theirEdge)
    else if (!sameJson(myEdge, theirEdge))
      conflicts.push({ key: `edge ${id}`, kind: 'edge', id, field: null, mine: myEdge, theirs: theirEdge })
  }
  const layout = new Map([...other.layout].filter(([id, at]) => at !== null && nodes.get(id)))
  const notes = new Map([...other.notes].filter(([id]) => !ours.notes.has(id)))
  return { patch: { nodes, edges, layout, notes }, conflicts }
}

/** The change that takes their side of some conflicts. */
export function takeTheirs(mine: Draft, conflicts: readonly Conflict[]): Patch {
  let draft = mine
  for (const { kind, id, field, theirs } of conflicts) {
    const node = draft.nodes.get(id)
    if (kind === 'edge') draft = applyPatch(draft, { edges: new Map([[id, theirs as GraphEdge | null]]) })
    else if (field === null) draft = applyPatch(draft, { nodes: new Map([[id, theirs as GraphNode | null]]) })
    else if (node) draft = applyPatch(draft, { nodes: new Map([[id, withField(node, field, theirs)]]) })
  }
  return diffDrafts(mine, draft)
}

/**
 * A step of the history after a colleague's changes: what it holds of steps that they changed gets their fields, so that undo takes
 * back mine alone. Null: it changed the same field and has nothing left to take back.
 */
export function rebaseStep<Kept extends { undo: Patch; redo: Patch }>(
  step: Kept,
  before: Draft,
  theirs: Patch,
): Kept | null {
  let { undo, redo } = step
  const touches = (patch: Patch, id: string) => patch.nodes?.has(id) === true
  const drop = (patch: Patch, part: 'nodes' | 'edges', id: string): Patch => {
    const map = new Map<string, never>(patch[part] as Iterable<[string, never]>)
    map.delete(id)
    return { ...patch, [part]: map }
  }
  const put = (patch: Patch, id: string, node: GraphNode | null): Patch => ({
    ...patch,
    nodes: new Map([...(patch.nodes ?? []), [id, node]]),
  })
  for (const [id, after] of theirs.nodes ?? []) {
    if (!touches(undo, id) && !touches(redo, id)) continue
    const was = before.nodes.get(id)
    const [back, forth] = [undo.nodes?.get(id) ?? null, redo.nodes?.get(id) ?? null]
    const fields = was && after ? changedFields(was, after) : []
    const own = back && forth ? changedFields(back, forth) : []
    if (!was || !after || own.some((path) => fields.includes(path))) {
      undo = drop(undo, 'nodes', id)
      redo = drop(redo, 'nodes', id)
      continue
    }
    const values = fieldsOf(after)
    const rebased = (node: GraphNode | null) =>
      node && fields.reduce((sum, path) => withField(sum, path, values.get(path)), node)
    undo = put(undo, id, rebased(back))
    redo = put(redo, id, rebased(forth))
  }
  for (const id of theirs.edges?.keys() ?? []) {
    if (!undo.edges?.has(id) && !redo.edges?.has(id)) continue
    undo = drop(undo, 'edges', id)
    redo = drop(redo, 'edges', id)
  }
  if (undo === step.undo && redo === step.redo) return step
  const left = [undo.nodes, undo.edges, undo.layout, undo.notes].some((part) => (part?.size ?? 0) > 0)
  return left ? { ...step, undo, redo } : null
}
