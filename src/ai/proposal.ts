import { catalogue } from '../catalogue/catalogue.ts'
import { diffGraphs, type GraphDiff } from '../workflow/diff.ts'
import type { Graph, GraphNode, GraphProblem } from '../workflow/graph.ts'
import { leavesOf, type Schema } from '../workflow/schema.ts'
import { type Change, changesOf } from './changes.ts'
import type { FoundExample } from './examples.ts'
import type { UnreadLine } from './outline-read.ts'
import { placeGraph } from './place.ts'

/** Who wrote a proposal: rules that read an outline, a file of `examples/`, or a model. */
export type Source = 'outline' | 'example' | 'model'

/** Something that only a person can choose or write: the field stays empty until then. */
export interface Placeholder {
  nodeId: string
  field: string
  /** What is to be chosen: segment, credential, template, criterion, member, product; null for a text that is to be written. */
  ref: string | null
  /** The field's label. */
  label: string
  /** The name that was asked for and that the workspace does not have. */
  wanted: string | null
}

/** A problem of the proposed graph, and whether the draft had it before. */
export type ProposalProblem = GraphProblem & { cause: 'proposal' | 'before' }

/** A checked change of a draft that a person may apply. Nothing was written. */
export interface Proposal {
  source: Source
  /** The whole draft as it would be; null when nothing is proposed. */
  graph: (Graph & { layout: Record<string, { x: number; y: number }> }) | null
  diff: GraphDiff | null
  changes: Change[]
  problems: ProposalProblem[]
  placeholders: Placeholder[]
  /** How many steps of the draft it removes or changes. */
  replaces: number
  /** The draft's version that it was made for. */
  version: number
  summary: string
  unread: UnreadLine[]
  notes: string[]
  /** What a person should look at before applying: addresses that are called or linked to. */
  review: { nodeId: string; field: string; text: string }[]
  /** Ready-made campaigns about the same. */
  examples: FoundExample[]
  /** Of a model: what it used. */
  usage?: { model: string; calls: number; inputTokens: number; outputTokens: number; costUsd: number | null }
}

/** What the makers of a proposal hand over to be checked and compared. */
export interface Written {
  graph: Graph
  wanted: ReadonlyMap<string, string>
  /** What was not let through, in sentences. */
  ignored?: readonly string[]
}

/** Makes of a graph what is shown for review: compared with the draft, its problems told apart, what is to be chosen, its places. */
export function propose(
  written: Written,
  draft: Graph & { version: number },
  problems: { after: readonly GraphProblem[]; before: readonly GraphProblem[] },
  more: Pick<Proposal, 'source' | 'summary' | 'unread' | 'notes' | 'examples'> & { prompt: string },
): Proposal {
  const { wanted } = written
  const diff = diffGraphs(draft, written.graph, catalogue)
  const graph = asBefore(written.graph, draft, diff)
  const { prompt, ...rest } = more
  const placeholders = placeholdersOf(graph, problems.after, wanted)
  const same = (a: GraphProblem, b: GraphProblem) =>
    a.code === b.code && a.nodeId === b.nodeId && a.edgeId === b.edgeId && a.field === b.field
  return {
    ...rest,
    graph: { nodes: graph.nodes, edges: graph.edges, layout: placeGraph(graph) },
    diff,
    changes: changesOf(diff, draft, graph, catalogue),
    problems: problems.after.map((problem) => ({
      ...problem,
      cause: problems.before.some((each) => same(each, problem)) ? 'before' : 'proposal',
    })),
    placeholders,
    replaces: diff.nodes.removed.length + diff.nodes.changed.length,
    version: draft.version,
    review: reviewOf(graph, draft, prompt),
  }
}

/** The graph with the draft's own steps where nothing about them changes: `{}` stays `{}` where the answer spells out a default. */
function asBefore(graph: Graph, draft: Graph, { nodes }: GraphDiff): Graph {
  const touched = new Set([...nodes.added, ...nodes.changed].map(({ id }) => id))
  const old = new Map(draft.nodes.map((node) => [node.id, node]))
  return { ...graph, nodes: graph.nodes.map((node) => (touched.has(node.id) ? node : (old.get(node.id) ?? node))) }
}

/** A proposal of nothing: what was not understood, and what may help. */
export const nothingProposed = (
  version: number,
  more: Pick<Proposal, 'source' | 'summary' | 'unread' | 'notes' | 'examples'>,
): Proposal => ({
  ...more,
  graph: null,
  diff: null,
  changes: [],
  problems: [],
  placeholders: [],
  replaces: 0,
  version,
  review: [],
})

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Problems that only a person can solve: something to choose, or a text that nobody has written. */
export function isPlaceholder(graph: Graph, problem: GraphProblem): boolean {
  return placeholderOf(graph, problem) !== null
}

function placeholdersOf(
  graph: Graph,
  problems: readonly GraphProblem[],
  wanted: ReadonlyMap<string, string>,
): Placeholder[] {
  const found = problems.flatMap((problem) => placeholderOf(graph, problem) ?? [])
  const unique = new Map(found.map((each) => [`${each.nodeId} ${each.field}`, each]))
  for (const [key, name] of wanted) {
    const [nodeId = '', field = ''] = key.split(' ')
    const node = graph.nodes.find(({ id }) => id === nodeId)
    const known = unique.get(key)
    const base = known ?? (node && fieldPlaceholder(node, field))
    if (base) unique.set(key, { ...base, wanted: name })
  }
  return [...unique.values()]
}

