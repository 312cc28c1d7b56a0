import { type Db, sql } from './db/database.ts'

/** How the workers keep up: what is due now and since when, over all workspaces. */
export interface Work {
  /** Runs of moving campaigns whose deadline has passed; counted to 10,000 a campaign. */
  dueRuns: number
  /** How long the oldest of them is due; null when none is. */
  runsOverdueSeconds: number | null
  /** Queued messages that could go now: campaign moving, sending not stopped, credential alive. */
  dueMessages: number
  messagesOverdueSeconds: number | null
  /** Live runs with nothing to wait for: there should be none. */
  stuckRuns: number
  /** Runs that stand at a node that failed three times. */
  errorRuns: number
  /** Messages among the last million that broke off in the provider's hands. */
  unconfirmed: number
  /** Names of the workspaces whose sending is stopped. */
  stopped: string[]
}

/** Takes the figures in one statement. The oldest run of each campaign is an index look-up, however many wait. */
export async function lookAtWork(db: Db): Promise<Work> {
  const { rows } = await sql<Work>`
    with moving as (
      -- Who was overdue when a campaign went on and waits for their turn is not late.
      select c.id, c.workspace_id, now() - c.paused_total as clock,
        case when c.spread_until > now() then c.spread_clock else '-infinity' end as spread_clock
      from campaign c where c.status in ('active', 'completed')
    ), due as (
      select m.clock - (select min(wake_at) from run
          where campaign_id = m.id and finished_at is null and wake_at <= m.clock and wake_at > m.spread_clock) as overdue,
        (select count(*) from (select 1 from run
          where campaign_id = m.id and finished_at is null and wake_at <= m.clock and wake_at > m.spread_clock limit 10000) r) as runs
      from moving m
    ), queued as (
      select count(*) as messages, max(now() - greatest(q.send_after, q.queued_at)) as overdue
      from message q join moving m on m.id = q.campaign_id
        join workspace w on w.id = m.workspace_id and not w.stop_sending
        join credential c on c.id = q.credential_id and c.health <> 'dead' and (c.held_until is null or c.held_until < now())
      where q.state = 'queued' and q.send_after <= now()
    )
    select coalesce((select sum(runs) from due), 0)::int as "dueRuns",
      (select extract(epoch from max(overdue)) from due)::float8 as "runsOverdueSeconds",
      (select messages from queued)::int as "dueMessages",
      (select extract(epoch from overdue) from queued)::float8 as "messagesOverdueSeconds",
      (select count(*) from run r join moving m on m.id = r.campaign_id where r.finished_at is null and r.wake_at is null
        and r.wake_on is null and (r.awaiting is null or r.awaiting in ('time', 'skip')) and r.error is null)::int as "stuckRuns",
      (select count(*) from run r join moving m on m.id = r.campaign_id
        where r.finished_at is null and r.error is not null and r.wake_at is null)::int as "errorRuns",
      (select count(*) from message
        where id > (select max(id) - 1000000 from message) and state = 'unconfirmed')::int as unconfirmed,
      array(select name from workspace where stop_sending order by id) as stopped
  `.execute(db)
  const [work] = rows
  if (work === undefined) throw new Error('The figures of the work were not answered.')
  return work
}
