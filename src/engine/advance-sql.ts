/** The SQL of one batch of the Advance loop, kept together although long: lock, claim, load and write are one protocol, in this order. */

import { arrayLiteral, type Db, keepPlan, keepPlanOfFew, sql, type Tx } from '../db/database.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { Awaiting, Decision, RunState } from './decide.ts'
import type { HeardEvent, MessageOutcome } from './facts.ts'
import { toldCursor } from './tell-sql.ts'

/** A due run, locked by the batch that claimed it. */
export interface ClaimedRun extends RunState {
  workspaceId: number
  campaignId: string
  entry: number
  versionId: number
  firingId: string | null
}

/** A campaign that moves and may have something due; its status cannot change while the batch holds the shared lock. */
export interface Candidate {
  id: string
  /** Where the last claim stopped reading, on the campaign's clock: below it lie only rows already moved or in other hands. */
  floor: Date | null
  due: boolean
  dueOnWall: boolean
  told: boolean
  /** Of those who were overdue when it went on, some may be let go now. */
  released: boolean
}

/**
 * While campaign `c` lets go evenly of those who were overdue when it went on: the deadlines up to which that is so, on its own clock and
 * on the wall clock. They are left out of what is due; `-infinity` otherwise.
 */
const spreadClock = sql`case when c.spread_until > now() then c.spread_clock else '-infinity' end`
const spreadWall = sql`case when c.spread_until > now() then c.spread_from else '-infinity' end`
/** How many of them campaign `c` may let go by now and has not. */
const spreadAllows = sql`(case when c.spread_until > now() then least(c.spread_total,
  floor(c.spread_total * extract(epoch from now() - c.spread_from) / extract(epoch from c.spread_until - c.spread_from))::int + 1) - c.spread_released
  else 0 end)`
/** Whether any of them are left. */
const spreadLeft = sql`(exists (select from run r where r.campaign_id = c.id and r.finished_at is null and r.wake_at <= c.spread_clock)
  or exists (select from run r where r.campaign_id = c.id and r.finished_at is null and r.wake_on <= c.spread_from))`
/** Whether campaign `c` may let one of them go now. */
const spreadReleases = sql`case when c.spread_until > now() and ${spreadAllows} > 0 then ${spreadLeft} else false end`

/** Most campaigns one batch looks at: each takes a lock. */
const campaignsPerBatch = 64

/**
 * Finds moving campaigns with something due and takes their lock shared, without waiting: a status move that waits for the exclusive
 * lock turns new sharers away, so it never starves (ENGINE, "Status moves and batches"). The claim must be a later statement.
 * `floors` shortens the look: without it every entry from the oldest on is read, dead ones included.
 */
export async function lockCandidates(tx: Tx, floors: ReadonlyMap<string, Date>): Promise<Candidate[]> {
  const { rows } = await sql<{
    id: string
    due: boolean
    due_on_wall: boolean
    told: boolean
    released: boolean
    locked: boolean
  }>`
    with found as materialized (
      select c.id, c.lock_key, f.floor,
        exists (select from run r where r.campaign_id = c.id and r.finished_at is null
          and r.wake_at <= now() - c.paused_total and r.wake_at >= coalesce(f.floor, '-infinity') and r.wake_at > ${spreadClock}) as due,
        exists (select from run r where r.campaign_id = c.id and r.finished_at is null
          and r.wake_on <= now() and r.wake_on > ${spreadWall}) as due_on_wall,
        exists (select from run_inbox i where i.campaign_id = c.id) as told,
        ${spreadReleases} as released
      from campaign c
      left join unnest(${arrayLiteral([...floors.keys()])}::uuid[],
        ${arrayLiteral([...floors.values()].map((floor) => floor.toISOString()))}::timestamptz[]) as f(id, floor) on f.id = c.id
      where c.status in ('active', 'completed') and c.leaving is null
    ), picked as materialized (
      select * from found where due or due_on_wall or told or released order by random() limit ${campaignsPerBatch}
    )
    select id, due, due_on_wall, told, released, pg_try_advisory_xact_lock_shared(1, lock_key) as locked from picked
  `.execute(tx)
  return rows
    .filter((row) => row.locked)
    .map((row) => ({
      id: row.id,
      floor: floors.get(row.id) ?? null,
      due: row.due,
      dueOnWall: row.due_on_wall,
      told: row.told,
      released: row.released,
    }))
}

