import type { Audience } from '../campaigns/audience.ts'
import { arrayLiteral, type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { type BusEvent, openBus } from '../engine/bus-sql.ts'
import { fatesOf } from '../firings/fates-sql.ts'
import { noteFirings } from '../firings/note-sql.ts'
import { addFiring, addPayloads } from '../firings/queries.ts'
import event, { means } from './event.ts'

/** The cursor of what event triggers were told. */
export const heardCursor = 'triggers'
/** Events read in one transaction. */
const batchSize = 5_000

interface Listener {
  id: string
  workspaceId: number
  campaignId: string
  config: unknown
  heardFrom: Date
  status: string
  audience: Audience | null
  excludeSegmentId: string | null
}

/** What a batch of events is to one trigger. */
interface Heard {
  /** The first meant event of each customer while the campaign was active. */
  first: Map<string, BusEvent>
  /** Meant events while it was active, and while it took nobody, by what it was. */
  events: number
  refused: Map<string, number>
}

/**
 * Reads the next events of the bus, in commit order, and fires the triggers that mean them. One firing a batch and trigger enrolls all
 * whose event it was, each with the properties of their own as payload; events that enroll nobody are summed up, and those that a
 * trigger does not mean leave no trace. A campaign cannot set itself off for ever: it takes each customer once, whatever happens to them.
 * The cursor and the firings are one transaction. Answers whether there is more.
 */
export async function hearEvents(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const bus = await openBus(tx, heardCursor)
    if (!bus) return false
    const listeners = await listening(tx)
    if (listeners.length === 0) {
      await bus.skip()
      return false
    }
    const events = await bus.read(batchSize)
    const last = events.at(-1)
    if (!last) return false
    const statusAt = await statusHistory(tx, listeners, events)
    const byWorkspace = Map.groupBy(events, ({ workspaceId }) => workspaceId)
    for (const listener of listeners) {
      const heard = hear(listener, byWorkspace.get(listener.workspaceId) ?? [], statusAt)
      if (heard.first.size > 0) await fire(tx, listener, heard)
      for (const [status, times] of heard.refused) await refuse(tx, listener, status, times)
    }
    await bus.moveTo(last)
    return events.length === batchSize
  })
}

async function listening(tx: Tx): Promise<Listener[]> {
  const { rows } = await sql<Listener>`${keepPlan}
    select t.id, t.workspace_id as "workspaceId", t.campaign_id as "campaignId", t.config, t.heard_from as "heardFrom", c.status, c.audience,
      c.exclude_segment_id as "excludeSegmentId"
    from trigger t join campaign c on c.id = t.campaign_id
    where t.type = 'event' and t.enabled and t.deleted_at is null and c.status in ('active', 'paused', 'completed') order by t.id
  `.execute(tx)
  return rows
}

type StatusAt = (listener: Listener, at: Date) => string

/** The status of each campaign at the time of an event: what happened during a pause is refused, also when it is read after it. */
async function statusHistory(tx: Tx, listeners: readonly Listener[], events: readonly BusEvent[]): Promise<StatusAt> {
  const since = new Date(Math.min(...events.map(({ at }) => at.getTime())))
  const { rows } = await sql<{ campaignId: string; from: string; at: Date }>`
    select campaign_id as "campaignId", from_status as "from", at from campaign_move
    where campaign_id = any(${arrayLiteral([...new Set(listeners.map(({ campaignId }) => campaignId))])}::uuid[]) and at > ${since}
    order by id
  `.execute(tx)
  const moves = Map.groupBy(rows, ({ campaignId }) => campaignId)
  return ({ campaignId, status }, at) => moves.get(campaignId)?.find((move) => move.at > at)?.from ?? status
}

function hear(listener: Listener, events: readonly BusEvent[], statusAt: StatusAt): Heard {
  const config = event.config.parse(listener.config)
  const heard: Heard = { first: new Map(), events: 0, refused: new Map() }
  for (const happened of events) {
    if (happened.at < listener.heardFrom || !means(config, happened)) continue
    const status = statusAt(listener, happened.at)
    if (status === 'active') {
      heard.events += 1
      if (!heard.first.has(happened.customerId)) heard.first.set(happened.customerId, happened)
    } else if (status === 'paused' || status === 'completed') {
      heard.refused.set(status, (heard.refused.get(status) ?? 0) + 1)
    }
  }
  return heard
}

async function fire(tx: Tx, listener: Listener, { first, events }: Heard): Promise<void> {
  const { id: triggerId, workspaceId, campaignId, audience, excludeSegmentId } = listener
  if (!audience) return
  const fates = await fatesOf(tx, { id: campaignId, workspaceId, audience, excludeSegmentId }, [...first.keys()])
  const skipped: Record<string, number> = {}
  for (const fate of fates.values()) if (fate) skipped[fate] = (skipped[fate] ?? 0) + 1
  const fresh = [...first.values()].filter(({ customerId }) => fates.get(customerId) === null)
  const passedOver = first.size - fresh.length
  const place = { workspaceId, campaignId, triggerId, type: 'event' as const }
  if (fresh.length === 0) {
    await noteFirings(tx, { ...place, status: 'done', times: events, matched: passedOver, skipped, error: null })
    return
  }
  const [one] = fresh
  const isOne = fresh.length === 1 && one
  const firingId = await addFiring(tx, {
    ...place,
    audience: { type: 'list', customerIds: fresh.map(({ customerId }) => customerId) },
    excludeSegmentId,
    by: 'system',
    times: events,
    matched: passedOver,
    skipped,
    ...(isOne && { customerId: one.customerId, payload: one.properties }),
  })
  if (!isOne) {
    const payloads = fresh.map(({ customerId, properties }) => ({ customerId, payload: properties }))
    await addPayloads(tx, firingId, payloads)
  }
}

async function refuse(tx: Tx, listener: Listener, status: string, times: number): Promise<void> {
  const { id: triggerId, workspaceId, campaignId } = listener
  const error = `The campaign was ${status}.`
  await noteFirings(tx, {
    workspaceId,
    campaignId,
    triggerId,
    type: 'event',
    status: 'refused',
    times,
    matched: 0,
    skipped: {},
    error,
  })
}
