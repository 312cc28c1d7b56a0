import { Anchor } from '@mantine/core'
import { useEffect, useState } from 'react'
import { askNow, useConnection } from '../connection.ts'
import { clockTime } from '../format.ts'
import { liveMs, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'

/** After so long without an answer it is said, in milliseconds; shorter gaps heal by themselves. */
const saidAfterMs = 3_000
const streamSaidAfterMs = 10_000

/** The thin bar above every page while the server does not answer, or the numbers that it pushes do not come. */
export function ConnectionBar() {
  const { failingSince, lastGoodAt, nextTryAt, streamLostSince } = useConnection()
  const [now, setNow] = useState(Date.now())
  const troubled = failingSince !== null || streamLostSince !== null
  useEffect(() => {
    if (!troubled) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [troubled])
  if (failingSince !== null && now - failingSince >= saidAfterMs) {
    return (
      <div className="tl-notice" role="status">
        <span>
          {navigator.onLine ? 'The server does not answer.' : 'You are offline.'} What you see is as of{' '}
          {clockTime(new Date(lastGoodAt))}; what you typed is kept.
        </span>{' '}
        <span aria-hidden>Trying again in {Math.max(0, Math.ceil((nextTryAt - now) / 1000))} s</span>{' '}
        <Anchor component="button" type="button" inherit c="inherit" underline="always" onClick={() => void askNow()}>
          Try now
        </Anchor>
      </div>
    )
  }
  if (failingSince === null && streamLostSince !== null && now - streamLostSince >= streamSaidAfterMs) {
    return (
      <div className="tl-notice" role="status">
        Live numbers paused, reconnecting
      </div>
    )
  }
  return null
}

/** The red bar above every page while the workspace stopped all sending. */
export function StoppedBar() {
  const workspace = useApi('GET /workspace', {}, { staleTime: liveMs, refetchInterval: liveMs * 6 })
  const can = useCan()
  const goOn = useAct('POST /workspace/stop-sending', { done: 'Sending goes on' })
  if (!workspace.data?.stopSending) return null
  return (
    <div className="tl-notice" data-tone="bad" role="status">
      All sending is stopped. Messages wait, nothing is lost.{' '}
      {can('workspace.stop-sending') && (
        <Anchor
          component="button"
          type="button"
          inherit
          c="inherit"
          underline="always"
          disabled={goOn.isPending}
          onClick={() => goOn.mutate({ body: { on: false } })}
        >
          Let sending go on
        </Anchor>
      )}
    </div>
  )
}
