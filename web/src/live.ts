import { useEffect, useRef, useState } from 'react'
import { queryClient } from './query.ts'

/** Numbers of a campaign as the server pushes them. */
export interface LiveCounts {
  /** Customers at each node now. */
  here: ReadonlyMap<string, number>
  /** Those of them who stand at an error. */
  failing: ReadonlyMap<string, number>
  /** Whether the stream is up. */
  connected: boolean
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
  const [state, setState] = useState<LiveCounts>({ here: new Map(), failing: new Map(), connected: false })
  const listener = useRef(hear)
  listener.current = hear
  useEffect(() => {
    if (!enabled) return
    const stream = new EventSource(`/api/v1/stream?campaign=${encodeURIComponent(campaignId)}`)
    const onCounts = (event: MessageEvent<string>) => {
      const counts = JSON.parse(event.data) as { here: Record<string, { count: number; failing: number }> }
      const here = Object.entries(counts.here)
      setState({
        here: new Map(here.map(([id, { count }]) => [id, count])),
        failing: new Map(here.map(([id, { failing }]) => [id, failing])),
        connected: true,
      })
      void queryClient.invalidateQueries({
        predicate: (query) =>
          String(query.queryKey[0]).includes('/campaigns') && !String(query.queryKey[0]).includes('preflight'),
      })
    }
    stream.addEventListener('counts', onCounts)
    stream.addEventListener(
      'firing',
      () => void queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[0]).includes('firings') }),
    )
    for (const event of ['draft', 'presence', 'simulation'] as const) {
      stream.addEventListener(event, (message: MessageEvent<string>) =>
        listener.current?.({ event, data: JSON.parse(message.data) } as Heard),
      )
    }
    stream.onopen = () => setState((was) => (was.connected ? was : { ...was, connected: true }))
    stream.onerror = () => setState((was) => (was.connected ? { ...was, connected: false } : was))
    return () => stream.close()
  }, [campaignId, enabled])
  return state
}
