import { BaseEdge, type EdgeProps, getSmoothStepPath } from '@xyflow/react'
import { memo } from 'react'
import { levelOf, middleOf } from './anchor.ts'
import { useOverlay } from './overlay.ts'
import { portsOf } from './shape.ts'
import { useFromFar } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'

/** What the canvas hands to every edge. */
export interface EdgeData extends Record<string, unknown> {
  /** Opens the picker that inserts a step here. */
  onInsert(edgeId: string): void
  /** Opens what there is to know of it. */
  onOpen(edgeId: string): void
  readOnly: boolean
}

/** The way of a line, and its middle. */
function wayOf(ends: Parameters<typeof getSmoothStepPath>[0]): { path: string; x: number; y: number } {
  const { sourceX, sourceY, targetX, targetY } = ends
  const level = levelOf(sourceY, targetY)
  const isDown = targetY > sourceY
  const [path] = getSmoothStepPath({
    ...ends,
    borderRadius: 10,
    ...(isDown && { centerY: level, offset: Math.min(20, level - sourceY) }),
  })
  return { path, ...middleOf({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }) }
}

/** One edge: all SVG, because HTML on every edge costs a third of the frames (UX §4.17). From afar it is its line alone. */
export const StepEdge = memo(function StepEdge(props: EdgeProps) {
  return useFromFar() ? <FarEdge {...props} /> : <NearEdge {...props} />
})

function FarEdge({ id, selected, ...ends }: EdgeProps) {
  const mark = useOverlay((overlay) => overlay.shown.edges.get(id))
  const { path } = wayOf(ends)
  return (
    <g
      className="tl-edge tl-edge-far"
      data-selected={selected || undefined}
      data-path={mark?.path}
      data-change={mark?.change}
    >
      <path
        d={path}
        fill="none"
        className="react-flow__edge-path"
        {...(mark?.weight !== undefined && {
          style: { strokeWidth: `calc(var(--tl-line-width) * ${1 + mark.weight * 2})` },
        })}
      />
    </g>
  )
}

function NearEdge({
  id,
  source,
  target,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
  selected,
  markerEnd,
  data,
}: EdgeProps) {
  const { catalogue } = useStore()
  const when = useBuilder((state) => state.draft.edges.get(id)?.when ?? null)
  const node = useBuilder((state) => state.draft.nodes.get(source))
  const mark = useOverlay((overlay) => overlay.shown.edges.get(id))
  const toGuard = useBuilder((state) => catalogue[state.draft.nodes.get(target)?.type ?? '']?.guard === true)
  const {
    path,
    x: midX,
    y: midY,
  } = wayOf({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  })
  const { onInsert, onOpen, readOnly } = data as EdgeData
  const port =
    node && when !== null ? portsOf(catalogue[node.type], node).find((one) => one.when === when)?.label : undefined
  const label = when === null ? null : (port ?? when)
  const shown = label && label.length > 22 ? `${label.slice(0, 21)}…` : label
  const width = shown ? shown.length * 6.6 + 16 : 0
  // Below the level part of the line, its own and its siblings'.
  const labelY = targetY > sourceY ? Math.max(targetY - 20, levelOf(sourceY, targetY) + 12) : targetY - 20
  // The share stands on the side from which the line does not come, away from its `+`.
  const side = sourceX > targetX + 1 ? -1 : 1
  return (
    <g
      className="tl-edge"
      data-short={Math.abs(targetY - sourceY) < 52 || undefined}
      data-selected={selected || undefined}
      data-path={mark?.path}
      data-change={mark?.change}
    >
      <BaseEdge
        path={path}
        {...(markerEnd !== undefined && { markerEnd })}
        {...(mark?.weight !== undefined && { style: { strokeWidth: 1.5 + mark.weight * 6 } })}
        interactionWidth={24}
      />
      {mark?.text && (
        <text
          className="tl-edge-share"
          textAnchor={side < 0 ? 'end' : 'start'}
          x={targetX + side * (shown ? width / 2 + 6 : 8)}
          y={shown ? labelY + 4 : targetY - 12}
        >
          {mark.text}
        </text>
      )}
      {shown && (
        <g transform={`translate(${targetX} ${labelY})`} className="tl-edge-pill" data-when={when ?? undefined}>
          <rect x={-width / 2} y={-9} width={width} height={18} rx={9} />
          <text textAnchor="middle" dominantBaseline="central">
            {shown}
          </text>
        </g>
      )}
      {!readOnly && !toGuard && (
        // biome-ignore lint/a11y/useSemanticElements: a button inside SVG; the keyboard inserts with A on a step or from the connection's drawer
        <g
          transform={`translate(${midX} ${midY})`}
          className="tl-edge-plus"
          role="button"
          tabIndex={-1}
          aria-label="Insert a step here"
          data-testid={`insert-${id}`}
          onClick={(event) => {
            event.stopPropagation()
            onInsert(id)
          }}
          onKeyDown={(event) => event.key === 'Enter' && onInsert(id)}
        >
          <circle r={16} className="tl-edge-hit" />
          <circle r={10} />
          <path d="M-4 0H4M0-4V4" />
        </g>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a button inside SVG; Enter on the selected connection does the same */}
      <g
        transform={`translate(${midX + 27} ${midY})`}
        className="tl-edge-plus tl-edge-more"
        role="button"
        tabIndex={-1}
        aria-label="About this connection"
        onClick={(event) => {
          event.stopPropagation()
          onOpen(id)
        }}
        onKeyDown={(event) => event.key === 'Enter' && onOpen(id)}
      >
        <circle r={13} className="tl-edge-hit" />
        <circle r={10} />
        <path d="M-4 0h.01M0 0h.01M4 0h.01" />
      </g>
    </g>
  )
}
