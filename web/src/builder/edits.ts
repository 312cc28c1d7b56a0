import type { Catalogue, GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import { applyPatch, type Draft, type Note, type Patch, type Point } from './draft.ts'
import { linksOf, upstream } from './shape.ts'

/** What a person did: the words for undo and the live region, the change, and the node to show afterwards. */
export interface Edit {
  label: string
  patch: Patch
  focus?: string
  /** Something to know beyond what was asked for. */
  note?: string
  /** Steps that it adds. */
  fresh?: string[]
  /** Undo brings the draft back as it was to the byte, order included, while nothing else changed it since. */
  exact?: boolean
  /** Many cards get other places: they glide there. */
  glide?: boolean
}

/** Why something cannot be done, in a sentence. */
export interface Refusal {
  refused: string
}

/** What edits need to know: the graph, the node types, and how high the cards are on the screen. */
export interface Scene {
  draft: Draft
  catalogue: Catalogue
  /** Height of a card in pixels. */
  heightOf(id: string): number
}

/** Width of every card and the usual distances on the canvas, in pixels. */
export const cardWidth = 248
export const cardHeight = 84
export const gapY = 64
export const gapX = 48

/** What a person calls a step: its name, else that of its type. */
export const titleOf = (scene: Scene, id: string) => {
  const node = scene.draft.nodes.get(id)
  return node?.title || (node && scene.catalogue[node.type]?.title) || id
}

/** An id that is free: `email-send-1`, `email-send-2` … */
export function freshId(taken: ReadonlyMap<string, unknown>, base: string): string {
  const stem = base.replace(/-\d+$/, '')
  for (let n = 1; ; n++) if (!taken.has(`${stem}-${n}`)) return `${stem}-${n}`
}

/** A name that no other step has: “Wait”, “Wait 2” … */
export function freshTitle(nodes: Iterable<GraphNode | null>, title: string): string {
  const taken = new Set([...nodes].map((node) => node?.title))
  if (!taken.has(title)) return title
  for (let n = 2; ; n++) if (!taken.has(`${title} ${n}`)) return `${title} ${n}`
}

/** A new edge, noted in the patch that is being made. */
export const newEdge = (
  draft: Draft,
  patch: Map<string, GraphEdge | null>,
  source: string,
  target: string,
  when: string | null,
): GraphEdge => {
  const edge = { id: freshId(new Map<string, unknown>([...draft.edges, ...patch]), 'edge'), source, target, when }
  patch.set(edge.id, edge)
  return edge
}

/** Whether a node is the condition of a split's branch. */
export const guards = (scene: Scene, id: string): boolean => {
  const node = scene.draft.nodes.get(id)
  return node !== undefined && scene.catalogue[node.type]?.guard === true
}

/** Removes edges. */
export const removeEdges = (draft: Draft, ids: Iterable<string>): Edit => ({
  label: 'Connection deleted',
  patch: { edges: new Map([...ids].filter((id) => draft.edges.has(id)).map((id) => [id, null])) },
})

/** Why two nodes cannot be connected, or null when they can. `above`: what leads to the source, where it is known already. */
export function refusal(
  scene: Scene,
  source: string,
  target: string,
  above: ReadonlySet<string> = upstream(linksOf(scene.draft), source),
): string | null {
  const from = scene.draft.nodes.get(source)
  const to = scene.draft.nodes.get(target)
  if (!from || !to) return 'That step is gone.'
  const fromType = scene.catalogue[from.type]
  const toType = scene.catalogue[to.type]
  if (toType?.entry) return `“${titleOf(scene, target)}” is a start: nothing leads into it.`
  if (fromType?.ends) return `“${titleOf(scene, source)}” ends the run: nothing follows it.`
  if (toType?.guard && !fromType?.guardedBy)
    return `“${titleOf(scene, target)}” is the condition of a split and belongs to it.`
  if (fromType?.guardedBy && !toType?.guard)
    return 'Every branch of a split starts with its condition. Connect from there.'
  if (above.has(target)) {
    return `This would send people back to “${titleOf(scene, target)}”. Workflows can’t loop.`
  }
  return null
}

/** Connects a way out with a node. A way out has one edge: an existing one is led to the new target. */
export function connect(scene: Scene, source: string, when: string | null, target: string): Edit | Refusal {
  const reason = refusal(scene, source, target)
  if (reason) return { refused: reason }
  const existing = (linksOf(scene.draft).out.get(source) ?? []).find((edge) => edge.when === when)
  const edges = new Map<string, GraphEdge | null>()
  if (existing) edges.set(existing.id, { ...existing, target })
  else newEdge(scene.draft, edges, source, target, when)
  return { label: `“${titleOf(scene, source)}” leads to “${titleOf(scene, target)}”`, patch: { edges } }
}

/** Gives an edge another label; the sibling that carries it takes this one's. */
export function relabel(scene: Scene, edgeId: string, when: string | null): Edit | Refusal {
  const edge = scene.draft.edges.get(edgeId)
  if (!edge) return { refused: 'That connection is gone.' }
  const sibling = (linksOf(scene.draft).out.get(edge.source) ?? []).find(
    (one) => one.id !== edgeId && one.when === when,
  )
  const edges = new Map<string, GraphEdge | null>([[edgeId, { ...edge, when }]])
  if (sibling) edges.set(sibling.id, { ...sibling, when: edge.when })
  return { label: 'Connection changed', patch: { edges } }
}

/** Leads an existing connection from or to another step: its id stays, and so does what is known of it. */
export function reconnect(
  scene: Scene,
  edgeId: string,
  to: { source: string; target: string; when: string | null },
): Edit | Refusal {
  const edge = scene.draft.edges.get(edgeId)
  if (!edge) return { refused: 'That connection is gone.' }
  const without = { ...scene, draft: applyPatch(scene.draft, { edges: new Map([[edgeId, null]]) }) }
  const reason = refusal(without, to.source, to.target)
  if (reason) return { refused: reason }
  const taken = (linksOf(without.draft).out.get(to.source) ?? []).find((one) => one.when === to.when)
  const edges = new Map<string, GraphEdge | null>([[edgeId, { ...edge, ...to }]])
  if (taken) edges.set(taken.id, null)
  return { label: `Connection leads to “${titleOf(scene, to.target)}”`, patch: { edges } }
}

/** Renames a step. */
export function setTitle(scene: Scene, id: string, title: string): Edit | Refusal {
  const node = scene.draft.nodes.get(id)
  return node
    ? { label: `Renamed to “${title}”`, patch: { nodes: new Map([[id, { ...node, title }]]) }, focus: id }
    : { refused: 'That step is gone.' }
}

/** Moves cards. */
export const moveNodes = (
  positions: ReadonlyMap<string, Point>,
  label = positions.size === 1 ? 'Step moved' : `${positions.size} steps moved`,
): Edit => ({
  label,
  patch: { layout: positions },
})

/** A note on the canvas: a new one, another text or tint, another place; null takes it away. */
export function setNote(draft: Draft, id: string, note: Note | null): Edit {
  const label = note === null ? 'Note deleted' : draft.notes.has(id) ? 'Note changed' : 'Note added'
  return { label, patch: { notes: new Map([[id, note]]) } }
}
