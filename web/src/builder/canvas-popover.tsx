import { Popover } from '@mantine/core'
import { useStore as useFlow } from '@xyflow/react'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import type { Point } from './draft.ts'

/** What a popover keeps from the canvas's edge when its place is not in view, in px. */
const rim = 20

/** A small dialog at a place on the canvas; it goes with the canvas, and stays in view when its place does not. */
export function CanvasPopover({
  at,
  label,
  width,
  onClose,
  children,
}: {
  /** In canvas pixels. */
  at: Point
  label: string
  width: number
  onClose(): void
  children: ReactNode
}) {
  const [x, y, zoom] = useFlow((flow) => flow.transform)
  const frame = useFlow((flow) => flow.domNode)?.getBoundingClientRect()
  const within = (low: number, value: number, high: number) => Math.max(low + rim, Math.min(high - rim, value))
  const left = frame ? within(frame.left, frame.left + at.x * zoom + x, frame.right) : 0
  const top = frame ? within(frame.top, frame.top + at.y * zoom + y, frame.bottom) : 0
  return (
    <Popover
      opened
      onChange={(open) => !open && onClose()}
      onDismiss={onClose}
      position="bottom"
      width={`min(${width}px, calc(100vw - 24px))`}
      withArrow
      trapFocus
      withRoles={false}
      shadow="md"
      offset={14}
      middlewares={{ flip: true, shift: { padding: 8 } }}
      clickOutsideEvents={['pointerdown']}
    >
      <Popover.Target>
        <span style={{ position: 'fixed', left, top, width: 1, height: 1, pointerEvents: 'none' }} />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={label} p={12}>
        <FocusAtOnce />
        {children}
      </Popover.Dropdown>
    </Popover>
  )
}

/** Takes the focus before the next key is heard; the trap of the popover itself takes it a moment later, when fast fingers have typed on. */
function FocusAtOnce() {
  const here = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const first = here.current?.parentElement?.querySelector<HTMLElement>('[data-autofocus]')
    first?.focus({ preventScroll: true })
  }, [])
  return <span ref={here} hidden />
}
