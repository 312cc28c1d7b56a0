import type { Catalogue } from '../../../src/workflow/graph.ts'
import { Background } from './background.ts'
import type { Draft, Point } from './draft.ts'
import { cardWidth, gapX } from './edits.ts'
import type { LayoutAnswer, LayoutAsk } from './layout-worker.ts'
import { drawnPorts, linksOf } from './shape.ts'

/** dagre takes a quarter of a second for 500 steps, so it works beside the page (UX §4.17, rule 6). */
const worker = new Background<LayoutAsk, LayoutAnswer>(
  () => new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module', name: 'layout' }),
)

/** Places every step with dagre, top to bottom, branches in the order of their ports. @throws when the worker cannot be loaded */
export async function tidy(
  draft: Draft,
  catalogue: Catalogue,
  heightOf: (id: string) => number,
): Promise<Map<string, Point>> {
  const links = linksOf(draft)
  const nodes = [...draft.nodes.keys()].map((id) => ({ id, height: heightOf(id) }))
  const edges = [...draft.nodes].flatMap(([id, node]) => {
    const out = links.out.get(id) ?? []
    // Edges in the order of the ports: branches stand as they are listed.
    return drawnPorts(catalogue[node.type], node).flatMap((port): [string, string][] => {
      const edge = out.find((one) => one.when === port.when)
      return edge && draft.nodes.has(edge.target) ? [[edge.source, edge.target]] : []
    })
  })
  return new Map(await worker.ask({ nodes, edges, width: cardWidth, gapX, gapY: 64 }))
}
