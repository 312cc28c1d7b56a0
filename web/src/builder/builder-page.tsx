import { Loader } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { ReactFlowProvider } from '@xyflow/react'
import { useEffect, useMemo, useState } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Answer, api, type Body } from '../api.ts'
import { type LiveCounts, useCampaignCounts } from '../live.ts'
import { useNames } from '../parts/choices.ts'
import { Failure, useTitle } from '../parts/page.tsx'
import { queryClient, useApi } from '../query.ts'
import { Autosave, deviceJournal } from './autosave.ts'
import { diffDrafts, draftOf, isEmpty } from './draft.ts'
import { freshId } from './edits.ts'
import { tidy } from './layout.ts'
import { type NodeMark, OverlayStore } from './overlay.ts'
import { BuilderProvider, BuilderStore } from './store.ts'
import type { SimulationNews } from './test-panel.tsx'
import { Workbench } from './workbench.tsx'

type Campaign = Answer<'GET /campaigns/:id'>
type Workflow = Answer<'GET /campaigns/:id/workflow'>

/** The builder, full screen: reads what it needs, then hands over to the editor. */
export function BuilderPage() {
  const { id } = useParams({ from: '/signed-in/campaigns/$id/builder' })
  const campaign = useApi('GET /campaigns/:id', { params: { id } })
  const types = useApi('GET /node-types', {}, { staleTime: Number.POSITIVE_INFINITY })
  const [workflow, setWorkflow] = useState<Workflow | null>(null)
  const [failure, setFailure] = useState<Error | null>(null)
  useTitle(`${campaign.data?.name ?? 'Campaign'} · Builder`)
  useEffect(() => {
    let open = true
    // Read once and not through the cache: what comes later must never replace what is being edited.
    api('GET /campaigns/:id/workflow', { params: { id } }).then(
      (found) => open && setWorkflow(found),
      (error: Error) => open && setFailure(error),
    )
    return () => {
      open = false
    }
  }, [id])
  const catalogue = useMemo<Catalogue | null>(
    () => (types.data ? (Object.fromEntries(types.data.items.map((type) => [type.type, type])) as Catalogue) : null),
    [types.data],
  )
  const placed = usePlaced(workflow, catalogue)
  const error = failure ?? campaign.error ?? types.error
  if (error) {
    return (
      <main className="tl-center">
        <Failure error={error} back={{ to: '/campaigns', label: 'All campaigns' }} />
      </main>
    )
  }
  if (!campaign.data || !catalogue || !placed) {
    return (
      <main className="tl-center">
        <Loader aria-label="Loading the workflow" />
      </main>
    )
  }
  return (
    <ReactFlowProvider>
      <Editor
        key={`${id} ${campaign.data.status === 'archived'}`}
        campaign={campaign.data}
        catalogue={catalogue}
        workflow={placed}
      />
    </ReactFlowProvider>
  )
}

function startEditing(campaign: Campaign, catalogue: Catalogue, workflow: Workflow) {
  const readOnly =
    campaign.status === 'archived'
      ? 'Archived: the workflow is kept as it was. Duplicate the campaign to change it.'
      : null
  const saved = draftOf(workflow)
  const store = new BuilderStore(catalogue, saved, readOnly)
  const params = { id: campaign.id }
  const journal = deviceJournal(campaign.id)
  const unsaved = readOnly === null ? journal.read() : null
  const autosave = new Autosave(
    store,
    saved,
    workflow.version,
    {
      save: async (wire, version) =>
        await api('PUT /campaigns/:id/workflow', {
          params,
          body: { ...wire, version } as Body<'PUT /campaigns/:id/workflow'>,
        }),
      saveLayout: async (layout) =>
        void (await api('POST /campaigns/:id/workflow/layout', {
          params,
          body: { layout } as Body<'POST /campaigns/:id/workflow/layout'>,
        })),
      load: async () => await api('GET /campaigns/:id/workflow', { params }),
    },
    journal,
  )
  if (unsaved && unsaved.version === workflow.version) {
    const patch = diffDrafts(saved, draftOf(unsaved.workflow))
    if (!isEmpty(patch)) store.run({ label: 'Unsaved changes of this device restored', patch })
  } else if (unsaved) journal.write(null)
  const start = Object.values(catalogue).find((type) => type.entry === 'start')
  if (readOnly === null && store.state.draft.nodes.size === 0 && start) {
    const id = freshId(new Map(), start.type)
    const patch = {
      nodes: new Map([[id, { id, type: start.type, title: start.title, config: structuredClone(start.initial) }]]),
      layout: new Map([[id, { x: 0, y: 0 }]]),
    }
    store.merge(patch, 'New workflow')
  }
  return { store, autosave }
}

