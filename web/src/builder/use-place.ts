import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

/** The panel below the canvas. */
export type Panel = 'problems' | 'outline' | 'test'
/** The panel on the right, beside the drawer of a step. */
export type Side = 'history' | 'people' | 'ai'

/** What is open in the builder; it is in the URL, so that a reload and a shared link show the same. */
export interface Place {
  node?: string | undefined
  panel?: Panel | undefined
  mode?: 'customer' | 'audience' | undefined
  side?: Side | undefined
  /** Of the history: which tab, and the run that is drawn. */
  tab?: 'runs' | 'versions' | undefined
  run?: string | undefined
  /** Of a list of people: whom it holds, `<node>` or `<node>.<what>`. */
  who?: string | undefined
}

/** Reads and changes what is open. A change replaces the history's entry: the back button leaves the builder. */
export function usePlace(): { place: Place; go(change: Place): void } {
  const place = useSearch({ from: '/signed-in/campaigns/$id/builder' }) as Place
  const navigate = useNavigate({ from: '/campaigns/$id/builder' })
  const go = useCallback(
    (change: Place) => void navigate({ search: (was) => ({ ...was, ...change }), replace: true }),
    [navigate],
  )
  return { place, go }
}
