import { useEffect, useRef, useState } from 'react'
import { streamIs } from './connection.ts'
import { queryClient } from './query.ts'

/** Numbers of a campaign as the server pushes them. */
export interface LiveCounts {
  /** Customers at each node now. */
  here: ReadonlyMap<string, number>
  /** Those of them who stand at an error. */
  failing: ReadonlyMap<string, number>
}

/** Who has the campaign open: one entry a tab. */
export interface Presence {
  tab: string
  memberId: string
  name: string
  nodeId: string | null
}

/** What the stream tells beside counts. */
export type Heard =
  | { event: 'draft'; data: { version: number; by: string | null; byName: string | null; at: string | null } }
  | { event: 'presence'; data: { items: Presence[] } }
  | { event: 'simulation'; data: { id: string; done: number; total: number | null; state: 'running' | 'ended' } }

/**
 * Listens to a campaign's stream: counts on the canvas, and every list that is in view reads again when something moved. `hear` is told
 * of everything else.
 */
export function useCampaignCounts(campaignId: string, enabled: boolean, hear?: (heard: Heard) => void): LiveCounts {
  const [state, setState] = useState<LiveCounts>({ here: new Map(), failing: new Map() })
  const listener = useRef(hear)
  listener.current = hear
  useEffect(() => {
    if (!enabled) return
    const onCounts = (event: MessageEvent<string>) => {
      const counts = JSON.parse(event.data) as { here: Record<string, { count: number; failing: number }> }
      const here = Object.entries(counts.here)
      setState({
        here: new Map(here.map(([id, { count }]) => [id, count])),
        failing: new Map(here.map(([id, { failing }]) => [id, failing])),
      })
      readAgain()
    }
    const onFiring = () =>
      void queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[0]).includes('firings') })
    return listen(`/api/v1/stream?campaign=${encodeURIComponent(campaignId)}`, {
      counts: onCounts,
      firing: onFiring,
      ...Object.fromEntries(
        (['draft', 'presence', 'simulation'] as const).map((event) => [
          event,
          (message: MessageEvent<string>) => listener.current?.({ event, data: JSON.parse(message.data) } as Heard),
        ]),
      ),
    })
  }, [campaignId, enabled])
  return state
}

/** Keeps a run that is in view as it is now: it is read again whenever the server says that it is another. */
export function useRunChanges(runId: number): void {
  useEffect(() => {
    const read = () => void queryClient.invalidateQueries({ predicate: ({ queryKey }) => isAboutRuns(queryKey[0]) })
    return listen(`/api/v1/stream?run=${runId}`, { run: read }, read)
  }, [runId])
}
const isAboutRuns = (key: unknown): boolean => String(key).includes('/runs/:id')

/** Reads again what is in view of campaigns. */
const readAgain = () =>
  void queryClient.invalidateQueries({
    predicate: (query) =>
      String(query.queryKey[0]).includes('/campaigns') && !String(query.queryKey[0]).includes('preflight'),
  })

/** How often numbers are read while the stream that pushes them is down, in milliseconds. */
const pollMs = 15_000
/** When a stream that the browser gave up (a refusal, a proxy's error page) is opened anew. */
const reopenMs = 3_000

/**
 * Keeps a stream open until the function that it answers is called. While it is down that is said after a while (connection.ts),
 * and what is in view is read every 15 s.
 */
function listen(
  address: string,
  on: Record<string, (message: MessageEvent<string>) => void>,
  readInView = readAgain,
): () => void {
  const mark = Symbol(address)
  let stream: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let poll: ReturnType<typeof setInterval> | undefined
  const open = () => {
    stream = new EventSource(address)
    for (const [event, heard] of Object.entries(on)) stream.addEventListener(event, heard)
    stream.onopen = () => {
      streamIs(mark, false)
      if (poll !== undefined) readInView()
      clearInterval(poll)
      poll = undefined
    }
    stream.onerror = () => {
      streamIs(mark, true)
      poll ??= setInterval(readInView, pollMs)
      // While it is connecting, the browser tries by itself.
      if (stream?.readyState === EventSource.CLOSED) {
        clearTimeout(timer)
        timer = setTimeout(open, reopenMs)
      }
    }
  }
  open()
  return () => {
    stream?.close()
    clearTimeout(timer)
    clearInterval(poll)
    streamIs(mark, false)
  }
}
