/** What the engine's benchmarks share: a scratch server, customers, campaigns on published workflows, and worker processes. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { App } from '../src/app.ts'
import { catalogue, parseConfig } from '../src/catalogue/catalogue.ts'
import { type Database, type Db, sql } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'
import { openDatabase } from '../src/db/open.ts'
import { notifyWake } from '../src/engine/events-sql.ts'
import { readEnv } from '../src/env.ts'
import { firePass } from '../src/firings/fire.ts'
import { createKeyring } from '../src/keyring.ts'
import { compile } from '../src/workflow/compile.ts'
import type { Graph } from '../src/workflow/graph.ts'
import type { WorkerStats } from './engine-worker.ts'

const edge = (source: string, target: string, when: string | null = null) => ({
  id: `${source}-${target}`,
  source,
  target,
  when,
})

/** trigger → tag → split → (path | path) → wait 0 → exit: six steps a customer. */
export const flow = (tag: string): Graph => ({
  nodes: [
    { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
    { id: 'tag-1', type: 'add-tag', title: 'Tag', config: { name: tag } },
    {
      id: 'split-1',
      type: 'conditional-split',
      title: 'Split',
      config: {
        branches: [
          { id: 'vip', label: 'VIP' },
          { id: 'rest', label: 'Rest', default: true },
        ],
      },
    },
    {
      id: 'path-vip',
      type: 'path',
      title: 'VIP',
      config: { rules: [{ input: 'customer.tags', condition: 'contains', value: 'vip' }], match: 'all' },
    },
    { id: 'path-rest', type: 'path', title: 'Rest', config: { rules: [], match: 'all' } },
    { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 0 } },
    { id: 'wait-2', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 0 } },
    { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
    { id: 'exit-2', type: 'exit', title: 'Exit', config: {} },
  ],
  edges: [
    edge('trigger-1', 'tag-1'),
    edge('tag-1', 'split-1'),
    edge('split-1', 'path-vip', 'vip'),
    edge('split-1', 'path-rest', 'rest'),
    edge('path-vip', 'wait-1'),
    edge('path-rest', 'wait-2'),
    edge('wait-1', 'exit-1'),
    edge('wait-2', 'exit-2'),
  ],
})

/** Steps that each customer takes through `flow`. */
const stepsEach = 6

