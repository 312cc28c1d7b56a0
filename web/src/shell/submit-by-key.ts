import { useEffect } from 'react'

/** Ctrl Enter does what a dialog's primary button does, wherever in it one is (UX §4.14), unless the place has a meaning of its own for it. */
export function useSubmitByKey(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || event.repeat) return
      const dialog = event.target instanceof HTMLElement ? event.target.closest('[aria-modal=true]') : null
      const primary = [
        ...(dialog?.querySelectorAll<HTMLButtonElement>(
          '.mantine-Button-root:is(:not([data-variant]), [data-variant=filled])',
        ) ?? []),
      ].at(-1)
      if (!primary || primary.disabled) return
      event.preventDefault()
      primary.click()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
