/**
 * `bench simulate`: 100,000 customers through a graph of 20 nodes on the virtual clock: in one thread without a database (what the
 * simulation itself costs), and as the API does it, from a database and in a worker thread, with how long the main thread was kept from
 * answering meanwhile. BENCH_SCALE=0.1 makes a short form of a tenth of the size.
 */
import { readFile } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { CampaignFile } from '../src/campaign-files/format.ts'
import { importCampaign } from '../src/campaign-files/import.ts'
import { checkCampaignFile, readCampaignFile } from '../src/campaign-files/read.ts'
import { simulateFile } from '../src/campaign-files/simulate-file.ts'
import { sql } from '../src/db/database.ts'
import { expectations } from '../src/simulate/expectations.ts'
import { simulateCampaign } from '../src/simulate/simulate-campaign.ts'
import type { SimulationResult } from '../src/simulate/tally.ts'
import { onScratchServer, round, type Workload } from './workload.ts'

/** Runs the benchmark. */
export default async function benchSimulate({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const count = Math.round(100_000 * Number(process.env.BENCH_SCALE ?? 1))
  const file = readCampaignFile(await readFile(new URL('simulate.campaign.json', import.meta.url), 'utf8'))
  const { workflow, problems } = checkCampaignFile(file)
  if (!workflow) throw new Error(`The benchmark's campaign is not valid: ${JSON.stringify(problems)}`)
  const { assume } = expectations.parse({ assume: { customers: { count }, seed: 'bench' } })
  tell(`${count} customers through ${file.nodes.length} nodes`)
  const alone = await timed(() => simulateFile(file, workflow, assume))
  const fromDatabase = await onScratchServer(tell, (bench) => overDatabase(bench, file, count, assume))
  return { nodes: file.nodes.length, alone, fromDatabase }
}

async function overDatabase(
  bench: Workload,
  file: CampaignFile,
  count: number,
  { rates, seed }: { rates: Parameters<typeof simulateCampaign>[3]['rates']; seed: string },
): Promise<Record<string, unknown>> {
  await bench.seed(count)
  const { db } = bench
  const { rows } = await sql<{ id: number }>`select id from workspace`.execute(db)
  const workspaceId = rows[0]?.id ?? 0
  await sql`insert into credential (workspace_id, type, name) values (${workspaceId}, 'sandbox', 'Sandbox mailbox')`.execute(
    db,
  )
  await sql`insert into segment (workspace_id, kind, name) values (${workspaceId}, 'static', 'Cooling down')`.execute(
    db,
  )
  await sql`
    with p as (insert into product (workspace_id, name) values (${workspaceId}, 'Product') returning id)
    insert into fit_criterion (workspace_id, product_id, name, type, weight) select ${workspaceId}, id, 'Engaged', 'engagement', 1 from p
  `.execute(db)
  const context = { workspaceId, actor: { text: 'bench' }, memberId: null }
  const audience = { type: 'all' } as const
  const target = { into: null, ifMatch: null }
  const { campaignId } = await importCampaign(db, context, { ...file, audience }, target)
  const wanted = { sample: null, rates, seed, startAt: new Date(), triggerPayload: null }
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const figures = await timed(() => simulateCampaign({ db }, workspaceId, campaignId, wanted))
  delay.disable()
  return { ...figures, mainThreadHeldUpMs: { p99: round(delay.percentile(99) / 1e6), worst: round(delay.max / 1e6) } }
}

async function timed(simulate: () => Promise<SimulationResult>): Promise<Record<string, unknown>> {
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const result = await simulate()
  const seconds = (performance.now() - startedAt) / 1_000
  const cpu = process.cpuUsage(cpuBefore)
  return {
    customers: result.customers,
    steps: result.edges.reduce((sum, edge) => sum + edge.count, 0),
    messages: result.messages.sent,
    seconds: round(seconds, 2),
    cpuSeconds: round((cpu.user + cpu.system) / 1e6, 2),
    customersPerSecond: Math.round(result.customers / seconds),
  }
}