function placeholderOf(graph: Graph, { nodeId, field, severity }: GraphProblem): Placeholder | null {
  if (severity !== 'error' || nodeId === undefined || field === undefined) return null
  const node = graph.nodes.find(({ id }) => id === nodeId)
  return node ? fieldPlaceholder(node, field) : null
}

/** The placeholder that an empty field is; null when it holds something, or holds neither a reference nor a message's text. */
function fieldPlaceholder(node: GraphNode, field: string): Placeholder | null {
  const type = catalogue[node.type]
  if (!type) return null
  for (const { path, schema, value } of leavesOf(type.config as Schema, node.config)) {
    if (path.join('.') !== field) continue
    const isEmpty =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
    const ref = schema['x-ref']
    const isText = schema['x-template'] === 'full' || (type.sends && schema['x-template'] !== undefined)
    if (!isEmpty || (typeof ref !== 'string' && !isText)) return null
    return {
      nodeId: node.id,
      field,
      ref: typeof ref === 'string' ? ref : null,
      label: text(schema.title) || field,
      wanted: null,
    }
  }
  return null
}

/** Addresses in a proposal that the person did not write and the draft did not hold (TRUST S28). */
function reviewOf(graph: Graph, draft: Graph, prompt: string): Proposal['review'] {
  const known = `${prompt}\n${JSON.stringify(draft.nodes.map(({ config }) => config))}`
  return graph.nodes.flatMap((node) => {
    const before = draft.nodes.find(({ id }) => id === node.id)
    if (before && JSON.stringify(before.config) === JSON.stringify(node.config)) return []
    if (node.type === 'http-request') {
      const url = text(node.config.url)
      return [
        { nodeId: node.id, field: 'url', text: `It calls ${url || 'an address'}: check that this is your system.` },
      ]
    }
    const fields = ['subject', 'body'].filter((field) => typeof node.config[field] === 'string')
    return fields.flatMap((field) =>
      [...new Set(text(node.config[field]).match(/https?:\/\/[^\s"'<>)\]}]+/gi))]
        .filter((url) => !known.includes(url))
        .map((url) => ({
          nodeId: node.id,
          field,
          text: `It links to ${url.slice(0, 200)}, which you did not give: check it.`,
        })),
    )
  })
}

/**
 * Gives the steps of a graph that replaces a draft, or of it the `selection` alone, ids that say so: the start stays the draft's, a step that
 * is there already keeps its id, and no other takes over an id (and with it the numbers) of a step that goes.
 */
export function settleIds(
  graph: Graph,
  draft: Graph,
  selection: ReadonlySet<string> | null = null,
): { graph: Graph; ids: ReadonlyMap<string, string> } {
  const ids = new Map<string, string>()
  const used = new Set<string>()
  const isStart = (node: GraphNode) => catalogue[node.type]?.entry === 'start'
  const twin = (node: GraphNode) =>
    draft.nodes.find(
      (old) =>
        !used.has(old.id) &&
        (selection === null || selection.has(old.id) || isStart(old)) &&
        old.type === node.type &&
        (isStart(node) || (old.title === node.title && JSON.stringify(old.config) === JSON.stringify(node.config))),
    )
  for (const node of graph.nodes) {
    const old = twin(node)
    if (!old) continue
    ids.set(node.id, old.id)
    used.add(old.id)
  }
  const taken = new Set([...draft.nodes.map(({ id }) => id), ...ids.values()])
  for (const node of graph.nodes) {
    if (ids.has(node.id)) continue
    const stem = node.id.replace(/-\d+$/, '')
    let id = node.id
    for (let count = 1; taken.has(id); count += 1) id = `${stem}-${count}`
    taken.add(id)
    ids.set(node.id, id)
  }
  const of = (id: string) => ids.get(id) ?? id
  const rename = (config: unknown): unknown => {
    if (typeof config === 'string')
      return config.replaceAll(/\bnode\.([a-z][a-z0-9-]*)\.output/gi, (_, id: string) => `node.${of(id)}.output`)
    if (Array.isArray(config)) return config.map(rename)
    if (typeof config !== 'object' || config === null) return config
    return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, rename(value)]))
  }
  return {
    ids,
    graph: {
      nodes: graph.nodes.map((node) => {
        const kept = draft.nodes.find(({ id }) => id === of(node.id))
        return kept && used.has(kept.id)
          ? kept
          : { ...node, id: of(node.id), config: rename(node.config) as GraphNode['config'] }
      }),
      edges: graph.edges.map(({ source, target, when }) => {
        const [from, to] = [of(source), of(target)]
        const known = draft.edges.find((edge) => edge.source === from && edge.target === to && edge.when === when)
        return known ?? { id: `${from}-${to}${when === null ? '' : `-${when}`}`, source: from, target: to, when }
      }),
    },
  }
}
