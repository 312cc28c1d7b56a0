import { useSyncExternalStore } from 'react'
import { type Answer, ApiProblem, api } from '../api.ts'
import { queryClient } from '../query.ts'

/** Bytes that are sent at once: what is lost of the way when a connection breaks off. */
const partBytes = 4 * 1024 * 1024
/** How often a part is tried again before a person is asked, and the pause before each, in ms. */
const pausesMs = [500, 2_000, 5_000, 10_000]

interface Sending {
  file: File
  /** What stopped it; null while it goes on. */
  problem: string | null
}

/** Files that this tab sends, by import: they go on while one is on other pages of the app. */
const files = new Map<string, Sending>()
let listeners: (() => void)[] = []
const tell = () => {
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners = [...listeners, listener]
  return () => {
    listeners = listeners.filter((one) => one !== listener)
  }
}

const hold = (event: BeforeUnloadEvent) => {
  if ([...files.values()].some(({ problem }) => problem === null)) event.preventDefault()
}

/** What this tab knows of sending the file of an import; undefined when it sends none. */
export const useSending = (id: string): Sending | undefined => useSyncExternalStore(subscribe, () => files.get(id))

/** Sends the file of an import, behind what the server has of it, part by part. Failures are tried again, then kept for `useSending`. */
export async function sendFile(id: string, file: File): Promise<void> {
  if (files.size === 0) window.addEventListener('beforeunload', hold)
  files.set(id, { file, problem: null })
  tell()
  try {
    let { status, received } = await api('GET /imports/:id', { params: { id } })
    for (let tries = 0; status === 'uploading'; ) {
      try {
        const part = file.slice(received, received + partBytes)
        ;({ status, received } = await api('PUT /imports/:id/file', {
          params: { id },
          query: { at: received },
          file: part,
        }))
        tries = 0
      } catch (problem) {
        const pause = pausesMs[tries]
        const passes = problem instanceof ApiProblem && (problem.code === 'offline' || problem.status >= 500)
        // What the server has of it may be more than was answered.
        const isElsewhere = problem instanceof ApiProblem && problem.code === 'wrong_state'
        if (pause === undefined || !(passes || isElsewhere)) throw problem
        tries += 1
        await new Promise((done) => setTimeout(done, pause))
        ;({ status, received } = await api('GET /imports/:id', { params: { id } }).catch(() => ({ status, received })))
      }
    }
    files.delete(id)
  } catch (problem) {
    files.set(id, { file, problem: problem instanceof Error ? problem.message : String(problem) })
  }
  if (files.size === 0) window.removeEventListener('beforeunload', hold)
  tell()
  void queryClient.invalidateQueries()
}

/** Shows an import as a call has just answered it: an older reading must not offer what is no longer possible. */
export function showImport(row: Answer<'GET /imports/:id'>): void {
  queryClient.setQueryData(['GET /imports/:id', { id: row.id }, {}], row)
}

/** Sends no further: the import was canceled. */
export function forgetSending(id: string): void {
  files.delete(id)
  tell()
}
