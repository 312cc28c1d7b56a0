import type { GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import type { Point } from './draft.ts'
import { type Edit, freshId, newEdge, type Refusal, type Scene } from './edits.ts'

/** What the clipboard holds: steps, their inner edges, positions relative to the first. */
export interface Clip {
  throughline: 'graph/1'
  nodes: GraphNode[]
  edges: GraphEdge[]
  layout: Record<string, Point>
}

/** The selected steps for the clipboard; the trigger stays out. Null when nothing is left. */
export function copyNodes(scene: Scene, ids: ReadonlySet<string>): Clip | null {
  const nodes = [...ids]
    .map((id) => scene.draft.nodes.get(id))
    .filter((node) => node !== undefined && scene.catalogue[node.type]?.entry !== 'start') as GraphNode[]
  if (nodes.length === 0) return null
  const inside = new Set(nodes.map((node) => node.id))
  const edges = [...scene.draft.edges.values()].filter((edge) => inside.has(edge.source) && inside.has(edge.target))
  const layout = Object.fromEntries(nodes.map((node) => [node.id, scene.draft.layout.get(node.id) ?? { x: 0, y: 0 }]))
  return { throughline: 'graph/1', nodes, edges, layout }
}

/** Reads clipboard text; null when it is not ours. */
export function parseClip(text: string): Clip | null {
  if (!text.includes('"graph/1"')) return null
  try {
    const clip = JSON.parse(text) as Partial<Clip>
    const ok = clip.throughline === 'graph/1' && Array.isArray(clip.nodes) && Array.isArray(clip.edges)
    return ok
      ? { throughline: 'graph/1', nodes: clip.nodes ?? [], edges: clip.edges ?? [], layout: clip.layout ?? {} }
      : null
  } catch {
    return null
  }
}

/** Puts copied steps on the canvas under new ids, their top left corner at `at`. */
export function pasteNodes(scene: Scene, clip: Clip, at: Point): Edit | Refusal {
  const known = clip.nodes.filter(
    (node) =>
      typeof node.id === 'string' && scene.catalogue[node.type] && scene.catalogue[node.type]?.entry !== 'start',
  )
  if (known.length === 0) return { refused: 'The clipboard holds no steps that fit here.' }
  const nodes = new Map<string, GraphNode | null>()
  const layout = new Map<string, Point | null>()
  const renamed = new Map<string, string>()
  const spots = known.map((node) => clip.layout[node.id] ?? { x: 0, y: 0 })
  const left = Math.min(...spots.map((spot) => spot.x))
  const top = Math.min(...spots.map((spot) => spot.y))
  known.forEach((node, index) => {
    const id = freshId(new Map<string, unknown>([...scene.draft.nodes, ...nodes]), node.type)
    renamed.set(node.id, id)
    nodes.set(id, { id, type: node.type, title: String(node.title ?? ''), config: structuredClone(node.config ?? {}) })
    const spot = spots[index] ?? { x: 0, y: 0 }
    layout.set(id, { x: at.x + spot.x - left, y: at.y + spot.y - top })
  })
  const edges = new Map<string, GraphEdge | null>()
  for (const edge of clip.edges) {
    const source = renamed.get(edge.source)
    const target = renamed.get(edge.target)
    if (source && target) newEdge(scene.draft, edges, source, target, edge.when ?? null)
  }
  return {
    label: known.length === 1 ? 'Step pasted' : `${known.length} steps pasted`,
    patch: { nodes, edges, layout },
    focus: [...nodes.keys()][0],
  }
}
