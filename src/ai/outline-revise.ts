import type { Catalogue, Graph, GraphEdge, GraphNode } from '../workflow/graph.ts'
import { findDuration } from './durations.ts'
import { type Outline, readOutline } from './outline.ts'
import { waitTitle } from './outline-actions.ts'
import { readLines } from './outline-lines.ts'
import { addWord, mailWord, removeWord, waitWord, wordPattern } from './words.ts'
import type { Workspace } from './workspace.ts'

const shorterWord = wordPattern(
  'shorter',
  'fewer',
  'less',
  'kürzer',
  'weniger',
  'más cort*',
  'menos',
  'ngắn hơn',
  'ít hơn',
)
const lastWord = wordPattern('last', 'letzte*', 'última?', 'último', 'cuối', 'cuối cùng')
const firstWord = wordPattern('first', 'erste*', 'primer*', 'đầu', 'đầu tiên')
const insteadWord = wordPattern(
  'instead',
  'all waits?',
  'every wait',
  'waits?',
  'stattdessen',
  'en vez',
  'en lugar',
  'thay vì',
  'wait*',
  'wart*',
  'esper*',
  'chờ',
)

/**
 * Changes a proposal by rules: “make it shorter”, “remove the last email”, “wait 5 days instead”, “add a LinkedIn step at the end”. What
 * is read as none of these is listed as not understood. Never throws.
 */
export function reviseOutline(base: Graph, text: string, catalogue: Catalogue, known: Workspace): Outline {
  let graph = base
  const notes: string[] = []
  const unread: Outline['unread'] = []
  const wanted = new Map<string, string>()
  for (const line of readLines(text)) {
    const change = reviseOnce(graph, line.text, line.source, catalogue, known)
    if (change === null)
      unread.push({
        line: line.number,
        text: line.source,
        reason: 'Say “make it shorter”, “remove the last email”, “wait 5 days instead”, or “add …” with a step.',
      })
    else {
      graph = change.graph
      notes.push(...change.notes)
      for (const [key, name] of change.wanted ?? []) wanted.set(key, name)
    }
  }
  return { graph: graph === base ? null : graph, open: [], unread, notes, wanted }
}

interface Revision {
  graph: Graph
  notes: string[]
  wanted?: ReadonlyMap<string, string>
}

function reviseOnce(
  graph: Graph,
  text: string,
  source: string,
  catalogue: Catalogue,
  known: Workspace,
): Revision | null {
  const messages = inOrder(graph).filter(({ type }) => catalogue[type]?.sends)
  const [first] = messages
  const last = messages.at(-1)
  if (
    shorterWord.test(text) ||
    (removeWord.test(text) && (mailWord.test(text) || wordPattern('step', 'schritt', 'paso', 'bước').test(text)))
  ) {
    const target = firstWord.test(text) && !lastWord.test(text) ? first : last
    if (!target || messages.length < 2) return null
    return {
      graph: without(graph, target, catalogue),
      notes: [`“${target.title}” and the wait before it were taken out.`],
    }
  }
  const duration = findDuration(text)
  const isWait = waitWord.test(text) || insteadWord.test(text)
  if (duration && isWait && !addWord.test(text)) {
    const waits = graph.nodes.filter(({ type, config }) => type === 'wait' && config.waitType === 'duration')
    if (waits.length === 0) return null
    const ids = new Set(waits.map(({ id }) => id))
    const nodes = graph.nodes.map((node) =>
      ids.has(node.id)
        ? { ...node, title: waitTitle(duration.ms), config: { ...node.config, durationMs: duration.ms } }
        : node,
    )
    return { graph: { ...graph, nodes }, notes: [] }
  }
  const more = readOutline(source, catalogue, known)
  if (more.graph === null || more.unread.length > 0) return null
  return append(graph, more, catalogue)
}

/** Steps in the order in which a customer meets them. */
function inOrder({ nodes, edges }: Graph): GraphNode[] {
  const out = Map.groupBy(edges, ({ source }) => source)
  const into = new Set(edges.map(({ target }) => target))
  const seen = new Set<string>()
  const queue = nodes.filter(({ id }) => !into.has(id)).map(({ id }) => id)
  for (const id of queue) {
    if (seen.has(id)) continue
    seen.add(id)
    queue.push(...(out.get(id) ?? []).map(({ target }) => target))
  }
  const position = new Map([...seen].map((id, index) => [id, index]))
  return [...nodes].sort((a, b) => (position.get(a.id) ?? 0) - (position.get(b.id) ?? 0))
}

