import type { Catalogue, GraphEdge, GraphNode, NodeType } from '../../../src/workflow/graph.ts'
import { applyPatch, type Draft, joinPatches, type Note, type Patch, type Point } from './draft.ts'
import { type Branch, branchesOf, downstream, drawnPorts, type Links, linksOf, portsOf } from './shape.ts'

/** What a person did: the words for undo and the live region, the change, and the node to show afterwards. */
export interface Edit {
  label: string
  patch: Patch
  focus?: string
  /** Something to know beyond what was asked for. */
  note?: string
  /** Steps that it adds. */
  fresh?: string[]
  /** Undo brings the draft back as it was to the byte, order included, while nothing else changed it since. */
  exact?: boolean
}

/** Why something cannot be done, in a sentence. */
export interface Refusal {
  refused: string
}

/** What edits need to know: the graph, the node types, and how high the cards are on the screen. */
export interface Scene {
  draft: Draft
  catalogue: Catalogue
  /** Height of a card in pixels. */
  heightOf(id: string): number
}

/** Width of every card and the usual distances on the canvas, in pixels. */
export const cardWidth = 248
export const cardHeight = 84
export const gapY = 64
export const gapX = 48

const titleOf = (scene: Scene, id: string) => {
  const node = scene.draft.nodes.get(id)
  return node?.title || (node && scene.catalogue[node.type]?.title) || id
}

/** An id that is free: `email-send-1`, `email-send-2` … */
export function freshId(taken: ReadonlyMap<string, unknown>, base: string): string {
  const stem = base.replace(/-\d+$/, '')
  for (let n = 1; ; n++) if (!taken.has(`${stem}-${n}`)) return `${stem}-${n}`
}

/** A name that no other step has: “Wait”, “Wait 2” … */
export function freshTitle(nodes: Iterable<GraphNode | null>, title: string): string {
  const taken = new Set([...nodes].map((node) => node?.title))
  if (!taken.has(title)) return title
  for (let n = 2; ; n++) if (!taken.has(`${title} ${n}`)) return `${title} ${n}`
}

/** A new edge, noted in the patch that is being made. */
export const newEdge = (
  draft: Draft,
  patch: Map<string, GraphEdge | null>,
  source: string,
  target: string,
  when: string | null,
): GraphEdge => {
  const edge = { id: freshId(new Map<string, unknown>([...draft.edges, ...patch]), 'edge'), source, target, when }
  patch.set(edge.id, edge)
  return edge
}

/** Where to put a new node. */
export type Place =
  | { on: 'edge'; edgeId: string }
  | { on: 'port'; nodeId: string; when: string | null }
  | { on: 'canvas'; at: Point }

/** Where "add after this" leads: the first free way out, else into the way that leads on; behind a branch's condition, not before it. */
export function placeAfter(scene: Scene, nodeId: string): Place | Refusal {
  const node = scene.draft.nodes.get(nodeId)
  const type = node && scene.catalogue[node.type]
  if (!node) return { refused: 'That step is gone.' }
  const ports = portsOf(type, node)
  if (ports.length === 0) return { refused: `Nothing follows “${titleOf(scene, nodeId)}”: it ends the run.` }
  const out = linksOf(scene.draft).out.get(nodeId) ?? []
  if (type?.guardedBy) {
    const guarded = ports
      .map((port) => out.find((edge) => edge.when === port.when)?.target)
      .filter((id) => id !== undefined)
    const free = guarded.find((id) => (linksOf(scene.draft).out.get(id) ?? []).length === 0) ?? guarded[0]
    if (free) return placeAfter(scene, free)
  }
  const isFree = (when: string | null) => !out.some((edge) => edge.when === when)
  const onward = ports.find((port) => port.when === null)
  const free = onward ? (isFree(null) ? onward : undefined) : ports.find((port) => isFree(port.when))
  if (free) return { on: 'port', nodeId, when: free.when }
  const edge = out.find((one) => one.when === null) ?? out[0]
  return edge ? { on: 'edge', edgeId: edge.id } : { on: 'port', nodeId, when: null }
}