/** About the height of a card that was never drawn, in px. */
const usualHeight = 84

/** The workflow with a place for every step: one that came over the API or out of a file may have none. Kept with the next save. */
function usePlaced(workflow: Workflow | null, catalogue: Catalogue | null): Workflow | null {
  const [placed, setPlaced] = useState<Workflow | null>(null)
  useEffect(() => {
    if (!workflow || !catalogue) return
    const draft = draftOf(workflow)
    if ([...draft.nodes.keys()].every((id) => draft.layout.has(id))) {
      setPlaced(workflow)
      return
    }
    void tidy(draft, catalogue, () => usualHeight).then((spots) =>
      setPlaced({
        ...workflow,
        layout: { ...Object.fromEntries(spots), ...(draft.layout.size > 0 ? workflow.layout : {}) },
      }),
    )
  }, [workflow, catalogue])
  return placed
}

function Editor({ campaign, catalogue, workflow }: { campaign: Campaign; catalogue: Catalogue; workflow: Workflow }) {
  // Made once for this editor: what the server says later goes through the autosave, never through props.
  const [{ store, autosave }] = useState(() => startEditing(campaign, catalogue, workflow))
  const names = useNames()
  const [news, setNews] = useState<SimulationNews | null>(null)
  const [overlay] = useState(() => new OverlayStore())
  const counts = useCampaignCounts(campaign.id, true, (heard) => {
    if (heard.event === 'simulation') setNews(heard.data)
  })
  useEffect(() => overlay.setLive(hereMarks(counts), new Map()), [overlay, counts])
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => {
      if (autosave.state.is === 'saved') return
      void autosave.flush()
      event.preventDefault()
    }
    const hidden = () => document.visibilityState === 'hidden' && void autosave.flush()
    window.addEventListener('beforeunload', leaving)
    document.addEventListener('visibilitychange', hidden)
    return () => {
      window.removeEventListener('beforeunload', leaving)
      document.removeEventListener('visibilitychange', hidden)
      void autosave.flush()
    }
  }, [autosave])
  useEffect(
    () =>
      autosave.subscribe(() => {
        // How much is unpublished is the server's to say.
        if (campaign.status === 'draft' || autosave.state.is !== 'saved') return
        void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'GET /campaigns/:id' })
      }),
    [autosave, campaign.status],
  )
  return (
    <BuilderProvider value={store}>
      <Workbench campaign={campaign} autosave={autosave} names={names} overlay={overlay} news={news} />
    </BuilderProvider>
  )
}

/** Who stands at each step now. */
const hereMarks = ({ here, failing }: LiveCounts): Map<string, NodeMark> =>
  new Map(
    [...here].map(([id, n]) => {
      const errors = failing.get(id) ?? 0
      const figures: NodeMark['figures'] = [
        { key: 'here', value: n, label: 'here now', people: true },
        ...(errors > 0
          ? [{ key: 'failing', value: errors, label: 'cannot go on', tone: 'bad' as const, people: true }]
          : []),
      ]
      return [id, { figures }]
    }),
  )
