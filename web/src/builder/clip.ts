import type { Catalogue, GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import type { Point } from './draft.ts'
import { type Edit, freshId, newEdge, type Refusal, type Scene } from './edits.ts'
import type { Names } from './sentence.ts'
import { linksOf, portsOf } from './shape.ts'

/** What the clipboard holds: steps, their inner edges, positions relative to the first, and the names of what they refer to. Never a secret. */
export interface Clip {
  throughline: 'graph/1'
  nodes: GraphNode[]
  edges: GraphEdge[]
  layout: Record<string, Point>
  /** By kind (`segment`, `credential` …) and id. */
  names?: Record<string, Record<string, string>>
}

type Schema = Record<string, unknown>

/** The fields of a config that hold the id of something, with its kind; one level of groups is looked into. */
function references(
  type: Catalogue[string] | undefined,
  config: Record<string, unknown>,
): { kind: string; id: string }[] {
  const found: { kind: string; id: string }[] = []
  const look = (schema: Schema, value: unknown) => {
    const kind = schema['x-ref']
    if (typeof kind === 'string') {
      for (const id of Array.isArray(value) ? value : [value])
        if (typeof id === 'string' && id !== '') found.push({ kind, id })
    }
    const shapes = [schema, ...((schema.oneOf ?? schema.anyOf ?? []) as Schema[])]
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const shape of shapes) {
      for (const [name, inner] of Object.entries((shape.properties ?? {}) as Record<string, Schema>))
        look(inner, (value as Record<string, unknown>)[name])
    }
  }
  if (type) look(type.config, config)
  return found
}

/** The selected steps for the clipboard; the trigger stays out. Null when nothing is left. */
export function copyNodes(scene: Scene, ids: ReadonlySet<string>, names: Names = {}): Clip | null {
  const nodes = [...ids]
    .map((id) => scene.draft.nodes.get(id))
    .filter((node) => node !== undefined && scene.catalogue[node.type]?.entry !== 'start') as GraphNode[]
  if (nodes.length === 0) return null
  const inside = new Set(nodes.map((node) => node.id))
  const edges = [...scene.draft.edges.values()].filter((edge) => inside.has(edge.source) && inside.has(edge.target))
  const layout = Object.fromEntries(nodes.map((node) => [node.id, scene.draft.layout.get(node.id) ?? { x: 0, y: 0 }]))
  const named: Record<string, Record<string, string>> = {}
  for (const node of nodes) {
    for (const { kind, id } of references(scene.catalogue[node.type], node.config)) {
      const name = names[kind]?.get(id)
      if (name) named[kind] = { ...named[kind], [id]: name }
    }
  }
  return { throughline: 'graph/1', nodes, edges, layout, names: named }
}

/** Reads clipboard text; null when it is not ours. */
export function parseClip(text: string): Clip | null {
  if (!text.includes('"graph/1"')) return null
  try {
    const clip = JSON.parse(text) as Partial<Clip>
    const ok = clip.throughline === 'graph/1' && Array.isArray(clip.nodes) && Array.isArray(clip.edges)
    return ok
      ? {
          throughline: 'graph/1',
          nodes: clip.nodes ?? [],
          edges: clip.edges ?? [],
          layout: clip.layout ?? {},
          names: clip.names ?? {},
        }
      : null
  } catch {
    return null
  }
}

/** A config with what it refers to found again by name where the id is not known here; `lost` counts what was not found and is emptied. */
function settled(
  type: Catalogue[string] | undefined,
  config: Record<string, unknown>,
  clip: Clip,
  here: Names,
): { config: Record<string, unknown>; lost: number } {
  let text = JSON.stringify(config)
  let lost = 0
  for (const { kind, id } of references(type, config)) {
    const known = here[kind]
    if (!known || known.has(id)) continue
    const name = clip.names?.[kind]?.[id]
    const twin = name === undefined ? undefined : [...known].find(([, own]) => own === name)?.[0]
    if (twin === undefined) lost += 1
    text = text.replaceAll(JSON.stringify(id), JSON.stringify(twin ?? ''))
  }
  return { config: JSON.parse(text) as Record<string, unknown>, lost }
}

/** Puts copied steps on the canvas under new ids, their top left corner at `at`; with `into`, into that connection where they are one line. */
export function pasteNodes(
  scene: Scene,
  clip: Clip,
  at: Point,
  { names = {}, into }: { names?: Names; into?: string | null } = {},
): Edit | Refusal {
  const known = clip.nodes.filter(
    (node) =>
      typeof node.id === 'string' && scene.catalogue[node.type] && scene.catalogue[node.type]?.entry !== 'start',
  )
  if (known.length === 0) return { refused: 'The clipboard holds no steps that fit here.' }
  const nodes = new Map<string, GraphNode | null>()
  const layout = new Map<string, Point | null>()
  const renamed = new Map<string, string>()
  const spots = known.map((node) => clip.layout[node.id] ?? { x: 0, y: 0 })
  const left = Math.min(...spots.map((spot) => spot.x))
  const top = Math.min(...spots.map((spot) => spot.y))
  let lost = 0
  known.forEach((node, index) => {
    const id = freshId(new Map<string, unknown>([...scene.draft.nodes, ...nodes]), node.type)
    renamed.set(node.id, id)
    const found = settled(scene.catalogue[node.type], structuredClone(node.config ?? {}), clip, names)
    lost += found.lost
    nodes.set(id, { id, type: node.type, title: String(node.title ?? ''), config: found.config })
    const spot = spots[index] ?? { x: 0, y: 0 }
    layout.set(id, { x: at.x + spot.x - left, y: at.y + spot.y - top })
  })
  const edges = new Map<string, GraphEdge | null>()
  for (const edge of clip.edges) {
    const source = renamed.get(edge.source)
    const target = renamed.get(edge.target)
    if (source && target) newEdge(scene.draft, edges, source, target, edge.when ?? null)
  }
  const cut = into ? scene.draft.edges.get(into) : undefined
  if (cut) tieIn(scene, cut, nodes, edges)
  const notes = [
    lost > 0 && `${lost} ${lost === 1 ? 'reference needs' : 'references need'} choosing`,
    known.length < clip.nodes.length && 'The trigger and steps that are not known here were left out',
  ].filter((text) => text !== false)
  return {
    label: known.length === 1 ? 'Step pasted' : `${known.length} steps pasted`,
    patch: { nodes, edges, layout },
    focus: [...nodes.keys()][0],
    ...(notes.length > 0 && { note: notes.join('. ') }),
  }
}

/** Leads a connection through pasted steps, when they have one start and one loose end. */
function tieIn(
  scene: Scene,
  cut: GraphEdge,
  nodes: ReadonlyMap<string, GraphNode | null>,
  edges: Map<string, GraphEdge | null>,
): void {
  const inner = new Map([...edges].flatMap(([id, edge]) => (edge ? [[id, edge] as const] : [])))
  const links = linksOf({ edges: inner })
  const pasted = [...nodes.values()].filter((node) => node !== null)
  const heads = pasted.filter((node) => !links.in.has(node.id) && !scene.catalogue[node.type]?.entry)
  const tails = pasted.filter((node) => !links.out.has(node.id) && !scene.catalogue[node.type]?.ends)
  const [head, tail] = [heads[0], tails[0]]
  if (!head || heads.length !== 1 || scene.catalogue[head.type]?.guard) return
  edges.set(cut.id, { ...cut, target: head.id })
  if (tail && tails.length === 1) {
    const when = portsOf(scene.catalogue[tail.type], tail).at(-1)?.when ?? null
    newEdge(scene.draft, edges, tail.id, cut.target, when)
  }
}
