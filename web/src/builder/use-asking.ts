import { useCallback, useState } from 'react'
import { anchorOf } from './anchor.ts'
import { afterPort, afterSelected } from './commands.ts'
import type { Point } from './draft.ts'
import type { Refusal } from './edits.ts'
import type { Place } from './insert.ts'
import { useStore } from './store.ts'
import { tell } from './telling.tsx'

/** A step that is asked for: where on the canvas, and into what it goes once it is chosen. */
export type Asking = { title: string; at: Point; place(): Place | Refusal } | null

/** Asking which step shall be added: on a connection, after a way out, after what is selected. */
export function useAsking() {
  const store = useStore()
  const [asking, setAsking] = useState<Asking>(null)
  const ask = useCallback(
    (title: string, place: () => Place | Refusal) => {
      const spot = place()
      if ('refused' in spot) tell(spot.refused)
      else setAsking({ title, at: anchorOf(store.scene, spot), place })
    },
    [store],
  )
  const insertOn = useCallback(
    (edgeId: string) => {
      store.openDrawer(false)
      ask('Insert a step', () => ({ on: 'edge', edgeId }))
    },
    [ask, store],
  )
  const grow = useCallback(
    (nodeId: string, when: string | null, at?: Point) =>
      ask('What happens next?', () => afterPort(store, nodeId, when, at)),
    [ask, store],
  )
  const addAfter = useCallback(() => ask('Add a step', () => afterSelected(store)), [ask, store])
  const answered = useCallback(() => setAsking(null), [])
  return { asking, ask, insertOn, grow, addAfter, answered }
}