/** New nodes of a type: itself and, for one that is guarded, a condition at the head of each branch. */
function grow(scene: Scene, type: NodeType, at: Point, patchedNodes: Map<string, GraphNode | null>) {
  const nodes = patchedNodes
  const layout = new Map<string, Point | null>()
  const edges = new Map<string, GraphEdge | null>()
  const taken = () => new Map<string, unknown>([...scene.draft.nodes, ...nodes])
  const id = freshId(taken(), type.type)
  const title = freshTitle([...scene.draft.nodes.values(), ...nodes.values()], type.title)
  const node: GraphNode = { id, type: type.type, title, config: structuredClone(type.initial) }
  nodes.set(id, node)
  layout.set(id, at)
  const branches = type.guardedBy ? branchesOf(type, node) : []
  const guard = Object.values(scene.catalogue).find((one) => one.guard)
  const heads: string[] = []
  if (guard) {
    const width = branches.length * cardWidth + (branches.length - 1) * gapX
    branches.forEach((branch, index) => {
      const head = freshId(taken(), guard.type)
      nodes.set(head, guardNode(guard, head, branch))
      layout.set(head, {
        x: at.x + cardWidth / 2 - width / 2 + index * (cardWidth + gapX),
        y: at.y + cardHeight + gapY,
      })
      newEdge(scene.draft, edges, id, head, branch.id)
      heads.push(head)
    })
  }
  return { id, heads, layout, edges, depth: heads.length > 0 ? 2 : 1 }
}

const guardNode = (guard: NodeType, id: string, branch: Branch): GraphNode => ({
  id,
  type: guard.type,
  title: branch.label,
  config: structuredClone(guard.initial),
})

/** Adds a node of a type and, on an edge or a port, ties it in. What stood below moves down by what is missing, nothing else moves. */
export function addNode(scene: Scene, typeName: string, place: Place): Edit | Refusal {
  const { draft, catalogue } = scene
  const type = catalogue[typeName]
  if (!type) return { refused: `There is no step type “${typeName}”.` }
  if (type.entry === 'start') return { refused: 'A workflow has exactly one trigger.' }
  if (type.guard) return { refused: `“${type.title}” comes with the branches of a split. Add a branch there.` }
  const nodes = new Map<string, GraphNode | null>()
  const label = `${type.title} added`
  if (place.on === 'canvas' || type.entry) {
    const at = place.on === 'canvas' ? place.at : freeSpot(scene)
    const grown = grow(scene, type, at, nodes)
    return {
      label,
      patch: { nodes, edges: grown.edges, layout: grown.layout },
      focus: grown.id,
      fresh: [...nodes.keys()],
    }
  }
  const edge = place.on === 'edge' ? draft.edges.get(place.edgeId) : undefined
  if (place.on === 'edge' && !edge) return { refused: 'That connection is gone.' }
  if (edge && guards(scene, edge.target)) return addNode(scene, typeName, asPlace(placeAfter(scene, edge.target), edge))
  const sourceId = edge ? edge.source : place.on === 'port' ? place.nodeId : ''
  const when = edge ? edge.when : place.on === 'port' ? place.when : null
  const source = draft.layout.get(sourceId) ?? { x: 0, y: 0 }
  const links = linksOf(draft)
  const top = source.y + scene.heightOf(sourceId) + gapY
  const target = edge ? draft.layout.get(edge.target) : undefined
  const at = target
    ? { x: target.x, y: Math.min(Math.max(top, source.y), Math.max(target.y, top)) }
    : portSpot(scene, links, sourceId, when, source, top)
  const grown = grow(scene, type, at, nodes)
  const edges = new Map(grown.edges)
  if (edge) edges.set(edge.id, { ...edge, target: grown.id })
  else newEdge(draft, edges, sourceId, grown.id, when)
  const layout = new Map(grown.layout)
  let note: string | undefined
  if (edge && type.ends) note = 'The steps below are no longer connected.'
  else if (edge) {
    const tail = grown.heads[0] ?? grown.id
    const tailType = grown.heads[0] ? undefined : type
    const tailWhen = tailType
      ? (portsOf(tailType, { id: tail, type: tailType.type, title: '', config: tailType.initial }).at(-1)?.when ?? null)
      : null
    newEdge(draft, edges, tail, edge.target, tailWhen)
  }
  if (edge) {
    const bottom = at.y + grown.depth * (cardHeight + gapY)
    const missing = Math.max(0, bottom - (target?.y ?? bottom))
    if (missing > 0) {
      for (const id of downstream(links, edge.target)) {
        const spot = draft.layout.get(id)
        if (spot) layout.set(id, { x: spot.x, y: spot.y + missing })
      }
    }
  }
  return {
    label: `${type.title} added after “${titleOf(scene, sourceId)}”`,
    patch: { nodes, edges, layout },
    focus: grown.id,
    fresh: [...nodes.keys()],
    ...(note && { note }),
  }
}

