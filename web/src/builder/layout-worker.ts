import { Graph, layout } from '@dagrejs/dagre'
import { answer } from './background.ts'
import type { Point } from './draft.ts'

/** What is to be placed: cards by id with their heights, and who leads to whom in the order of their ways out. Pixels. */
export interface LayoutAsk {
  nodes: { id: string; height: number }[]
  edges: [from: string, to: string][]
  width: number
  gapX: number
  gapY: number
}

/** The upper left corner of each card. */
export type LayoutAnswer = [id: string, at: Point][]

answer(({ nodes, edges, width, gapX, gapY }: LayoutAsk): LayoutAnswer => {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'TB', nodesep: gapX, ranksep: gapY, marginx: 0, marginy: 0 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id, height } of nodes) graph.setNode(id, { width, height })
  for (const [from, to] of edges) graph.setEdge(from, to)
  // No reordering of what hangs on one card.
  layout(graph, { disableOptimalOrderHeuristic: true })
  return nodes.map(({ id, height }) => {
    const at = graph.node(id) as Point
    return [id, { x: Math.round(at.x - width / 2), y: Math.round(at.y - height / 2) }]
  })
})