/** Takes a step out and leads what came before it to what came after; a wait right before it goes, too. */
function without(graph: Graph, node: GraphNode, catalogue: Catalogue): Graph {
  const into = graph.edges.filter(({ target }) => target === node.id)
  const before = into.length === 1 ? graph.nodes.find(({ id }) => id === into[0]?.source) : undefined
  const gone = new Set([
    node.id,
    ...(before && catalogue[before.type]?.rests && before.type === 'wait' ? [before.id] : []),
  ])
  const onward = graph.edges.find(({ source, when }) => source === node.id && when === null)?.target ?? null
  const edges = graph.edges.flatMap((edge): GraphEdge[] => {
    if (gone.has(edge.source)) return []
    if (!gone.has(edge.target)) return [edge]
    return onward === null || gone.has(onward) ? [] : [{ ...edge, target: onward }]
  })
  const nodes = graph.nodes.filter(({ id }) => !gone.has(id))
  return withoutLost({ nodes, edges }, catalogue)
}

/** Drops steps that only the removed one led to. */
function withoutLost(graph: Graph, catalogue: Catalogue): Graph {
  const reached = new Set(graph.nodes.filter(({ type }) => catalogue[type]?.entry).map(({ id }) => id))
  for (const id of reached) for (const { source, target } of graph.edges) if (source === id) reached.add(target)
  return {
    nodes: graph.nodes.filter(({ id }) => reached.has(id)),
    edges: graph.edges.filter(({ source, target }) => reached.has(source) && reached.has(target)),
  }
}

/** Adds steps at the end of the main line, in front of its exit. */
function append(graph: Graph, more: Outline, catalogue: Catalogue): Revision | null {
  const added = more.graph
  const start = graph.nodes.find(({ type }) => catalogue[type]?.entry === 'start')
  if (!added || !start) return null
  const taken = new Set(graph.nodes.map(({ id }) => id))
  const ids = new Map<string, string>()
  const startOf = added.nodes.find(({ type }) => catalogue[type]?.entry === 'start')
  for (const { id } of added.nodes) {
    if (id === startOf?.id) continue
    const stem = id.replace(/-\d+$/, '')
    let fresh = id
    for (let count = 1; taken.has(fresh); count += 1) fresh = `${stem}-${count}`
    taken.add(fresh)
    ids.set(id, fresh)
  }
  const of = (id: string) => ids.get(id) ?? id
  const [tail, exit] = endOf(graph, start.id, catalogue)
  const head = added.edges.find(({ source }) => source === startOf?.id)
  const nodes = [
    ...graph.nodes,
    ...added.nodes.flatMap((node) => (ids.has(node.id) ? [{ ...node, id: of(node.id) }] : [])),
  ]
  const inner = added.edges
    .filter(({ source }) => source !== startOf?.id)
    .map((edge) => named(of(edge.source), of(edge.target), edge.when))
  const kept = graph.edges.filter(
    ({ source, target, when }) => !(head && exit && source === tail && target === exit && when === null),
  )
  const joins = head ? [named(tail, of(head.target), null)] : []
  const lastId = head ? endOf({ nodes, edges: [...kept, ...inner, ...joins] }, of(head.target), catalogue)[0] : null
  const out =
    head && exit && lastId !== null && !catalogue[nodes.find(({ id }) => id === lastId)?.type ?? '']?.ends
      ? [named(lastId, exit, null)]
      : []
  const wanted = new Map(
    [...more.wanted].map(([key, name]) => {
      const [id = '', field = ''] = key.split(' ')
      return [`${of(id)} ${field}`, name] as const
    }),
  )
  return { graph: { nodes, edges: [...kept, ...joins, ...inner, ...out] }, notes: more.notes, wanted }
}

const named = (source: string, target: string, when: string | null): GraphEdge => ({
  id: `${source}-${target}${when === null ? '' : `-${when}`}`,
  source,
  target,
  when,
})

/** The last step of the line of default ways, and the exit behind it when there is one. */
function endOf({ nodes, edges }: Graph, from: string, catalogue: Catalogue): [string, string | null] {
  const types = new Map(nodes.map(({ id, type }) => [id, catalogue[type]]))
  let id = from
  for (let count = 0; count <= nodes.length; count += 1) {
    const next = edges.find(({ source, when }) => source === id && when === null)?.target
    if (next === undefined) return [id, null]
    if (types.get(next)?.ends) return [id, next]
    id = next
  }
  return [id, null]
}
