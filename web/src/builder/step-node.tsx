import { Handle, type NodeProps, Position } from '@xyflow/react'
import { type CSSProperties, createContext, memo, useContext } from 'react'
import type { GraphEdge, GraphProblem } from '../../../src/workflow/graph.ts'
import type { Answer } from '../api.ts'
import { count } from '../format.ts'
import { StepIcon } from './icons.tsx'
import { type NodeMark, useOverlay } from './overlay.ts'
import { type Names, summaryOf } from './sentence.ts'
import { drawnPorts, isFallback, type Port } from './shape.ts'
import { useBuilder, useStore } from './store.ts'

/** What cards need beside the graph. */
export interface CanvasFacts {
  campaign: Answer<'GET /campaigns/:id'>
  /** Somebody came by some step already. */
  hasRun: boolean
  /** Saves what is not saved; false when the server did not take it. */
  save(): Promise<boolean>
  /** Names of what configs refer to. */
  names: Names
  /** Asks what comes after a way out that leads nowhere; null when nothing can be changed. */
  onGrow: ((nodeId: string, when: string | null) => void) | null
  /** Lists those whom a number counts. */
  onPeople(nodeId: string, what: string): void
  /** Opens the menu of a step at a place on the screen. */
  onMenu(nodeId: string, at: { x: number; y: number }): void
}
const Facts = createContext<CanvasFacts | null>(null)
/** Gives the cards what they show beside the graph. */
export const CanvasFactsProvider = Facts.Provider
/** What cards and drawers need beside the graph. @throws when there is none around */
export function useCanvasFacts(): CanvasFacts {
  const facts = useContext(Facts)
  if (!facts) throw new Error('useCanvasFacts() outside the builder')
  return facts
}

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

const Distance = createContext(false)
/** Tells cards and lines whether they are seen from so far that nothing on them could be read. */
export const FromFarProvider = Distance.Provider
/** Whether everything is seen from so far that nothing on it could be read: then only its outline is drawn. */
export const useFromFar = (): boolean => useContext(Distance)

/** One step's card. */
export const StepNode = memo(function StepNode({ id, selected, height }: NodeProps) {
  return useFromFar() ? <FarCard id={id} selected={selected} height={height} /> : <Card id={id} selected={selected} />
})

/** A card from afar: where it is, what kind, its name and whether something is wrong. A fifth of the elements of a card. */
function FarCard({ id, selected, height }: { id: string; selected: boolean; height: number | undefined }) {
  const { catalogue } = useStore()
  const node = useBuilder((state) => state.draft.nodes.get(id))
  const isWrong = useBuilder((state) => state.problemsOf.has(id) && !state.fresh.has(id))
  const mark = useOverlay((overlay) => overlay.shown.nodes.get(id))
  if (!node) return null
  const type = catalogue[node.type]
  return (
    <div
      className="tl-step tl-step-far"
      data-group={type?.entry === 'start' ? 'start' : (type?.group ?? 'builtin')}
      data-tone={type?.tone ?? undefined}
      data-selected={selected || undefined}
      data-wrong={isWrong || undefined}
      data-path={mark?.path}
      data-change={mark?.change}
      data-testid={`step-${id}`}
      style={{ height }}
    >
      {node.title || type?.title || node.type}
    </div>
  )
}

