import type { Catalogue } from '../../../src/workflow/graph.ts'
import type { Draft, Point } from './draft.ts'
import { cardWidth, gapX } from './edits.ts'
import { drawnPorts, linksOf } from './shape.ts'

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
  for (const [id, node] of draft.nodes) {
    const out = links.out.get(id) ?? []
    // Edges in the order of the ports, and no reordering: branches stand as they are listed.
    for (const port of drawnPorts(catalogue[node.type], node)) {
      const edge = out.find((one) => one.when === port.when)
      if (edge && draft.nodes.has(edge.target)) graph.setEdge(edge.source, edge.target)
    }
  }
  layout(graph, { disableOptimalOrderHeuristic: true })
  const spots = new Map<string, Point>()
  for (const id of draft.nodes.keys()) {
    const at = graph.node(id) as { x: number; y: number; height: number }
    spots.set(id, { x: Math.round(at.x - cardWidth / 2), y: Math.round(at.y - at.height / 2) })
  }
  return spots
}
