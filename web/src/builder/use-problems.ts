import { useEffect } from 'react'
import { api } from '../api.ts'
import type { Autosave } from './autosave.ts'
import { startLiveCheck } from './live-check.ts'
import { sameGraph } from './problems.ts'
import type { BuilderStore } from './store.ts'

/**
 * Keeps the list of problems true while the builder is open: this device checks after every change, the server when it saves. Where
 * nothing was to be saved (the builder was just opened, a colleague's change came in) the server is asked for its part.
 */
export function useProblems(campaignId: string, store: BuilderStore, autosave: Autosave): void {
  useEffect(() => {
    if (store.readOnly !== null) return
    let open = true
    const askServer = async () => {
      const { draft, answered } = store.state
      if (autosave.state.is !== 'saved' || (answered && sameGraph(answered.draft, draft))) return
      try {
        const { problems } = await api('POST /campaigns/:id/workflow/validate', { params: { id: campaignId } })
        const isStill = autosave.state.is === 'saved' && sameGraph(store.state.draft, draft)
        if (open && isStill) store.setProblems(problems, draft)
      } catch {
        // Nothing was asked for; the next save hears of what is wrong with the server.
      }
    }
    const stop = startLiveCheck(store, () => void askServer())
    const unsubscribe = autosave.subscribe(() => void askServer())
    return () => {
      open = false
      stop()
      unsubscribe()
    }
  }, [campaignId, store, autosave])
}
