import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Draft, draftOf, type Point, type WireWorkflow } from './draft.ts'
import { tidy } from './layout.ts'

/** An earlier graph as it is drawn: each step where it stood, else where it is known to stand, else where the layout puts it. */
export async function drawVersion(
  version: Pick<WireWorkflow, 'nodes' | 'edges'> & Partial<Pick<WireWorkflow, 'layout'>>,
  current: ReadonlyMap<string, Point>,
  catalogue: Catalogue,
  heightOf: (id: string) => number,
): Promise<Draft> {
  const drawn = draftOf({ ...version, layout: version.layout ?? {} })
  const known = version.layout ? drawn.layout : current
  const isKnown = [...drawn.nodes.keys()].every((id) => known.has(id))
  const spots = isKnown ? known : await tidy(drawn, catalogue, heightOf)
  return {
    ...drawn,
    layout: new Map([...drawn.nodes.keys()].map((id) => [id, known.get(id) ?? spots.get(id) ?? { x: 0, y: 0 }])),
  }
}
