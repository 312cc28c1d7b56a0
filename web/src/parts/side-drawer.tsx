import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import './side-drawer.css'

/**
 * A drawer beside the page, which stays usable: no overlay, no trap. It takes the focus when it opens; Escape closes it, and the focus
 * returns to where it came from. On phones it covers the page.
 */
export function SideDrawer({
  label,
  onClose,
  body,
  children,
}: {
  label: string
  onClose(): void
  /** Filled with the element that scrolls. */
  body: RefObject<HTMLDivElement | null>
  children: ReactNode
}) {
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    const before = document.activeElement instanceof HTMLElement ? document.activeElement : null
    const row = before?.closest('tr')?.dataset.id
    box.current?.focus({ preventScroll: true })
    return () => {
      // The row may have been drawn anew since.
      const again =
        row === undefined ? before : document.querySelector<HTMLElement>(`tr[data-id="${row}"] .tl-row-link`)
      const target = before?.isConnected ? before : again
      target?.focus({ preventScroll: true })
    }
  }, [])
  // Below what stands above the page: a banner comes and goes.
  useLayoutEffect(() => {
    const main = document.getElementById('main')
    if (!main) return
    const place = () => box.current?.style.setProperty('top', `${Math.max(0, main.getBoundingClientRect().top)}px`)
    place()
    const watch = new ResizeObserver(place)
    watch.observe(main)
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // A dialog, a menu or a list of choices on top closes first.
      if (event.key !== 'Escape' || event.defaultPrevented) return
      const layers = document.querySelectorAll('[role=dialog][aria-modal=true], [role=menu], [role=listbox]')
      if ([...layers].some((layer) => layer.checkVisibility())) return
      onClose()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [onClose])
  return (
    <aside ref={box} className="tl-side-drawer" role="dialog" aria-label={label} tabIndex={-1}>
      <div ref={body} className="tl-side-drawer-body">
        {children}
      </div>
    </aside>
  )
}
