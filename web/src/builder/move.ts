import type { GraphEdge } from '../../../src/workflow/graph.ts'
import { applyPatch, joinPatches, type Patch, type Point } from './draft.ts'
import {
  cardWidth,
  type Edit,
  gapX,
  gapY,
  guards,
  newEdge,
  type Refusal,
  refusal,
  type Scene,
  titleOf,
} from './edits.ts'
import { makeRoom, placeAfter } from './insert.ts'
import { downstream, linksOf, orderedOut, portsOf } from './shape.ts'

/** Where a step goes that is moved without dragging. */
export type Destination = { before: string } | { after: string; when: string | null }

/** The last step of what hangs below a step, and the way out on which it goes on; null when it ends there. */
function tailOf(scene: Scene, head: string): { id: string; when: string | null } | null {
  const links = linksOf(scene.draft)
  let id = head
  for (const seen = new Set<string>(); !seen.has(id); ) {
    seen.add(id)
    const out = orderedOut(scene.draft, scene.catalogue, links, id).filter((edge) => scene.draft.nodes.has(edge.target))
    const next = out.find((edge) => edge.when === null) ?? out[0]
    if (next) id = next.target
  }
  const node = scene.draft.nodes.get(id)
  const last = node && portsOf(scene.catalogue[node.type], node).at(-1)
  return last ? { id, when: last.when } : null
}

/** Why a step cannot be taken to another place as it stands, or null. */
function unmovable(scene: Scene, id: string): string | null {
  const node = scene.draft.nodes.get(id)
  const type = node && scene.catalogue[node.type]
  if (!node) return 'That step is gone.'
  if (type?.entry) return `“${titleOf(scene, id)}” is a start: nothing leads into it.`
  if (type?.guard) return `“${titleOf(scene, id)}” is the condition of a split and belongs to it.`
  return null
}

/** Whether a step stands alone, so that dropping it on a connection ties it in: nothing leads to it. */
export const isFree = (scene: Scene, id: string): boolean =>
  unmovable(scene, id) === null && (linksOf(scene.draft).in.get(id) ?? []).length === 0

/** Leads connections through a step that is there, with all that hangs below it; what stood below moves down by what is missing. */
function through(
  scene: Scene,
  into: readonly GraphEdge[],
  target: string,
  id: string,
): { patch: Patch; note?: string } {
  const { draft } = scene
  const edges = new Map<string, GraphEdge | null>()
  const layout = new Map<string, Point | null>()
  for (const edge of into) edges.set(edge.id, { ...edge, target: id })
  const tail = tailOf(scene, id)
  if (tail) newEdge(draft, edges, tail.id, target, tail.when)
  const from = draft.layout.get(id) ?? { x: 0, y: 0 }
  const to = draft.layout.get(target)
  if (!to) return { patch: { edges } }
  let bottom = to.y
  for (const each of downstream(linksOf(draft), id)) {
    const spot = draft.layout.get(each) ?? from
    const moved = { x: spot.x + to.x - from.x, y: spot.y + to.y - from.y }
    layout.set(each, moved)
    bottom = Math.max(bottom, moved.y + scene.heightOf(each) + gapY)
  }
  if (tail) makeRoom(draft, layout, target, bottom)
  return tail
    ? { patch: { edges, layout } }
    : { patch: { edges, layout }, note: 'The steps below are no longer connected.' }
}

/** Ties a step that stands free into a connection, as if it had been inserted there. */
export function tieIn(scene: Scene, id: string, edgeId: string): Edit | Refusal {
  const edge = scene.draft.edges.get(edgeId)
  if (!edge) return { refused: 'That connection is gone.' }
  const reason = unmovable(scene, id) ?? (isFree(scene, id) ? null : `“${titleOf(scene, id)}” is connected already.`)
  if (reason) return { refused: reason }
  if (downstream(linksOf(scene.draft), id).has(edge.target))
    return { refused: `“${titleOf(scene, id)}” leads to “${titleOf(scene, edge.target)}” already.` }
  if (guards(scene, edge.target)) return put(scene, id, { after: edge.source, when: edge.when })
  return {
    label: `“${titleOf(scene, id)}” put after “${titleOf(scene, edge.source)}”`,
    focus: id,
    ...through(scene, [edge], edge.target, id),
  }
}

/** Puts a step that nothing leads to, and that leads nowhere, before or after another. */
function put(scene: Scene, id: string, to: Destination): Edit | Refusal {
  const { draft } = scene
  const other = 'before' in to ? to.before : to.after
  const label = `“${titleOf(scene, id)}” moved ${'before' in to ? 'before' : 'after'} “${titleOf(scene, other)}”`
  const links = linksOf(draft)
  const ends = scene.catalogue[draft.nodes.get(id)?.type ?? '']?.ends === true
  if ('before' in to) {
    if (ends) return { refused: `“${titleOf(scene, id)}” ends the run: nothing follows it.` }
    const type = scene.catalogue[draft.nodes.get(other)?.type ?? '']
    if (type?.entry) return { refused: `“${titleOf(scene, other)}” is a start: nothing comes before it.` }
    if (type?.guard)
      return { refused: `“${titleOf(scene, other)}” is the condition of a split and comes right after it.` }
    return { label, focus: id, ...through(scene, links.in.get(other) ?? [], other, id) }
  }
  const out = links.out.get(other) ?? []
  const edge = out.find((one) => one.when === to.when)
  if (edge && guards(scene, edge.target)) {
    const place = placeAfter(scene, edge.target)
    if ('refused' in place) return place
    const next = place.on === 'edge' ? draft.edges.get(place.edgeId) : undefined
    return put(scene, id, { after: edge.target, when: next?.when ?? null })
  }
  if (edge) return { label, focus: id, ...through(scene, [edge], edge.target, id) }
  const reason = refusal(scene, other, id)
  if (reason) return { refused: reason }
  const edges = new Map<string, GraphEdge | null>()
  newEdge(draft, edges, other, id, to.when)
  const above = draft.layout.get(other) ?? { x: 0, y: 0 }
  const at = { x: above.x, y: above.y + scene.heightOf(other) + gapY }
  const taken = [...draft.layout].filter(([each]) => each !== id).map(([, spot]) => spot)
  while (taken.some((spot) => Math.abs(spot.x - at.x) < cardWidth && Math.abs(spot.y - at.y) < scene.heightOf(id)))
    at.x += cardWidth + gapX
  return { label, focus: id, patch: { edges, layout: new Map([[id, at]]) } }
}

/** Moves a step before or after another without dragging: its old neighbours are joined, the new ones make room. One step of the history. */
export function moveStep(scene: Scene, id: string, to: Destination): Edit | Refusal {
  const other = 'before' in to ? to.before : to.after
  if (id === other) return { refused: 'A step cannot stand before or after itself.' }
  const links = linksOf(scene.draft)
  const into = links.in.get(id) ?? []
  const out = links.out.get(id) ?? []
  const reason =
    unmovable(scene, id) ??
    (out.length > 1 ? `“${titleOf(scene, id)}” has several ways out: move the steps around it instead.` : null)
  if (reason) return { refused: reason }
  const edges = new Map<string, GraphEdge | null>(out.map((edge) => [edge.id, null]))
  for (const edge of into) edges.set(edge.id, out[0] ? { ...edge, target: out[0].target } : null)
  const away: Patch = { edges }
  const edit = put({ ...scene, draft: applyPatch(scene.draft, away) }, id, to)
  return 'refused' in edit ? edit : { ...edit, patch: joinPatches(away, edit.patch) }
}