const asPlace = (place: Place | Refusal, edge: GraphEdge): Place =>
  'refused' in place ? { on: 'edge', edgeId: edge.id } : place

const guards = (scene: Scene, id: string): boolean => {
  const node = scene.draft.nodes.get(id)
  return node !== undefined && scene.catalogue[node.type]?.guard === true
}

/** Below a port: beside the cards that hang there already. */
function portSpot(
  scene: Scene,
  links: Links,
  sourceId: string,
  when: string | null,
  source: Point,
  top: number,
): Point {
  const node = scene.draft.nodes.get(sourceId)
  const ports = node ? drawnPorts(scene.catalogue[node.type], node) : []
  const index = Math.max(
    0,
    ports.findIndex((port) => port.when === when),
  )
  const spread = (index - (ports.length - 1) / 2) * (cardWidth + gapX)
  const at = { x: source.x + spread, y: top }
  const others = (links.out.get(sourceId) ?? [])
    .map((edge) => scene.draft.layout.get(edge.target))
    .filter((spot) => spot !== undefined)
  while (others.some((spot) => Math.abs(spot.x - at.x) < cardWidth && Math.abs(spot.y - at.y) < cardHeight))
    at.x += cardWidth + gapX
  return at
}

/** A place beside everything, for what stands alone. */
export function freeSpot(scene: Pick<Scene, 'draft'>): Point {
  const spots = [...scene.draft.layout.values()]
  if (spots.length === 0) return { x: 0, y: 0 }
  return { x: Math.max(...spots.map((spot) => spot.x)) + cardWidth + gapX, y: Math.min(...spots.map((spot) => spot.y)) }
}

/** Removes nodes with their edges. A node with one way in and one way out heals: its neighbours are joined, the label stays. */
export function removeNodes(scene: Scene, ids: Iterable<string>, options: { heal: boolean }): Edit | Refusal {
  const wanted = [...new Set(ids)].filter((id) => scene.draft.nodes.has(id))
  const gone = wanted.filter((id) => scene.catalogue[scene.draft.nodes.get(id)?.type ?? '']?.entry !== 'start')
  if (gone.length === 0)
    return { refused: wanted.length > 0 ? 'The trigger stays: every workflow starts with it.' : 'Nothing is selected.' }
  let draft = scene.draft
  let patch: Patch = {}
  let healed = false
  const put = (more: Patch) => {
    patch = joinPatches(patch, more)
    draft = applyPatch(draft, more)
  }
  for (const id of gone) {
    const node = draft.nodes.get(id)
    if (!node) continue
    const type = scene.catalogue[node.type]
    const links = linksOf(draft)
    const into = links.in.get(id) ?? []
    const out = links.out.get(id) ?? []
    const edges = new Map<string, GraphEdge | null>([...into, ...out].map((edge) => [edge.id, null]))
    const nodes = new Map<string, GraphNode | null>([[id, null]])
    const layout = new Map<string, Point | null>([[id, null]])
    if (type?.guard) {
      for (const edge of into) {
        const owner = draft.nodes.get(edge.source)
        const field = owner && scene.catalogue[owner.type]?.guardedBy
        const list = owner && field ? owner.config[field] : null
        if (owner && field && Array.isArray(list)) {
          nodes.set(owner.id, {
            ...owner,
            config: { ...owner.config, [field]: list.filter((branch: Branch) => branch.id !== edge.when) },
          })
        }
      }
    } else if (type?.guardedBy) {
      for (const edge of out) {
        if (draft.nodes.has(edge.target) && scene.catalogue[draft.nodes.get(edge.target)?.type ?? '']?.guard) {
          nodes.set(edge.target, null)
          layout.set(edge.target, null)
          for (const next of links.out.get(edge.target) ?? []) edges.set(next.id, null)
        }
      }
    } else if (
      options.heal &&
      into.length === 1 &&
      out.length === 1 &&
      into[0] &&
      out[0] &&
      into[0].source !== out[0].target
    ) {
      edges.set(into[0].id, { ...into[0], target: out[0].target })
      healed = true
    }
    put({ nodes, edges, layout })
  }
  const what = gone.length === 1 ? `“${titleOf(scene, gone[0] ?? '')}” deleted` : `${gone.length} steps deleted`
  return { label: healed && gone.length === 1 ? `${what}, connection joined` : what, patch }
}

