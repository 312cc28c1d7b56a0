import { type RefObject, useEffect } from 'react'

/** Where a letter is a letter, or somebody else's key. */
const elsewhere =
  'input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], [role=menu], [role=listbox]'

/** Whether a key is meant for a field or a layer above the list. */
export const isElsewhere = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest(elsewhere) !== null

/** j and k lead into the page's first list from anywhere on the page: to its first row, or to the one where one was. */
export function useWayIn(scroller: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const enter = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key !== 'j' && event.key !== 'k') return
      const list = scroller.current
      if (!list || document.querySelector('.tl-scroll') !== list || isElsewhere(event.target)) return
      const row =
        list.querySelector<HTMLElement>('tr[data-open] .tl-row-link') ?? list.querySelector<HTMLElement>('.tl-row-link')
      row?.focus()
      if (row) event.preventDefault()
    }
    window.addEventListener('keydown', enter)
    return () => window.removeEventListener('keydown', enter)
  }, [scroller])
}
