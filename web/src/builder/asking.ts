import { useMemo, useSyncExternalStore } from 'react'
import { anchorOf } from './anchor.ts'
import { afterPort, afterSelected } from './commands.ts'
import type { Point } from './draft.ts'
import type { Refusal } from './edits.ts'
import type { Place } from './insert.ts'
import { type BuilderStore, useStore } from './store.ts'
import { tell } from './telling.tsx'

/** A step that is asked for: where on the canvas, and into what it goes once it is chosen. */
type Asked = { title: string; at: Point; place(): Place | Refusal } | null

/**
 * Asks which step shall be added: on a connection, after a way out, after what is selected. What is asked is kept here and not in the
 * workbench, so that neither asking nor the answer draws the bar and the palette anew.
 */
export class Asking {
  readonly #store: BuilderStore
  #asked: Asked = null
  #listeners = new Set<() => void>()

  constructor(store: BuilderStore) {
    this.#store = store
  }

  get asked(): Asked {
    return this.#asked
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #set(asked: Asked): void {
    this.#asked = asked
    for (const listener of this.#listeners) listener()
  }

  /** Asks for a step that goes to a place. */
  at = (title: string, place: () => Place | Refusal): void => {
    const spot = place()
    if ('refused' in spot) tell(spot.refused)
    else this.#set({ title, at: anchorOf(this.#store.scene, spot), place })
  }

  /** Asks for a step on a connection. */
  on = (edgeId: string): void => {
    this.#store.openDrawer(false)
    this.at('Insert a step', () => ({ on: 'edge', edgeId }))
  }

  /** Asks for a step after a way out, at a place where the line was let go. */
  after = (nodeId: string, when: string | null, at?: Point): void =>
    this.at('What happens next?', () => afterPort(this.#store, nodeId, when, at))

  /** Asks for a step after what is selected. */
  next = (): void => this.at('Add a step', () => afterSelected(this.#store))

  /** The question is answered, or nobody wants to. */
  end = (): void => this.#set(null)
}

/** What asks in this builder. */
export function useAsking(): Asking {
  const store = useStore()
  return useMemo(() => new Asking(store), [store])
}

/** What is asked now. */
export const useAsked = (asking: Asking): Asked => useSyncExternalStore(asking.subscribe, () => asking.asked)