/** trigger → wait a month: what fills the table with waiting runs. */
export const waiting: Graph = {
  nodes: [
    { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
    { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 30 * 86_400_000 } },
    { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
  ],
  edges: [edge('trigger-1', 'wait-1'), edge('wait-1', 'exit-1')],
}

/** Customers and campaigns on a scratch server. */
export class Workload {
  readonly database: Database
  readonly app: App
  private readonly tell: (line: string) => void
  private workspaceId = 0

  constructor(database: Database, tell: (line: string) => void) {
    this.database = database
    this.tell = tell
    const { db } = database
    this.app = {
      db,
      env: readEnv({}),
      log: pino({ level: 'error' }, pino.destination(2)),
      keys: createKeyring(['0'.repeat(64)]),
      wake: () => notifyWake(db),
    }
  }

  get db(): Db {
    return this.database.db
  }

  /** Works in a workspace that was made elsewhere. */
  enter(workspaceId: number): void {
    this.workspaceId = workspaceId
  }

  async seed(customers: number): Promise<void> {
    const { rows } = await sql<{ id: number }>`insert into workspace (name) values ('Bench') returning id`.execute(
      this.db,
    )
    this.workspaceId = rows[0]?.id ?? 0
    await this.addCustomers(customers)
  }

  async addCustomers(count: number): Promise<void> {
    this.tell(`adding ${count} customers`)
    await sql`
      insert into customer (workspace_id, email, first_name, country, tags)
      select ${this.workspaceId}, 'c' || gen_random_uuid() || '@example.com', 'Customer ' || n, case n % 3 when 0 then 'VN' else 'US' end,
        case when n % 2 = 0 then array['vip'] else '{}' end
      from generate_series(1, ${count}::int) n
    `.execute(this.db)
    await sql`vacuum analyze customer`.execute(this.db)
  }

  /** An active campaign (or one that stands still) with this workflow as its published version. */
  async campaign(name: string, graph: Graph, status: 'active' | 'draft' = 'active'): Promise<string> {
    const { workflow, problems } = compile(graph, catalogue, parseConfig)
    if (!workflow) throw new Error(`The bench's own workflow does not compile: ${JSON.stringify(problems)}`)
    const { rows } = await sql<{ id: string }>`
      with c as (insert into campaign (workspace_id, name, audience) values (${this.workspaceId}, ${name}, '{"type":"all"}') returning id),
      v as (insert into workflow_version (campaign_id, number, graph, published_by)
        select id, 1, ${JSON.stringify(workflow)}::jsonb, 'bench' from c returning id, campaign_id)
      select campaign_id as id, v.id as version_id from v
    `.execute(this.db)
    const id = rows[0]?.id ?? ''
    await sql`
      update campaign set status = ${status}, version_id = (select id from workflow_version where campaign_id = ${id}) where id = ${id}
    `.execute(this.db)
    return id
  }

  /** Enrolls all customers through the product's Fire loop. Answers customers a second. */
  async enroll(campaignId: string): Promise<number> {
    await sql`
      insert into firing (workspace_id, campaign_id, type, status, audience, by)
      values (${this.workspaceId}, ${campaignId}, 'manual', 'running', '{"type":"all"}', 'bench')
    `.execute(this.db)
    const startedAt = performance.now()
    while ((await firePass(this.app)).again);
    const seconds = (performance.now() - startedAt) / 1000
    const { rows } = await sql<{
      enrolled: number
    }>`select enrolled from firing where campaign_id = ${campaignId}`.execute(this.db)
    return (rows[0]?.enrolled ?? 0) / seconds
  }

  /** The same rows by one INSERT … SELECT. Answers customers a second. */
  async rawInsert(campaignId: string): Promise<number> {
    const startedAt = performance.now()
    const { numAffectedRows } = await sql`
      insert into run (workspace_id, campaign_id, customer_id, node_id, wake_at)
      select workspace_id, ${campaignId}, id, 'trigger-1', now() from customer where workspace_id = ${this.workspaceId}
    `.execute(this.db)
    return Number(numAffectedRows ?? 0) / ((performance.now() - startedAt) / 1000)
  }

  /** The floor: one statement that writes the same run updates, steps, tag changes and events. Answers steps a second. */
  async floor(campaignId: string, tag: string): Promise<number> {
    const startedAt = performance.now()
    const { rows } = await sql<{ steps: number }>`
      with r as (
        update run set node_id = 'exit-1', status = 'succeeded', reason = 'exit', wake_at = null, steps = ${stepsEach}, finished_at = now()
        where campaign_id = ${campaignId} and finished_at is null returning id, workspace_id, campaign_id, customer_id
      ), c as (
        update customer c set tags = c.tags || ${tag}::text, version = c.version + 1, updated_at = now() from r where c.id = r.customer_id
      ), e as (
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select r.workspace_id, r.customer_id, n.name, n.properties, r.campaign_id, r.id, n.node_id, now(), now()
        from r cross join (values ('run.started', '{"entry": 1}'::jsonb, null), ('customer.tagged', '{"tag": "bench"}'::jsonb, 'tag-1'),
          ('run.finished', '{"status": "succeeded", "reason": "exit"}'::jsonb, 'exit-1')) as n(name, properties, node_id)
      ), s as (
        insert into step (workspace_id, customer_id, run_id, seq, version_id, node_id, label, output, why, entered_at, at)
        select r.workspace_id, r.customer_id, r.id, n.seq, 1, n.node_id, n.label, n.output, n.why, now(), now()
        from r cross join (values
          (1, 'trigger-1', '', null::jsonb, null::jsonb), (2, 'tag-1', '', null, null),
          (3, 'split-1', 'vip', '{"branch": "vip"}'::jsonb, '{"code": "branch_held", "text": "customer.tags contains vip"}'::jsonb),
          (4, 'path-vip', '', null, null), (5, 'wait-1', '', null, '{"code": "waited", "text": "The wait was over."}'::jsonb),
          (6, 'exit-1', null, null, null)) as n(seq, node_id, label, output, why)
        returning 1
      )
      select count(*)::int as steps from s
    `.execute(this.db)
    return (rows[0]?.steps ?? 0) / ((performance.now() - startedAt) / 1000)
  }

  async startWorker(): Promise<Worker> {
    const worker = new Worker(
      fork(new URL('engine-worker.ts', import.meta.url), {
        env: { ...process.env, BENCH_DATABASE: JSON.stringify(this.database.config) },
      }),
    )
    await worker.ready()
    return worker
  }

  /** Lets `workers` processes move a campaign that is ready to go until every run has ended. */
  async move(campaignId: string, workers: number) {
    // Nothing moves before the workers have started and connected.
    await sql`update campaign set status = 'paused' where id = ${campaignId}`.execute(this.db)
    const processes = await Promise.all(Array.from({ length: workers }, () => this.startWorker()))
    const backendsBefore = await this.backendCpuSeconds()
    await Promise.all(processes.map((worker) => worker.stats()))
    const startedAt = performance.now()
    await sql`update campaign set status = 'active' where id = ${campaignId}`.execute(this.db)
    await notifyWake(this.db)
    await this.until(async () => (await this.live(campaignId)) === 0)
    const seconds = (performance.now() - startedAt) / 1000
    const stats = await Promise.all(processes.map((worker) => worker.stats()))
    const backends = (await this.backendCpuSeconds()) - backendsBefore
    const cpu = stats.reduce((sum, one) => sum + one.cpuSeconds, 0)
    await Promise.all(processes.map((worker) => worker.stop()))
    const { rows } = await sql<{ steps: number }>`
      select coalesce(sum(n), 0)::int as steps from tally where campaign_id = ${campaignId} and metric = 'node'
    `.execute(this.db)
    return {
      stepsPerSecond: (rows[0]?.steps ?? 0) / seconds,
      coresUsed: (cpu + backends) / seconds,
      workerCpuShare: cpu / seconds,
    }
  }

  private async live(campaignId: string): Promise<number> {
    const { rows } = await sql<{ live: boolean }>`
      select exists (select from run where campaign_id = ${campaignId} and finished_at is null and wake_at is not null) as live
    `.execute(this.db)
    return rows[0]?.live ? 1 : 0
  }

  async until(done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await sleep(20)
  }

  /** CPU time so far of the database backends that serve workers; they live on this machine (Linux only, else 0). */
  private async backendCpuSeconds(): Promise<number> {
    const { rows } = await sql<{ pid: number }>`
      select pid from pg_stat_activity where application_name = 'throughline-bench-worker'
    `.execute(this.db)
    let ticks = 0
    for (const { pid } of rows) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
    }
    return ticks / 100
  }

  /** Waiting runs by plain SQL, for customers that are not in the campaign yet. */
  async addWaiting(campaignId: string, count: number): Promise<void> {
    this.tell(`adding ${count} waiting runs`)
    await sql`
      insert into run (workspace_id, campaign_id, customer_id, node_id, awaiting, wake_at)
      select c.workspace_id, ${campaignId}, c.id, 'wait-1', 'time', now() + interval '20 days' + random() * interval '10 days'
      from customer c where c.workspace_id = ${this.workspaceId}
        and not exists (select from run r where r.campaign_id = ${campaignId} and r.customer_id = c.id) limit ${count}
    `.execute(this.db)
    await sql`vacuum analyze run`.execute(this.db)
  }

  /** Makes runs of the campaign due, a thousand at a time, and answers the median time of the worker's claims in ms. */
  async claimMs(campaignId: string, worker: Worker, rounds: number): Promise<number> {
    await worker.stats()
    for (let round = 0; round < rounds; round += 1) {
      await sql`
        update run set wake_at = now() where id = any(array(
          select id from run where campaign_id = ${campaignId} and finished_at is null and awaiting = 'time' order by wake_at limit 1000))
      `.execute(this.db)
      await notifyWake(this.db)
      await this.until(async () => {
        const { rows } = await sql<{ due: boolean }>`
          select exists (select from run where campaign_id = ${campaignId} and finished_at is null
            and wake_at between now() - interval '1 minute' and now()) as due
        `.execute(this.db)
        return !rows[0]?.due
      })
    }
    const { claimMs } = await worker.stats()
    return median(claimMs)
  }
}

