import { type Connection, type ReactFlowProps, useReactFlow } from '@xyflow/react'
import { useCallback, useRef } from 'react'
import { toastProblem } from '../query.ts'
import { stepAt } from './connecting.tsx'
import type { Point } from './draft.ts'
import { cardWidth, connect, reconnect, refusal } from './edits.ts'
import { useStore } from './store.ts'

/** Drawing lines with the pointer: from a way out to a step or into the open, and the end of one that is there elsewhere. */
export function useLines({
  canEdit,
  onDropFar,
}: {
  canEdit: boolean
  /** A line was let go over the empty canvas: what follows there. */
  onDropFar(nodeId: string, when: string | null, at: Point): void
}) {
  const store = useStore()
  const flow = useReactFlow()
  const letGo = useRef(false)
  const reconnecting = useRef(false)
  const onConnect = useCallback(
    ({ source, sourceHandle, target: to }: Connection) => {
      if (letGo.current) return
      const refused = store.run(connect(store.scene, source, whenOf(sourceHandle), to))
      if (refused) toastProblem(refused)
    },
    [store],
  )
  // Esc ends a line like letting go of it, only that nothing comes of it.
  const cancel = useCallback(() => {
    letGo.current = true
    document.dispatchEvent(new MouseEvent('mouseup'))
    letGo.current = false
  }, [])

  const lead = (id: string, to: { source: string; target: string; when: string | null }) => {
    if (letGo.current) return
    const refused = store.run(reconnect(store.scene, id, to))
    if (refused) toastProblem(refused)
  }
  const events = {
    onReconnect: (old, { source, sourceHandle, target: to }) =>
      lead(old.id, { source, when: whenOf(sourceHandle), target: to }),
    onReconnectStart: () => {
      reconnecting.current = true
    },
    onReconnectEnd: (event, old, _, state) => {
      reconnecting.current = false
      // On a card, anywhere, is meant for it; on the empty canvas nothing happens to the connection.
      const over = state.toNode ? null : stepUnder(event)
      const known = store.state.draft.edges.get(old.id)
      if (over !== null && known && state.fromHandle?.type === 'source') lead(old.id, { ...known, target: over })
    },
    onConnectEnd: (event, state) => {
      if (
        !canEdit ||
        letGo.current ||
        reconnecting.current ||
        !state.fromNode ||
        state.fromHandle?.type !== 'source' ||
        state.isValid
      )
        return
      const source = state.fromNode.id
      const when = whenOf(state.fromHandle.id)
      const over = state.toNode?.id ?? stepUnder(event)
      if (over === source) return
      if (over !== null) {
        const reason = refusal(store.scene, source, over)
        if (reason) toastProblem(reason)
        else store.run(connect(store.scene, source, when, over))
        return
      }
      const { clientX: x, clientY: y } =
        'changedTouches' in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event
      const at = flow.screenToFlowPosition({ x, y })
      onDropFar(source, when, { x: Math.round(at.x - cardWidth / 2), y: Math.round(at.y) })
    },
    isValidConnection: ({ source, target: to }) => refusal(store.scene, source, to) === null,
  } satisfies ReactFlowProps
  return { onConnect, cancel, events }
}

/** The label of the edges that a handle starts. */
const whenOf = (handle: string | null | undefined): string | null => (handle === 'default' ? null : (handle ?? null))

function stepUnder(event: MouseEvent | TouchEvent): string | null {
  const at = 'changedTouches' in event ? event.changedTouches[0] : event
  return at ? stepAt(at.clientX, at.clientY) : null
}
