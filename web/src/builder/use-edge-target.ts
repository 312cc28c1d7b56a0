import { useReactFlow } from '@xyflow/react'
import { type RefObject, useMemo } from 'react'
import { distanceTo } from './anchor.ts'
import type { Point } from './draft.ts'
import { cardWidth } from './edits.ts'
import { isFree } from './move.ts'
import { type BuilderStore, useStore } from './store.ts'

/** How near the pointer, or the middle of a dragged card, has to come to a connection: screen pixels, and canvas pixels. */
const reach = { pointer: 28, card: 60 }

/** Lights the connection into which something would drop. It works on the page itself: a drag must not render the canvas. */
export interface EdgeTarget {
  /** Something from the palette hovers at a place on the screen. */
  over(screen: Point): void
  /** A card is being dragged: only one that stands free drops into a connection. */
  drag(id: string, at: Point): void
  /** Ends it, with the connection that was lit. */
  take(): string | null
}

/** What lights up while something is dragged over the canvas in `frame`. */
export function useEdgeTarget(frame: RefObject<HTMLElement | null>): EdgeTarget {
  const store = useStore()
  const flow = useReactFlow()
  return useMemo(() => {
    let lit: string | null = null
    let free: { id: string; is: boolean } | null = null
    const light = (id: string | null) => {
      if (id === lit) return
      lit = id
      for (const edge of frame.current?.querySelectorAll('.react-flow__edge[data-drop]') ?? [])
        edge.removeAttribute('data-drop')
      if (id !== null)
        frame.current
          ?.querySelector(`.react-flow__edge[data-id="${CSS.escape(id)}"]`)
          ?.setAttribute('data-drop', 'true')
    }
    return {
      over: (screen) =>
        light(nearest(store, flow.screenToFlowPosition(screen), reach.pointer / flow.getViewport().zoom, null)),
      drag(id, at) {
        if (free?.id !== id) free = { id, is: isFree(store.scene, id) }
        const middle = { x: at.x + cardWidth / 2, y: at.y + store.scene.heightOf(id) / 2 }
        if (free.is) light(nearest(store, middle, reach.card, id))
      },
      take() {
        const found = lit
        free = null
        light(null)
        return found
      },
    }
  }, [store, flow, frame])
}

function nearest(store: BuilderStore, at: Point, within: number, except: string | null): string | null {
  const { scene } = store
  let best: { id: string; far: number } | null = null
  for (const edge of scene.draft.edges.values()) {
    if (edge.source === except || edge.target === except) continue
    const far = distanceTo(scene, edge, at)
    if (far <= within && (best === null || far < best.far)) best = { id: edge.id, far }
  }
  return best?.id ?? null
}
