/**
 * `bench simulate`: 100,000 customers through a graph of 20 nodes on the virtual clock, in one thread and without a database: what the
 * simulation itself costs. BENCH_SCALE=0.1 makes a short form of a tenth of the size.
 */
import { readFile } from 'node:fs/promises'
import { checkCampaignFile, readCampaignFile } from '../src/campaign-files/read.ts'
import { simulateFile } from '../src/campaign-files/simulate-file.ts'
import { expectations } from '../src/simulate/expectations.ts'
import { round } from './workload.ts'

/** Runs the benchmark. */
export default async function benchSimulate({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const count = Math.round(100_000 * Number(process.env.BENCH_SCALE ?? 1))
  const file = readCampaignFile(await readFile(new URL('simulate.campaign.json', import.meta.url), 'utf8'))
  const { workflow, problems } = checkCampaignFile(file)
  if (!workflow) throw new Error(`The benchmark's campaign is not valid: ${JSON.stringify(problems)}`)
  const { assume } = expectations.parse({ assume: { customers: { count }, seed: 'bench' } })
  tell(`${count} customers through ${file.nodes.length} nodes`)
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const result = await simulateFile(file, workflow, assume)
  const seconds = (performance.now() - startedAt) / 1_000
  const cpu = process.cpuUsage(cpuBefore)
  const steps = result.edges.reduce((sum, edge) => sum + edge.count, 0)
  return {
    customers: result.customers,
    nodes: file.nodes.length,
    steps,
    messages: result.messages.sent,
    seconds: round(seconds, 2),
    cpuSeconds: round((cpu.user + cpu.system) / 1e6, 2),
    customersPerSecond: Math.round(result.customers / seconds),
    heapMegabytes: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
  }
}
