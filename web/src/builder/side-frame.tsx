import { useLocalStorage } from '@mantine/hooks'
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react'

/** Widths of what stands on the right of the canvas, in px (UX §4.6). */
const widths = { min: 340, usual: 400, max: 640 }
/** How far an arrow key moves the edge, in px. */
const stepPx = 20
/** A press that moves less than this is a click, in px. */
const clickPx = 4

/** Where the drawer and the side panels stand: beside the canvas, as wide as this person last wanted it. Their edge is dragged, clicked, or moved by arrows. */
export function SideFrame({ children }: { children: ReactNode }) {
  const [width, setWidth] = useLocalStorage({
    key: 'throughline-drawer-width',
    defaultValue: widths.usual,
    getInitialValueInEffect: false,
  })
  const held = useRef<{ x: number; width: number } | null>(null)
  const put = (next: number) => setWidth(Math.round(Math.max(widths.min, Math.min(widths.max, next))))
  const onKeyDown = (event: KeyboardEvent) => {
    const next = {
      ArrowLeft: width + stepPx,
      ArrowRight: width - stepPx,
      Home: widths.min,
      End: widths.max,
      Enter: widths.usual,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    put(next)
  }
  const drag = (event: PointerEvent) => {
    if (held.current) put(held.current.width + held.current.x - event.clientX)
  }
  const drop = (event: PointerEvent) => {
    const from = held.current
    held.current = null
    if (from && Math.abs(from.x - event.clientX) < clickPx) put(from.width < widths.max ? widths.max : widths.usual)
  }
  return (
    <div className="tl-right" style={{ '--tl-right': `${width}px` } as CSSProperties}>
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that is moved, not a line between texts */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the panel"
        aria-valuemin={widths.min}
        aria-valuemax={widths.max}
        aria-valuenow={width}
        aria-valuetext={`${width} pixels`}
        title="Drag to resize, click for wide or usual"
        tabIndex={0}
        className="tl-right-edge"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          held.current = { x: event.clientX, width }
        }}
        onPointerMove={drag}
        onPointerUp={drop}
        onPointerCancel={() => {
          held.current = null
        }}
      />
      {children}
    </div>
  )
}
