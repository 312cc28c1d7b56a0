import type { GraphEdge, GraphNode, NodeType } from '../../../src/workflow/graph.ts'
import { guardNode } from './branch-edits.ts'
import type { Draft, Point } from './draft.ts'
import {
  cardHeight,
  cardWidth,
  type Edit,
  freshId,
  freshTitle,
  gapX,
  gapY,
  guards,
  newEdge,
  type Refusal,
  type Scene,
  titleOf,
} from './edits.ts'
import { branchesOf, downstream, drawnPorts, linksOf, portsOf } from './shape.ts'

/** Where to put a new node. */
export type Place =
  | { on: 'edge'; edgeId: string }
  | { on: 'port'; nodeId: string; when: string | null; at?: Point }
  | { on: 'canvas'; at: Point }

/** Where "add after this" leads: the first free way out, else into the way that leads on; behind a branch's condition, not before it. */
export function placeAfter(scene: Scene, nodeId: string): Place | Refusal {
  const node = scene.draft.nodes.get(nodeId)
  const type = node && scene.catalogue[node.type]
  if (!node) return { refused: 'That step is gone.' }
  const ports = portsOf(type, node)
  if (ports.length === 0) return { refused: `Nothing follows “${titleOf(scene, nodeId)}”: it ends the run.` }
  const out = linksOf(scene.draft).out.get(nodeId) ?? []
  if (type?.guardedBy) {
    const guarded = ports
      .map((port) => out.find((edge) => edge.when === port.when)?.target)
      .filter((id) => id !== undefined)
    const free = guarded.find((id) => (linksOf(scene.draft).out.get(id) ?? []).length === 0) ?? guarded[0]
    if (free) return placeAfter(scene, free)
  }
  const isFree = (when: string | null) => !out.some((edge) => edge.when === when)
  const onward = ports.find((port) => port.when === null)
  const free = onward ? (isFree(null) ? onward : undefined) : ports.find((port) => isFree(port.when))
  if (free) return { on: 'port', nodeId, when: free.when }
  const edge = out.find((one) => one.when === null) ?? out[0]
  return edge ? { on: 'edge', edgeId: edge.id } : { on: 'port', nodeId, when: null }
}

/** New nodes of a type: itself and, for one that is guarded, a condition at the head of each branch. */
function grow(scene: Scene, type: NodeType, at: Point, patchedNodes: Map<string, GraphNode | null>) {
  const nodes = patchedNodes
  const layout = new Map<string, Point | null>()
  const edges = new Map<string, GraphEdge | null>()
  const taken = () => new Map<string, unknown>([...scene.draft.nodes, ...nodes])
  const id = freshId(taken(), type.type)
  const title = freshTitle([...scene.draft.nodes.values(), ...nodes.values()], type.title)
  const node: GraphNode = { id, type: type.type, title, config: structuredClone(type.initial) }
  nodes.set(id, node)
  layout.set(id, at)
  const branches = type.guardedBy ? branchesOf(type, node) : []
  const guard = Object.values(scene.catalogue).find((one) => one.guard)
  const heads: string[] = []
  if (guard) {
    const width = branches.length * cardWidth + (branches.length - 1) * gapX
    branches.forEach((branch, index) => {
      const head = freshId(taken(), guard.type)
      nodes.set(head, guardNode(guard, head, branch))
      layout.set(head, {
        x: at.x + cardWidth / 2 - width / 2 + index * (cardWidth + gapX),
        y: at.y + cardHeight + gapY,
      })
      newEdge(scene.draft, edges, id, head, branch.id)
      heads.push(head)
    })
  }
  return { id, heads, layout, edges, depth: heads.length > 0 ? 2 : 1 }
}

