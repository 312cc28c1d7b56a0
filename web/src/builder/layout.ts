import type { Catalogue } from '../../../src/workflow/graph.ts'
import type { Draft, Point } from './draft.ts'
import { cardWidth, gapX } from './edits.ts'
import { linksOf, orderedOut } from './shape.ts'

/** Places every step with dagre, top to bottom, branches in the order of their ports. Loads the library when first used. */
export async function tidy(
  draft: Draft,
  catalogue: Catalogue,
  heightOf: (id: string) => number,
): Promise<Map<string, Point>> {
  const { Graph, layout } = await import('@dagrejs/dagre')
  const graph = new Graph()
  graph.setGraph({ rankdir: 'TB', nodesep: gapX, ranksep: 64, marginx: 0, marginy: 0 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const id of draft.nodes.keys()) graph.setNode(id, { width: cardWidth, height: heightOf(id) })
  const links = linksOf(draft)
  for (const id of draft.nodes.keys()) {
    for (const edge of orderedOut(draft, catalogue, links, id))
      if (draft.nodes.has(edge.target)) graph.setEdge(edge.source, edge.target)
  }
  layout(graph)
  const spots = new Map<string, Point>()
  for (const id of draft.nodes.keys()) {
    const at = graph.node(id) as { x: number; y: number; height: number }
    spots.set(id, { x: Math.round(at.x - cardWidth / 2), y: Math.round(at.y - at.height / 2) })
  }
  return spots
}
