import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { runFinishedAt, runIsLive, runReason, runStatus, runVersionId } from './state-sql.ts'

/** Who is in a run. */
export interface RunCustomer {
  id: string
  firstName: string | null
  lastName: string | null
  email: string | null
}

/** One customer's passage, as lists show it. */
export interface Run {
  id: number
  campaignId: string
  customer: RunCustomer
  entry: number
  status: 'running' | 'succeeded' | 'canceled' | 'failed'
  reason: string | null
  error: { code: string; message: string; nodeId: string } | null
  nodeId: string
  /** When it goes on, on the wall clock; null while paused, and when it waits for something else. */
  wakeAt: Date | null
  /** While paused: what remains of its wait. */
  remainingMs: number | null
  productId: string | null
  version: number | null
  startedAt: Date
  finishedAt: Date | null
}

/** What the sentence about a live run is made from. */
export interface Standing {
  awaiting: 'time' | 'message' | 'event' | 'skip' | null
  attempt: number
  campaignStatus: string
  nodeTitle: string | null
  message: { state: string; reason: string | null; credentialName: string; credentialHealth: string } | null
  /** When its message may be tried next, where that is not yet. */
  sendAfter: Date | null
  /** While it was overdue when its campaign went on and waits for its turn: when the last one's is. */
  turnUntil: Date | null
}

const columns = sql`r.id, r.campaign_id as "campaignId",
  jsonb_build_object('id', r.customer_id, 'firstName', u.first_name, 'lastName', u.last_name, 'email', u.email) as customer,
  r.entry, ${runStatus} as status, ${runReason} as reason, r.error, r.node_id as "nodeId",
  case when ${runIsLive} and c.status <> 'paused' then least(r.wake_at + c.paused_total, r.wake_on) end as "wakeAt",
  case when ${runIsLive} and c.status = 'paused' then (greatest(0, extract(epoch from
    least(r.wake_at - (c.paused_at - c.paused_total), r.wake_on - now()))) * 1000)::bigint end as "remainingMs",
  r.product_id as "productId", v.number as version, r.started_at as "startedAt", ${runFinishedAt} as "finishedAt"`

const tables = sql`run r join campaign c on c.id = r.campaign_id left join customer u on u.id = r.customer_id
  left join workflow_version v on v.id = ${runVersionId}`

/** The runs of these ids (an array's literal), in no order. */
export const readRuns = (db: Db, workspaceId: number, ids: string): Promise<{ rows: Run[] }> =>
  sql<Run>`
    select ${columns} from ${tables} where r.id = any(${ids}::bigint[]) and r.workspace_id = ${workspaceId}
  `.execute(db)

/** The runs of these ids, in their order. */
export async function findRuns(db: Db, workspaceId: number, ids: readonly number[]): Promise<Run[]> {
  const { rows } = await readRuns(db, workspaceId, arrayLiteral(ids))
  const byId = new Map(rows.map((run) => [run.id, run]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** One run of the workspace, with what its sentence is made from. */
export async function findRun(db: Db | Tx, workspaceId: number, id: number): Promise<(Run & Standing) | undefined> {
  const { rows } = await sql<Run & Standing>`
    select ${columns}, r.awaiting, r.attempt, c.status as "campaignStatus",
      v.graph -> 'nodes' -> r.node_id ->> 'title' as "nodeTitle",
      (select jsonb_build_object('state', m.state, 'reason', m.reason, 'credentialName', k.name, 'credentialHealth', k.health)
        from message m join credential k on k.id = m.credential_id where m.run_id = r.id and m.node_id = r.node_id) as message,
      (select m.send_after from message m
        where m.run_id = r.id and m.node_id = r.node_id and m.state = 'queued' and m.send_after > now()
          and m.reason is distinct from 'by_hand') as "sendAfter",
      case when ${runIsLive} and c.spread_until > now() and (r.wake_at <= c.spread_clock or r.wake_on <= c.spread_from) then c.spread_until end as "turnUntil"
    from ${tables} where r.id = ${id} and r.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/** A goal that a run reached. */
export interface RunGoal {
  nodeId: string
  title: string | null
  /** When it happened: within 30 days of the enrollment, perhaps after the run ended. */
  at: Date
  why: { code: string; text: string; values?: Record<string, unknown> } | null
}

/** What a run's page shows, as one text that differs when it does; undefined when there is no such run. */
export async function runMark(db: Db, workspaceId: number, id: number): Promise<string | undefined> {
  const { rows } = await sql<{ mark: string }>`
    select row(r.node_id, r.status, r.reason, r.wake_at, r.wake_on, r.awaiting, r.error, r.attempt, r.steps, c.status)::text as mark
    from run r join campaign c on c.id = r.campaign_id where r.workspace_id = ${workspaceId} and r.id = ${id}
  `.execute(db)
  return rows[0]?.mark
}

/** The goals that a run reached, in the order in which that happened. */
export async function findGoals(db: Db, workspaceId: number, runId: number): Promise<RunGoal[]> {
  const { rows } = await sql<RunGoal>`
    select g.node_id as "nodeId", v.graph -> 'nodes' -> g.node_id ->> 'title' as title, g.at, g.why
    from run_goal g left join workflow_version v on v.id = g.version_id
    where g.run_id = ${runId} and g.workspace_id = ${workspaceId} order by g.at, g.node_id
  `.execute(db)
  return rows
}

/** One step of a run's history. */
export interface RunStep {
  seq: number
  nodeId: string
  type: string | null
  title: string | null
  label: string | null
  output: Record<string, unknown> | null
  why: { code: string; text: string; values?: Record<string, unknown> } | null
  enteredAt: Date
  at: Date
}

/** What a run did, in order. */
export async function findSteps(db: Db, workspaceId: number, runId: number): Promise<RunStep[]> {
  const { rows } = await sql<RunStep>`
    select s.seq, s.node_id as "nodeId", v.graph -> 'nodes' -> s.node_id ->> 'type' as type,
      v.graph -> 'nodes' -> s.node_id ->> 'title' as title, s.label, s.output, s.why, s.entered_at as "enteredAt", s.at
    from step s left join workflow_version v on v.id = s.version_id
    where s.run_id = ${runId} and s.workspace_id = ${workspaceId} order by s.seq
  `.execute(db)
  return rows
}
