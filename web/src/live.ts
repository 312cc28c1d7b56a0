import { useEffect, useState } from 'react'
import { queryClient } from './query.ts'

/** Numbers of a campaign as the server pushes them. */
export interface LiveCounts {
  /** Customers at each node now. */
  here: ReadonlyMap<string, number>
  /** Whether the stream is up. */
  connected: boolean
}

/** Listens to a campaign's stream: counts on the canvas, and every list that is in view reads again when something moved. */
export function useCampaignCounts(campaignId: string, enabled: boolean): LiveCounts {
  const [state, setState] = useState<LiveCounts>({ here: new Map(), connected: false })
  useEffect(() => {
    if (!enabled) return
    const stream = new EventSource(`/api/v1/stream?campaign=${encodeURIComponent(campaignId)}`)
    const onCounts = (event: MessageEvent<string>) => {
      const counts = JSON.parse(event.data) as { here: Record<string, { count: number }> }
      setState({ here: new Map(Object.entries(counts.here).map(([id, { count }]) => [id, count])), connected: true })
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
    stream.onerror = () => setState((was) => (was.connected ? { ...was, connected: false } : was))
    return () => stream.close()
  }, [campaignId, enabled])
  return state
}