/** Removes edges. */
export const removeEdges = (draft: Draft, ids: Iterable<string>): Edit => ({
  label: 'Connection deleted',
  patch: { edges: new Map([...ids].filter((id) => draft.edges.has(id)).map((id) => [id, null])) },
})

/** Why two nodes cannot be connected, or null when they can. */
export function refusal(scene: Scene, source: string, target: string): string | null {
  const from = scene.draft.nodes.get(source)
  const to = scene.draft.nodes.get(target)
  if (!from || !to) return 'That step is gone.'
  const fromType = scene.catalogue[from.type]
  const toType = scene.catalogue[to.type]
  if (toType?.entry) return `“${titleOf(scene, target)}” is a start: nothing leads into it.`
  if (fromType?.ends) return `“${titleOf(scene, source)}” ends the run: nothing follows it.`
  if (toType?.guard && !fromType?.guardedBy)
    return `“${titleOf(scene, target)}” is the condition of a split and belongs to it.`
  if (fromType?.guardedBy && !toType?.guard)
    return 'Every branch of a split starts with its condition. Connect from there.'
  if (downstream(linksOf(scene.draft), target).has(source)) {
    return `This would send people back to “${titleOf(scene, target)}”. Workflows can’t loop.`
  }
  return null
}

/** Connects a way out with a node. A way out has one edge: an existing one is led to the new target. */
export function connect(scene: Scene, source: string, when: string | null, target: string): Edit | Refusal {
  const reason = refusal(scene, source, target)
  if (reason) return { refused: reason }
  const existing = (linksOf(scene.draft).out.get(source) ?? []).find((edge) => edge.when === when)
  const edges = new Map<string, GraphEdge | null>()
  if (existing) edges.set(existing.id, { ...existing, target })
  else newEdge(scene.draft, edges, source, target, when)
  return { label: `“${titleOf(scene, source)}” leads to “${titleOf(scene, target)}”`, patch: { edges } }
}

/** Gives an edge another label; the sibling that carries it takes this one's. */
export function relabel(scene: Scene, edgeId: string, when: string | null): Edit | Refusal {
  const edge = scene.draft.edges.get(edgeId)
  if (!edge) return { refused: 'That connection is gone.' }
  const sibling = (linksOf(scene.draft).out.get(edge.source) ?? []).find(
    (one) => one.id !== edgeId && one.when === when,
  )
  const edges = new Map<string, GraphEdge | null>([[edgeId, { ...edge, when }]])
  if (sibling) edges.set(sibling.id, { ...sibling, when: edge.when })
  return { label: 'Connection changed', patch: { edges } }
}

