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
  type Edge,
  MarkerType,
  MiniMap,
  type Node,
  type NodeChange,
  ReactFlow,
  useReactFlow,
} from '@xyflow/react'
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { plural } from '../format.ts'
import { toastProblem } from '../query.ts'
import { addNode, cardWidth, connect, moveNodes, reconnect, refusal, setNote } from './edits.ts'
import { NoteNode } from './note-node.tsx'
import { useOverlay } from './overlay.ts'
import { cardText } from './sentence.ts'
import { StepEdge } from './step-edge.tsx'
import { StepNode, useCanvasFacts } from './step-node.tsx'
import { type BuilderStore, useBuilder, useStore } from './store.ts'

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
/** What the palette drags. */
export const dragType = 'application/x-throughline-step'
const grid: [number, number] = [20, 20]
/** The main button on empty canvas, and the middle one anywhere. */
const panButtons = [0, 1]
const cullFrom = 150
const miniMapFrom = 15

/** What a context menu is about; `at` is the place on the canvas. */
export type MenuOf = { node: string } | { edge: string } | { canvas: { x: number; y: number } }

/** The drawing: cards and edges of the draft, moved, connected and selected with the pointer. */
export function Canvas({
  onInsert,
  onDropFar,
  canEdit,
  map,
  opens,
  onMenu,
}: {
  onInsert(edgeId: string): void
  onDropFar(nodeId: string, when: string | null): void
  canEdit: boolean
  /** Shows the map of a large workflow. */
  map: boolean
  /** A click on a step opens its drawer; else it is only selected. */
  opens: boolean
  /** Opens a menu: of a step, a connection, or the empty canvas. */
  onMenu(of: MenuOf, at: { x: number; y: number }): void
}) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const selected = useBuilder((state) => state.selected)
  const edge = useBuilder((state) => state.edge)
  const look = useBuilder((state) => state.look)
  const flow = useReactFlow()
  const scheme = useComputedColorScheme('light')
  const shows = useOverlay((overlay) => overlay.shown.kind)
  const [nodes, setNodes] = useState<Node[]>([])
  const dragging = useRef(false)

  useEffect(() => {
    setNodes((before) => {
      const old = new Map(before.map((node) => [node.id, node]))
      const notes = [...draft.notes].map(([id, { x, y }]): Node => {
        const known = old.get(id)
        if (!known) return { id, type: 'note', position: { x, y }, data: {}, selectable: false }
        return !dragging.current && (known.position.x !== x || known.position.y !== y)
          ? { ...known, position: { x, y } }
          : known
      })
      const steps = [...draft.nodes.keys()].map((id) => {
        const at = draft.layout.get(id) ?? { x: 0, y: 0 }
        const known = old.get(id)
        const isSelected = selected.has(id)
        if (!known) return { id, type: 'step', position: at, data: {}, selected: isSelected }
        const moved = !dragging.current && (known.position.x !== at.x || known.position.y !== at.y)
        return moved || known.selected !== isSelected
          ? { ...known, position: moved ? at : known.position, selected: isSelected }
          : known
      })
      return [...steps, ...notes]
    })
  }, [draft.nodes, draft.layout, draft.notes, selected])

  const insert = useCallback((id: string) => onInsert(id), [onInsert])
  const data = useMemo(() => ({ onInsert: insert, readOnly: !canEdit }), [insert, canEdit])
  const edges = useMemo<Edge[]>(
    () =>
      [...draft.edges.values()]
        .filter(({ source, target }) => draft.nodes.has(source) && draft.nodes.has(target))
        .map(({ id, source, target, when }) => ({
          id,
          source,
          target,
          sourceHandle: when ?? 'default',
          ariaRole: 'group',
          type: 'step',
          selected: id === edge,
          data,
        })),
    [draft.edges, draft.nodes, edge, data],
  )

  useEffect(() => {
    if (look) show(flow, store, look.id)
  }, [look, flow, store])
  // A drawer that opens makes the canvas narrower: its step stays in view.
  const opened = useBuilder((state) => (state.drawer ? [...state.selected][0] : undefined))
  useEffect(() => {
    if (opened === undefined) return
    const timer = setTimeout(() => show(flow, store, opened), 40)
    return () => clearTimeout(timer)
  }, [opened, flow, store])

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
      setNodes((before) =>
        applyNodeChanges(
          changes.filter((change) => change.type !== 'select' && change.type !== 'remove'),
          before,
        ),
      )
    },
    [store],
  )

  const settle = useCallback(
    (_: unknown, __: unknown, moved: Node[]) => {
      dragging.current = false
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
    [store],
  )

  const onConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) => {
      const refused = store.run(
        connect(store.scene, source, sourceHandle === 'default' ? null : (sourceHandle ?? null), target),
      )
      if (refused) toastProblem(refused)
    },
    [store],
  )

  const label = useCanvasLabel()

  const drop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(dragType)
    if (!type) return
    event.preventDefault()
    const over = document
      .elementsFromPoint(event.clientX, event.clientY)
      .map((element) => element.closest('.react-flow__edge'))
      .find(Boolean)
    const edgeId = over?.getAttribute('data-id')
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
    else if ('focus' in edit && edit.focus) store.select([edit.focus], { open: true, look: true })
  }

  return (
    <ReactFlow
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
      onNodeClick={(event, node) => {
        if (draft.notes.has(node.id) || event.shiftKey || event.ctrlKey || event.metaKey) return
        store.select([node.id], { open: opens })
      }}
      onNodeDragStart={() => {
        dragging.current = true
      }}
      onNodeDragStop={settle}
      onSelectionDragStart={() => {
        dragging.current = true
      }}
      onSelectionDragStop={(event, moved) => settle(event, null, moved)}
      onNodeContextMenu={(event, node) => {
        event.preventDefault()
        if (draft.notes.has(node.id)) return
        if (!selected.has(node.id)) store.select([node.id])
        onMenu({ node: node.id }, { x: event.clientX, y: event.clientY })
      }}
      onEdgeContextMenu={(event, clicked) => {
        event.preventDefault()
        store.selectEdge(clicked.id)
        onMenu({ edge: clicked.id }, { x: event.clientX, y: event.clientY })
      }}
      onPaneContextMenu={(event) => {
        event.preventDefault()
        const place = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
        onMenu({ canvas: place }, { x: event.clientX, y: event.clientY })
      }}
      onReconnect={(old, connection) => {
        const when = connection.sourceHandle === 'default' ? null : (connection.sourceHandle ?? null)
        const refused = store.run(reconnect(store.scene, old.id, { ...connection, when }))
        if (refused) toastProblem(refused)
      }}
      edgesReconnectable={canEdit}
      onEdgeClick={(_, clicked) => store.selectEdge(clicked.id)}
      onPaneClick={() => {
        store.select([])
        store.selectEdge(null)
      }}
      onConnect={onConnect}
      onConnectEnd={(_, state) => {
        if (!state.fromNode || state.fromHandle?.type !== 'source') return
        if (state.toNode) {
          const reason = state.isValid ? null : refusal(store.scene, state.fromNode.id, state.toNode.id)
          if (reason) toastProblem(reason)
          return
        }
        const handle = state.fromHandle.id
        onDropFar(state.fromNode.id, handle === 'default' ? null : (handle ?? null))
      }}
      isValidConnection={({ source, target }) => refusal(store.scene, source, target) === null}
      onDragOver={(event) => {
        if (!canEdit || !event.dataTransfer.types.includes(dragType)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'copy'
      }}
      onDrop={drop}
      nodesDraggable={canEdit}
      nodesConnectable={canEdit}
      nodesFocusable={false}
      edgesFocusable={false}
      disableKeyboardA11y
      deleteKeyCode={null}
      selectionKeyCode="Shift"
      multiSelectionKeyCode={['Control', 'Meta']}
      onlyRenderVisibleElements={draft.nodes.size >= cullFrom}
      minZoom={0.1}
      maxZoom={2}
      snapToGrid
      snapGrid={grid}
      panOnScroll
      zoomOnDoubleClick={false}
      panOnDrag={panButtons}
      fitView
      fitViewOptions={{ padding: 0.2, maxZoom: 1 }}
      onMove={(_, viewport) =>
        document.querySelector('.tl-canvas')?.setAttribute('data-zoom', viewport.zoom < 0.45 ? 'far' : 'near')
      }
      proOptions={{ hideAttribution: true }}
    >
      <Background gap={20} size={1.2} color="var(--tl-line)" />
      <Controls showInteractive={false} position="top-right" />
      {map && draft.nodes.size >= miniMapFrom && (
        <MiniMap pannable zoomable ariaLabel="Map of the workflow" position="bottom-right" />
      )}
    </ReactFlow>
  )
}