interface RunRow {
  id: number
  workspace_id: number
  campaign_id: string
  customer_id: string
  entry: number
  version_id: number
  firing_id: string | null
  node_id: string
  awaiting: Awaiting
  wake_at: Date | null
  wake_on: Date | null
  outputs: Record<string, Record<string, unknown>> | null
  attempt: number
  steps: number
  entered_at: Date
  started_at: Date
  trigger_type: string | null
  trigger_payload: unknown
  clock: Date
  now: Date
}

const runColumns = sql`r.id, r.workspace_id, r.campaign_id, r.customer_id, r.entry, coalesce(r.version_id, m.version_id) as version_id,
  r.firing_id, r.node_id, r.awaiting, r.wake_at, r.wake_on, r.outputs, r.attempt, r.steps, r.entered_at, r.started_at, m.clock, now() as now`

/** Reads status and clock anew, after the lock was taken. */
const moving = (ids: readonly string[]) => sql`
  moving as materialized (
    select c.id, c.version_id, now() - c.paused_total as clock, ${spreadClock} as spread_clock, ${spreadWall} as spread_wall from campaign c
    where c.id = any(${arrayLiteral([...ids])}::uuid[]) and c.status in ('active', 'completed') and c.leaving is null
  )`

export interface Claim {
  runs: ClaimedRun[]
  /** The database's clock. */
  now: Date
  /** Each claimed campaign's clock. */
  clocks: Map<string, Date>
}

/** Claims at most `limit` due runs of the locked campaigns, a fair share each, skipping what other batches hold. */
export async function claimDueRuns(tx: Tx, candidates: readonly Candidate[], limit: number): Promise<Claim> {
  const rows: RunRow[] = []
  const due = candidates.filter((candidate) => candidate.due)
  const share = (count: number) => Math.max(1, Math.ceil((limit - rows.length) / Math.max(1, count)))
  if (due.length > 0) {
    const claimed = await sql<RunRow>`
      with ${moving(due.map((candidate) => candidate.id))}
      select ${runColumns}
      from moving m
      join unnest(${arrayLiteral(due.map((candidate) => candidate.id))}::uuid[],
        ${arrayLiteral(due.map((candidate) => candidate.floor?.toISOString() ?? '-infinity'))}::timestamptz[]) as f(id, floor) on f.id = m.id
      cross join lateral (
        select * from run where campaign_id = m.id and finished_at is null and wake_at <= m.clock and wake_at >= f.floor
          and wake_at > m.spread_clock
        order by wake_at limit ${share(due.length)} for update skip locked
      ) r
    `.execute(tx)
    rows.push(...claimed.rows)
  }
  const onWall = candidates.filter((candidate) => candidate.dueOnWall)
  if (onWall.length > 0 && rows.length < limit) {
    const claimed = await sql<RunRow>`
      with ${moving(onWall.map((candidate) => candidate.id))}
      select ${runColumns} from moving m cross join lateral (
        select * from run where campaign_id = m.id and finished_at is null and wake_on <= now() and wake_on > m.spread_wall
        order by wake_on limit ${share(onWall.length)} for update skip locked
      ) r
    `.execute(tx)
    rows.push(...claimed.rows)
  }
  const released = candidates.filter((candidate) => candidate.released).map((candidate) => candidate.id)
  if (released.length > 0 && rows.length < limit)
    rows.push(...(await claimReleased(tx, released, share(released.length))))
  const told = candidates.filter((candidate) => candidate.told)
  if (told.length > 0 && rows.length < limit) {
    const claimed = await sql<RunRow>`
      with ${moving(told.map((candidate) => candidate.id))},
      listed as materialized (
        select distinct i.run_id from moving m cross join lateral (
          select run_id from run_inbox where campaign_id = m.id order by id limit ${share(told.length)}
        ) i
      ), ended as (
        -- Told to runs that have ended meanwhile: nobody else would ever read it.
        delete from run_inbox where id = any(array(
          select i.id from run_inbox i join run r on r.id = i.run_id and r.finished_at is not null
          where i.run_id = any(array(select run_id from listed)) for update of i skip locked))
      )
      select ${runColumns} from run r join moving m on m.id = r.campaign_id
      where r.id = any(array(select run_id from listed)) and r.finished_at is null
      for update of r skip locked
    `.execute(tx)
    rows.push(...claimed.rows)
  }
  return toClaim(rows)
}

