import { useEffect, useMemo, useRef, useState } from 'react'
import type { Presence } from '../live.ts'
import { useMe } from '../session.tsx'
import type { OverlayStore } from './overlay.ts'
import type { BuilderStore } from './store.ts'

/** A tab says this often that it is still there, in ms; the server forgets it after 45 s. */
const againMs = 20_000

/** Tells colleagues that this tab has the campaign open and at which step, and shows where they are. Answers who else is there. */
export function usePresence(
  campaignId: string,
  store: BuilderStore,
  overlay: OverlayStore,
  present: readonly Presence[],
): { name: string; tabs: number }[] {
  const tab = useRef(crypto.randomUUID())
  const { memberId } = useMe()
  const [nodeId, setNodeId] = useState<string | null>(null)
  useEffect(
    () =>
      store.subscribe(() => {
        const { drawer, selected } = store.state
        setNodeId(drawer ? ([...selected][0] ?? null) : null)
      }),
    [store],
  )
  useEffect(() => {
    const tell = () => say(campaignId, { tab: tab.current, nodeId })
    // A walk over many steps is told once.
    const first = setTimeout(tell, 400)
    const timer = setInterval(tell, againMs)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [campaignId, nodeId])
  useEffect(() => {
    const leave = () => say(campaignId, { tab: tab.current, left: true })
    window.addEventListener('pagehide', leave)
    return () => {
      window.removeEventListener('pagehide', leave)
      leave()
    }
  }, [campaignId])
  const others = useMemo(() => present.filter((one) => one.tab !== tab.current), [present])
  useEffect(() => {
    const byNode = Map.groupBy(
      others.filter((one) => one.nodeId !== null),
      (one) => one.nodeId ?? '',
    )
    overlay.setColleagues(
      new Map([...byNode].map(([id, list]) => [id, [...new Set(list.map((one) => nameFor(one, memberId)))]])),
    )
  }, [others, overlay, memberId])
  return useMemo(() => {
    const byName = Map.groupBy(others, (one) => nameFor(one, memberId))
    return [...byName].map(([name, list]) => ({ name, tabs: list.length }))
  }, [others, memberId])
}

/** Told without the typed client: nobody is asked to sign in for it, and it outlives the page. */
const say = (campaignId: string, body: Record<string, unknown>): void =>
  void fetch(`/api/v1/campaigns/${campaignId}/presence`, {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined)

const nameFor = (one: Presence, me: string | null): string => (one.memberId === me ? 'You, in another tab' : one.name)
