import { useEffect, useMemo } from 'react'
import type { RangeQuery } from '../analytics/range.ts'
import type { Answer } from '../api.ts'
import type { LiveCounts } from '../live.ts'
import { useApi } from '../query.ts'
import { edgeMarks } from './edge-marks.ts'
import type { Figure, NodeMark, OverlayStore } from './overlay.ts'
import type { BuilderStore } from './store.ts'

type Campaign = Answer<'GET /campaigns/:id'>
type Group = NonNullable<Answer<'GET /campaigns/:id/analytics'>['groups']>[number]

/**
 * Live numbers on the canvas: who is where from the stream, what came of each step from the analytics, read again when the stream says
 * that something moved.
 */
export function useLiveOverlay(
  campaign: Campaign,
  store: BuilderStore,
  overlay: OverlayStore,
  counts: LiveCounts,
  range: RangeQuery,
): void {
  const ran = campaign.status !== 'draft'
  const analytics = useApi(
    'GET /campaigns/:id/analytics',
    { params: { id: campaign.id }, query: { groupBy: 'node', ...range } },
    { enabled: ran, staleTime: 1_000, placeholderData: (before) => before },
  )
  const groups = analytics.data?.groups
  const published = campaign.workflowVersion !== null
  const marks = useMemo(() => ({ nodes: nodeMarks(counts, groups ?? []), edges: groups ?? [] }), [counts, groups])
  useEffect(() => {
    const show = () => {
      const { draft } = store.state
      const nodes = new Map(marks.nodes)
      if (published && groups) {
        const known = new Set(groups.map(({ key }) => key))
        for (const id of draft.nodes.keys()) if (!known.has(id)) nodes.set(id, { figures: [], note: 'new' })
      }
      overlay.setLive(nodes, edgeMarks(draft.edges.values(), marks.edges))
    }
    show()
    let seen = store.state.draft
    return store.subscribe(() => {
      if (store.state.draft.nodes === seen.nodes && store.state.draft.edges === seen.edges) return
      seen = store.state.draft
      show()
    })
  }, [marks, groups, published, store, overlay])
}

function nodeMarks(counts: LiveCounts, groups: readonly Group[]): Map<string, NodeMark> {
  const byId = new Map(groups.map((group) => [group.key, group.node]))
  const ids = new Set([...counts.here.keys(), ...byId.keys()])
  const marks = new Map<string, NodeMark>()
  for (const id of ids) {
    const node = byId.get(id)
    const figures: Figure[] = []
    const put = (key: string, value: number, label: string, tone?: Figure['tone']) => {
      if (value > 0) figures.push({ key, value, label, people: true, ...(tone && { tone }) })
    }
    put('here', counts.here.get(id) ?? 0, 'here now')
    put('failing', counts.failing.get(id) ?? 0, 'cannot go on', 'bad')
    if (node) {
      put('passed', node.passed, 'passed')
      put('sent', node.sent, 'sent')
      put('opened', node.opened, 'opened')
      put('clicked', node.clicked, 'clicked')
      put('replied', node.replied, 'replied', 'good')
    }
    marks.set(id, { figures })
  }
  return marks
}
