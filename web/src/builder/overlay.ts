import { createContext, useContext, useSyncExternalStore } from 'react'
import { sameJson } from './draft.ts'

/** A number on a card. `people`: pressing it lists those whom it counts. */
export interface Figure {
  key: string
  value: number
  /** "here now", "sent": what stands behind the number. */
  label: string
  tone?: 'good' | 'warn' | 'bad' | 'flat'
  people?: boolean
}

/** What is drawn on a step beside its config. */
export interface NodeMark {
  figures: readonly Figure[]
  /** Of a path that is drawn: passed, where it stands, or not on it. */
  path?: 'on' | 'now' | 'off'
  /** How many of those who came were lost there, 0 to 1: the redder. */
  heat?: number
  /** When, or how often, in a few words. */
  note?: string
  /** Of a comparison: what the shown graph does to this step. */
  change?: 'added' | 'changed' | 'removed'
  /** Who else has it open. */
  colleagues?: readonly string[]
}

/** What is drawn on a connection. */
export interface EdgeMark {
  text?: string
  /** How many of all took it, 0 to 1: the line's thickness. */
  weight?: number
  path?: 'on' | 'off'
  /** Of a comparison: what the shown graph does to this connection. */
  change?: 'added' | 'removed'
}

/** What the marks are about: live numbers, a test of the audience or of one customer, a run, a version that is compared. */
export type OverlayKind = 'none' | 'live' | 'audience' | 'path' | 'version'

interface Marks {
  kind: OverlayKind
  nodes: ReadonlyMap<string, NodeMark>
  edges: ReadonlyMap<string, EdgeMark>
}

const empty: Marks = { kind: 'none', nodes: new Map(), edges: new Map() }

/** Keeps the marks that did not change, so that only cards that differ are drawn again. */
function merge<Mark>(before: ReadonlyMap<string, Mark>, after: ReadonlyMap<string, Mark>): ReadonlyMap<string, Mark> {
  return new Map(
    [...after].map(([id, mark]) => {
      const known = before.get(id)
      return [id, known !== undefined && sameJson(known, mark) ? known : mark]
    }),
  )
}

/**
 * Numbers and paths on the canvas, apart from the graph: they change by themselves, are no step of the history and are keyed by node and
 * edge id (UX §4.17, rule 5). One layer at a time is shown; `live` lies below and shows when there is no other.
 */
export class OverlayStore {
  #live: Marks = empty
  #top: Marks | null = null
  #colleagues: ReadonlyMap<string, readonly string[]> = new Map()
  #shown: Marks = empty
  #isLiveOn = true
  #listeners = new Set<() => void>()

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get shown(): Marks {
    return this.#shown
  }

  /** The numbers of the campaign as it runs, whatever is shown. */
  get live(): ReadonlyMap<string, NodeMark> {
    return this.#live.nodes
  }

  get isLiveOn(): boolean {
    return this.#isLiveOn
  }

  #show(): void {
    const layer = this.#top ?? (this.#isLiveOn ? this.#live : empty)
    const nodes = new Map(layer.nodes)
    for (const [id, colleagues] of this.#colleagues)
      nodes.set(id, { ...(nodes.get(id) ?? { figures: [] }), colleagues })
    this.#shown = {
      kind: layer.kind,
      nodes: merge(this.#shown.nodes, nodes),
      edges: merge(this.#shown.edges, layer.edges),
    }
    for (const listener of this.#listeners) listener()
  }

  /** The numbers of the campaign as it runs. */
  setLive(nodes: ReadonlyMap<string, NodeMark>, edges: ReadonlyMap<string, EdgeMark>): void {
    this.#live = { kind: 'live', nodes: merge(this.#live.nodes, nodes), edges: merge(this.#live.edges, edges) }
    this.#show()
  }

  /** Shows or hides the live numbers. */
  switchLive(on: boolean): void {
    this.#isLiveOn = on
    this.#show()
  }

  /** Draws something else until it is taken away with null. */
  setTop(
    marks: { kind: OverlayKind; nodes: ReadonlyMap<string, NodeMark>; edges: ReadonlyMap<string, EdgeMark> } | null,
  ): void {
    this.#top = marks
    this.#show()
  }

  /** Which steps colleagues have open, by node. */
  setColleagues(byNode: ReadonlyMap<string, readonly string[]>): void {
    this.#colleagues = byNode
    this.#show()
  }
}

const OverlayContext = createContext<OverlayStore | null>(null)
/** Gives the canvas its overlay. */
export const OverlayProvider = OverlayContext.Provider

/** The builder's overlay. @throws when there is none around */
export function useOverlayStore(): OverlayStore {
  const overlay = useContext(OverlayContext)
  if (!overlay) throw new Error('useOverlayStore() outside the builder')
  return overlay
}

/** Reads a part of the overlay; the component renders again only when that part changes (by identity). */
export function useOverlay<Part>(select: (overlay: OverlayStore) => Part): Part {
  const overlay = useOverlayStore()
  return useSyncExternalStore(overlay.subscribe, () => select(overlay))
}
