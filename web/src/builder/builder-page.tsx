import { Loader } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { ReactFlowProvider } from '@xyflow/react'
import { useEffect, useMemo, useState } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Answer, api, type Body } from '../api.ts'
import { type Presence, useCampaignCounts } from '../live.ts'
import { useNames } from '../parts/choices.ts'
import { Failure, useTitle } from '../parts/page.tsx'
import { queryClient, useApi } from '../query.ts'
import { takeDraft } from './ahead.ts'
import { Autosave } from './autosave.ts'
import { draftOf, type Point } from './draft.ts'
import { freshId } from './edits.ts'
import { deviceJournal, type Journal, type Unsaved } from './journal.ts'
import { tidy } from './layout.ts'
import { useLiveRange } from './live-range.tsx'
import { OverlayStore } from './overlay.ts'
import { BuilderProvider, BuilderStore } from './store.ts'
import type { SimulationNews } from './test-panel.tsx'
import { useLiveOverlay } from './use-live-overlay.ts'
import { usePresence } from './use-presence.ts'
import { useProblems } from './use-problems.ts'
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
    takeDraft(id).then(
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
  const placed = usePlaced(workflow, catalogue, setFailure)
  const kept = useKept(id)
  const error = failure ?? campaign.error ?? types.error
  if (error) {
    return (
      <main className="tl-center">
        <Failure
          error={error}
          retry={() => window.location.reload()}
          back={{ to: '/campaigns', label: 'All campaigns' }}
        />
      </main>
    )
  }
  if (!campaign.data || !catalogue || !placed || !kept) {
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
        kept={kept}
      />
    </ReactFlowProvider>
  )
}

/** What this device kept of an earlier visit, and where it keeps more. */
interface Kept {
  journal: Journal
  unsaved: Unsaved | null
}

function useKept(campaignId: string): Kept | null {
  const [kept, setKept] = useState<Kept | null>(null)
  useEffect(() => {
    let open = true
    const journal = deviceJournal(campaignId)
    void journal.read().then((unsaved) => open && setKept({ journal, unsaved }))
    return () => {
      open = false
    }
  }, [campaignId])
  return kept
}

function startEditing(campaign: Campaign, catalogue: Catalogue, workflow: Workflow, { journal, unsaved }: Kept) {
  const readOnly =
    campaign.status === 'archived'
      ? 'Archived: the workflow is kept as it was. Duplicate the campaign to change it.'
      : null
  const saved = draftOf(workflow)
  const store = new BuilderStore(catalogue, saved, readOnly)
  const params = { id: campaign.id }
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
  if (unsaved && readOnly === null) autosave.resume(unsaved)
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
function usePlaced(
  workflow: Workflow | null,
  catalogue: Catalogue | null,
  onFailure: (error: Error) => void,
): Workflow | null {
  const [placed, setPlaced] = useState<Workflow | null>(null)
  useEffect(() => {
    if (!workflow || !catalogue) return
    const draft = draftOf(workflow)
    if ([...draft.nodes.keys()].every((id) => draft.layout.has(id))) {
      setPlaced(workflow)
      return
    }
    const place = (spots: ReadonlyMap<string, Point>) =>
      setPlaced({
        ...workflow,
        layout: { ...Object.fromEntries(spots), ...(draft.layout.size > 0 ? workflow.layout : {}) },
      })
    void tidy(draft, catalogue, () => usualHeight).then(place, onFailure)
  }, [workflow, catalogue, onFailure])
  return placed
}

function Editor({
  campaign,
  catalogue,
  workflow,
  kept,
}: {
  campaign: Campaign
  catalogue: Catalogue
  workflow: Workflow
  kept: Kept
}) {
  // Made once for this editor: what the server says later goes through the autosave, never through props.
  const [{ store, autosave }] = useState(() => startEditing(campaign, catalogue, workflow, kept))
  const names = useNames()
  store.names = names
  const [present, setPresent] = useState<Presence[]>([])
  const [editor, setEditor] = useState<string | null>(null)
  const [news, setNews] = useState<SimulationNews | null>(null)
  const [overlay] = useState(() => new OverlayStore())
  const counts = useCampaignCounts(campaign.id, true, (heard) => {
    if (heard.event === 'simulation') setNews(heard.data)
    if (heard.event === 'presence') setPresent(heard.data.items)
    if (heard.event === 'draft') {
      setEditor(heard.data.byName)
      void autosave.heard(heard.data.version)
    }
  })
  const colleagues = usePresence(campaign.id, store, overlay, present)
  useEffect(() => {
    // Other tabs of mine hear of a save at once; colleagues by the stream.
    const channel = new BroadcastChannel(`throughline-draft-${campaign.id}`)
    channel.onmessage = (message: MessageEvent<number>) => void autosave.heard(message.data)
    autosave.onSaved((version) => channel.postMessage(version))
    return () => channel.close()
  }, [campaign.id, autosave])
  useLiveOverlay(campaign, store, overlay, counts, useLiveRange())
  useProblems(campaign.id, store, autosave)
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => {
      if (autosave.state.is === 'saved') return
      void autosave.flush()
      if (!autosave.isSafe) event.preventDefault()
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
      <Workbench
        campaign={campaign}
        autosave={autosave}
        names={names}
        overlay={overlay}
        colleagues={colleagues}
        editor={editor}
        news={news}
      />
    </BuilderProvider>
  )
}
