import { useConnection } from '@xyflow/react'
import { type RefObject, useEffect } from 'react'
import { refusal } from './edits.ts'
import { linksOf, upstream } from './shape.ts'
import { useStore } from './store.ts'

/** The step under a place on the screen, wherever on its card. */
export function stepAt(x: number, y: number): string | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const card = element.closest<HTMLElement>('.react-flow__node-step')
    if (card) return card.dataset.id ?? null
  }
  return null
}

/**
 * What is said while a line is drawn: steps that it cannot reach are dim, and over one of them the reason stands at the pointer. `Esc`
 * lets go of the line.
 */
export function Connecting({ frame, onCancel }: { frame: RefObject<HTMLElement | null>; onCancel(): void }) {
  const store = useStore()
  const from = useConnection((now) => (now.inProgress && now.fromHandle.type === 'source' ? now.fromNode.id : null))
  const busy = useConnection((now) => now.inProgress)
  // From the upper left corner of the canvas, in px.
  const pointer = useConnection((now) => now.pointer)
  useEffect(() => {
    const element = frame.current
    if (from === null || !element) return
    const { scene } = store
    const above = upstream(linksOf(scene.draft), from)
    const cards = [...element.querySelectorAll<HTMLElement>('.react-flow__node-step')]
    for (const card of cards) {
      const id = card.dataset.id ?? ''
      if (id !== from && refusal(scene, from, id, above) !== null) card.dataset.refused = 'true'
    }
    return () => {
      for (const card of cards) delete card.dataset.refused
    }
  }, [from, frame, store])
  useEffect(() => {
    if (!busy) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      onCancel()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [busy, onCancel])
  const box = frame.current?.getBoundingClientRect()
  if (from === null || pointer === null || !box) return null
  const over = stepAt(box.left + pointer.x, box.top + pointer.y)
  const reason = over === null || over === from ? null : refusal(store.scene, from, over)
  return reason === null ? null : (
    <div className="tl-reason" style={{ left: pointer.x + 16, top: pointer.y + 16 }}>
      {reason}
    </div>
  )
}
