import { Alert, Anchor } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useReactFlow } from '@xyflow/react'
import { lazy, Suspense, useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { type Answer, api } from '../api.ts'
import { plural } from '../format.ts'
import { toastProblem, useApi } from '../query.ts'
import type { Preview } from './ai-panel.tsx'
import type { Autosave } from './autosave.ts'
import { BuilderBar } from './builder-bar.tsx'
import { Canvas, type MenuOf, motionMs } from './canvas.tsx'
import { FirstStep, LiveRegion, LostStream, ReadOnlyNote } from './canvas-notes.tsx'
import { Colleagues } from './colleagues.tsx'
import { addNote, addStep, afterPort, afterSelected, removeSelected, tidyUp } from './commands.ts'
import { Drawer } from './drawer.tsx'
import type { Refusal, Place as Spot } from './edits.ts'
import { OverlayProvider, type OverlayStore } from './overlay.ts'
import { Palette, StepPicker } from './palette.tsx'
import { Outline, ProblemsPanel } from './panels.tsx'
import type { Names } from './sentence.ts'
import { canvasActions, edgeActions, stepActions } from './step-actions.ts'
import { StepMenu } from './step-menu.tsx'
import { CanvasFactsProvider } from './step-node.tsx'
import { BuilderProvider, useBuilder, useStore } from './store.ts'
import type { SimulationNews } from './test-panel.tsx'
import { useBuilderKeys } from './use-builder-keys.ts'
import { useNodeInUrl, usePlace } from './use-place.ts'
import { useVersions } from './use-versions.ts'
import { type Dialog, WorkbenchDialogs } from './workbench-dialogs.tsx'

const AiPanel = lazy(() => import('./ai-panel.tsx'))
const TestPanel = lazy(() => import('./test-panel.tsx'))
const HistoryPanel = lazy(() => import('./history-panel.tsx'))
const PeoplePanel = lazy(() => import('./people-panel.tsx'))

type Campaign = Answer<'GET /campaigns/:id'>
type Asking = { title: string; place(): Spot | Refusal } | null

/** The builder at work: bar, palette, canvas, drawer, panels, dialogs and keys. */
export function Workbench({
  campaign,
  autosave,
  names,
  overlay,
  colleagues,
  editor,
  connected,
  news,
}: {
  campaign: Campaign
  autosave: Autosave
  names: Names
  overlay: OverlayStore
  /** Who else has it open, and who saved last. */
  colleagues: { name: string; tabs: number }[]
  editor: string | null
  /** Whether the live numbers come in. */
  connected: boolean
  /** How far a test of the audience is. */
  news: SimulationNews | null
}) {
  const store = useStore()
  const flow = useReactFlow()
  const { place, go } = usePlace()
  const phone = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false }) ?? false
  const [view, setView] = useState<'outline' | 'canvas'>('outline')
  const [asking, setAsking] = useState<Asking>(null)
  const [dialog, setDialog] = useState<Dialog>(null)
  const [menu, setMenu] = useState<{ of: MenuOf; at: { x: number; y: number } } | null>(null)
  const [preview, setPreview] = useState<Preview | null>(null)
  const canvas = useRef<HTMLDivElement>(null)
  const palette = useRef<HTMLInputElement>(null)
  const readOnly = useBuilder((state) => state.readOnly)
  const [connecting, setConnecting] = useState<string | null>(null)
  const [map, setMap] = useState(true)
  const isLiveOn = useSyncExternalStore(overlay.subscribe, () => overlay.isLiveOn)
  const versions = useVersions(campaign.id, overlay, readOnly === null && !phone)
  const { shown } = versions
  const canEdit = readOnly === null && !phone && shown === null
  const generating = readOnly === null && place.side === 'ai'
  const steps = useBuilder((state) => state.draft.nodes.size)
  const drawerOpen = useBuilder((state) => (state.drawer && state.selected.size === 1) || state.edge !== null)
  const products = useApi('GET /campaigns/:id/products', { params: { id: campaign.id } }, { staleTime: 15_000 })
  useNodeInUrl()

  const focusCanvas = useCallback(() => canvas.current?.querySelector<HTMLElement>('.tl-flow')?.focus(), [])
  const insertOn = useCallback(
    (edgeId: string) => setAsking({ title: 'Insert a step', place: () => ({ on: 'edge', edgeId }) }),
    [],
  )
  const grow = useCallback(
    (nodeId: string, when: string | null) =>
      setAsking({ title: 'What happens next?', place: () => afterPort(store, nodeId, when) }),
    [store],
  )
  const onPeople = useCallback(
    (nodeId: string, what: string) => {
      store.openDrawer(false)
      go({ side: 'people', who: `${nodeId}.${what}` })
    },
    [store, go],
  )
  const onMenu = useCallback(
    (nodeId: string, at: { x: number; y: number }) => setMenu({ of: { node: nodeId }, at }),
    [],
  )
  /** Saves what is not saved. False when the server did not take it: the bar says why. */
  const save = useCallback(async () => {
    await autosave.flush()
    return autosave.state.is === 'saved'
  }, [autosave])
  const hasRun = campaign.status !== 'draft'
  const facts = useMemo(
    () => ({ campaign, hasRun, names, onGrow: canEdit ? grow : null, onPeople, onMenu, save }),
    [campaign, hasRun, names, canEdit, grow, onPeople, onMenu, save],
  )

  const open = async (what: 'activate' | 'publish') => {
    if (await save()) setDialog(what)
  }
  const validate = async () => {
    if (!(await save())) return
    try {
      const answer = await api('POST /campaigns/:id/workflow/validate', { params: { id: campaign.id } })
      store.reveal()
      store.setProblems(answer.problems)
      go({ panel: 'problems' })
      store.say(
        answer.problems.length === 0
          ? `No problems, ${plural(steps, 'step')} checked`
          : plural(answer.problems.length, 'problem'),
      )
    } catch (error) {
      toastProblem(error)
    }
  }
  const rollBack = async (number: number) => {
    if (await versions.bringBack(number)) await open('publish')
  }
  const tidyAndFit = async () => {
    await tidyUp(store)
    void flow.fitView({ padding: 0.2, maxZoom: 1, duration: motionMs(200) })
  }
  const fix = (nodeId: string, field: string | null) => {
    setDialog(null)
    store.select([nodeId], { open: true, field, look: true })
  }
  const toggle = (panel: 'outline' | 'problems' | 'test') => go({ panel: place.panel === panel ? undefined : panel })
  const onKeyDown = useBuilderKeys(
    {
      canEdit,
      focusCanvas,
      panel: place.panel ?? null,
      closePanel: () => go({ panel: undefined }),
      ask: () => setAsking({ title: 'Add a step', place: () => afterSelected(store) }),
      searchPalette: () => palette.current?.focus(),
      toggle,
      save: () => void autosave.flush(),
      tidy: () => void tidyAndFit(),
      help: () => setDialog('keys'),
      find: () => {
        go({ panel: 'outline' })
        setTimeout(() => document.querySelector<HTMLInputElement>('[data-find-step]')?.focus(), 60)
      },
      toggleMap: () => setMap((was) => !was),
      connect: setConnecting,
    },
    overlay,
  )
  const openHistory = (tab: 'runs' | 'versions') => {
    store.openDrawer(false)
    store.selectEdge(null)
    go({ side: 'history', tab, run: undefined })
  }
  const closeSide = () => {
    versions.endPreview()
    go({ side: undefined, who: undefined, run: undefined, tab: undefined })
    focusCanvas()
  }
  const addAt = (of: MenuOf) => {
    if ('canvas' in of) setAsking({ title: 'Add a step here', place: () => ({ on: 'canvas', at: of.canvas }) })
  }
  const closePanel = () => {
    go({ panel: undefined })
    focusCanvas()
  }
  const bottom = (
    <>
      {place.panel === 'problems' && <ProblemsPanel onClose={closePanel} />}
      {place.panel === 'outline' && !phone && (
        <Outline onClose={closePanel} onOpen={(id) => store.select([id], { open: true, look: true })} />
      )}
      {place.panel === 'test' && (
        <Suspense>
          <TestPanel
            campaign={campaign}
            save={save}
            news={news}
            mode={place.mode === 'audience' ? 'audience' : 'customer'}
            setMode={(mode) => go({ mode })}
            onClose={closePanel}
          />
        </Suspense>
      )}
    </>
  )
  return (
    <OverlayProvider value={overlay}>
      <CanvasFactsProvider value={facts}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the builder's shortcuts; every one of them has a button */}
        <div className="tl-builder" onKeyDown={preview ? undefined : onKeyDown}>
          <BuilderBar
            campaign={campaign}
            autosave={autosave}
            phone={phone}
            view={view}
            setView={setView}
            testing={place.panel === 'test'}
            history={place.side === 'history'}
            colleagues={<Colleagues people={colleagues} />}
            products={products.data?.products.length ?? 0}
            more={[
              canEdit && { label: 'Tidy up', keys: 'Shift T', run: () => void tidyAndFit() },
              { label: 'Outline', keys: 'O', run: () => toggle('outline') },
              { label: 'Problems', run: () => toggle('problems') },
              phone && { label: 'Test', run: () => toggle('test') },
              phone && { label: 'Link Products', run: () => setDialog('products') },
              phone && { label: 'History', run: () => openHistory('runs') },
              {
                label: isLiveOn ? 'Hide live counts' : 'Show live counts',
                keys: 'L',
                run: () => overlay.switchLive(!isLiveOn),
              },
              !phone && { label: map ? 'Hide the map' : 'Show the map', keys: 'M', run: () => setMap(!map) },
              canEdit && { label: 'Add a note', keys: 'N', run: () => addNote(store) },
              !phone && { label: 'Keys', keys: '?', run: () => setDialog('keys') },
            ]}
            onGenerate={readOnly === null ? () => go({ side: generating ? undefined : 'ai' }) : null}
            generating={generating}
            onValidate={() => void validate()}
            onActivate={() => void open('activate')}
            onPublish={() => void open('publish')}
            onHistory={() => (place.side === 'history' ? closeSide() : openHistory('runs'))}
            onVersions={() => openHistory('versions')}
            onProducts={() => setDialog('products')}
            onTest={() => toggle('test')}
          />
          <main className="tl-builder-body" data-palette={canEdit && !preview ? 'on' : 'off'}>
            {canEdit && !preview ? (
              <Palette
                catalogue={store.catalogue}
                onAdd={(type) => addStep(store, type, afterSelected(store))}
                searchRef={palette}
              />
            ) : (
              <span />
            )}
            <div className="tl-stage">
              {phone && view === 'outline' ? (
                <div className="tl-canvas" style={{ overflowY: 'auto', background: 'var(--tl-card)' }}>
                  {readOnly !== null && <ReadOnlyNote text={readOnly} />}
                  <Outline onOpen={(id) => store.select([id], { open: true })} />
                </div>
              ) : (
                <div ref={canvas} className="tl-canvas" tabIndex={-1} data-test={place.panel === 'test' || undefined}>
                  {place.panel === 'test' ? (
                    <div className="tl-test-frame">Test · nothing is sent</div>
                  ) : shown ? (
                    <Alert color="gray" radius={0} py={6}>
                      v{shown.number} as it was published; nothing here can be changed.{' '}
                      <Anchor component="button" type="button" size="sm" onClick={versions.endPreview}>
                        Back to the draft
                      </Anchor>
                    </Alert>
                  ) : (
                    readOnly !== null && <ReadOnlyNote text={readOnly} />
                  )}
                  {!connected && <LostStream />}
                  {preview ? (
                    <OverlayProvider value={preview.overlay}>
                      <BuilderProvider value={preview.store}>
                        <Canvas
                          key="proposal"
                          onInsert={insertOn}
                          onDropFar={grow}
                          canEdit={false}
                          map={map && !phone}
                          onMenu={() => {}}
                          opens={false}
                        />
                      </BuilderProvider>
                    </OverlayProvider>
                  ) : (
                    <BuilderProvider value={shown?.store ?? store}>
                      <Canvas
                        key={shown?.number ?? 0}
                        onInsert={insertOn}
                        onDropFar={grow}
                        canEdit={canEdit}
                        map={map && !phone}
                        onMenu={(of, at) => setMenu({ of, at })}
                        opens={!(place.side === 'history' && (place.run !== undefined || shown !== null))}
                      />
                    </BuilderProvider>
                  )}
                  {canEdit && !generating && steps === 1 && (
                    <FirstStep
                      onPick={(type) => addStep(store, type, afterSelected(store))}
                      onMore={() => setAsking({ title: 'What happens first?', place: () => afterSelected(store) })}
                      onDescribe={() => go({ side: 'ai' })}
                    />
                  )}
                </div>
              )}
              {bottom}
            </div>
            <Suspense>
              {!drawerOpen && place.side === 'people' && place.who && (
                <PeoplePanel campaign={campaign} who={place.who} onClose={closeSide} />
              )}
              {!drawerOpen && place.side === 'history' && (
                <HistoryPanel campaign={campaign} versions={versions} onClose={closeSide} />
              )}
            </Suspense>
            {generating ? (
              <Suspense fallback={<aside className="tl-drawer" aria-busy="true" />}>
                <AiPanel
                  campaignId={campaign.id}
                  autosave={autosave}
                  names={names}
                  onPreview={setPreview}
                  onClose={() => go({ side: undefined })}
                />
              </Suspense>
            ) : (
              <Drawer
                onClose={() => {
                  store.openDrawer(false)
                  store.selectEdge(null)
                  focusCanvas()
                }}
                onInsert={insertOn}
              />
            )}
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
                addStep(store, type, asking.place())
              }}
            />
          )}
          {menu && (
            <StepMenu
              at={menu.at}
              onClose={() => setMenu(null)}
              actions={
                'node' in menu.of
                  ? stepActions(store, menu.of.node, {
                      canEdit,
                      remove: (heal) => removeSelected(store, heal),
                      connect: setConnecting,
                    })
                  : 'edge' in menu.of
                    ? edgeActions(store, menu.of.edge, { canEdit, insert: insertOn })
                    : canvasActions(store, menu.of.canvas, {
                        canEdit,
                        add: () => addAt(menu.of),
                        tidy: () => void tidyAndFit(),
                        fit: () => void flow.fitView({ padding: 0.2, maxZoom: 1 }),
                      })
              }
            />
          )}
          <WorkbenchDialogs
            campaign={campaign}
            autosave={autosave}
            editor={editor}
            dialog={dialog}
            connecting={connecting}
            onClose={() => setDialog(null)}
            onConnected={() => {
              setConnecting(null)
              focusCanvas()
            }}
            onFix={fix}
            onRollBack={(number) => void rollBack(number)}
          />
          <LiveRegion />
        </div>
      </CanvasFactsProvider>
    </OverlayProvider>
  )
}
