import type { GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import { applyPatch, joinPatches, type Patch, type Point } from './draft.ts'
import { type Edit, type Refusal, type Scene, titleOf } from './edits.ts'
import { type Branch, linksOf } from './shape.ts'

/** Removes nodes with their edges. A node with one way in and one way out heals: its neighbours are joined, the label stays. */
export function removeNodes(scene: Scene, ids: Iterable<string>, options: { heal: boolean }): Edit | Refusal {
  const wanted = [...new Set(ids)].filter((id) => scene.draft.nodes.has(id))
  const gone = wanted.filter((id) => scene.catalogue[scene.draft.nodes.get(id)?.type ?? '']?.entry !== 'start')
  if (gone.length === 0)
    return { refused: wanted.length > 0 ? 'The trigger stays: every workflow starts with it.' : 'Nothing is selected.' }
  let draft = scene.draft
  let patch: Patch = {}
  let healed = false
  const put = (more: Patch) => {
    patch = joinPatches(patch, more)
    draft = applyPatch(draft, more)
  }
  for (const id of gone) {
    const node = draft.nodes.get(id)
    if (!node) continue
    const type = scene.catalogue[node.type]
    const links = linksOf(draft)
    const into = links.in.get(id) ?? []
    const out = links.out.get(id) ?? []
    const edges = new Map<string, GraphEdge | null>([...into, ...out].map((edge) => [edge.id, null]))
    const nodes = new Map<string, GraphNode | null>([[id, null]])
    const layout = new Map<string, Point | null>([[id, null]])
    if (type?.guard) {
      for (const edge of into) {
        const owner = draft.nodes.get(edge.source)
        const field = owner && scene.catalogue[owner.type]?.guardedBy
        const list = owner && field ? owner.config[field] : null
        if (owner && field && Array.isArray(list)) {
          nodes.set(owner.id, {
            ...owner,
            config: { ...owner.config, [field]: list.filter((branch: Branch) => branch.id !== edge.when) },
          })
        }
      }
    } else if (type?.guardedBy) {
      for (const edge of out) {
        if (draft.nodes.has(edge.target) && scene.catalogue[draft.nodes.get(edge.target)?.type ?? '']?.guard) {
          nodes.set(edge.target, null)
          layout.set(edge.target, null)
          for (const next of links.out.get(edge.target) ?? []) edges.set(next.id, null)
        }
      }
    } else if (
      options.heal &&
      into.length === 1 &&
      out.length === 1 &&
      into[0] &&
      out[0] &&
      into[0].source !== out[0].target
    ) {
      edges.set(into[0].id, { ...into[0], target: out[0].target })
      healed = true
    }
    put({ nodes, edges, layout })
  }
  const what = gone.length === 1 ? `“${titleOf(scene, gone[0] ?? '')}” deleted` : `${gone.length} steps deleted`
  return { label: healed && gone.length === 1 ? `${what}, connection joined` : what, patch }
}