/** Distance that a shown card keeps from the canvas's edge, in px. */
const rim = 24

/** Brings a card into view by the shortest way; one that is far off comes to the middle. */
function show(flow: ReturnType<typeof useReactFlow>, store: BuilderStore, id: string): void {
  const at = store.state.draft.layout.get(id)
  const box = document.querySelector('.tl-flow')?.getBoundingClientRect()
  if (!at || !box) return
  const { x, y, zoom } = flow.getViewport()
  const left = at.x * zoom + x
  const top = at.y * zoom + y
  const right = left + cardWidth * zoom
  const bottom = top + store.scene.heightOf(id) * zoom
  const shift = (low: number, high: number, size: number) =>
    low < rim ? rim - low : high > size - rim ? Math.max(size - rim - high, rim - low) : 0
  const by = { x: shift(left, right, box.width), y: shift(top, bottom, box.height) }
  if (by.x === 0 && by.y === 0) return
  const duration = motionMs(150)
  if (Math.abs(by.x) < box.width && Math.abs(by.y) < box.height)
    void flow.setViewport({ x: x + by.x, y: y + by.y, zoom }, { duration })
  else void flow.setCenter(at.x + cardWidth / 2, at.y + 48, { zoom: Math.max(zoom, 0.6), duration })
}

/** How long a movement takes, in ms: none for who asked for less motion. */
export const motionMs = (ms: number): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ms)

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
