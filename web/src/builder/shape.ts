import { labelsOf } from '../../../src/workflow/channel.ts'
import type { Catalogue, GraphEdge, GraphNode, NodeType } from '../../../src/workflow/graph.ts'
import type { Draft } from './draft.ts'

/** One way out of a node: the label that its edge carries, and what a person reads. */
export interface Port {
  when: string | null
  label: string
}

/** One of the branches that a node's config lists. */
export interface Branch {
  id: string
  label: string
  default?: boolean
}

/** The branches in a node's config, as far as they are readable. */
export function branchesOf(type: NodeType | undefined, node: GraphNode): Branch[] {
  const field = type && 'each' in type.when ? type.when.each : null
  const items = field ? node.config[field] : null
  if (!Array.isArray(items)) return []
  return items.filter(
    (item): item is Branch => typeof item === 'object' && item !== null && typeof item.id === 'string',
  )
}

const sentence = (label: string) => label.charAt(0).toUpperCase() + label.slice(1).replaceAll('-', ' ')

/** The ways out of a node, in drawing order. */
export function portsOf(type: NodeType | undefined, node: GraphNode): Port[] {
  if (!type) return [{ when: null, label: 'Next' }]
  if (type.ends) return []
  const labels = labelsOf(type, node.config)
  if (!Array.isArray(labels)) {
    return branchesOf(type, node).map((branch) => ({ when: branch.id, label: branch.label || branch.id }))
  }
  const labelled = labels.map((when) => ({ when, label: sentence(when) }))
  if (type.kind === 'branch') return labelled.length > 0 ? labelled : [{ when: null, label: 'Next' }]
  return [...labelled, { when: null, label: labelled.length > 0 ? 'Default' : 'Next' }]
}

/** The ways out as they stand along a card's lower edge: the default in the middle, so that a plain line runs straight down. */
export function drawnPorts(type: NodeType | undefined, node: GraphNode): Port[] {
  const ports = portsOf(type, node)
  const onward = ports.find((port) => port.when === null)
  if (!onward || ports.length < 3) return ports
  const labelled = ports.filter((port) => port !== onward)
  const half = Math.ceil(labelled.length / 2)
  return [...labelled.slice(0, half), onward, ...labelled.slice(half)]
}

/** Whether a node is the condition of a branch that takes everyone else: it needs no rules. */
export function isFallback(draft: Pick<Draft, 'nodes' | 'edges'>, catalogue: Catalogue, id: string): boolean {
  for (const edge of draft.edges.values()) {
    const source = edge.target === id ? draft.nodes.get(edge.source) : undefined
    if (
      source &&
      branchesOf(catalogue[source.type], source).some((branch) => branch.id === edge.when && branch.default)
    )
      return true
  }
  return false
}

/** Edges by the node they leave and the node they reach. */
export interface Links {
  out: ReadonlyMap<string, GraphEdge[]>
  in: ReadonlyMap<string, GraphEdge[]>
}

/** Indexes the edges of a draft; edges to or from nodes that do not exist are kept, for the problems list. */
export function linksOf(draft: Pick<Draft, 'edges'>): Links {
  const out = new Map<string, GraphEdge[]>()
  const into = new Map<string, GraphEdge[]>()
  const put = (map: Map<string, GraphEdge[]>, id: string, edge: GraphEdge) => {
    const list = map.get(id)
    if (list) list.push(edge)
    else map.set(id, [edge])
  }
  for (const edge of draft.edges.values()) {
    put(out, edge.source, edge)
    put(into, edge.target, edge)
  }
  return { out, in: into }
}

function reach(from: readonly string[], next: (id: string) => readonly string[]): Set<string> {
  const seen = new Set(from)
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next(id)) {
      if (!seen.has(other)) {
        seen.add(other)
        open.push(other)
      }
    }
  }
  return seen
}

/** Everything that can be reached from a node, itself included. */
export const downstream = (links: Links, from: string): Set<string> =>
  reach([from], (id) => (links.out.get(id) ?? []).map((edge) => edge.target))

