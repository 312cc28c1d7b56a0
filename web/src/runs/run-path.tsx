import { dayTime } from '../format.ts'
import '../parts/campaign-parts.css'
import { useQuery } from '@tanstack/react-query'
import { ReactFlowProvider, useNodesInitialized, useReactFlow } from '@xyflow/react'
import { useEffect, useMemo, useState } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Answer, api } from '../api.ts'
import { type Draft, draftOf } from '../builder/draft.ts'
import { drawVersion } from '../builder/draw-version.ts'
import { OverlayStore } from '../builder/overlay.ts'
import { StillCanvas } from '../builder/still-canvas.tsx'
import { BuilderStore } from '../builder/store.ts'
import { pathMarks } from '../builder/test-marks.ts'
import { useNames } from '../parts/choices.ts'
import { Failure, Loading } from '../parts/page.tsx'
import { useApi } from '../query.ts'

type Run = Answer<'GET /runs/:id'>

/** About the height of a card that was never drawn, in px. */
const usualHeight = 84

/** The workflow that a run follows, with its path on it: where it came by and when, and where it stands. */
export default function RunPath({ run, campaign }: { run: Run; campaign: Answer<'GET /campaigns/:id'> }) {
  const types = useApi('GET /node-types', {}, { staleTime: Number.POSITIVE_INFINITY })
  const catalogue = useMemo<Catalogue | null>(
    () => (types.data ? (Object.fromEntries(types.data.items.map((type) => [type.type, type])) as Catalogue) : null),
    [types.data],
  )
  const number = run.version ?? campaign.workflowVersion
  const drawn = useQuery({
    queryKey: ['drawn version', run.campaignId, number, catalogue !== null],
    enabled: catalogue !== null && number !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const params = { id: run.campaignId }
      const [published, draft] = await Promise.all([
        api('GET /campaigns/:id/versions/:number', { params: { ...params, number: number ?? 0 } }),
        api('GET /campaigns/:id/workflow', { params }),
      ])
      return await drawVersion(published, draftOf(draft).layout, catalogue ?? {}, () => usualHeight)
    },
  })
  const error = drawn.error ?? types.error
  if (number === null) return null
  if (error) return <Failure error={error} retry={() => void drawn.refetch()} />
  if (!catalogue || !drawn.data) return <Loading rows={4} />
  return (
    <ReactFlowProvider>
      <Drawn run={run} campaign={campaign} draft={drawn.data} catalogue={catalogue} />
    </ReactFlowProvider>
  )
}

function Drawn({
  run,
  campaign,
  draft,
  catalogue,
}: {
  run: Run
  campaign: Answer<'GET /campaigns/:id'>
  draft: Draft
  catalogue: Catalogue
}) {
  const names = useNames()
  const [store] = useState(() => new BuilderStore(catalogue, draft, 'The path of one run.'))
  const [overlay] = useState(() => new OverlayStore())
  useEffect(() => {
    const steps = run.steps.map(({ nodeId, enteredAt }) => ({ nodeId, at: enteredAt }))
    const standing = run.status === 'running' ? [{ nodeId: run.nodeId, at: run.steps.at(-1)?.at ?? run.startedAt }] : []
    const path = [...steps, ...standing]
    overlay.setTop({ kind: 'path', ...pathMarks(draft, path, path.length - 1, dayTime) })
  }, [run, draft, overlay])
  const flow = useReactFlow()
  const isDrawn = useNodesInitialized()
  useEffect(() => {
    if (!isDrawn) return
    // The steps that it came by; the rest of a large workflow would make them too small to read.
    const path = [...run.steps.map(({ nodeId }) => nodeId), run.nodeId].filter((id) => draft.nodes.has(id))
    const timer = setTimeout(
      () => void flow.fitView({ padding: 0.12, maxZoom: 1, nodes: path.map((id) => ({ id })) }),
      60,
    )
    return () => clearTimeout(timer)
  }, [isDrawn, flow, draft, run.steps, run.nodeId])
  return (
    <section className="tl-run-path" aria-label="Path on the workflow">
      <StillCanvas store={store} overlay={overlay} campaign={campaign} names={names} />
    </section>
  )
}
