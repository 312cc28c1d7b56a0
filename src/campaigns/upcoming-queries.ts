import { type Db, sql } from '../db/database.ts'
import type { SendLimits } from '../messages/limits-sql.ts'
import { sampleShare } from './resume-queries.ts'

/** How far is looked ahead, and how many rows of one kind are counted one by one: what their index answers while one waits. */
export interface LookAhead {
  hours: number
  mostCounted: number
  /** By whose clock hours begin. */
  timezone: string
}
/** About so many runs are looked at where there are more: within some percent for an hour that matters. */
const sampleSize = 20_000

/** A campaign's time, and what is looked at. Instants of the campaign's clock as texts: a Date would cut the microseconds. */
export interface Clock {
  now: Date
  /** The begin of the running hour, and the end of what is looked at. */
  from: Date
  until: Date
  paused: boolean
  /** Whether runs can go on at all: not those of a draft or an archived campaign. */
  live: boolean
  /** `from`, `until` and what was overdue on resume, on the campaign's clock. */
  clockFrom: string
  clockUntil: string
  clockFloor: string
  /** The same on the wall clock. */
  wallFloor: string
  /** Who was overdue on resume and has their turn yet, evenly until then. */
  spread: { left: number; until: Date } | null
}

/** When it is for a campaign of the workspace. */
export async function findClock(
  db: Db,
  workspaceId: number,
  campaignId: string,
  { hours, timezone }: LookAhead,
): Promise<Clock | undefined> {
  const { rows } = await sql<Clock & { left: number | null; spreadUntil: Date }>`
    select now() as now, h.from, h.until, c.status = 'paused' as paused, c.status not in ('draft', 'archived') as live,
      (h.from - t.off)::text as "clockFrom", (h.until - t.off)::text as "clockUntil",
      (case when s.on then c.spread_clock else '-infinity' end)::text as "clockFloor",
      (case when s.on then c.spread_from else '-infinity' end)::text as "wallFloor",
      case when s.on then greatest(0, c.spread_total - c.spread_released) end as "left", c.spread_until as "spreadUntil"
    from campaign c
    cross join lateral (select date_trunc('hour', now(), ${timezone}) as "from", date_trunc('hour', now(), ${timezone}) + make_interval(hours => ${hours}) as until) h
    cross join lateral (select now() - coalesce(case when c.status = 'paused' then c.paused_at end, now()) + c.paused_total as off) t
    cross join lateral (select coalesce(c.spread_until > now(), false) as on) s
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  const [row] = rows
  if (!row) return undefined
  const { left, spreadUntil, ...clock } = row
  return { ...clock, spread: left === null ? null : { left, until: spreadUntil } }
}

interface OfHour {
  hour: number
  n: number
}

/** Whose wait or deadline ends in which hour; who is overdue is in the first. */
export async function countWaits(
  db: Db,
  campaignId: string,
  clock: Clock,
  mostCounted: number,
): Promise<{ hours: OfHour[]; exact: boolean }> {
  if (!clock.live) return { hours: [], exact: true }
  const { rows } = await sql<OfHour>`
    select greatest(0, floor(s / 3600))::int as hour, count(*)::int as n from (
      (select extract(epoch from wake_at - ${clock.clockFrom}::timestamptz) as s from run
        where campaign_id = ${campaignId} and finished_at is null and wake_at > ${clock.clockFloor}::timestamptz
          and wake_at < ${clock.clockUntil}::timestamptz order by wake_at limit ${mostCounted + 1})
      union all
      (select extract(epoch from wake_on - ${clock.from}::timestamptz) from run
        where campaign_id = ${campaignId} and finished_at is null and wake_on > ${clock.wallFloor}::timestamptz
          and wake_on < ${clock.until}::timestamptz and wake_at is null order by wake_on limit ${mostCounted + 1})
    ) due group by 1
  `.execute(db)
  if (rows.reduce((sum, { n }) => sum + n, 0) <= mostCounted) return { hours: rows, exact: true }
  return { hours: await sampleWaits(db, campaignId, clock), exact: false }
}

/** Counts in a share of the table's pages, and scales up. */
async function sampleWaits(db: Db, campaignId: string, clock: Clock): Promise<OfHour[]> {
  const percent = await sampleShare(db, sampleSize)
  const { rows } = await sql<OfHour>`
    select greatest(0, floor(s / 3600))::int as hour, round(count(*) * ${100 / percent}::float8)::int as n from (
      select extract(epoch from coalesce(wake_at - ${clock.clockFrom}::timestamptz, wake_on - ${clock.from}::timestamptz)) as s
      from run tablesample system (${percent}::float8)
      where campaign_id = ${campaignId} and finished_at is null
        and (wake_at > ${clock.clockFloor}::timestamptz or wake_at is null and wake_on > ${clock.wallFloor}::timestamptz)
    ) due where s < ${(clock.until.getTime() - clock.from.getTime()) / 1_000}::float8 group by 1
  `.execute(db)
  return rows
}

/** One sender's messages of a campaign. */
export interface Queue {
  /** Whether anything leaves by it. */
  works: boolean
  limits: SendLimits
  /** How many may be tried from each of the hours on. */
  due: number[]
}

/** What is written and not handed over, by sender; not what a person sends by hand. */
export async function countQueued(
  db: Db,
  workspaceId: number,
  campaignId: string,
  clock: Clock,
  { hours, mostCounted }: LookAhead,
): Promise<{ senders: Queue[]; exact: boolean }> {
  if (!clock.live) return { senders: [], exact: true }
  const { rows } = await sql<OfHour & { id: string; works: boolean; limits: SendLimits; read: number }>`
    select k.id, k.health <> 'dead' and not w.stop_sending as works, k.limits, h.hour, h.n, h.read
    from credential k join workspace w on w.id = k.workspace_id
    cross join lateral (
      select greatest(0, floor(extract(epoch from greatest(m.send_after, k.held_until) - ${clock.from}::timestamptz) / 3600))::int as hour,
        count(*) filter (where m.reason is distinct from 'by_hand')::int as n, sum(count(*)) over ()::int as read
      from (select send_after, reason from message where credential_id = k.id and campaign_id = ${campaignId} and state = 'queued'
        and send_after < ${clock.until}::timestamptz order by send_after limit ${mostCounted + 1}) m
      group by 1
    ) h
    where k.workspace_id = ${workspaceId}
  `.execute(db)
  const senders = new Map<string, Queue>()
  for (const { id, works, limits, hour, n } of rows) {
    const queue = senders.get(id) ?? { works, limits, due: new Array<number>(hours).fill(0) }
    if (hour < queue.due.length) queue.due[hour] = n
    senders.set(id, queue)
  }
  return { senders: [...senders.values()], exact: rows.every(({ read }) => read <= mostCounted) }
}