/** Everything from which a node can be reached, itself included. */
export const upstream = (links: Links, from: string): Set<string> =>
  reach([from], (id) => (links.in.get(id) ?? []).map((edge) => edge.source))

/** The steps that a customer can get to. */
export function reachedFromEntries(draft: Draft, catalogue: Catalogue): Set<string> {
  const links = linksOf(draft)
  const entries = [...draft.nodes.values()].filter((node) => catalogue[node.type]?.entry).map((node) => node.id)
  return reach(entries, (id) => (links.out.get(id) ?? []).map((edge) => edge.target))
}

/** A node's edges in the order of its ports. */
export function orderedOut(draft: Draft, catalogue: Catalogue, links: Links, id: string): GraphEdge[] {
  const node = draft.nodes.get(id)
  if (!node) return []
  const order = portsOf(catalogue[node.type], node).map((port) => port.when)
  return [...(links.out.get(id) ?? [])].sort((a, b) => order.indexOf(a.when) - order.indexOf(b.when))
}

/** One line of the outline. */
export interface OutlineRow {
  id: string
  depth: number
  /** The label of the edge that leads here, when it says something. */
  via: string | null
  /** Listed before on another way: its steps are not repeated. */
  again: boolean
  /** No customer gets here. */
  lost: boolean
}

/** The workflow as an indented list in reading order; what nobody reaches comes last. A straight line does not indent. */
export function outlineOf(draft: Draft, catalogue: Catalogue): OutlineRow[] {
  const links = linksOf(draft)
  const rows: OutlineRow[] = []
  const seen = new Set<string>()
  const walk = (start: OutlineRow) => {
    const open = [start]
    for (let row = open.pop(); row; row = open.pop()) {
      if (!draft.nodes.has(row.id)) continue
      const again = seen.has(row.id)
      rows.push({ ...row, again })
      if (again) continue
      seen.add(row.id)
      const node = draft.nodes.get(row.id)
      const out = orderedOut(draft, catalogue, links, row.id)
      const ports = node ? portsOf(catalogue[node.type], node) : []
      for (const edge of [...out].reverse()) {
        const label = edge.when === null ? null : (ports.find((port) => port.when === edge.when)?.label ?? edge.when)
        open.push({
          id: edge.target,
          depth: row.depth + (out.length > 1 ? 1 : 0),
          via: label,
          again: false,
          lost: row.lost,
        })
      }
    }
  }
  const entries = [...draft.nodes.values()].filter((node) => catalogue[node.type]?.entry)
  for (const node of entries) walk({ id: node.id, depth: 0, via: null, again: false, lost: false })
  const heads = [...draft.nodes.keys()].filter(
    (id) => !seen.has(id) && !(links.in.get(id) ?? []).some((edge) => draft.nodes.has(edge.source)),
  )
  for (const id of heads) if (!seen.has(id)) walk({ id, depth: 0, via: null, again: false, lost: true })
  for (const id of draft.nodes.keys()) if (!seen.has(id)) walk({ id, depth: 0, via: null, again: false, lost: true })
  return rows
}

/** Where an arrow key leads from a node: up and down along edges, left and right between siblings. Null: nowhere. */
export function neighbour(
  draft: Draft,
  catalogue: Catalogue,
  from: string,
  key: 'up' | 'down' | 'left' | 'right',
): string | null {
  const links = linksOf(draft)
  const parents = (links.in.get(from) ?? []).map((edge) => edge.source).filter((id) => draft.nodes.has(id))
  if (key === 'up') return parents[0] ?? null
  if (key === 'down')
    return orderedOut(draft, catalogue, links, from).find((edge) => draft.nodes.has(edge.target))?.target ?? null
  const parent = parents[0]
  const row = parent
    ? orderedOut(draft, catalogue, links, parent).map((edge) => edge.target)
    : [...draft.nodes.keys()].filter((id) => !(links.in.get(id) ?? []).some((edge) => draft.nodes.has(edge.source)))
  const beside = row[row.indexOf(from) + (key === 'left' ? -1 : 1)]
  return beside && draft.nodes.has(beside) ? beside : null
}
