import '@xyflow/react/dist/style.css'
import './builder.css'
import './builder-panels.css'
import './overlay.css'
import { useComputedColorScheme } from '@mantine/core'
import {
  applyNodeChanges,
  Background,
  type Connection,
  Controls,
  MarkerType,
  MiniMap,
  type Node,
  type NodeChange,
  ReactFlow,
  type ReactFlowProps,
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
import { plural } from '../format.ts'
import { toastProblem } from '../query.ts'
import { fitOptions, useCamera, wholeView, zoomRange } from './camera.ts'
import { Connecting, stepAt } from './connecting.tsx'
import { Drawn, useKnownHandles } from './drawn.ts'
import { cardWidth, connect, moveNodes, reconnect, refusal, setNote } from './edits.ts'
import { addNode } from './insert.ts'
import { tieIn } from './move.ts'
import { NoteNode } from './note-node.tsx'
import { useOverlay } from './overlay.ts'
import { dragType } from './palette.tsx'
import { noteRecentStep } from './recent-steps.ts'
import { cardText } from './sentence.ts'
import { useSteady } from './steady.ts'
import { StepEdge } from './step-edge.tsx'
import { FromFarProvider, StepNode, useCanvasFacts } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'
import { useEdgeTarget } from './use-edge-target.ts'

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
const miniMapFrom = 15

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
  /** Opens a menu: of a step, a connection, or the empty canvas. */
  onMenu(of: MenuOf, at: { x: number; y: number }): void
}

/** The drawing: cards and edges of the draft, moved, connected and selected with the pointer. All of it is in view at first. */
export const Canvas = memo(function Canvas(props: CanvasProps) {
  const store = useStore()
  const box = useRef<HTMLDivElement>(null)
  const [camera, setCamera] = useState<Viewport | null>(null)
  useLayoutEffect(() => {
    const { width, height } = box.current?.getBoundingClientRect() ?? { width: 0, height: 0 }
    setCamera(wholeView(store, { width, height }))
  }, [store])
  return (
    <div
      ref={box}
      className="tl-flow-box"
      data-zoom={camera && camera.zoom < quietBelow ? 'far' : 'near'}
      style={{ '--tl-line-width': lineWidth(camera?.zoom ?? 1) } as CSSProperties}
    >
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
  const [fromFar, setFromFar] = useState(camera.zoom < farBelow)

  useCamera(frame)
  const target = useEdgeTarget(frame)
  const letGo = useRef(false)
  const reconnecting = useRef(false)

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

  const onConnect = useCallback(
    ({ source, sourceHandle, target: to }: Connection) => {
      if (letGo.current) return
      const refused = store.run(connect(store.scene, source, whenOf(sourceHandle), to))
      if (refused) toastProblem(refused)
    },
    [store],
  )
  // Esc ends a line like letting go of it, only that nothing comes of it.
  const cancelLine = useCallback(() => {
    letGo.current = true
    document.dispatchEvent(new MouseEvent('mouseup'))
    letGo.current = false
  }, [])

  const lead = (id: string, to: { source: string; target: string; when: string | null }) => {
    if (letGo.current) return
    const refused = store.run(reconnect(store.scene, id, to))
    if (refused) toastProblem(refused)
  }
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
    onReconnect: (old, { source, sourceHandle, target: to }) =>
      lead(old.id, { source, when: whenOf(sourceHandle), target: to }),
    onReconnectStart: () => {
      reconnecting.current = true
    },
    onReconnectEnd: (event, old, _, state) => {
      reconnecting.current = false
      // On a card, anywhere, is meant for it; on the empty canvas nothing happens to the connection.
      const over = state.toNode ? null : stepUnder(event)
      const known = draft.edges.get(old.id)
      if (over !== null && known && state.fromHandle?.type === 'source') lead(old.id, { ...known, target: over })
    },
    onEdgeClick: (_, clicked) => store.selectEdge(clicked.id, store.state.edge === clicked.id),
    onPaneClick: () => {
      store.select([])
      store.selectEdge(null)
    },
    onConnectEnd: (event, state) => {
      if (
        !canEdit ||
        letGo.current ||
        reconnecting.current ||
        !state.fromNode ||
        state.fromHandle?.type !== 'source' ||
        state.isValid
      )
        return
      const source = state.fromNode.id
      const when = whenOf(state.fromHandle.id)
      const over = state.toNode?.id ?? stepUnder(event)
      if (over === source) return
      if (over !== null) {
        const reason = refusal(store.scene, source, over)
        if (reason) toastProblem(reason)
        else store.run(connect(store.scene, source, when, over))
        return
      }
      const { clientX: x, clientY: y } =
        'changedTouches' in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event
      const at = flow.screenToFlowPosition({ x, y })
      onDropFar(source, when, { x: Math.round(at.x - cardWidth / 2), y: Math.round(at.y) })
    },
    isValidConnection: ({ source, target: to }) => refusal(store.scene, source, to) === null,
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
    onMove: (_, { zoom }) => {
      const around = document.querySelector<HTMLElement>('.tl-flow-box')
      around?.setAttribute('data-zoom', zoom < quietBelow ? 'far' : 'near')
      around?.style.setProperty('--tl-line-width', `${lineWidth(zoom)}`)
      // Drawing hundreds of cards anew must not hold up the movement.
      if (zoom < farBelow !== fromFar) startTransition(() => setFromFar(zoom < farBelow))
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
        onConnect={onConnect}
        onDrop={drop}
        nodesDraggable={canEdit}
        nodesConnectable={canEdit}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode="Shift"
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
        <Connecting frame={frame} onCancel={cancelLine} />
        <Background gap={20} size={1.2} color="var(--tl-line)" />
        <Controls showInteractive={false} position="top-right" fitViewOptions={fitOptions} />
        {map && draft.nodes.size >= miniMapFrom && (
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

/** How thick lines are drawn, in canvas pixels: 1.2 to 2.4 px on the screen, by steps, so that few movements draw all lines anew. */
const lineWidth = (zoom: number): number => Math.max(2, 2 ** Math.ceil(Math.log2(1.2 / zoom)))

/** Below this zoom the small print is hidden, by CSS alone (UX §4.17, rule 3). */
const quietBelow = 0.45
/** Below this zoom a card is some 70 px wide and its text 4 px high: only outlines are drawn. */
const farBelow = 0.3

/** The label of the edges that a handle starts. */
const whenOf = (handle: string | null | undefined): string | null => (handle === 'default' ? null : (handle ?? null))

function stepUnder(event: MouseEvent | TouchEvent): string | null {
  const at = 'changedTouches' in event ? event.changedTouches[0] : event
  return at ? stepAt(at.clientX, at.clientY) : null
}

/** What a screen reader says of the drawing, which is one stop for Tab: its size, its keys, and where one is (UX §4.18). */
function useCanvasLabel(): string {
  const store = useStore()
  const { names } = useCanvasFacts()
  const steps = useBuilder((state) => state.draft.nodes.size)
  const problems = useBuilder((state) => state.problems.length)
  const current = useBuilder((state) => {
    const id = [...state.selected][0]
    return state.selected.size === 1 && id !== undefined ? state.draft.nodes.get(id) : undefined
  })
  const type = current && store.catalogue[current.type]
  const where = current
    ? `${current.title || type?.title}: ${cardText(store.state.draft, store.catalogue, current.id, names).text}`
    : ''
  return `Workflow, ${plural(steps, 'step')}, ${plural(problems, 'problem')}. Arrows walk, Enter opens, A adds, O shows the outline. ${where}`
}
