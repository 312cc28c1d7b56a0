import { catalogue } from '../catalogue/catalogue.ts'
import { references } from '../workflow/compile.ts'
import type { Graph, GraphNode, GraphProblem } from '../workflow/graph.ts'
import { type CampaignFile, type FileReference, type ReferenceKind, referenceKinds } from './format.ts'
import type { Named } from './queries.ts'
import { graphOf } from './read.ts'

/** A campaign file in terms of the workspace it came to. What was not found is left empty and is among the problems. */
export interface Resolved {
  graph: Graph
  audience: { type: 'all' } | { type: 'segment'; segmentId: string } | null
  excludeSegmentId: string | null
  products: { productId: string; primary: boolean }[]
  problems: GraphProblem[]
}

const nouns: Record<ReferenceKind, string> = {
  segment: 'segment',
  credential: 'sender',
  template: 'template',
  criterion: 'criterion',
  member: 'member',
  product: 'product',
}

/** Everything that a campaign file refers to, by id and by name: what to look up before `resolveFile`. */
export function wordsOf(file: CampaignFile): { kind: ReferenceKind; word: string }[] {
  const both = (kind: ReferenceKind, { id, name }: FileReference) => [
    { kind, word: id },
    { kind, word: name },
  ]
  return [
    ...nodeReferences(graphOf(file)).map(({ kind, value }) => ({ kind, word: value })),
    ...referenceKinds.flatMap((kind) => (file.references[kind] ?? []).flatMap((each) => both(kind, each))),
    ...(file.audience?.type === 'segment' ? both('segment', file.audience.segment) : []),
    ...(file.excludeSegment ? both('segment', file.excludeSegment) : []),
    ...file.products.flatMap((each) => both('product', each)),
  ]
}

/** Puts the workspace's own ids in the place of the file's: matched by id, then by name, where the name means one thing only. */
export function resolveFile(file: CampaignFile, named: readonly Named[]): Resolved {
  const problems: GraphProblem[] = []
  const find = (kind: ReferenceKind, wanted: FileReference): Named | 'several' | null => {
    const ofKind = named.filter((each) => each.kind === kind)
    const byId = ofKind.find(({ id }) => id.toLowerCase() === wanted.id.toLowerCase())
    if (byId) return byId
    const byName = ofKind.filter(
      ({ name, product }) =>
        same(name, wanted.name) && (wanted.product === undefined || same(product ?? '', wanted.product)),
    )
    return byName.length > 1 ? 'several' : (byName[0] ?? null)
  }
  const resolve = (
    kind: ReferenceKind,
    wanted: FileReference,
    at: { nodeId?: string; field: string },
  ): string | null => {
    const found = find(kind, wanted)
    if (found !== null && found !== 'several') return found.id
    const noun = nouns[kind]
    const message =
      found === 'several'
        ? `There are several ${noun}s named “${wanted.name}” here, so it was left empty.`
        : `There is no ${noun} “${wanted.name}” here, so it was left empty.`
    problems.push({ severity: 'warning', code: 'reference_left_empty', ...at, message, fix: `Choose a ${noun}.` })
    return null
  }

  const graph = graphOf(file)
  const nodes = new Map(graph.nodes.map((node) => [node.id, { ...node, config: structuredClone(node.config) }]))
  for (const { kind, nodeId, field, value } of nodeReferences(graph)) {
    const known = file.references[kind]?.find(({ id }) => same(id, value))
    const id = resolve(kind, known ?? { id: value, name: value }, { nodeId, field })
    const node = nodes.get(nodeId)
    if (node) replace(node, field, id)
  }
  const segmentId =
    file.audience?.type === 'segment' ? resolve('segment', file.audience.segment, { field: 'audience' }) : null
  const products = file.products.flatMap(({ primary, ...product }) => {
    const productId = resolve('product', product, { field: 'products' })
    return productId === null ? [] : [{ productId, primary }]
  })
  return {
    graph: { nodes: [...nodes.values()].map(withoutHoles), edges: graph.edges },
    audience:
      file.audience?.type === 'all' ? { type: 'all' } : segmentId === null ? null : { type: 'segment', segmentId },
    excludeSegmentId: file.excludeSegment
      ? resolve('segment', file.excludeSegment, { field: 'excludeSegmentId' })
      : null,
    products: [...new Map(products.map((product) => [product.productId, product])).values()],
    problems,
  }
}

const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase()

function nodeReferences(graph: Graph): { kind: ReferenceKind; nodeId: string; field: string; value: string }[] {
  return references(graph, catalogue).flatMap(({ ref, nodeId, field, value }) => {
    const kind = referenceKinds.find((each) => each === ref)
    return kind && value !== null ? [{ kind, nodeId, field, value }] : []
  })
}

type Container = Record<string, unknown>

/** Sets a field, `assignTo.memberIds.0`, of a node's config; null leaves a hole that `withoutHoles` closes. */
function replace(node: GraphNode, field: string, value: string | null): void {
  const path = field.split('.')
  const last = path.pop() ?? ''
  let inner: Container = node.config
  for (const name of path) {
    const below = inner[name]
    if (typeof below !== 'object' || below === null) return
    inner = below as Container
  }
  if (value !== null) inner[last] = value
  else if (Array.isArray(inner)) inner[Number(last)] = hole
  else delete inner[last]
}

/** Takes the place of a list's item until all of them were looked at. */
const hole = Symbol('left empty')

function withoutHoles(node: GraphNode): GraphNode {
  const close = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((item) => item !== hole).map(close)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, close(inner)]))
  }
  return { ...node, config: close(node.config) as Record<string, unknown> }
}
