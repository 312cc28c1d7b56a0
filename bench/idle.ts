/** `bench idle`: what a started program with nothing to do costs, the database included. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startProgram } from '../test/program.ts'
import { round } from './workload.ts'

const ticksPerSecond = 100

/** CPU seconds so far of a process and all below it (Linux). */
async function cpuSeconds(root: number): Promise<number> {
  const parents = new Map<number, number>()
  const ticks = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    parents.set(Number(entry), Number(fields[1]))
    ticks.set(Number(entry), Number(fields[11]) + Number(fields[12]))
  }
  const below = (pid: number | undefined): boolean => pid !== undefined && (pid === root || below(parents.get(pid)))
  let sum = 0
  for (const [pid, used] of ticks) if (below(pid)) sum += used
  return sum / ticksPerSecond
}

/** Runs the benchmark: the program settles for ten seconds and is watched for thirty. */
export default async function benchIdle({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'throughline-idle-'))
  try {
    await using program = await startProgram({ DATA_DIR: dataDir, LOG_LEVEL: 'error' })
    tell('watching an idle program for 30 s')
    await sleep(10_000)
    const pid = program.child.pid ?? 0
    const startedAt = performance.now()
    const before = await cpuSeconds(pid)
    await sleep(30_000)
    const used = (await cpuSeconds(pid)) - before
    return { cpuPercentOfOneCore: round((100 * used) / ((performance.now() - startedAt) / 1000), 2) }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}
