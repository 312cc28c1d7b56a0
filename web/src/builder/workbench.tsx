import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { useReactFlow } from '@xyflow/react'
import { memo, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { type Answer, api } from '../api.ts'
import { plural } from '../format.ts'
import { BeginningBar } from '../parts/beginning.tsx'
import { takeFresh } from '../parts/fresh-campaign.ts'
import { toastProblem, useApi } from '../query.ts'
import { edgeMiddle, portPoint } from './anchor.ts'
import { useAsking } from './asking.ts'
import type { Autosave } from './autosave.ts'
import { BuilderBar } from './builder-bar.tsx'
import { BuilderCommands } from './builder-commands.tsx'
import type { MenuOf } from './canvas.tsx'
import { LiveRegion } from './canvas-notes.tsx'
import { Colleagues } from './colleagues.tsx'
import { addNote, addStep, afterSelected, tidyUp } from './commands.ts'
import { cardsOf, drawnBoxes, showAll } from './fit.ts'
import { OverlayProvider, type OverlayStore } from './overlay.ts'
import { Palette } from './palette.tsx'
import type { Names } from './sentence.ts'
import { CanvasFactsProvider } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'
import type { SimulationNews } from './test-panel.tsx'
import { useBuilderKeys } from './use-builder-keys.ts'
import { NodeInUrl, usePlace } from './use-place.ts'
import type { Preview } from './use-proposal-on-canvas.ts'
import { useVersions } from './use-versions.ts'
import { type Dialog, WorkbenchDialogs } from './workbench-dialogs.tsx'
import { WorkbenchMenus } from './workbench-menus.tsx'
import { WorkbenchSide } from './workbench-side.tsx'
import { Stage } from './workbench-stage.tsx'

type Campaign = Answer<'GET /campaigns/:id'>

/** The builder at work: bar, palette, canvas, drawer, panels, dialogs and keys. */
export const Workbench = memo(function Workbench({
  campaign,
  autosave,
  names,
  overlay,
  colleagues,
  editor,
  news,
}: {
  campaign: Campaign
  autosave: Autosave
  names: Names
  overlay: OverlayStore
  /** Who else has it open, and who saved last. */
  colleagues: { name: string; tabs: number }[]
  editor: string | null
  /** How far a test of the audience is. */
  news: SimulationNews | null
}) {
  const store = useStore()
  const flow = useReactFlow()
  const { place, go } = usePlace()
  const phone = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false }) ?? false
  const [view, setView] = useState<'outline' | 'canvas'>('outline')
  const [dialog, setDialog] = useState<Dialog>(null)
  const [menu, setMenu] = useState<{ of: MenuOf; at: { x: number; y: number } } | null>(null)
  const [preview, setPreview] = useState<Preview | null>(null)
  const canvas = useRef<HTMLDivElement>(null)
  const palette = useRef<HTMLInputElement>(null)
  const readOnly = useBuilder((state) => state.readOnly)
  const [connecting, setConnecting] = useState<string | null>(null)
  const [moving, setMoving] = useState<string | null>(null)
  const [map, setMap] = useState(true)
  const isLiveOn = useSyncExternalStore(overlay.subscribe, () => overlay.isLiveOn)
  const versions = useVersions(campaign.id, overlay, readOnly === null && !phone)
  const { shown } = versions
  const canEdit = readOnly === null && !phone && shown === null
  const generating = readOnly === null && place.side === 'ai'
  const [folded, setFolded] = useLocalStorage({
    key: 'throughline-palette-folded',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  const products = useApi('GET /campaigns/:id/products', { params: { id: campaign.id } }, { staleTime: 15_000 })
  useEffect(() => {
    if (takeFresh(campaign.id)) setTimeout(() => palette.current?.focus(), 0)
  }, [campaign.id])

  const focusCanvas = useCallback(() => canvas.current?.querySelector<HTMLElement>('.tl-flow')?.focus(), [])
  const asking = useAsking()
  const onPeople = useCallback(
    (nodeId: string, what: string) => {
      store.openDrawer(false)
      go({ side: 'people', who: `${nodeId}.${what}` })
    },
    [store, go],
  )
  const openMenuOf = useCallback((of: MenuOf, at: { x: number; y: number }) => setMenu({ of, at }), [])
  const onMenu = useCallback(
    (nodeId: string, at: { x: number; y: number }) => openMenuOf({ node: nodeId }, at),
    [openMenuOf],
  )
  /** Saves what is not saved. False when the server did not take it: the bar says why. */
  const save = useCallback(async () => {
    await autosave.flush()
    return autosave.state.is === 'saved'
  }, [autosave])
  const hasRun = campaign.status !== 'draft'
  const facts = useMemo(
    () => ({ campaign, hasRun, names, onGrow: canEdit ? asking.after : null, onPeople, onMenu, save }),
    [campaign, hasRun, names, canEdit, asking, onPeople, onMenu, save],
  )

  const open = async (what: 'activate' | 'publish') => {
    if (await save()) setDialog(what)
  }
  const validate = async () => {
    // The list first: what this device found is in it already.
    store.reveal()
    go({ panel: 'problems' })
    if (!(await save())) {
      store.say('Checked on this device; the server could not be asked')
      return
    }
    try {
      const { draft } = store.state
      const answer = await api('POST /campaigns/:id/workflow/validate', { params: { id: campaign.id } })
      store.setProblems(answer.problems, draft)
      store.say(
        answer.problems.length === 0
          ? `No problems, ${plural(draft.nodes.size, 'step')} checked`
          : plural(answer.problems.length, 'problem'),
      )
      document.querySelector<HTMLElement>('.tl-problem .tl-row')?.focus()
    } catch (error) {
      toastProblem(error)
    }
  }
  const rollBack = async (number: number) => {
    if (await versions.bringBack({ version: number })) await open('publish')
  }
  const tidyAndFit = async () => {
    try {
      await tidyUp(store)
    } catch (error) {
      toastProblem(error)
    }
    showAll(flow, cardsOf(store), 200)
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
      side: place.side !== undefined,
      closeSide: () => closeSide(),
      asking,
      searchPalette: () => {
        setFolded(false)
        setTimeout(() => palette.current?.focus(), 0)
      },
      foldPalette: () => setFolded(!folded),
      toggle,
      save: () => void autosave.flush(),
      tidy: () => void tidyAndFit(),
      help: () => setDialog('keys'),
      menu: () => openMenu(),
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
  /** The menu by keyboard: of what is selected, beside it. */
  const openMenu = () => {
    const row = document.activeElement?.closest('[role=treeitem]')?.getBoundingClientRect()
    const { edge, selected, draft } = store.state
    const id = [...selected][0]
    const line = edge === null ? undefined : draft.edges.get(edge)
    const point = line ? edgeMiddle(store.scene, line) : id === undefined ? null : portPoint(store.scene, id, null)
    const at = row ? { x: row.left + 60, y: row.bottom } : point && flow.flowToScreenPosition(point)
    // After the key press: a menu that opens during it is closed by it.
    if (at) setTimeout(() => setMenu({ of: line ? { edge: line.id } : { node: id ?? '' }, at }), 0)
  }
  const closePanel = () => {
    go({ panel: undefined })
    focusCanvas()
  }
  const more = [
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
  ]
  const hasPalette = canEdit && !preview
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
            more={more}
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
          <BeginningBar campaign={campaign} />
          <main className="tl-builder-body" data-palette={hasPalette && !folded ? 'on' : 'off'}>
            {hasPalette && !folded ? (
              <Palette
                catalogue={store.catalogue}
                onAdd={(type) => addStep(store, type, afterSelected(store))}
                onFold={() => setFolded(true)}
                searchRef={palette}
              />
            ) : (
              <span />
            )}
            <Stage
              campaign={campaign}
              canvas={canvas}
              place={place}
              phone={phone}
              view={view}
              canEdit={canEdit}
              generating={generating}
              folded={hasPalette && folded}
              map={map && !phone}
              preview={preview}
              versions={versions}
              news={news}
              save={save}
              onInsert={asking.on}
              onGrow={asking.after}
              onMenu={openMenuOf}
              onAdd={asking.next}
              onUnfold={() => setFolded(false)}
              onDescribe={() => go({ side: 'ai' })}
              onMode={(mode) => go({ mode })}
              onClosePanel={closePanel}
            />
            <WorkbenchSide
              campaign={campaign}
              autosave={autosave}
              names={names}
              versions={versions}
              place={place}
              generating={generating}
              onPreview={setPreview}
              onLeft={focusCanvas}
              onCloseSide={closeSide}
              onCloseAi={() => go({ side: undefined })}
            />
          </main>
          <WorkbenchMenus
            canEdit={canEdit}
            isPreview={preview !== null}
            asking={asking}
            menu={menu}
            onMenuClosed={() => setMenu(null)}
            onConnect={setConnecting}
            onMove={setMoving}
            onTidy={() => void tidyAndFit()}
            onLeft={focusCanvas}
          />
          <WorkbenchDialogs
            campaign={campaign}
            autosave={autosave}
            editor={editor}
            dialog={dialog}
            connecting={connecting}
            moving={moving}
            onClose={() => {
              setDialog(null)
              focusCanvas()
            }}
            onPlaced={() => {
              setConnecting(null)
              setMoving(null)
              focusCanvas()
            }}
            onFix={fix}
            onRollBack={(number) => void rollBack(number)}
          />
          <BuilderCommands
            deeds={[
              canEdit && { label: 'Add a step', keys: 'A', run: asking.next },
              { label: 'Validate', run: () => void validate() },
              campaign.status === 'draft' && { label: 'Activate', run: () => void open('activate') },
              readOnly === null && { label: 'AI Generate', run: () => go({ side: 'ai' }) },
              { label: 'Test', keys: 'T', run: () => toggle('test') },
              { label: 'History: runs', run: () => openHistory('runs') },
              { label: 'History: versions', run: () => openHistory('versions') },
              { label: 'Link Products', run: () => setDialog('products') },
              canEdit && { label: 'Undo', keys: 'Ctrl Z', run: () => store.undo() },
              canEdit && { label: 'Redo', keys: 'Ctrl Y', run: () => store.redo() },
              { label: 'Fit all', keys: '1', run: () => showAll(flow, drawnBoxes(flow)) },
              ...more,
            ]}
          />
          <LiveRegion />
          <NodeInUrl />
        </div>
      </CanvasFactsProvider>
    </OverlayProvider>
  )
})
