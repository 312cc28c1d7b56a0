import type { Graph } from '../workflow/graph.ts'

/** Size of a card and the usual distances on the canvas, in pixels, as the builder draws them. */
const cell = { width: 296, height: 150 }

/**
 * Positions for a graph: top to bottom by the longest way to a step, branches side by side, listeners beside the start. The builder
 * tidies with a library; this is for whoever applies a proposal without it.
 */
export function placeGraph({ nodes, edges }: Graph): Record<string, { x: number; y: number }> {
  const out = Map.groupBy(edges, ({ source }) => source)
  const into = new Set(edges.map(({ target }) => target))
  const row = rows(
    nodes.map(({ id }) => id),
    edges,
  )
  const column = new Map<string, number>()
  let free = 0
  const visit = (id: string): number => {
    const known = column.get(id)
    if (known !== undefined) return known
    // Taken before the steps below are looked at: a loop in a bad graph ends here.
    column.set(id, free)
    const below = (out.get(id) ?? []).filter(({ target }) => !column.has(target)).map(({ target }) => visit(target))
    if (below.length === 0) {
      column.set(id, free)
      free += 1
    } else column.set(id, below.reduce((sum, each) => sum + each, 0) / below.length)
    return column.get(id) ?? 0
  }
  for (const { id } of [...nodes].sort((a, b) => Number(into.has(a.id)) - Number(into.has(b.id)))) visit(id)
  return Object.fromEntries(
    nodes.map(({ id }) => [
      id,
      { x: Math.round((column.get(id) ?? 0) * cell.width), y: (row.get(id) ?? 0) * cell.height },
    ]),
  )
}

/** The length of the longest way to each step; a graph with a loop is cut where it closes. */
function rows(ids: readonly string[], edges: Graph['edges']): Map<string, number> {
  const row = new Map(ids.map((id) => [id, 0]))
  for (let pass = 0; pass < ids.length; pass += 1) {
    let moved = false
    for (const { source, target } of edges) {
      const wanted = (row.get(source) ?? 0) + 1
      if (!row.has(target) || (row.get(target) ?? 0) >= wanted || wanted > ids.length) continue
      row.set(target, wanted)
      moved = true
    }
    if (!moved) break
  }
  return row
}