/** Leads an existing connection from or to another step: its id stays, and so does what is known of it. */
export function reconnect(
  scene: Scene,
  edgeId: string,
  to: { source: string; target: string; when: string | null },
): Edit | Refusal {
  const edge = scene.draft.edges.get(edgeId)
  if (!edge) return { refused: 'That connection is gone.' }
  const without = { ...scene, draft: applyPatch(scene.draft, { edges: new Map([[edgeId, null]]) }) }
  const reason = refusal(without, to.source, to.target)
  if (reason) return { refused: reason }
  const taken = (linksOf(without.draft).out.get(to.source) ?? []).find((one) => one.when === to.when)
  const edges = new Map<string, GraphEdge | null>([[edgeId, { ...edge, ...to }]])
  if (taken) edges.set(taken.id, null)
  return { label: `Connection leads to “${titleOf(scene, to.target)}”`, patch: { edges } }
}

/** Writes a node's config. A branch that is new gets its condition, one that is gone takes its condition with it. */
export function setConfig(scene: Scene, id: string, config: Record<string, unknown>): Edit | Refusal {
  const node = scene.draft.nodes.get(id)
  const type = node && scene.catalogue[node.type]
  if (!node) return { refused: 'That step is gone.' }
  const after = { ...node, config }
  const nodes = new Map<string, GraphNode | null>([[id, after]])
  const edges = new Map<string, GraphEdge | null>()
  const layout = new Map<string, Point | null>()
  const guard = type?.guardedBy ? Object.values(scene.catalogue).find((one) => one.guard) : undefined
  if (type && 'each' in type.when) {
    const links = linksOf(scene.draft)
    const out = links.out.get(id) ?? []
    const branches = branchesOf(type, after)
    const before = branchesOf(type, node)
    const top = (scene.draft.layout.get(id)?.y ?? 0) + scene.heightOf(id) + gapY
    let right = Math.max(
      ...out.map((edge) => scene.draft.layout.get(edge.target)?.x ?? 0),
      (scene.draft.layout.get(id)?.x ?? 0) - cardWidth,
    )
    for (const branch of branches) {
      const edge = out.find((one) => one.when === branch.id)
      const was = before.find((one) => one.id === branch.id)
      const head = edge && scene.draft.nodes.get(edge.target)
      if (guard && head && was && head.title === was.label && was.label !== branch.label)
        nodes.set(head.id, { ...head, title: branch.label })
      if (edge || !guard) continue
      const headId = freshId(new Map<string, unknown>([...scene.draft.nodes, ...nodes]), guard.type)
      nodes.set(headId, guardNode(guard, headId, branch))
      right += cardWidth + gapX
      layout.set(headId, { x: right, y: top })
      newEdge(scene.draft, edges, id, headId, branch.id)
    }
    for (const edge of out) {
      if (branches.some((branch) => branch.id === edge.when) || !before.some((branch) => branch.id === edge.when))
        continue
      edges.set(edge.id, null)
      if (guards(scene, edge.target)) {
        nodes.set(edge.target, null)
        layout.set(edge.target, null)
        for (const next of links.out.get(edge.target) ?? []) edges.set(next.id, null)
      }
    }
  }
  return { label: `“${titleOf(scene, id)}” changed`, patch: { nodes, edges, layout }, focus: id }
}

/** Renames a step. */
export function setTitle(scene: Scene, id: string, title: string): Edit | Refusal {
  const node = scene.draft.nodes.get(id)
  return node
    ? { label: `Renamed to “${title}”`, patch: { nodes: new Map([[id, { ...node, title }]]) }, focus: id }
    : { refused: 'That step is gone.' }
}

/** Moves cards. */
export const moveNodes = (
  positions: ReadonlyMap<string, Point>,
  label = positions.size === 1 ? 'Step moved' : `${positions.size} steps moved`,
): Edit => ({
  label,
  patch: { layout: positions },
})

/** A note on the canvas: a new one, another text or tint, another place; null takes it away. */
export function setNote(draft: Draft, id: string, note: Note | null): Edit {
  const label = note === null ? 'Note deleted' : draft.notes.has(id) ? 'Note changed' : 'Note added'
  return { label, patch: { notes: new Map([[id, note]]) } }
}
