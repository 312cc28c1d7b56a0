import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useRef } from 'react'
import { useBuilder, useStore } from './store.ts'

/** The panel below the canvas. */
export type Panel = 'problems' | 'outline' | 'test'
/** The panel on the right, beside the drawer of a step. */
export type Side = 'history' | 'people' | 'ai'

/** What is open in the builder; it is in the URL, so that a reload and a shared link show the same. */
export interface Place {
  node?: string | undefined
  /** The field of that step which is to be put right: it gets the focus once. */
  field?: string | undefined
  panel?: Panel | undefined
  mode?: 'customer' | 'audience' | undefined
  side?: Side | undefined
  /** Of the history: which tab, and the run that is drawn. */
  tab?: 'runs' | 'versions' | undefined
  run?: string | undefined
  /** Of a list of people: whom it holds, `<node>` or `<node>.<what>`. */
  who?: string | undefined
  /** Of the live counts: whose, by when they were enrolled; all when it is absent, days of one's own when it is `custom`. */
  range?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

const route = '/signed-in/campaigns/$id/builder'

/** Reads and changes what is open beside steps. A change replaces the history's entry: the back button leaves the builder. */
export function usePlace(): { place: Omit<Place, 'node' | 'field'>; go(change: Place): void } {
  // Without the step: each that is opened would draw anew all that asks what else is open.
  const place = useSearch({
    from: route,
    select: (search) => ({ ...search, node: undefined, field: undefined }),
    structuralSharing: true,
  })
  const navigate = useNavigate({ from: '/campaigns/$id/builder' })
  const go = useCallback(
    (change: Place) => void navigate({ search: (was) => ({ ...was, ...change }), replace: true }),
    [navigate],
  )
  return { place: place as Omit<Place, 'node' | 'field'>, go }
}

/** Keeps the step that is open in the URL, and opens the one that the URL names. A component, so that nothing around it is drawn for that. */
export function NodeInUrl(): null {
  const store = useStore()
  const { go } = usePlace()
  const { node: wanted, field } = useSearch({ from: route }) as Place
  const written = useRef<string | undefined>(undefined)
  const opened = useBuilder((state) => (state.drawer ? [...state.selected][0] : undefined))
  useEffect(() => {
    if (wanted === undefined || wanted === written.current) return
    written.current = wanted
    store.select([wanted], { open: true, look: true, field: field ?? null })
    if (field !== undefined) go({ field: undefined })
  }, [wanted, field, store, go])
  useEffect(() => {
    if (opened === written.current) return
    const timer = setTimeout(() => {
      written.current = opened
      go({ node: opened })
    }, 300)
    return () => clearTimeout(timer)
  }, [opened, go])
  return null
}
