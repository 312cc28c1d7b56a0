import { type Db, sql, type Tx } from '../db/database.ts'

/** Customers inside a paused campaign whose wait is over by the wall clock, at one step. */
export interface OverdueAtNode {
  nodeId: string
  title: string
  overdue: number
  /** Of them: those who go on at once also when waits are kept. */
  anyway: number
}

/** What going on would let loose. */
export interface ResumePreview {
  pausedAt: Date
  /** Customers whose wait is over by the wall clock, as if there had been no pause. */
  overdue: number
  /** Whether they were counted one by one; else a sample tells, because counting would have taken too long. */
  exact: boolean
  /** How many go on at once, by what becomes of the waits. */
  atOnce: { keep: number; continue: number }
  nodes: OverdueAtNode[]
  /** Messages that were queued and not handed over yet; the limits of their senders hold. */
  queuedMessages: number
}

/** How long counting may take, in ms: a million customers are counted in less when the machine is not busy. */
const countMs = 600
/** About so many runs, of 200 bytes each, are looked at otherwise. */
const sampleSize = 50_000

interface NodeCount {
  nodeId: string
  overdue: number
  anyway: number
}

/** Who is overdue in a campaign, and where; undefined unless it is paused. Titles are those of the version that customers follow. */
export async function previewResume(
  db: Db,
  workspaceId: number,
  campaignId: string,
): Promise<ResumePreview | undefined> {
  // Instants as texts: a Date would cut the microseconds.
  const found = await sql<{
    pausedAt: Date
    clock: string
    pausedClock: string
    titles: Record<string, string>
    queuedMessages: number
  }>`
    select paused_at as "pausedAt", (now() - paused_total)::text as clock, (paused_at - paused_total)::text as "pausedClock",
      coalesce((select jsonb_object_agg(n.key, n.value ->> 'title') from workflow_version v, jsonb_each(v.graph -> 'nodes') n
        where v.id = c.version_id), '{}') as titles,
      (select count(*) from credential k join message m on m.credential_id = k.id and m.campaign_id = c.id and m.state = 'queued'
        where k.workspace_id = c.workspace_id) as "queuedMessages"
    from campaign c where id = ${campaignId} and workspace_id = ${workspaceId} and status = 'paused'
  `.execute(db)
  const campaign = found.rows[0]
  if (!campaign) return undefined
  const { pausedAt, clock, pausedClock, titles, queuedMessages } = campaign
  const from = (runs: ReturnType<typeof sql>, factor: ReturnType<typeof sql>) => sql<NodeCount>`
    select node_id as "nodeId", (count(*) * ${factor})::int as overdue,
      (count(*) filter (where wake_at <= ${pausedClock}::timestamptz or wake_on <= now()) * ${factor})::int as anyway
    from ${runs} where campaign_id = ${campaignId} and finished_at is null and (wake_at <= ${clock}::timestamptz or wake_on <= now())
    group by node_id order by count(*) desc, node_id`
  const counted = await withinTime(db, async (tx) => (await from(sql`run`, sql`1`).execute(tx)).rows)
  const rows = counted ?? (await sampled(db, from))
  const sum = (pick: (row: NodeCount) => number) => rows.reduce((total, row) => total + pick(row), 0)
  const overdue = sum((row) => row.overdue)
  return {
    pausedAt,
    overdue,
    exact: counted !== null,
    atOnce: { keep: sum((row) => row.anyway), continue: overdue },
    nodes: rows.map((row) => ({ ...row, title: titles[row.nodeId] ?? '' })),
    queuedMessages,
  }
}

/** What `count` answers in a transaction of its own, or null when it takes longer than it may. */
export async function withinTime<Value>(db: Db, count: (tx: Tx) => Promise<Value>): Promise<Value | null> {
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(countMs)}, true)`.execute(tx)
      return await count(tx)
    })
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === queryCanceled) return null
    throw error
  }
}

/** SQLSTATE of a statement that ran into its time limit. */
const queryCanceled = '57014'

/** How many percent of the table of runs hold about so many of them. */
export async function sampleShare(db: Db, runs: number): Promise<number> {
  const { rows } = await sql<{ percent: number }>`
    -- By its size: the planner's idea of how many rows there are may be old.
    select least(100, greatest(0.01, 100.0 * ${runs}::int * 200 / greatest(1, pg_relation_size('run'))))::float8 as percent
  `.execute(db)
  return rows[0]?.percent ?? 100
}

/** Counts in a share of the table's pages, and scales up. */
async function sampled(
  db: Db,
  from: (runs: ReturnType<typeof sql>, factor: ReturnType<typeof sql>) => ReturnType<typeof sql<NodeCount>>,
): Promise<NodeCount[]> {
  const percent = await sampleShare(db, sampleSize)
  const scale = sql`${100 / percent}::float8`
  return (await from(sql`run tablesample system (${percent}::float8)`, scale).execute(db)).rows
}