/** Adds a node of a type and, on an edge or a port, ties it in. What stood below moves down by what is missing, nothing else moves. */
export function addNode(scene: Scene, typeName: string, place: Place): Edit | Refusal {
  const { draft, catalogue } = scene
  const type = catalogue[typeName]
  if (!type) return { refused: `There is no step type “${typeName}”.` }
  if (type.entry === 'start') return { refused: 'A workflow has exactly one trigger.' }
  if (type.guard) return { refused: `“${type.title}” comes with the branches of a split. Add a branch there.` }
  const nodes = new Map<string, GraphNode | null>()
  const label = `${type.title} added`
  if (place.on === 'canvas' || type.entry) {
    const at = place.on === 'canvas' ? place.at : freeSpot(scene)
    const grown = grow(scene, type, at, nodes)
    return {
      label,
      patch: { nodes, edges: grown.edges, layout: grown.layout },
      focus: grown.id,
      fresh: [...nodes.keys()],
    }
  }
  const edge = place.on === 'edge' ? draft.edges.get(place.edgeId) : undefined
  if (place.on === 'edge' && !edge) return { refused: 'That connection is gone.' }
  if (edge && guards(scene, edge.target)) return addNode(scene, typeName, asPlace(placeAfter(scene, edge.target), edge))
  const sourceId = edge ? edge.source : place.on === 'port' ? place.nodeId : ''
  const when = edge ? edge.when : place.on === 'port' ? place.when : null
  const source = draft.layout.get(sourceId) ?? { x: 0, y: 0 }
  const top = source.y + scene.heightOf(sourceId) + gapY
  const target = edge ? draft.layout.get(edge.target) : undefined
  const at = target
    ? { x: target.x, y: Math.min(Math.max(top, source.y), Math.max(target.y, top)) }
    : ((place.on === 'port' ? place.at : undefined) ?? portSpot(scene, sourceId, when, source, top))
  const grown = grow(scene, type, at, nodes)
  const edges = new Map(grown.edges)
  if (edge) edges.set(edge.id, { ...edge, target: grown.id })
  else newEdge(draft, edges, sourceId, grown.id, when)
  const layout = new Map(grown.layout)
  let note: string | undefined
  if (edge && type.ends) note = 'The steps below are no longer connected.'
  else if (edge) {
    const tail = grown.heads[0] ?? grown.id
    const tailType = grown.heads[0] ? undefined : type
    const tailWhen = tailType
      ? (portsOf(tailType, { id: tail, type: tailType.type, title: '', config: tailType.initial }).at(-1)?.when ?? null)
      : null
    newEdge(draft, edges, tail, edge.target, tailWhen)
  }
  if (edge) makeRoom(draft, layout, edge.target, at.y + grown.depth * (cardHeight + gapY))
  return {
    label: `${type.title} added after “${titleOf(scene, sourceId)}”`,
    patch: { nodes, edges, layout },
    focus: grown.id,
    fresh: [...nodes.keys()],
    ...(note && { note }),
  }
}

/** Moves a step and all below it down until it stands at `bottom`; nothing moves when it does already. */
export function makeRoom(draft: Draft, layout: Map<string, Point | null>, from: string, bottom: number): void {
  const missing = bottom - (draft.layout.get(from)?.y ?? bottom)
  if (missing <= 0) return
  for (const id of downstream(linksOf(draft), from)) {
    const spot = draft.layout.get(id)
    if (spot && !layout.has(id)) layout.set(id, { x: spot.x, y: spot.y + missing })
  }
}

const asPlace = (place: Place | Refusal, edge: GraphEdge): Place =>
  'refused' in place ? { on: 'edge', edgeId: edge.id } : place

/** Below a port: beside the cards that stand there already. */
function portSpot(scene: Scene, sourceId: string, when: string | null, source: Point, top: number): Point {
  const node = scene.draft.nodes.get(sourceId)
  const ports = node ? drawnPorts(scene.catalogue[node.type], node) : []
  const index = Math.max(
    0,
    ports.findIndex((port) => port.when === when),
  )
  const at = { x: source.x + (index - (ports.length - 1) / 2) * (cardWidth + gapX), y: top }
  const others = [...scene.draft.layout.values()]
  while (others.some((spot) => Math.abs(spot.x - at.x) < cardWidth && Math.abs(spot.y - at.y) < cardHeight))
    at.x += cardWidth + gapX
  return at
}

/** A place beside everything, for what stands alone. */
export function freeSpot(scene: Pick<Scene, 'draft'>): Point {
  const spots = [...scene.draft.layout.values()]
  if (spots.length === 0) return { x: 0, y: 0 }
  return { x: Math.max(...spots.map((spot) => spot.x)) + cardWidth + gapX, y: Math.min(...spots.map((spot) => spot.y)) }
}
