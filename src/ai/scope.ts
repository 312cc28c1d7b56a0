import type { Graph, GraphEdge, GraphNode } from '../workflow/graph.ts'
import type { Open } from './sketch.ts'

/** A graph held to what may change, and what was not let through, in sentences. */
export interface Confined {
  graph: Graph
  ignored: string[]
}

const wayOf = ({ source, when }: Pick<GraphEdge, 'source' | 'when'>): string => JSON.stringify([source, when])
const isSameStep = (a: GraphNode, b: GraphNode): boolean =>
  a.type === b.type && a.title === b.title && JSON.stringify(a.config) === JSON.stringify(b.config)

/**
 * Holds an answer to the selected steps of a draft. Steps beside the selection stay as they are, and so do the ways between them; a way
 * that led into the selection may lead elsewhere. New steps hang on the selection, on one another, or on such a way; what was written
 * beyond that is left out and said.
 */
export function confine(before: Graph, written: Graph, selection: ReadonlySet<string>): Confined {
  const old = new Map(before.nodes.map((node) => [node.id, node]))
  const isBeside = (id: string) => old.has(id) && !selection.has(id)
  const name = (id: string) => `“${old.get(id)?.title || written.nodes.find((node) => node.id === id)?.title || id}”`
  const ignored: string[] = []
  const answered = new Map(written.nodes.map((node) => [node.id, node]))
  for (const node of before.nodes) {
    if (selection.has(node.id)) continue
    const now = answered.get(node.id)
    if (!now) ignored.push(`${name(node.id)} is not selected, so it was not removed.`)
    else if (!isSameStep(now, node)) ignored.push(`${name(node.id)} is not selected, so it stays as it is.`)
  }
  const nodes = [
    ...before.nodes.flatMap((node) => (isBeside(node.id) ? [node] : (answered.get(node.id) ?? []))),
    ...written.nodes.filter(({ id }) => !old.has(id)),
  ]
  const kept = before.edges.filter(({ source, target }) => isBeside(source) && isBeside(target))
  const keptWays = new Set(kept.map(wayOf))
  /** Ways of steps beside the selection that lead into it. */
  const doors = new Set(
    before.edges.filter(({ source, target }) => isBeside(source) && selection.has(target)).map(wayOf),
  )
  const edges = written.edges.filter((edge) => {
    if (!isBeside(edge.source)) return true
    if (keptWays.has(wayOf(edge))) {
      const was = kept.find((each) => wayOf(each) === wayOf(edge))
      if (was?.target !== edge.target)
        ignored.push(`${name(edge.source)} is not selected, so its way on stays as it is.`)
      return false
    }
    if (doors.has(wayOf(edge))) return true
    ignored.push(`${name(edge.source)} is not selected, so it got no new way to ${name(edge.target)}.`)
    return false
  })
  const confined = withoutLoose({ nodes, edges: [...kept, ...edges] }, written, old)
  for (const { id } of nodes)
    if (!confined.nodes.some((node) => node.id === id))
      ignored.push(`${name(id)} hangs on no selected step, so it was left out.`)
  return { graph: confined, ignored: [...new Set(ignored)] }
}

/** Without new steps whose ways in were not let through, and what hangs on them alone. */
function withoutLoose({ nodes, edges }: Graph, written: Graph, old: ReadonlyMap<string, GraphNode>): Graph {
  const hadWayIn = new Set(written.edges.map(({ target }) => target))
  let graph = { nodes, edges }
  for (;;) {
    const hasWayIn = new Set(graph.edges.map(({ target }) => target))
    const left = graph.nodes.filter(({ id }) => old.has(id) || !hadWayIn.has(id) || hasWayIn.has(id))
    const present = new Set(left.map(({ id }) => id))
    const ways = graph.edges.filter(({ source, target }) => present.has(source) && present.has(target))
    if (left.length === graph.nodes.length && ways.length === graph.edges.length) return graph
    graph = { nodes: left, edges: ways }
  }
}

/** Why a text that was read by rules cannot take the selection's place. */
export type Grafted = { graph: Graph } | { unable: string }

/**
 * Puts a piece of a workflow in the place of the selected steps: what led to them leads to it, and its open ways lead to where they led on.
 * `piece` begins at its trigger, whose way on is its start; a selected trigger stays.
 */
export function graft(
  before: Graph,
  piece: Graph,
  open: readonly Open[],
  selection: ReadonlySet<string>,
  isStart: (node: GraphNode) => boolean,
): Grafted {
  const start = piece.nodes.find(isStart)
  const first = piece.edges.find(({ source }) => source === start?.id)?.target
  const trigger = before.nodes.find((node) => selection.has(node.id) && isStart(node))
  const gone = new Set(before.nodes.flatMap((node) => (selection.has(node.id) && !isStart(node) ? [node.id] : [])))
  const isDoor = ({ source, target }: GraphEdge) => !gone.has(source) && (gone.has(target) || source === trigger?.id)
  const doors = before.edges.filter(isDoor)
  const left = [...doors, ...before.edges.filter(({ source }) => gone.has(source))]
  const onward = [...new Set(left.flatMap(({ target }) => (gone.has(target) ? [] : [target])))]
  if (onward.length > 1)
    return {
      unable:
        'The selected steps lead on to several others. Select a stretch with one way on, or ask for the whole workflow.',
    }
  const next = onward[0] ?? null
  const head = first ?? next
  const into: readonly Open[] =
    trigger && !doors.some(({ source }) => source === trigger.id)
      ? [...doors, { source: trigger.id, when: null }]
      : doors
  const ends = first === undefined ? [] : open.filter(({ source }) => source !== start?.id)
  const join = (ways: readonly Open[], target: string | null): GraphEdge[] =>
    target === null
      ? []
      : ways.map(({ source, when }) => ({
          id: `${source}-${target}${when === null ? '' : `-${when}`}`,
          source,
          target,
          when,
        }))
  const edges = [
    ...before.edges.filter((edge) => !gone.has(edge.source) && !isDoor(edge)),
    ...join(into, head),
    ...piece.edges.filter(({ source }) => source !== start?.id),
    ...join(ends, next),
  ]
  const nodes = [
    ...before.nodes.filter(({ id }) => !gone.has(id)),
    ...piece.nodes.filter((node) => node.id !== start?.id),
  ]
  return { graph: { nodes, edges: [...new Map(edges.map((edge) => [wayOf(edge), edge])).values()] } }
}
