import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Group,
  Loader,
  Modal,
  SegmentedControl,
  Table,
  Text,
  Tooltip,
} from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconKeyboard,
  IconLayoutGrid,
  IconListTree,
  IconPlus,
} from '@tabler/icons-react'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { ReactFlowProvider, useReactFlow } from '@xyflow/react'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Answer, api, type Body } from '../api.ts'
import { clockTime, plural } from '../format.ts'
import { useCampaignCounts } from '../live.ts'
import { ActivateDialog } from '../parts/activate.tsx'
import { StatusPill } from '../parts/bits.tsx'
import { useNames } from '../parts/choices.ts'
import { Failure, useTitle } from '../parts/page.tsx'
import { queryClient, toast, toastProblem, useApi } from '../query.ts'
import { Autosave, deviceJournal, type SaveState } from './autosave.ts'
import { Canvas, motionMs } from './canvas.tsx'
import { applyPatch, diffDrafts, draftOf, isEmpty, type Point } from './draft.ts'
import { Drawer, deleteSteps, tell } from './drawer.tsx'
import {
  addNode,
  copyNodes,
  type Edit,
  freeSpot,
  freshId,
  moveNodes,
  type Place,
  parseClip,
  pasteNodes,
  placeAfter,
  type Refusal,
  removeEdges,
  removeNodes,
} from './edits.ts'
import { handleKey, keySheet } from './keyboard.ts'
import { tidy } from './layout.ts'
import { Palette, StepPicker } from './palette.tsx'
import { Outline, ProblemsPanel } from './panels.tsx'
import { PublishDialog, publishedText, VersionsDialog } from './publish.tsx'
import type { Names } from './sentence.ts'
import { neighbour } from './shape.ts'
import { CanvasFactsProvider } from './step-node.tsx'
import { BuilderProvider, BuilderStore, useBuilder, useStore } from './store.ts'

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
  const counts = useCampaignCounts(campaign.id, campaign.status !== 'draft')
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
      <Workbench campaign={campaign} autosave={autosave} names={names} here={counts.here} />
    </BuilderProvider>
  )
}

type Asking = { title: string; place(): Place | Refusal } | null