/**
 * Claims as many as may go by now of those who were overdue when their campaign went on, and counts them. Who holds the campaign's row
 * claims; others leave it, so that two workers do not let go twice as many.
 */
async function claimReleased(tx: Tx, ids: readonly string[], share: number): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    with ${moving(ids)},
    allowed as materialized (
      select c.id, ${spreadAllows} as n from campaign c where c.id = any(array(select id from moving)) for no key update skip locked
    ), listed as materialized (
      select r.id from allowed a join moving m on m.id = a.id cross join lateral (
        (select id from run where campaign_id = m.id and finished_at is null and wake_at <= m.spread_clock order by wake_at limit least(a.n, ${share}))
        union all
        (select id from run where campaign_id = m.id and finished_at is null and wake_on <= m.spread_wall order by wake_on limit least(a.n, ${share}))
        limit least(a.n, ${share})
      ) r
    ), claimed as materialized (
      select ${runColumns} from run r join moving m on m.id = r.campaign_id
      where r.id = any(array(select id from listed)) and r.finished_at is null
      for update of r skip locked
    ), counted as (
      update campaign c set spread_released = c.spread_released + k.n
      from (select campaign_id, count(*) as n from claimed group by 1) k where c.id = k.campaign_id
    )
    select * from claimed
  `.execute(tx)
  return rows
}

/** Claims exactly these runs, where they are still live and free: a failed batch is searched for its bad run this way. */
export async function claimRuns(tx: Tx, candidates: readonly Candidate[], ids: readonly number[]): Promise<Claim> {
  const claimed = await sql<RunRow>`
    with ${moving(candidates.map((candidate) => candidate.id))}
    select ${runColumns} from run r join moving m on m.id = r.campaign_id
    where r.id = any(${arrayLiteral(ids)}::bigint[]) and r.finished_at is null
    for update of r skip locked
  `.execute(tx)
  return toClaim(claimed.rows)
}

function toClaim(rows: readonly RunRow[]): Claim {
  const byId = new Map<number, ClaimedRun>()
  const clocks = new Map<string, Date>()
  for (const row of rows) {
    clocks.set(row.campaign_id, row.clock)
    byId.set(row.id, {
      id: row.id,
      workspaceId: row.workspace_id,
      campaignId: row.campaign_id,
      customerId: row.customer_id,
      entry: row.entry,
      versionId: row.version_id,
      firingId: row.firing_id,
      nodeId: row.node_id,
      awaiting: row.awaiting,
      wakeAt: row.wake_at,
      wakeOn: row.wake_on,
      outputs: row.outputs ?? {},
      attempt: row.attempt,
      steps: row.steps,
      enteredAt: row.entered_at,
      startedAt: row.started_at,
      trigger: { type: 'manual', payload: null },
    })
  }
  // One customer's runs stand together, in an order that does not depend on who claimed them first.
  const runs = [...byId.values()].sort(
    (a, b) => compare(a.customerId, b.customerId) || compare(a.campaignId, b.campaignId) || a.id - b.id,
  )
  return { runs, now: rows[0]?.now ?? new Date(0), clocks }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The published workflow of a version. */
export async function loadVersion(db: Db | Tx, versionId: number): Promise<CompiledWorkflow | null> {
  const { rows } = await sql<{
    graph: CompiledWorkflow
  }>`select graph from workflow_version where id = ${versionId}`.execute(db)
  return rows[0]?.graph ?? null
}

/** The messages at whose steps these runs rest, where their fate is known. */
export async function loadMessageOutcomes(
  tx: Tx,
  runs: readonly ClaimedRun[],
  claim: Pick<Claim, 'now' | 'clocks'>,
): Promise<Map<number, Map<string, MessageOutcome>>> {
  const outcomes = new Map<number, Map<string, MessageOutcome>>()
  const waiting = runs.filter((run) => run.awaiting === 'message' || run.awaiting === 'event')
  if (waiting.length === 0) return outcomes
  const { rows } = await sql<{
    id: number
    run_id: number
    node_id: string
    state: MessageOutcome['state']
    reason: string | null
    campaign_id: string
    handed_at: Date | null
    replied_at: Date | null
    clicked_at: Date | null
    opened_at: Date | null
    bounced_at: Date | null
    pending_click_at: Date | null
  }>`${keepPlanOfFew(waiting.length)}
    select m.id, m.run_id, m.node_id, m.state, m.reason, m.campaign_id, coalesce(m.sent_at, m.handed_at) as handed_at,
      m.replied_at, m.clicked_at, m.opened_at, m.bounced_at,
      (select min(h.at) from tracking_hit h where h.message_id = m.id and h.kind = 'click' and h.verdict = 'pending') as pending_click_at
    from message m
    join unnest(${arrayLiteral(waiting.map((run) => run.id))}::bigint[], ${arrayLiteral(waiting.map((run) => run.nodeId))}::text[]) as w(run_id, node_id)
      on w.run_id = m.run_id and w.node_id = m.node_id
    where m.state in ('sent', 'refused', 'failed', 'unconfirmed', 'skipped')
  `.execute(tx)
  for (const row of rows) {
    const pausedMs = claim.now.getTime() - (claim.clocks.get(row.campaign_id) ?? claim.now).getTime()
    const onClock = (at: Date | null) => (at === null ? null : new Date(at.getTime() - pausedMs))
    const heard = { replied: row.replied_at, clicked: row.clicked_at, opened: row.opened_at, bounced: row.bounced_at }
    outcomes.set(
      row.run_id,
      new Map([
        [
          row.node_id,
          {
            messageId: row.id,
            state: row.state,
            reason: row.reason,
            handedAt: onClock(row.handed_at),
            heard: Object.fromEntries(
              Object.entries(heard).flatMap(([label, at]) => (at === null ? [] : [[label, onClock(at)]])),
            ),
            pendingClickAt: onClock(row.pending_click_at),
          },
        ],
      ]),
    )
  }
  return outcomes
}

/** What the runs were told and have not looked at, in the order of the bus. */
export async function loadInbox(
  tx: Tx,
  runs: readonly ClaimedRun[],
  claim: Pick<Claim, 'now' | 'clocks'>,
): Promise<Map<number, HeardEvent[]>> {
  const inbox = new Map<number, HeardEvent[]>()
  const { rows } = await sql<{
    run_id: number
    campaign_id: string
    name: string
    payload: { properties?: Record<string, unknown>; nodeId?: string | null; runId?: number | null }
    at: Date
  }>`${keepPlanOfFew(runs.length)}
    select run_id, campaign_id, name, payload, at from run_inbox
    where run_id = any(${arrayLiteral(runs.map((run) => run.id))}::bigint[]) and name <> 'message' order by id
  `.execute(tx)
  for (const { run_id, campaign_id, name, payload, at } of rows) {
    const pausedMs = claim.now.getTime() - (claim.clocks.get(campaign_id) ?? claim.now).getTime()
    const event = {
      name,
      properties: payload.properties ?? {},
      nodeId: payload.nodeId ?? null,
      runId: payload.runId ?? null,
      at,
      clockAt: new Date(at.getTime() - pausedMs),
    }
    inbox.set(run_id, [...(inbox.get(run_id) ?? []), event])
  }
  return inbox
}

/**
 * Up to when everything that happened has been told to the runs it concerns: the earliest event on the bus that was not passed on yet, or
 * the earliest transaction that may still bring one. A wait for an event ends by its deadline only when that lies before this instant.
 */
export async function heardUntil(tx: Tx, now: Date): Promise<Date> {
  const { rows } = await sql<{ at: Date | null }>`${keepPlan}
    select least(
      (select e.at from event e, bus_cursor b where b.name = ${toldCursor} and (e.xid, e.id) > (b.xid, b.id) order by e.xid, e.id limit 1),
      (select min(xact_start) from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid() and datname = current_database())
    ) as at
  `.execute(tx)
  const at = rows[0]?.at
  return at && at < now ? at : now
}

/**
 * What made each run's customer enroll, by run, for workflows that read `{{trigger.*}}`: the trigger's type, also when a person tested it,
 * and what it said of this customer or of all.
 */
export async function loadTriggers(
  tx: Tx,
  runs: readonly { id: number; firingId: string | null; customerId: string }[],
): Promise<Map<number, { type: string; payload: unknown }>> {
  const fired = runs.filter(({ firingId }) => firingId !== null)
  if (fired.length === 0) return new Map()
  const { rows } = await sql<{ id: number; type: string; payload: unknown }>`
    select r.id, coalesce(t.type, f.type) as type, coalesce(p.payload, f.payload) as payload
    from unnest(${arrayLiteral(fired.map(({ id }) => id))}::bigint[], ${arrayLiteral(fired.map(({ firingId }) => firingId))}::uuid[],
      ${arrayLiteral(fired.map(({ customerId }) => customerId))}::uuid[]) as r(id, firing_id, customer_id)
    join firing f on f.id = r.firing_id left join trigger t on t.id = f.trigger_id
    left join firing_payload p on p.firing_id = r.firing_id and p.customer_id = r.customer_id
  `.execute(tx)
  return new Map(rows.map(({ id, type, payload }) => [id, { type, payload }]))
}

/** One run and what was decided for it. */
export interface Decided {
  run: ClaimedRun
  decision: Decision
}

/** Writes where the runs stand now: one update for all of them. Nothing they were told is left unread. */
export async function saveRuns(tx: Tx, decided: readonly Decided[]): Promise<void> {
  const column = <Value extends string | number | null>(pick: (entry: Decided) => Value) =>
    arrayLiteral(decided.map(pick))
  const time = (at: Date | null | undefined) => at?.toISOString() ?? null
  await sql`${keepPlanOfFew(decided.length)}
    update run set
      node_id = u.node_id, status = u.status, reason = u.reason, wake_at = u.wake_at, wake_on = u.wake_on, awaiting = u.awaiting,
      outputs = coalesce(u.outputs, run.outputs), error = u.error, attempt = u.attempt, steps = u.steps, entered_at = u.entered_at,
      finished_at = case when u.status = 'running' then null else now() end
    from unnest(
      ${column(({ run }) => run.id)}::bigint[],
      ${column(({ decision }) => decision.standing.nodeId)}::text[],
      ${column(({ decision: { standing } }) => (standing.is === 'ended' ? standing.status : 'running'))}::text[],
      ${column(({ decision: { standing } }) => (standing.is === 'ended' ? standing.reason : null))}::text[],
      ${column(({ decision: { standing } }) => (standing.is === 'live' ? time(standing.wakeAt) : null))}::timestamptz[],
      ${column(({ decision: { standing } }) => (standing.is === 'live' ? time(standing.wakeOn) : null))}::timestamptz[],
      ${column(({ decision: { standing } }) => (standing.is === 'live' ? standing.awaiting : null))}::text[],
      ${column(({ run, decision }) => (decision.outputs === run.outputs ? null : JSON.stringify(decision.outputs)))}::jsonb[],
      ${column(({ decision: { standing } }) => (standing.is === 'live' && standing.error ? JSON.stringify(standing.error) : null))}::jsonb[],
      ${column(({ decision: { standing } }) => (standing.is === 'live' ? standing.attempt : 0))}::smallint[],
      ${column(({ run, decision }) => run.steps + decision.steps.length)}::int[],
      ${column(({ run, decision: { standing } }) => time(standing.is === 'live' ? standing.enteredAt : run.enteredAt))}::timestamptz[]
    ) as u(id, node_id, status, reason, wake_at, wake_on, awaiting, outputs, error, attempt, steps, entered_at)
    where run.id = u.id
  `.execute(tx)
}

/** Forgets what claimed runs were told. */
export async function clearInbox(tx: Tx, candidates: readonly Candidate[], runs: readonly ClaimedRun[]): Promise<void> {
  if (!candidates.some((candidate) => candidate.told)) return
  await sql`${keepPlanOfFew(runs.length)} delete from run_inbox where run_id = any(${arrayLiteral(runs.map((run) => run.id))}::bigint[])`.execute(
    tx,
  )
}

/**
 * Appends the steps to history. Runs of a batch mostly take the same steps, so the distinct ones travel once and each row names
 * its own by number.
 */
export async function appendSteps(tx: Tx, decided: readonly Decided[]): Promise<void> {
  const shapes = new Map<string, number>()
  const nodeIds: string[] = []
  const labels: (string | null)[] = []
  const outputs: (string | null)[] = []
  const whys: (string | null)[] = []
  const runOf: number[] = []
  const seqs: number[] = []
  const shapeOf: number[] = []
  const entered: number[] = []
  decided.forEach(({ run, decision }, index) => {
    decision.steps.forEach((step, position) => {
      const output = hasFields(step.output) ? JSON.stringify(step.output) : null
      const why = step.why ? JSON.stringify(step.why) : null
      const key = `${step.nodeId}\u0000${step.label}\u0000${output}\u0000${why}`
      let shape = shapes.get(key)
      if (shape === undefined) {
        shape = shapes.size + 1
        shapes.set(key, shape)
        nodeIds.push(step.nodeId)
        labels.push(step.label)
        outputs.push(output)
        whys.push(why)
      }
      runOf.push(index + 1)
      seqs.push(step.seq)
      shapeOf.push(shape)
      // Only the first step of a walk was entered before it.
      entered.push(position === 0 && step.enteredAt === run.enteredAt ? 1 : 0)
    })
  })
  if (runOf.length === 0) return
  const runColumn = <Value extends string | number | null>(pick: (run: ClaimedRun) => Value) =>
    arrayLiteral(decided.map(({ run }) => pick(run)))
  await sql`${keepPlanOfFew(decided.length)}
    insert into step (workspace_id, customer_id, run_id, seq, version_id, node_id, label, output, why, entered_at, at)
    select r.workspace_id, r.customer_id, r.id, s.seq, r.version_id, d.node_id, d.label, d.output, d.why,
      case when s.first = 1 then r.entered_at else now() end, now()
    from unnest(${arrayLiteral(runOf)}::int[], ${arrayLiteral(seqs)}::int[], ${arrayLiteral(shapeOf)}::int[], ${arrayLiteral(entered)}::int[])
      as s(run, seq, shape, first)
    join unnest(${runColumn((run) => run.workspaceId)}::int[], ${runColumn((run) => run.customerId)}::uuid[],
      ${runColumn((run) => run.id)}::bigint[], ${runColumn((run) => run.versionId)}::bigint[],
      ${runColumn((run) => run.enteredAt.toISOString())}::timestamptz[])
      with ordinality as r(workspace_id, customer_id, id, version_id, entered_at, n) on r.n = s.run
    join unnest(${arrayLiteral(nodeIds)}::text[], ${arrayLiteral(labels)}::text[], ${arrayLiteral(outputs)}::jsonb[], ${arrayLiteral(whys)}::jsonb[])
      with ordinality as d(node_id, label, output, why, n) on d.n = s.shape
  `.execute(tx)
}

const hasFields = (value: Record<string, unknown>): boolean => {
  for (const _ in value) return true
  return false
}

/** Adds to the campaign's counts; rows are folded by housekeeping. */
export async function appendTally(
  tx: Db | Tx,
  counts: readonly { workspaceId: number; campaignId: string; metric: string; key: string; n: number }[],
): Promise<void> {
  if (counts.length === 0) return
  await sql`${keepPlan}
    insert into tally (workspace_id, campaign_id, metric, key, n)
    select * from unnest(${arrayLiteral(counts.map((count) => count.workspaceId))}::int[],
      ${arrayLiteral(counts.map((count) => count.campaignId))}::uuid[], ${arrayLiteral(counts.map((count) => count.metric))}::text[],
      ${arrayLiteral(counts.map((count) => count.key))}::text[], ${arrayLiteral(counts.map((count) => count.n))}::bigint[])
  `.execute(tx)
}

/**
 * A run that leaves a message node before its message was handed over takes that message back; one that it queued further on in the
 * same walk stays.
 */
export async function withdrawMessages(tx: Tx, left: readonly { runId: number; nodeId: string }[]): Promise<void> {
  if (left.length === 0) return
  await sql`${keepPlanOfFew(left.length)}
    with withdrawn as (
      update message m set state = 'skipped', reason = 'withdrawn', lease_until = null, worker = null
      from unnest(${arrayLiteral(left.map(({ runId }) => runId))}::bigint[], ${arrayLiteral(left.map(({ nodeId }) => nodeId))}::text[]) as l(run_id, node_id)
      where m.run_id = l.run_id and m.node_id = l.node_id and m.state in ('queued', 'claimed')
      returning m.workspace_id, m.campaign_id
    )
    insert into tally (workspace_id, campaign_id, metric, key, n)
    select workspace_id, campaign_id, 'message', 'skipped', count(*) from withdrawn group by workspace_id, campaign_id
  `.execute(tx)
}

/** Whether anything is due, over all moving campaigns: the question a sleeping process asks once a second. */
export async function anythingDue(db: Db): Promise<boolean> {
  const { rows } = await sql<{ due: boolean }>`
    select exists (select from campaign c where c.status in ('active', 'completed') and c.leaving is null and (
        exists (select from run r where r.campaign_id = c.id and r.finished_at is null
          and r.wake_at <= now() - c.paused_total and r.wake_at > ${spreadClock})
        or exists (select from run r where r.campaign_id = c.id and r.finished_at is null and r.wake_on <= now() and r.wake_on > ${spreadWall})
        or ${spreadReleases}
        or exists (select from run_inbox i where i.campaign_id = c.id)))
      or exists (select from firing where status = 'running')
      -- What analytics have yet to count.
      or exists (select from analytics_pending)
      -- By sending account and moving campaign, so that a paused campaign's million queued messages cost nothing.
      or exists (select from credential k join campaign c on c.workspace_id = k.workspace_id and c.status in ('active', 'completed') and c.leaving is null
        where k.health <> 'dead' and coalesce(k.held_until, '-infinity') <= now() and exists (
          select from message m where m.credential_id = k.id and m.campaign_id = c.id and m.state = 'queued' and m.send_after <= now()))
      as due
  `.execute(db)
  return rows[0]?.due ?? false
}

/** The next deadline of any moving campaign. Its distance is taken on the database's clock; this machine's may be off. */
export async function nextDeadline(db: Db, floors: ReadonlyMap<string, Date>): Promise<Date | null> {
  const { rows } = await sql<{ in_ms: number | null }>`${keepPlan}
    select extract(epoch from min(least(d.wake_at + c.paused_total, w.wake_on, s.release_at)) - clock_timestamp())::float8 * 1000 as in_ms
    from campaign c
    left join unnest(${arrayLiteral([...floors.keys()])}::uuid[],
      ${arrayLiteral([...floors.values()].map((floor) => floor.toISOString()))}::timestamptz[]) as f(id, floor) on f.id = c.id
    left join lateral (select wake_at from run where campaign_id = c.id and finished_at is null
      and wake_at >= coalesce(f.floor, '-infinity') and wake_at > ${spreadClock} order by wake_at limit 1) d on true
    left join lateral (select wake_on from run where campaign_id = c.id and finished_at is null and wake_on > ${spreadWall}
      order by wake_on limit 1) w on true
    left join lateral (select least(c.spread_until,
        c.spread_from + (c.spread_until - c.spread_from) * (c.spread_released::float8 / nullif(c.spread_total, 0))) as release_at
      where c.spread_until > now() and ${spreadLeft}) s on true
    where c.status in ('active', 'completed') and c.leaving is null
  `.execute(db)
  const inMs = rows[0]?.in_ms ?? null
  return inMs === null ? null : new Date(Date.now() + inMs)
}
