import '@xyflow/react/dist/style.css'
import './builder.css'
import './builder-panels.css'
import './overlay.css'
import { useComputedColorScheme } from '@mantine/core'
import { IconMaximize } from '@tabler/icons-react'
import {
  applyNodeChanges,
  Background,
  ControlButton,
  Controls,
  MarkerType,
  MiniMap,
  type Node,
  type NodeChange,
  ReactFlow,
  type ReactFlowProps,
  SelectionMode,
  useReactFlow,
  type Viewport,
} from '@xyflow/react'
import {
  type CSSProperties,
  type DragEvent,
  memo,
  startTransition,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { toastProblem } from '../query.ts'
import { setMapAside, useCamera } from './camera.ts'
import { Connecting } from './connecting.tsx'
import { distanceOf, isFar } from './distance.ts'
import type { Draft } from './draft.ts'
import { Drawn, useKnownHandles } from './drawn.ts'
import { cardWidth, moveNodes, setNote } from './edits.ts'
import { drawnBoxes, firstView, showAll, wholeView, zoomRange } from './fit.ts'
import { addNode } from './insert.ts'
import { tieIn } from './move.ts'
import { NoteNode } from './note-node.tsx'
import { useOverlay } from './overlay.ts'
import { dragType } from './palette.tsx'
import { noteRecentStep } from './recent-steps.ts'
import { useSteady } from './steady.ts'
import { StepEdge } from './step-edge.tsx'
import { FromFarProvider, StepNode } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'
import { useCanvasLabel } from './use-canvas-label.ts'
import { useEdgeTarget } from './use-edge-target.ts'
import { useGlide } from './use-glide.ts'
import { useLines } from './use-lines.ts'

const nodeTypes = { step: StepNode, note: NoteNode }
const edgeTypes = { step: StepEdge }
const defaultEdgeOptions = {
  // In canvas pixels, so that a thick line keeps its arrow.
  markerEnd: {
    type: MarkerType.ArrowClosed,
    width: 26,
    height: 26,
    color: 'var(--tl-edge)',
    markerUnits: 'userSpaceOnUse',
  },
}
const grid: [number, number] = [20, 20]
/** The main button on empty canvas, and the middle one anywhere. */
const panButtons = [0, 1]
const severalKeys = ['Control', 'Meta']
const proOptions = { hideAttribution: true }
/** The stylesheet says it. As a function: of a text the map makes a new one at each change, and draws all its cards again. */
const asStyled = () => ''
const cullFrom = 150
/** The map is of use from so many steps on. */
const hasMap = (draft: Draft, wanted: boolean): boolean => wanted && draft.nodes.size >= 15

/** What a context menu is about; `at` is the place on the canvas. */
export type MenuOf = { node: string } | { edge: string } | { canvas: { x: number; y: number } }

interface CanvasProps {
  onInsert(edgeId: string): void
  /** A line was let go over the empty canvas: what follows there. */
  onDropFar(nodeId: string, when: string | null, at: { x: number; y: number }): void
  canEdit: boolean
  /** Shows the map of a large workflow. */
  map: boolean
  /** A click on a step opens its drawer; else it is only selected. */
  opens: boolean
  /** All of it is in view at first, however small. */
  whole?: boolean
  /** Opens a menu: of a step, a connection, or the empty canvas. */
  onMenu(of: MenuOf, at: { x: number; y: number }): void
}

/** The drawing: cards and edges of the draft, moved, connected and selected with the pointer. */
export const Canvas = memo(function Canvas(props: CanvasProps) {
  const store = useStore()
  const box = useRef<HTMLDivElement>(null)
  const [camera, setCamera] = useState<Viewport | null>(null)
  const mapAtFirst = useRef(props.map)
  const wholeAtFirst = useRef(props.whole)
  useLayoutEffect(() => {
    const { width, height } = box.current?.getBoundingClientRect() ?? { width: 0, height: 0 }
    const at = wholeAtFirst.current ? wholeView : firstView
    setCamera(at(store, { width, height }, hasMap(store.state.draft, mapAtFirst.current)))
  }, [store])
  return (
    <div ref={box} className="tl-flow-box" {...(distanceOf(camera?.zoom ?? 1) as { style: CSSProperties })}>
      {camera && <Flow {...props} camera={camera} />}
    </div>
  )
})

function Flow({ onInsert, onDropFar, canEdit, map, opens, onMenu, camera }: CanvasProps & { camera: Viewport }) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const selected = useBuilder((state) => state.selected)
  const edge = useBuilder((state) => state.edge)
  const flow = useReactFlow()
  const scheme = useComputedColorScheme('light')
  const shows = useOverlay((overlay) => overlay.shown.kind)
  const dragging = useRef(false)
  const frame = useRef<HTMLDivElement>(null)

  useKnownHandles()
  const [drawn] = useState(() => new Drawn(store.catalogue))
  const draw = (before: readonly Node[]) => drawn.nodes(draft, selected, store.scene.heightOf, before, dragging.current)
  const [nodes, setNodes] = useState<Node[]>(() => draw([]))
  const [seen, setSeen] = useState({ draft, selected })
  if (seen.draft !== draft || seen.selected !== selected) {
    // While drawing and not in an effect after it, which would draw everything twice.
    setSeen({ draft, selected })
    setNodes(draw(nodes))
  }

  const insert = useCallback((id: string) => onInsert(id), [onInsert])
  const data = useMemo(
    () => ({ onInsert: insert, onOpen: (id: string) => store.selectEdge(id, true), readOnly: !canEdit }),
    [insert, canEdit, store],
  )
  const edges = useMemo(() => drawn.edges(draft, edge, data), [drawn, draft, edge, data])
  const [fromFar, setFromFar] = useState(isFar(camera.zoom))

  useCamera(frame)
  useGlide(frame)
  const target = useEdgeTarget(frame)

  const onNodesChange = useCallback(
    (changes: NodeChange[]) => {
      const selects = changes.filter((change) => change.type === 'select')
      if (selects.length > 0) {
        const next = new Set(store.state.selected)
        for (const change of selects) change.selected ? next.add(change.id) : next.delete(change.id)
        if (next.size !== store.state.selected.size || [...next].some((id) => !store.state.selected.has(id)))
          store.select(next, { open: next.size === 1 && store.state.drawer })
      }
      for (const change of changes) {
        if (change.type === 'dimensions' && change.dimensions) store.measured(change.id, change.dimensions.height)
      }
      setNodes((before) => {
        const after = applyNodeChanges(
          changes.filter((change) => change.type !== 'select' && change.type !== 'remove'),
          before,
        )
        // A card that came out higher has its ways out lower.
        if (!changes.some((change) => change.type === 'dimensions')) return after
        const { draft: now, selected: chosen } = store.state
        return drawn.nodes(now, chosen, store.scene.heightOf, after, true)
      })
    },
    [store, drawn],
  )

  const settle = useCallback(
    (_: unknown, __: unknown, moved: Node[]) => {
      dragging.current = false
      const into = target.take()
      const only = moved.length === 1 ? moved[0]?.id : undefined
      if (into !== null && only !== undefined) {
        const refused = store.run(tieIn(store.scene, only, into))
        if (refused) toastProblem(refused)
        else return store.select([only], { open: true, look: true })
      }
      const { layout } = store.state.draft
      const positions = new Map(
        moved.map((node) => [node.id, { x: Math.round(node.position.x), y: Math.round(node.position.y) }] as const),
      )
      const { notes } = store.state.draft
      const real = [...positions].filter(
        ([id, at]) => !notes.has(id) && (layout.get(id)?.x !== at.x || layout.get(id)?.y !== at.y),
      )
      if (real.length > 0) store.run(moveNodes(new Map(real)))
      for (const [id, at] of positions) {
        const note = notes.get(id)
        if (note && (note.x !== at.x || note.y !== at.y)) store.run(setNote(store.state.draft, id, { ...note, ...at }))
      }
    },
    [store, target],
  )

  const lines = useLines({ canEdit, onDropFar })
  const label = useCanvasLabel()

  const drop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(dragType)
    if (!type) return
    event.preventDefault()
    const edgeId = target.take()
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
    const edit = addNode(
      store.scene,
      type,
      edgeId
        ? { on: 'edge', edgeId }
        : { on: 'canvas', at: { x: Math.round(at.x - cardWidth / 2), y: Math.round(at.y - 30) } },
    )
    const refused = store.run(edit)
    if (refused) toastProblem(refused)
    else if ('focus' in edit && edit.focus) store.select([edit.focus], { open: true, field: null, look: true })
    if (refused === null) noteRecentStep(type)
  }

  const steady = useSteady({
    ...lines.events,
    onNodeClick: (event, node) => {
      if (draft.notes.has(node.id) || event.shiftKey || event.ctrlKey || event.metaKey) return
      store.select([node.id], { open: opens })
    },
    onNodeDragStart: () => {
      dragging.current = true
    },
    onNodeDrag: (_, node, moved) => {
      if (moved.length === 1 && node.type === 'step') target.drag(node.id, node.position)
    },
    onSelectionDragStart: () => {
      dragging.current = true
    },
    onSelectionDragStop: (event, moved) => settle(event, null, moved),
    onNodeContextMenu: (event, node) => {
      event.preventDefault()
      if (draft.notes.has(node.id)) return
      if (!selected.has(node.id)) store.select([node.id])
      onMenu({ node: node.id }, { x: event.clientX, y: event.clientY })
    },
    onEdgeContextMenu: (event, clicked) => {
      event.preventDefault()
      store.selectEdge(clicked.id)
      onMenu({ edge: clicked.id }, { x: event.clientX, y: event.clientY })
    },
    onPaneContextMenu: (event) => {
      event.preventDefault()
      const place = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
      onMenu({ canvas: place }, { x: event.clientX, y: event.clientY })
    },
    onEdgeClick: (_, clicked) => store.selectEdge(clicked.id, store.state.edge === clicked.id),
    onPaneClick: () => {
      store.select([])
      store.selectEdge(null)
    },
    onDragOver: (event) => {
      if (!canEdit || !event.dataTransfer.types.includes(dragType)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      target.over({ x: event.clientX, y: event.clientY })
    },
    onDragLeave: (event) => {
      const box = event.currentTarget.getBoundingClientRect()
      const { clientX: x, clientY: y } = event
      if (x <= box.left || x >= box.right || y <= box.top || y >= box.bottom) target.take()
    },
    onMove: (event, { zoom }) => {
      if (event) setMapAside(false)
      const around = document.querySelector<HTMLElement>('.tl-flow-box')
      const { style, ...from } = distanceOf(zoom)
      around?.setAttribute('data-zoom', from['data-zoom'])
      around?.style.setProperty('--tl-line-width', style['--tl-line-width'])
      // Drawing hundreds of cards anew must not hold up the movement.
      if (isFar(zoom) !== fromFar) startTransition(() => setFromFar(isFar(zoom)))
    },
  } satisfies ReactFlowProps)
  return (
    <FromFarProvider value={fromFar}>
      <ReactFlow
        {...steady}
        ref={frame}
        className={`tl-flow tl-shows-${shows}`}
        tabIndex={0}
        aria-label={label}
        colorMode={scheme}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        defaultEdgeOptions={defaultEdgeOptions}
        onNodesChange={onNodesChange}
        onNodeDragStop={settle}
        edgesReconnectable={canEdit}
        reconnectRadius={8}
        onConnect={lines.onConnect}
        onDrop={drop}
        nodesDraggable={canEdit}
        nodesConnectable={canEdit}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={severalKeys}
        onlyRenderVisibleElements={draft.nodes.size >= cullFrom}
        minZoom={zoomRange.min}
        maxZoom={zoomRange.max}
        snapToGrid
        snapGrid={grid}
        panOnScroll
        zoomOnDoubleClick={false}
        panOnDrag={panButtons}
        defaultViewport={camera}
        proOptions={proOptions}
      >
        <Connecting frame={frame} onCancel={lines.cancel} />
        <Background gap={20} size={1.2} color="var(--tl-line)" />
        <Controls showInteractive={false} showFitView={false} position="top-right">
          <ControlButton title="Fit view" aria-label="Fit view" onClick={() => showAll(flow, drawnBoxes(flow))}>
            <IconMaximize aria-hidden />
          </ControlButton>
        </Controls>
        {hasMap(draft, map) && (
          <MiniMap
            pannable
            zoomable
            ariaLabel="Map of the workflow"
            position="bottom-right"
            nodeColor={asStyled}
            nodeStrokeColor={asStyled}
            nodeClassName={asStyled}
          />
        )}
      </ReactFlow>
    </FromFarProvider>
  )
}
