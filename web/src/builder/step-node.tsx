import { Handle, type NodeProps, Position } from '@xyflow/react'
import { createContext, memo, useContext } from 'react'
import type { GraphEdge, GraphProblem } from '../../../src/workflow/graph.ts'
import { StepIcon } from './icons.tsx'
import { type Names, summaryOf } from './sentence.ts'
import { drawnPorts, isFallback, type Port } from './shape.ts'
import { useBuilder, useStore } from './store.ts'

/** Names of what configs refer to, and how many customers stand at each node now. */
export interface CanvasFacts {
  names: Names
  here: ReadonlyMap<string, number>
  /** Asks what comes after a way out that leads nowhere; null when nothing can be changed. */
  onGrow: ((nodeId: string, when: string | null) => void) | null
}
const Facts = createContext<CanvasFacts>({ names: {}, here: new Map(), onGrow: null })
/** Gives the cards what they show beside the graph. */
export const CanvasFactsProvider = Facts.Provider
/** What cards show beside the graph. */
export const useCanvasFacts = (): CanvasFacts => useContext(Facts)

const none: GraphProblem[] = []
const noPorts = ''

const portsByEdges = new WeakMap<object, ReadonlyMap<string, string>>()

/** The ways out that lead somewhere, by node, as a text that only changes when they do: `|replied||` = replied and the default. */
function usedPorts(edges: ReadonlyMap<string, GraphEdge>): ReadonlyMap<string, string> {
  const known = portsByEdges.get(edges)
  if (known) return known
  const found = new Map<string, string>()
  for (const { source, when } of edges.values()) found.set(source, `${found.get(source) ?? '|'}${when ?? ''}|`)
  portsByEdges.set(edges, found)
  return found
}

/** One step's card: reads its own data by id, so that a change elsewhere does not draw it again. */
export const StepNode = memo(function StepNode({ id, selected }: NodeProps) {
  const { catalogue } = useStore()
  const node = useBuilder((state) => state.draft.nodes.get(id))
  const found = useBuilder((state) => state.problemsOf.get(id)) ?? none
  const isFresh = useBuilder((state) => state.fresh.has(id))
  const used = useBuilder((state) => usedPorts(state.draft.edges).get(id)) ?? noPorts
  const fallback = useBuilder((state) => {
    const guard = catalogue[state.draft.nodes.get(id)?.type ?? '']?.guard === true
    return guard && isFallback(state.draft, catalogue, id)
  })
  const { names, here, onGrow } = useCanvasFacts()
  if (!node) return null
  const type = catalogue[node.type]
  const summary = fallback
    ? { text: 'Everyone whom no other branch takes', complete: true }
    : summaryOf(type, node, names)
  const ports = drawnPorts(type, node)
  const problems = isFresh ? none : found
  const errors = problems.filter((problem) => problem.severity === 'error')
  const inside = here.get(id) ?? 0
  const several = ports.length > 1
  // Outcomes that nothing follows show while one points at the card; the way on always does.
  const isQuiet = (port: Port) => type?.kind === 'action' && port.when !== null && !used.includes(`|${port.when}|`)
  return (
    <div
      className="tl-step"
      data-group={type?.entry === 'start' ? 'start' : (type?.group ?? 'builtin')}
      data-tone={type?.tone ?? undefined}
      data-selected={selected || undefined}
      data-incomplete={!summary.complete || undefined}
      data-guard={type?.guard || undefined}
      data-testid={`step-${id}`}
    >
      {!type?.entry && <Handle type="target" position={Position.Top} />}
      <div className="tl-step-head">
        <span className="tl-step-icon">
          <StepIcon name={type?.icon} size={16} />
        </span>
        <span className="tl-step-title">{node.title || type?.title || node.type}</span>
        {problems.length > 0 && (
          <span
            className="tl-step-mark"
            data-severity={errors.length > 0 ? 'error' : 'warning'}
            title={problems.map((problem) => problem.message).join('\n')}
          >
            {errors.length > 0 ? '✖' : '⚠'}
            <span className="tl-quiet">{errors.length > 0 ? ' has errors' : ' has warnings'}</span>
          </span>
        )}
      </div>
      <div className="tl-step-text">{summary.text}</div>
      {inside > 0 && (
        <div className="tl-step-here">
          <b>{inside.toLocaleString('en')}</b> here now
        </div>
      )}
      {ports.map((port, index) => (
        <Handle
          key={port.when ?? ''}
          type="source"
          position={Position.Bottom}
          id={port.when ?? 'default'}
          style={{ left: `${((index + 0.5) / ports.length) * 100}%` }}
          title={several ? port.label : undefined}
          data-quiet={isQuiet(port) || undefined}
        />
      ))}
      {onGrow &&
        ports.map(
          (port, index) =>
            !used.includes(`|${port.when ?? ''}|`) && (
              <button
                key={port.when ?? ''}
                type="button"
                tabIndex={-1}
                className="tl-grow nodrag nopan"
                style={{ left: `${((index + 0.5) / ports.length) * 100}%` }}
                data-quiet={isQuiet(port) || undefined}
                data-when={several ? (port.when ?? 'default') : undefined}
                aria-label={several ? `Add a step after ${port.label}` : 'Add a step after this one'}
                onClick={(event) => {
                  event.stopPropagation()
                  onGrow(id, port.when)
                }}
              >
                {several ? port.label : '+'}
              </button>
            ),
        )}
    </div>
  )
})