function Workbench({
  campaign,
  autosave,
  names,
  here,
}: {
  campaign: Campaign
  autosave: Autosave
  names: Names
  here: ReadonlyMap<string, number>
}) {
  const store = useStore()
  const flow = useReactFlow()
  const { node: wanted } = useSearch({ from: '/signed-in/campaigns/$id/builder' })
  const phone = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false }) ?? false
  const [view, setView] = useState<'outline' | 'canvas'>('outline')
  const [panel, setPanel] = useState<'problems' | 'outline' | null>(null)
  const [asking, setAsking] = useState<Asking>(null)
  const [activating, setActivating] = useState(false)
  const [publishing, setPublishing] = useState(false)
  const [versions, setVersions] = useState(false)
  const [help, setHelp] = useState(false)
  const canvas = useRef<HTMLDivElement>(null)
  const palette = useRef<HTMLInputElement>(null)
  const canEdit = store.readOnly === null && !phone
  const steps = useBuilder((state) => state.draft.nodes.size)

  useEffect(() => {
    if (wanted) store.select([wanted], { open: true, look: true })
  }, [wanted, store])

  const focusCanvas = useCallback(() => canvas.current?.querySelector<HTMLElement>('.tl-flow')?.focus(), [])

  const take = (edit: Edit | Refusal) => {
    const refused = store.run(edit)
    tell(refused)
    if (refused === null && 'focus' in edit && edit.focus) {
      store.select([edit.focus], { open: true, field: null, look: true })
      if (edit.note) toast(edit.note)
    }
  }
  const add = (type: string, place: Place | Refusal) =>
    take('refused' in place ? place : addNode(store.scene, type, place))
  const afterSelected = (): Place | Refusal => {
    const selected = [...store.state.selected][0]
    if (store.state.edge) return { on: 'edge', edgeId: store.state.edge }
    if (selected) return placeAfter(store.scene, selected)
    const last = [...store.state.draft.nodes.keys()].reverse().find((id) => !('refused' in placeAfter(store.scene, id)))
    return last ? placeAfter(store.scene, last) : { on: 'canvas', at: freeSpot(store.scene) }
  }
  const insertOn = useCallback(
    (edgeId: string) => setAsking({ title: 'Insert a step', place: () => ({ on: 'edge', edgeId }) }),
    [],
  )
  const grow = useCallback(
    (nodeId: string, when: string | null) =>
      setAsking({
        title: 'What happens next?',
        place: () => {
          const edge = [...store.state.draft.edges.values()].find((one) => one.source === nodeId && one.when === when)
          return edge ? { on: 'edge', edgeId: edge.id } : { on: 'port', nodeId, when }
        },
      }),
    [store],
  )
  const facts = useMemo(() => ({ names, here, onGrow: canEdit ? grow : null }), [names, here, canEdit, grow])

  const validate = async () => {
    await autosave.flush()
    if (autosave.state.is !== 'saved') return
    try {
      const answer = await api('POST /campaigns/:id/workflow/validate', { params: { id: campaign.id } })
      store.reveal()
      store.setProblems(answer.problems)
      setPanel('problems')
      store.say(
        answer.problems.length === 0
          ? `No problems, ${plural(steps, 'step')} checked`
          : plural(answer.problems.length, 'problem'),
      )
    } catch (error) {
      toastProblem(error)
    }
  }
  const activate = async () => {
    await autosave.flush()
    if (autosave.state.is === 'saved') setActivating(true)
  }
  const publish = async () => {
    await autosave.flush()
    if (autosave.state.is === 'saved') setPublishing(true)
  }
  /** An earlier version becomes the draft: one step that undo takes back. Steps that are still there keep their places. */
  const restore = async (number: number): Promise<boolean> => {
    try {
      const version = await api('GET /campaigns/:id/versions/:number', { params: { id: campaign.id, number } })
      const { draft } = store.state
      const old = { ...draftOf({ ...version, layout: {} }), layout: draft.layout }
      const spots = await tidy(old, store.catalogue, store.scene.heightOf)
      const layout = new Map([...old.nodes.keys()].flatMap((id) => at(id, draft.layout.get(id) ?? spots.get(id))))
      const patch = diffDrafts(draft, { ...old, layout })
      if (isEmpty(patch, { ignoreLayout: true })) toast(`The draft is v${number} already`)
      else tell(store.run({ label: `Restored v${number} to the draft`, patch }))
      return true
    } catch (error) {
      toastProblem(error)
      return false
    }
  }
  const rollBack = async (number: number) => {
    if (await restore(number)) await publish()
  }
  const remove = (heal: boolean) => {
    if (store.state.edge) tell(store.run(removeEdges(store.state.draft, [store.state.edge])))
    else if (store.state.selected.size > 0)
      deleteSteps(store.run(removeNodes(store.scene, store.state.selected, { heal })), store.state.said)
  }
  const tidyUp = async () => {
    const spots = await tidy(store.state.draft, store.catalogue, store.scene.heightOf)
    tell(store.run(moveNodes(spots, 'Tidied up')))
    void flow.fitView({ padding: 0.2, maxZoom: 1, duration: motionMs(200) })
  }
  const walkProblems = (step: 1 | -1) => {
    const withNode = store.state.problems.filter(
      (problem) => problem.nodeId && store.state.draft.nodes.has(problem.nodeId),
    )
    if (withNode.length === 0) return store.say('No problems')
    const current = withNode.findIndex((problem) => store.state.selected.has(problem.nodeId ?? ''))
    const next = withNode[(current + step + withNode.length) % withNode.length]
    if (next?.nodeId) store.select([next.nodeId], { open: true, field: next.field ?? null, look: true })
  }
  const clipboard = async (): Promise<string> => await navigator.clipboard.readText().catch(() => memory.current)
  const memory = useRef('')
  const copy = (cut: boolean) => {
    const clip = copyNodes(store.scene, store.state.selected)
    if (!clip) return
    memory.current = JSON.stringify(clip)
    void navigator.clipboard?.writeText(memory.current).catch(() => {})
    if (cut) remove(true)
    else store.say(`${plural(clip.nodes.length, 'step')} copied`)
  }
  const pasteAt = (): Point => {
    const selected = [...store.state.selected][0]
    const at = selected ? store.state.draft.layout.get(selected) : undefined
    return at ? { x: at.x + 40, y: at.y + 140 } : freeSpot(store.scene)
  }
  const paste = async (text?: string) => {
    const clip = parseClip(text ?? (await clipboard()))
    if (!clip) return
    const edit = pasteNodes(store.scene, clip, pasteAt())
    tell(store.run(edit))
    if ('patch' in edit) store.select([...(edit.patch.nodes?.keys() ?? [])], { look: true })
  }

  const onKeyDown = (event: React.KeyboardEvent) =>
    handleKey(event, {
      add: () => canEdit && setAsking({ title: 'Add a step', place: afterSelected }),
      remove: (heal) => canEdit && remove(heal),
      undo: () => store.undo(),
      redo: () => store.redo(),
      walk: (to) => {
        const from = [...store.state.selected].at(-1) ?? [...store.state.draft.nodes.keys()][0]
        const next =
          from && (store.state.selected.size === 0 ? from : neighbour(store.state.draft, store.catalogue, from, to))
        if (next) store.select([next], { look: true })
      },
      nudge: (x, y) => {
        if (!canEdit) return
        const { layout } = store.state.draft
        const moved = [...store.state.selected].map(
          (id) => [id, { x: (layout.get(id)?.x ?? 0) + x, y: (layout.get(id)?.y ?? 0) + y }] as const,
        )
        if (moved.length > 0) store.run(moveNodes(new Map(moved)), { key: 'nudge' })
      },
      open: () => store.state.selected.size === 1 && store.select(store.state.selected, { open: true, field: null }),
      escape: () => {
        if (store.state.drawer || store.state.edge) {
          store.openDrawer(false)
          store.selectEdge(null)
        } else if (panel) setPanel(null)
        else store.select([])
        focusCanvas()
      },
      searchPalette: () => palette.current?.focus(),
      outline: () => setPanel((was) => (was === 'outline' ? null : 'outline')),
      save: () => void autosave.flush(),
      tidy: () => canEdit && void tidyUp(),
      zoom: (how) =>
        void {
          fit: () => flow.fitView({ padding: 0.2, maxZoom: 1 }),
          one: () => flow.zoomTo(1),
          in: () => flow.zoomIn(),
          out: () => flow.zoomOut(),
        }[how](),
      nextProblem: walkProblems,
      rename: () => {
        store.select(store.state.selected, { open: true })
        requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-title-field]')?.focus())
      },
      selectAll: () => store.select(store.state.draft.nodes.keys()),
      copy,
      paste: () => canEdit && void paste(),
      duplicate: () => {
        const clip = canEdit && copyNodes(store.scene, store.state.selected)
        if (clip) void paste(JSON.stringify(clip))
      },
      help: () => setHelp(true),
    })

  const drawer = (
    <Drawer
      onClose={() => {
        store.openDrawer(false)
        store.selectEdge(null)
        focusCanvas()
      }}
      onInsert={insertOn}
    />
  )
  return (
    <CanvasFactsProvider value={facts}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the builder's shortcuts; every one of them has a button */}
      <div className="tl-builder" onKeyDown={onKeyDown}>
        <BuilderBar
          campaign={campaign}
          autosave={autosave}
          phone={phone}
          view={view}
          setView={setView}
          panel={panel}
          setPanel={setPanel}
          onTidy={() => void tidyUp()}
          onValidate={() => void validate()}
          onActivate={() => void activate()}
          onPublish={() => void publish()}
          onVersions={() => setVersions(true)}
          onHelp={() => setHelp(true)}
        />
        <main className="tl-builder-body" data-palette={canEdit ? 'on' : 'off'}>
          {canEdit ? (
            <Palette catalogue={store.catalogue} onAdd={(type) => add(type, afterSelected())} searchRef={palette} />
          ) : (
            <span />
          )}
          {phone && view === 'outline' ? (
            <div className="tl-canvas" style={{ overflowY: 'auto', background: 'var(--tl-card)' }}>
              {store.readOnly !== null && <ReadOnlyNote text={store.readOnly} />}
              <Outline onOpen={(id) => store.select([id], { open: true })} />
            </div>
          ) : (
            <div ref={canvas} className="tl-canvas" tabIndex={-1}>
              {store.readOnly !== null && <ReadOnlyNote text={store.readOnly} />}
              <Canvas onInsert={insertOn} onDropFar={grow} canEdit={canEdit} />
              {canEdit && steps === 1 && (
                <FirstStep
                  onPick={(type) => add(type, afterSelected())}
                  onMore={() => setAsking({ title: 'What happens first?', place: afterSelected })}
                />
              )}
              {panel === 'problems' && <ProblemsPanel onClose={() => setPanel(null)} />}
              {panel === 'outline' && (
                <Outline
                  onClose={() => setPanel(null)}
                  onOpen={(id) => store.select([id], { open: true, look: true })}
                />
              )}
            </div>
          )}
          {phone && panel === 'problems' && <ProblemsPanel onClose={() => setPanel(null)} />}
          {drawer}
        </main>
        {asking && (
          <StepPicker
            catalogue={store.catalogue}
            title={asking.title}
            onClose={() => {
              setAsking(null)
              focusCanvas()
            }}
            onPick={(type) => {
              setAsking(null)
              add(type, asking.place())
            }}
          />
        )}
        {activating && (
          <ActivateDialog
            campaign={campaign}
            onClose={() => setActivating(false)}
            onFix={(nodeId, field) => {
              setActivating(false)
              store.select([nodeId], { open: true, field, look: true })
            }}
          />
        )}
        {publishing && (
          <PublishDialog
            campaignId={campaign.id}
            draft={store.state.draft}
            catalogue={store.catalogue}
            onClose={() => setPublishing(false)}
            onFix={(nodeId, field) => {
              setPublishing(false)
              store.select([nodeId], { open: true, field, look: true })
            }}
            onPublished={(answer) => {
              setPublishing(false)
              toast(
                <>
                  {publishedText(answer)}{' '}
                  {answer.published && (
                    <Anchor component="button" type="button" size="sm" onClick={() => void rollBack(answer.from)}>
                      Roll back
                    </Anchor>
                  )}
                </>,
              )
            }}
          />
        )}
        {versions && (
          <VersionsDialog
            campaignId={campaign.id}
            onClose={() => setVersions(false)}
            onRestore={
              canEdit
                ? (number) => {
                    setVersions(false)
                    void restore(number)
                  }
                : null
            }
          />
        )}
        <ConflictDialog autosave={autosave} />
        <Modal opened={help} onClose={() => setHelp(false)} title="Keys of the builder">
          <Table>
            <Table.Tbody>
              {keySheet.map(([keys, does]) => (
                <Table.Tr key={keys}>
                  <Table.Td>
                    <b>{keys}</b>
                  </Table.Td>
                  <Table.Td>{does}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Modal>
        <LiveRegion />
      </div>
    </CanvasFactsProvider>
  )
}

const at = (id: string, point: Point | undefined): [string, Point][] => (point ? [[id, point]] : [])

function ReadOnlyNote({ text }: { text: string }) {
  return (
    <Alert color="gray" radius={0} py={6}>
      {text}
    </Alert>
  )
}

function LiveRegion() {
  const said = useBuilder((state) => state.said)
  return (
    <div role="status" aria-live="polite" className="tl-quiet">
      {said}
    </div>
  )
}

function FirstStep({ onPick, onMore }: { onPick(type: string): void; onMore(): void }) {
  const { catalogue } = useStore()
  const first = ['email-send', 'wait', 'conditional-split']
    .map((type) => catalogue[type])
    .filter((type) => type !== undefined)
  return (
    <div className="tl-ghost">
      <Text fw={600} mb={8}>
        What happens first?
      </Text>
      <Group gap={6} justify="center">
        {first.map((type) => (
          <Button key={type.type} size="xs" variant="default" onClick={() => onPick(type.type)}>
            {type.title}
          </Button>
        ))}
        <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={onMore}>
          Something else
        </Button>
      </Group>
    </div>
  )
}

interface BarProps {
  campaign: Campaign
  autosave: Autosave
  phone: boolean
  view: 'outline' | 'canvas'
  setView(view: 'outline' | 'canvas'): void
  panel: 'problems' | 'outline' | null
  setPanel(panel: 'problems' | 'outline' | null): void
  onTidy(): void
  onValidate(): void
  onActivate(): void
  onPublish(): void
  onVersions(): void
  onHelp(): void
}

function BuilderBar({
  campaign,
  autosave,
  phone,
  view,
  setView,
  panel,
  setPanel,
  onTidy,
  onValidate,
  onActivate,
  onPublish,
  onVersions,
  onHelp,
}: BarProps) {
  const store = useStore()
  const canUndo = useBuilder((state) => state.canUndo)
  const canRedo = useBuilder((state) => state.canRedo)
  const problems = useBuilder((state) => state.problems)
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const editable = store.readOnly === null
  return (
    <header className="tl-builder-bar">
      <Tooltip label="Back to the campaign">
        <ActionIcon component={Link} to={`/campaigns/${campaign.id}/overview`} aria-label="Back to the campaign">
          <IconArrowLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <div style={{ minWidth: 0, flex: '0 1 auto' }}>
        <Text component="h1" fw={600} truncate fz={15} m={0}>
          {campaign.name}
        </Text>
      </div>
      {!phone && <StatusPill status={campaign.status} />}
      {campaign.workflowVersion !== null && !phone && (
        <Tooltip label="Versions">
          <Anchor component="button" type="button" size="xs" onClick={onVersions} style={{ whiteSpace: 'nowrap' }}>
            {liveText(campaign)}
          </Anchor>
        </Tooltip>
      )}
      {editable && <SaveNote autosave={autosave} />}
      <div style={{ flex: 1 }} />
      {editable && !phone && (
        <>
          <Tooltip label={canUndo ? `Undo: ${canUndo}  Ctrl Z` : 'Nothing to undo'}>
            <ActionIcon
              aria-label="Undo"
              aria-disabled={canUndo === null}
              onClick={() => store.undo()}
              style={{ opacity: canUndo ? 1 : 0.45 }}
            >
              <IconArrowBackUp size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={canRedo ? `Redo: ${canRedo}  Ctrl Y` : 'Nothing to redo'}>
            <ActionIcon
              aria-label="Redo"
              aria-disabled={canRedo === null}
              onClick={() => store.redo()}
              style={{ opacity: canRedo ? 1 : 0.45 }}
            >
              <IconArrowForwardUp size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Tidy up  Shift T">
            <ActionIcon aria-label="Tidy up" onClick={onTidy}>
              <IconLayoutGrid size={18} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      {!phone && (
        <>
          <Tooltip label="Outline  O">
            <ActionIcon
              aria-label="Outline"
              aria-pressed={panel === 'outline'}
              onClick={() => setPanel(panel === 'outline' ? null : 'outline')}
            >
              <IconListTree size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Keys  ?">
            <ActionIcon aria-label="Keys" onClick={onHelp}>
              <IconKeyboard size={18} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      {phone && (
        <SegmentedControl
          size="xs"
          aria-label="View"
          data={[
            { value: 'outline', label: 'Outline' },
            { value: 'canvas', label: 'Canvas' },
          ]}
          value={view}
          onChange={(next) => setView(next as 'outline' | 'canvas')}
        />
      )}
      {editable && (
        <Button variant="default" size="xs" onClick={onValidate}>
          Validate
          {problems.length > 0 && (
            <Text span ml={6} c={errors > 0 ? 'var(--tl-bad)' : 'var(--tl-warn)'} fw={600}>
              {problems.length}
              <span className="tl-quiet"> problems</span>
            </Text>
          )}
        </Button>
      )}
      {campaign.status === 'draft' && (
        <Button size="xs" onClick={onActivate}>
          Activate
        </Button>
      )}
      {editable && campaign.unpublishedChanges > 0 && (
        <Button size="xs" onClick={onPublish}>
          Publish changes ({campaign.unpublishedChanges})
        </Button>
      )}
    </header>
  )
}

/** What customers follow, and whether the draft is something else. */
function liveText({ status, workflowVersion, unpublishedChanges }: Campaign): string {
  const live = `${status === 'active' ? 'Live ' : ''}v${workflowVersion}`
  return unpublishedChanges > 0 ? `${live} · ${plural(unpublishedChanges, 'unpublished change')}` : live
}

function useSaveState(autosave: Autosave): SaveState {
  return useSyncExternalStore(autosave.subscribe, () => autosave.state)
}

/** Where the work is, truthfully: "Saved" only after the server said so. */
function SaveNote({ autosave }: { autosave: Autosave }) {
  const state = useSaveState(autosave)
  const [, tick] = useState(0)
  useEffect(() => {
    if (state.is !== 'failed' || !state.retryAt) return
    const timer = setInterval(() => tick((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [state])
  if (state.is === 'failed') {
    const seconds = state.retryAt ? Math.max(0, Math.ceil((state.retryAt.getTime() - Date.now()) / 1000)) : null
    return (
      <Text size="xs" c="var(--tl-warn)" role="status" title={state.reason} truncate>
        Not saved{seconds === null ? `: ${state.reason}` : `, kept on this device; retrying in ${seconds} s`} ·{' '}
        <Anchor component="button" type="button" size="xs" onClick={() => void autosave.flush()}>
          Retry now
        </Anchor>
      </Text>
    )
  }
  const text = {
    saved: state.is === 'saved' ? `Saved ${clockTime(state.at)}` : '',
    waiting: 'Not saved yet',
    saving: 'Saving…',
    conflict: 'Someone changed the same step',
  }[state.is]
  return (
    <Text
      size="xs"
      c="dimmed"
      role="status"
      style={{ whiteSpace: 'nowrap' }}
      data-testid="save-state"
      data-state={state.is}
    >
      {text}
    </Text>
  )
}

function ConflictDialog({ autosave }: { autosave: Autosave }) {
  const state = useSaveState(autosave)
  const store = useStore()
  if (state.is !== 'conflict') return null
  const name = (id: string) => {
    const node = store.state.draft.nodes.get(id) ?? state.theirs.nodes.get(id)
    return node ? node.title || store.catalogue[node.type]?.title || id : 'a connection'
  }
  const resolve = (choice: 'mine' | 'theirs') => {
    autosave.resolve(choice)
    toast(choice === 'mine' ? 'Your version is kept' : 'Their version was taken; Undo brings yours back')
  }
  const takeTheirs = () => {
    // As a step of this tab's history first, so that undo brings mine back.
    const mine = store.state.draft
    const change = diffDrafts(mine, state.theirs)
    const only = {
      nodes: new Map([...change.nodes].filter(([id]) => state.ids.includes(id))),
      edges: new Map([...change.edges].filter(([id]) => state.ids.includes(id))),
    }
    if (!isEmpty(diffDrafts(mine, applyPatch(mine, only)))) store.run({ label: 'Took the other version', patch: only })
    resolve('theirs')
  }
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      title="Someone changed the same step"
    >
      <Text>
        While you were editing, somebody saved another version of{' '}
        {[...new Set(state.ids.map(name))].map((one) => `“${one}”`).join(', ')}. Everything else was joined. Nothing of
        yours is lost until you choose.
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={takeTheirs}>
          Take theirs
        </Button>
        <Button onClick={() => resolve('mine')} data-autofocus>
          Keep mine
        </Button>
      </Group>
    </Modal>
  )
}
