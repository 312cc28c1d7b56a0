import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import { countLive, type LiveCounts, recentFirings } from './live-sql.ts'
import { findWatched } from './watch-sql.ts'

/** One message of the stream. */
export interface LiveEvent {
  event: 'counts' | 'firing' | 'draft' | 'presence' | 'simulation'
  data: unknown
}

/** A campaign is looked at this often while somebody listens, in ms; less often when counting takes long. */
const everyMs = 1_000

/**
 * What changes in a campaign, as long as somebody listens: its counts, the progress of its firings and simulations, its draft's version
 * and who has it open. Each is told when it differs from what was told before; the first look tells everything. Ends when the campaign
 * is gone or the signal aborts.
 */
export async function* watchCampaign(
  db: Db,
  workspaceId: number,
  campaignId: string,
  signal: AbortSignal,
  pollMs = everyMs,
): AsyncGenerator<LiveEvent> {
  const told = new Map<string, string>()
  const isNews = (key: string, data: unknown): boolean => {
    const text = JSON.stringify(data)
    if (told.get(key) === text) return false
    told.set(key, text)
    return true
  }
  let simulating = new Map<string, { done: number; total: number | null }>()
  while (!signal.aborted) {
    const startedAt = performance.now()
    const counts = await sharedCounts(db, workspaceId, campaignId, pollMs)
    if (!counts) return
    if (isNews('counts', counts)) yield { event: 'counts', data: { campaignId, ...counts } }
    for (const firing of await recentFirings(db, workspaceId, campaignId)) {
      if (isNews(firing.id, firing)) yield { event: 'firing', data: firing }
    }
    const watched = await findWatched(db, workspaceId, campaignId)
    if (!watched) return
    const { draft, presence, simulations } = watched
    if (isNews('draft', draft)) yield { event: 'draft', data: { campaignId, ...draft } }
    if (isNews('presence', presence)) yield { event: 'presence', data: { campaignId, items: presence } }
    const running = new Map(simulations.map(({ id, done, total }) => [id, { done, total }]))
    for (const [id, progress] of running) {
      const told = { campaignId, id, ...progress, state: 'running' }
      if (isNews(`simulation ${id}`, told)) yield { event: 'simulation', data: told }
    }
    for (const [id, last] of simulating) {
      if (!running.has(id)) yield { event: 'simulation', data: { campaignId, id, ...last, state: 'ended' } }
    }
    simulating = running
    const tookMs = performance.now() - startedAt
    await sleep(Math.max(pollMs, tookMs * 5), undefined, { signal }).catch(() => {})
  }
}

const shared = new WeakMap<Db, Map<string, { until: number; counts: Promise<LiveCounts | undefined> }>>()

/** All who listen to one campaign share one count. */
function sharedCounts(
  db: Db,
  workspaceId: number,
  campaignId: string,
  pollMs: number,
): Promise<LiveCounts | undefined> {
  const known = shared.get(db) ?? new Map<string, { until: number; counts: Promise<LiveCounts | undefined> }>()
  shared.set(db, known)
  const now = performance.now()
  for (const [key, { until }] of known) if (until < now) known.delete(key)
  const key = `${workspaceId}/${campaignId}`
  const found = known.get(key)
  if (found) return found.counts
  const counts = countLive(db, workspaceId, campaignId)
  known.set(key, { until: now + pollMs / 2, counts })
  return counts
}
