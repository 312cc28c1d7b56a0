import { type Db, sql, type Tx } from '../db/database.ts'
import { lastTime, zoneOf } from '../nodes/calendar.ts'

/** The beginning of the day, now, for customers of a zone as it is written on them; '' for those without one. */
export interface DayStart {
  zone: string
  start: Date
}

/** A workspace's frequency cap and when each of its customers' day began; null without a cap. */
export async function findCap(
  db: Db | Tx,
  workspaceId: number,
  customerId: string | null = null,
): Promise<{ cap: number; days: DayStart[] } | null> {
  const { rows: workspaces } = await sql<{ cap: number | null; timezone: string; now: Date }>`
    select frequency_cap_per_day as cap, timezone, now() from workspace where id = ${workspaceId}
  `.execute(db)
  const workspace = workspaces[0]
  if (!workspace || workspace.cap === null) return null
  const { rows } = await sql<{ zone: string }>`
    select distinct coalesce(timezone, '') as zone from customer
    where workspace_id = ${workspaceId} and (${customerId}::uuid is null or id = ${customerId}::uuid)
  `.execute(db)
  const days = rows.map(({ zone }) => ({
    zone,
    start: lastTime(workspace.now, { time: '00:00', zone: zoneOf(zone, workspace.timezone) }),
  }))
  return { cap: workspace.cap, days }
}

/** Marketing messages that a customer got since an instant; `customer` and `since` are expressions. What `room_today` counts, too. */
export const marketingSince = (customer: ReturnType<typeof sql>, since: ReturnType<typeof sql>) =>
  sql<number>`(select count(*) from message x where x.customer_id = ${customer} and not x.transactional
    and x.state in ('handing', 'sent', 'unconfirmed') and x.handed_at >= ${since})`
