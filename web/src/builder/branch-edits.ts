import type { GraphEdge, GraphNode, NodeType } from '../../../src/workflow/graph.ts'
import type { Point } from './draft.ts'
import {
  cardWidth,
  type Edit,
  freshId,
  gapX,
  gapY,
  guards,
  newEdge,
  type Refusal,
  type Scene,
  titleOf,
} from './edits.ts'
import { type Branch, branchesOf, linksOf } from './shape.ts'

/** The condition at the head of a branch. */
export const guardNode = (guard: NodeType, id: string, branch: Branch): GraphNode => ({
  id,
  type: guard.type,
  title: branch.label,
  config: structuredClone(guard.initial),
})

/** Writes a node's config. A branch that is new gets its condition, one that is gone takes its condition with it. */
export function setConfig(scene: Scene, id: string, config: Record<string, unknown>): Edit | Refusal {
  const node = scene.draft.nodes.get(id)
  const type = node && scene.catalogue[node.type]
  if (!node) return { refused: 'That step is gone.' }
  const after = { ...node, config }
  const nodes = new Map<string, GraphNode | null>([[id, after]])
  const edges = new Map<string, GraphEdge | null>()
  const layout = new Map<string, Point | null>()
  const guard = type?.guardedBy ? Object.values(scene.catalogue).find((one) => one.guard) : undefined
  if (type && 'each' in type.when) {
    const links = linksOf(scene.draft)
    const out = links.out.get(id) ?? []
    const branches = branchesOf(type, after)
    const before = branchesOf(type, node)
    const top = (scene.draft.layout.get(id)?.y ?? 0) + scene.heightOf(id) + gapY
    let right = Math.max(
      ...out.map((edge) => scene.draft.layout.get(edge.target)?.x ?? 0),
      (scene.draft.layout.get(id)?.x ?? 0) - cardWidth,
    )
    for (const branch of branches) {
      const edge = out.find((one) => one.when === branch.id)
      const was = before.find((one) => one.id === branch.id)
      const head = edge && scene.draft.nodes.get(edge.target)
      if (guard && head && was && head.title === was.label && was.label !== branch.label)
        nodes.set(head.id, { ...head, title: branch.label })
      if (edge || !guard) continue
      const headId = freshId(new Map<string, unknown>([...scene.draft.nodes, ...nodes]), guard.type)
      nodes.set(headId, guardNode(guard, headId, branch))
      right += cardWidth + gapX
      layout.set(headId, { x: right, y: top })
      newEdge(scene.draft, edges, id, headId, branch.id)
    }
    for (const edge of out) {
      if (branches.some((branch) => branch.id === edge.when) || !before.some((branch) => branch.id === edge.when))
        continue
      edges.set(edge.id, null)
      if (guards(scene, edge.target)) {
        nodes.set(edge.target, null)
        layout.set(edge.target, null)
        for (const next of links.out.get(edge.target) ?? []) edges.set(next.id, null)
      }
    }
  }
  return { label: `“${titleOf(scene, id)}” changed`, patch: { nodes, edges, layout }, focus: id }
}
