import { arrayLiteral, type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { type BusReader, openBus } from './bus-sql.ts'
import type { GoalWhy, HeardEvent } from './facts.ts'
import { goalReached, goalWindowMs } from './goals.ts'

/** The cursor of what goals were asked about. */
export const goalsCursor = 'goals'
/** Events looked at in one transaction. */
const batchSize = 2_000

/** A goal that a run reached, to be marked. */
export interface GoalMark {
  workspaceId: number
  campaignId: string
  runId: number
  customerId: string
  nodeId: string
  versionId: number
  title: string
  why: GoalWhy
  at: Date
}

/**
 * Marks goals, each once in a run whoever comes first, and records `goal.reached` for those that are new. In the order of their key, so
 * that two transactions that mark the same ones wait for one another in one direction.
 */
export async function markGoals(tx: Tx, marks: readonly GoalMark[]): Promise<void> {
  if (marks.length === 0) return
  const column = <Value extends string | number | null>(pick: (mark: GoalMark) => Value) =>
    arrayLiteral(marks.map(pick))
  await sql`
    with mark as materialized (
      select distinct on (m.run_id, m.node_id) m.* from unnest(
        ${column((mark) => mark.workspaceId)}::int[], ${column((mark) => mark.campaignId)}::uuid[], ${column((mark) => mark.runId)}::bigint[],
        ${column((mark) => mark.customerId)}::uuid[], ${column((mark) => mark.nodeId)}::text[], ${column((mark) => mark.versionId)}::bigint[],
        ${column((mark) => mark.title)}::text[], ${column((mark) => JSON.stringify(mark.why))}::jsonb[],
        ${column((mark) => mark.at.toISOString())}::timestamptz[]
      ) as m(workspace_id, campaign_id, run_id, customer_id, node_id, version_id, title, why, at)
      order by m.run_id, m.node_id, m.at
    ), made as (
      insert into run_goal (workspace_id, campaign_id, run_id, customer_id, node_id, version_id, why, at)
      select workspace_id, campaign_id, run_id, customer_id, node_id, version_id, why, at from mark order by run_id, node_id
      on conflict do nothing returning workspace_id, campaign_id, run_id, customer_id, node_id, at
    ), counted as (
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select workspace_id, campaign_id, 'goal', node_id, count(*) from made group by 1, 2, 4
    )
    insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
    select d.workspace_id, d.customer_id, ${goalReached},
      jsonb_build_object('goal', k.title, 'campaignId', d.campaign_id, 'nodeId', d.node_id), d.campaign_id, d.run_id, d.node_id, d.at, now()
    from made d join mark k on k.run_id = d.run_id and k.node_id = d.node_id
  `.execute(tx)
}

/** A run that may reach a goal by an event. */
export interface AskedRun {
  id: number
  workspaceId: number
  campaignId: string
  customerId: string
  versionId: number
  firingId: string | null
  startedAt: Date
  /** Goals marked already. */
  reached: string[]
  /** What happened, in the order of the bus. */
  events: HeardEvent[]
}

/** Events for goals, and the hold on the cursor that stands before them. */
export interface Asking {
  runs: AskedRun[]
  now: Date
  more: boolean
}

/** Whether any campaign that was ever activated has a version with a goal. */
export async function anyGoals(db: Db): Promise<boolean> {
  const { rows } = await sql<{ any: boolean }>`${keepPlan}
    select exists (select from workflow_version where goals <> '{}') as any
  `.execute(db)
  return rows[0]?.any ?? false
}

/** Nobody has a goal: what happened until now is no matter for those who get one. */
export async function skipToNow(tx: Tx): Promise<void> {
  await (await openBus(tx, goalsCursor))?.skip()
}

/**
 * Reads the next events of the bus and the runs that may reach a goal by one: live or ended, held out or archived, but enrolled at most 30
 * days before. An event of the customer counts for the run that they were in last, one about a run for that run. Moves the cursor behind
 * what was read; null when another worker holds it.
 */
export async function askGoals(tx: Tx): Promise<Asking | null> {
  const bus: BusReader | null = await openBus(tx, goalsCursor)
  if (!bus) return null
  const events = await bus.read(batchSize)
  const last = events.at(-1)
  if (!last) return { runs: [], now: new Date(0), more: false }
  await bus.moveTo(last)
  const names = await sql<{ name: string }>`
    select distinct g.name from workflow_version v cross join lateral unnest(v.goals) as g(name) where v.goals <> '{}'
  `.execute(tx)
  const listened = new Set(names.rows.map(({ name }) => name))
  const wanted = events.filter((event) => listened.has(event.name))
  const more = events.length === batchSize
  if (wanted.length === 0) return { runs: [], now: new Date(0), more }
  const column = <Value extends string | number | null>(pick: (event: (typeof wanted)[number]) => Value) =>
    arrayLiteral(wanted.map(pick))
  const { rows } = await sql<Omit<AskedRun, 'events'> & { n: number; now: Date }>`
    with listening as materialized (
      select c.id, c.workspace_id, c.version_id, c.leaving, array(
        select distinct g.name from workflow_version v cross join lateral unnest(v.goals) as g(name) where v.campaign_id = c.id and v.goals <> '{}'
      ) as names
      from campaign c where c.status <> 'draft' and exists (select from workflow_version v where v.campaign_id = c.id and v.goals <> '{}')
    )
    select e.n::int, r.id, r.workspace_id as "workspaceId", r.campaign_id as "campaignId", r.customer_id as "customerId",
      v.id as "versionId", r.firing_id as "firingId", r.started_at as "startedAt", now() as now,
      array(select g.node_id from run_goal g where g.run_id = r.id) as reached
    from unnest(${column((event) => event.workspaceId)}::int[], ${column((event) => event.customerId)}::uuid[],
      ${column((event) => event.name)}::text[], ${column((event) => event.runId)}::bigint[],
      ${column((event) => event.at.toISOString())}::timestamptz[]) with ordinality as e(workspace_id, customer_id, name, run_id, at, n)
    join listening l on l.workspace_id = e.workspace_id and e.name = any(l.names)
    cross join lateral (
      -- Times come back from the program in milliseconds.
      select * from run r where r.campaign_id = l.id and r.customer_id = e.customer_id and date_trunc('milliseconds', r.started_at) <= e.at
        and ((e.name not like 'message.%' and e.name not like 'run.%') or r.id = e.run_id)
      order by r.entry desc limit 1
    ) r
    join workflow_version v on v.id = coalesce(r.version_id,
      case when r.finished_at is null then (l.leaving -> r.node_id ->> 'versionId')::bigint end, l.version_id)
    where e.name = any(v.goals) and r.started_at >= e.at - ${goalWindowMs}::float8 * interval '1 millisecond'
    order by e.n
  `.execute(tx)
  const runs = new Map<number, AskedRun>()
  for (const { n, now: _, ...run } of rows) {
    const { name, properties, nodeId, runId, at } = wanted[n - 1] as (typeof wanted)[number]
    const known = runs.get(run.id) ?? { ...run, events: [] }
    known.events.push({ name, properties, nodeId, runId, at, clockAt: at })
    runs.set(run.id, known)
  }
  return { runs: [...runs.values()], now: rows[0]?.now ?? new Date(0), more }
}
