import type { GraphEdge } from '../../../src/workflow/graph.ts'
import type { Point } from './draft.ts'
import { cardWidth, type Scene } from './edits.ts'
import type { Place } from './insert.ts'
import { drawnPorts } from './shape.ts'

/** Where a way out leaves a card, in canvas pixels. */
export function portPoint(scene: Scene, nodeId: string, when: string | null): Point {
  const at = scene.draft.layout.get(nodeId) ?? { x: 0, y: 0 }
  const node = scene.draft.nodes.get(nodeId)
  const ports = node ? drawnPorts(scene.catalogue[node.type], node) : []
  const index = ports.findIndex((port) => port.when === when)
  const share = index === -1 ? 0.5 : (index + 0.5) / ports.length
  return { x: at.x + share * cardWidth, y: at.y + scene.heightOf(nodeId) }
}

/** What stands above the card that a line leads to: its label, its share and the arrow. In canvas pixels. */
const labelRoom = 32
/** How far a line goes straight down from a card at least. */
const leave = 5

/** At which height a line goes across: half-way, or higher where cards are close, so that it crosses no label of its siblings. */
export const levelOf = (fromY: number, toY: number): number => {
  const middle = (fromY + toY) / 2
  return toY > fromY ? Math.max(Math.min(middle, toY - labelRoom), fromY + leave) : middle
}

/** The middle of a line from one point to another. */
export const middleOf = (from: Point, to: Point): Point => ({
  x: (from.x + to.x) / 2,
  y: Math.abs(from.x - to.x) < 1 ? (from.y + to.y) / 2 : levelOf(from.y, to.y),
})

/** Where a connection's `+` stands. */
export function edgeMiddle(scene: Scene, edge: GraphEdge): Point {
  const from = portPoint(scene, edge.source, edge.when)
  const to = scene.draft.layout.get(edge.target) ?? from
  return middleOf(from, { x: to.x + cardWidth / 2, y: to.y })
}

/** Where a new step will be asked for: on the connection, below the way out, or where it was dropped. */
export function anchorOf(scene: Scene, place: Place): Point {
  if (place.on === 'canvas') return place.at
  if (place.on === 'port') return place.at ?? portPoint(scene, place.nodeId, place.when)
  const edge = scene.draft.edges.get(place.edgeId)
  return edge ? edgeMiddle(scene, edge) : { x: 0, y: 0 }
}

/** How far a point is from a connection's line, in canvas pixels; the line goes down, across and down. */
export function distanceTo(scene: Scene, edge: GraphEdge, at: Point): number {
  const from = portPoint(scene, edge.source, edge.when)
  const top = scene.draft.layout.get(edge.target)
  if (!top) return Number.POSITIVE_INFINITY
  const to = { x: top.x + cardWidth / 2, y: top.y }
  const middle = levelOf(from.y, to.y)
  const corners = [from, { x: from.x, y: middle }, { x: to.x, y: middle }, to]
  return Math.min(...corners.slice(1).map((corner, index) => toSegment(at, corners[index] ?? from, corner)))
}

function toSegment(at: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = dx * dx + dy * dy
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((at.x - a.x) * dx + (at.y - a.y) * dy) / length))
  return Math.hypot(at.x - a.x - share * dx, at.y - a.y - share * dy)
}