/** A worker process of its own. */
export class Worker {
  private readonly child: ChildProcess

  constructor(child: ChildProcess) {
    this.child = child
  }

  async ready(): Promise<void> {
    await once(this.child, 'message')
  }

  async stats(): Promise<WorkerStats> {
    this.child.send('stats')
    const [stats] = (await once(this.child, 'message')) as [WorkerStats]
    return stats
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit')
    this.child.send('stop')
    await gone
  }
}

/** The middle one; 0 of none. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
/** The arithmetic mean; 0 of none. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
/** Rounded to so many digits, as figures are printed. */
export const round = (value: number, digits = 0): number => Math.round(value * 10 ** digits) / 10 ** digits

/** Gives `work` a scratch server with durable settings, as installed, and removes it afterwards unless it is to be kept in `keepIn`. */
export async function onScratchServer<Result>(
  tell: (line: string) => void,
  work: (workload: Workload) => Promise<Result>,
  keepIn?: string,
): Promise<Result> {
  const dataDir = keepIn ?? (await mkdtemp(join(tmpdir(), 'throughline-bench-')))
  const log = pino({ level: 'error' }, pino.destination(2))
  const database = await openDatabase({ dataDir, log, role: 'server', maxConnections: 20 })
  try {
    await migrate(database.pool, { log })
    return await work(new Workload(database, tell))
  } finally {
    await database.close()
    if (keepIn === undefined) await rm(dataDir, { recursive: true, force: true })
  }
}
