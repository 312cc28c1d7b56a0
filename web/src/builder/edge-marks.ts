import type { Answer } from '../api.ts'
import { count, percent } from '../format.ts'
import type { EdgeMark } from './overlay.ts'

type Group = NonNullable<Answer<'GET /campaigns/:id/analytics'>['groups']>[number]

/** Who took which connection, as a number and a share of those who passed; the only way out says nothing that the card does not say. */
export function edgeMarks(
  edges: Iterable<{ id: string; source: string; target: string; when: string | null }>,
  groups: readonly Group[],
): Map<string, EdgeMark> {
  const byId = new Map(groups.map((group) => [group.key, group.node]))
  const marks = new Map<string, EdgeMark>()
  for (const edge of edges) {
    const node = byId.get(edge.source)
    const taken = node?.edges.find(
      (way) => way.when === edge.when && (way.target === null || way.target === edge.target),
    )
    if (node && taken && node.edges.length > 1)
      marks.set(edge.id, { text: `${count(taken.count)} · ${percent(taken.count, node.passed)}` })
  }
  return marks
}
