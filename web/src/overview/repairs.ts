import { useState } from 'react'
import { api } from '../api.ts'
import { plural } from '../format.ts'
import { queryClient, toast, toastProblem } from '../query.ts'

/** What can be done to a run that stands at an error. */
export const deeds = {
  retry: { deed: 'Retry', done: 'tried again' },
  skip: { deed: 'Skip', done: 'step skipped' },
  exit: { deed: 'End', done: 'run ended as failed' },
} as const
export type Deed = keyof typeof deeds

/** Does something to runs, one after the other, and says how far it is. A refusal of one does not keep it from the others. */
export function useRepairs() {
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null)
  const repair = async (deed: Deed, ids: readonly number[]): Promise<void> => {
    const refused: unknown[] = []
    for (const [done, id] of ids.entries()) {
      setProgress({ done, total: ids.length })
      try {
        await api(`POST /runs/:id/${deed}`, { params: { id } })
      } catch (problem) {
        refused.push(problem)
      }
    }
    setProgress(null)
    void queryClient.invalidateQueries()
    if (refused.length < ids.length) toast(`${plural(ids.length - refused.length, 'customer')}: ${deeds[deed].done}`)
    if (refused[0] !== undefined) toastProblem(refused[0])
  }
  return { repair, progress }
}
