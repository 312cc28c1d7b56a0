import { type RefObject, useEffect, useRef } from 'react'

/** On a phone tabs scroll sideways: for their `nav`, keeps the one that is open (`aria-current="page"`) in view. */
export function useTabInView(open: string): RefObject<HTMLElement | null> {
  const nav = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is open, so another one comes into view
  useEffect(() => {
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [open])
  return nav
}
