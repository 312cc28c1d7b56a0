import { catalogue } from '../catalogue/catalogue.ts'
import { diffGraphs, type GraphDiff } from '../workflow/diff.ts'
import type { Graph, GraphEdge } from '../workflow/graph.ts'

/** Who last touched something in the draft. */
export interface Touch {
  /** `member:<id>` or `key:<id>`. */
  by: string
  at: string
}

/** One difference between the draft and what is published. */
export interface Change {
  nodeId?: string
  edgeId?: string
  kind: 'added' | 'changed' | 'removed'
  /** The node's type; of a removed node the one it had; null of an edge. */
  type: string | null
  /** The node's title, or from where to where an edge leads. */
  title: string
  /** What differs, by path in the config (`title` and an edge's `target` among them); empty where all of it came or went. */
  fields: { path: string; before: unknown; after: unknown }[]
  /** Who changed it last, where that is known. */
  by: string | null
  at: string | null
  /** Customers who follow the current version and stand on this node. */
  here: number
}

/** The key under which a draft remembers who touched a node. */
export const nodeTouch = (id: string): string => `node:${id}`
/** The same of an edge; told by source and label, because ids of edges do not last. */
export const edgeTouch = ({ source, when }: Pick<GraphEdge, 'source' | 'when'>): string =>
  `edge:${JSON.stringify([source, when])}`

/** The keys of what a save touched. */
export function touchedKeys(before: Graph, after: Graph): string[] {
  const { nodes, edges } = diffGraphs(before, after, catalogue)
  return [
    ...[...nodes.added, ...nodes.removed, ...nodes.changed].map(({ id }) => nodeTouch(id)),
    ...[...edges.added, ...edges.removed, ...edges.changed.map((edge) => edge.after)].map(edgeTouch),
  ]
}

/** What the list of changes is made from beside the difference. */
export interface ChangeFacts {
  before: Graph
  after: Graph
  touched: Readonly<Record<string, Touch>>
  /** Customers by node. */
  here: ReadonlyMap<string, number>
}

/**
 * The changes for a person who is about to publish: nodes first, removed ones at their head, then edges. An edge that comes or goes with
 * its node is not named beside it.
 */
export function listChanges({ nodes, edges }: GraphDiff, { before, after, touched, here }: ChangeFacts): Change[] {
  const touch = (key: string) => ({ by: touched[key]?.by ?? null, at: touched[key]?.at ?? null })
  const node = (kind: Change['kind'], { id, type, title }: { id: string; type: string; title: string }): Change => ({
    nodeId: id,
    kind,
    type,
    title: title || id,
    fields: [],
    ...touch(nodeTouch(id)),
    // Whoever stands on an id that changed its type stands on the removed node.
    here: kind === 'added' ? 0 : (here.get(id) ?? 0),
  })
  const titles = new Map([...before.nodes, ...after.nodes].map(({ id, title }) => [id, title || id]))
  const edge = (kind: Change['kind'], shown: GraphEdge, was?: GraphEdge): Change => ({
    edgeId: shown.id,
    kind,
    type: null,
    title: `${titles.get(shown.source) ?? shown.source}${shown.when ? ` (${shown.when})` : ''} → ${titles.get(shown.target) ?? shown.target}`,
    fields: was ? [{ path: 'target', before: was.target, after: shown.target }] : [],
    ...touch(edgeTouch(shown)),
    here: 0,
  })
  const gone = new Set(nodes.removed.map(({ id }) => id))
  const come = new Set(nodes.added.map(({ id }) => id))
  const goesAlong = (ids: ReadonlySet<string>) => (each: GraphEdge) => !ids.has(each.source) && !ids.has(each.target)
  return [
    ...nodes.removed.map((each) => node('removed', each)),
    ...nodes.changed.map((each) => ({
      ...node('changed', each),
      fields: each.fields.map(({ field, before: was, after: is }) => ({
        path: field,
        before: was ?? null,
        after: is ?? null,
      })),
    })),
    ...nodes.added.map((each) => node('added', each)),
    ...edges.removed.filter(goesAlong(gone)).map((each) => edge('removed', each)),
    ...edges.changed.map(({ before: was, after: is }) => edge('changed', is, was)),
    ...edges.added.filter(goesAlong(come)).map((each) => edge('added', each)),
  ]
}