/** A card as one works with it: reads its own data by id, so that a change elsewhere does not draw it again. */
function Card({ id, selected }: { id: string; selected: boolean }) {
  const { catalogue } = useStore()
  const node = useBuilder((state) => state.draft.nodes.get(id))
  const found = useBuilder((state) => state.problemsOf.get(id)) ?? none
  const isFresh = useBuilder((state) => state.fresh.has(id))
  const isUnchecked = useBuilder((state) => state.unchecked.has(id))
  const used = useBuilder((state) => usedPorts(state.draft.edges).get(id)) ?? noPorts
  const fallback = useBuilder((state) => {
    const guard = catalogue[state.draft.nodes.get(id)?.type ?? '']?.guard === true
    return guard && isFallback(state.draft, catalogue, id)
  })
  const mark = useOverlay((overlay) => overlay.shown.nodes.get(id))
  const { names, onGrow, onMenu } = useCanvasFacts()
  if (!node) return null
  const type = catalogue[node.type]
  const summary = fallback
    ? { text: 'Everyone whom no other branch takes', complete: true }
    : summaryOf(type, node, names)
  const ports = drawnPorts(type, node)
  const problems = isFresh ? none : found
  const errors = problems.filter((problem) => problem.severity === 'error')
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
      data-path={mark?.path}
      data-change={mark?.change}
      data-hot={(mark?.heat ?? 0) > 0 || undefined}
      style={mark?.heat ? ({ '--heat': `${Math.round(mark.heat * 22)}%` } as CSSProperties) : undefined}
      data-testid={`step-${id}`}
    >
      {!type?.entry && <Handle type="target" position={Position.Top} />}
      <div className="tl-step-head">
        <span className="tl-step-icon">
          <StepIcon name={type?.icon} size={16} />
        </span>
        <span className="tl-step-title">{node.title || type?.title || node.type}</span>
        {isUnchecked && <UncheckedMark />}
        {problems.length > 0 && <ProblemMark id={id} problems={problems} isError={errors.length > 0} />}
        <button
          type="button"
          tabIndex={-1}
          className="tl-step-more nodrag nopan"
          aria-label={`Actions for ${node.title || type?.title || id}`}
          onClick={(event) => {
            event.stopPropagation()
            const box = event.currentTarget.getBoundingClientRect()
            onMenu(id, { x: box.right, y: box.bottom })
          }}
        >
          ⋯
        </button>
      </div>
      <div className="tl-step-text">{summary.text}</div>
      {mark && <StepFigures id={id} mark={mark} />}
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
}

/** The mark of a step that names something of which the server has not said yet whether it is there. */
function UncheckedMark() {
  const why = 'What it refers to is being checked'
  return (
    <span role="img" className="tl-step-mark tl-muted" title={why} aria-label={why}>
      ⟳
    </span>
  )
}

/** The mark of a step with problems; pressing it leads to the first field at fault. */
function ProblemMark({ id, problems, isError }: { id: string; problems: readonly GraphProblem[]; isError: boolean }) {
  const store = useStore()
  return (
    <button
      type="button"
      tabIndex={-1}
      className="tl-step-mark nodrag nopan"
      data-severity={isError ? 'error' : 'warning'}
      title={problems.map((problem) => problem.message).join('\n')}
      onClick={(event) => {
        event.stopPropagation()
        const first = problems.find((problem) => problem.severity === 'error') ?? problems[0]
        store.select([id], { open: true, field: first?.field ?? null, look: true })
      }}
    >
      {isError ? '✖' : '⚠'}
      <span className="tl-quiet">{isError ? ' has errors' : ' has warnings'}</span>
    </button>
  )
}

/** Numbers on a card, when it was passed, and who else has it open. */
function StepFigures({ id, mark }: { id: string; mark: NodeMark }) {
  const { onPeople } = useCanvasFacts()
  return (
    <>
      {mark.colleagues && mark.colleagues.length > 0 && (
        <div className="tl-step-colleagues" title={`${mark.colleagues.join(', ')} has this open`}>
          {mark.colleagues.join(', ')}
        </div>
      )}
      {mark.note && <div className="tl-step-note">{mark.note}</div>}
      {mark.figures.length > 0 && (
        <div className="tl-step-here">
          {mark.figures.map((figure) =>
            figure.people ? (
              <button
                key={figure.key}
                type="button"
                tabIndex={-1}
                className="nodrag nopan"
                data-people={figure.value}
                data-tone={figure.tone}
                onClick={(event) => {
                  event.stopPropagation()
                  onPeople(id, figure.key)
                }}
              >
                <b>{count(figure.value)}</b> {figure.label}
              </button>
            ) : (
              <span key={figure.key} data-tone={figure.tone}>
                <b>{count(figure.value)}</b> {figure.label}
              </span>
            ),
          )}
        </div>
      )}
    </>
  )
}
