/** `bench pause`: how long /pause takes to answer while eight workers move customers and send, a hundred times. */
import { connectionUrl } from '../src/db/open.ts'
import { pauseUnderLoad } from '../test/pause-under-load.ts'
import { onScratchServer, round } from './workload.ts'

/** Runs the benchmark. BENCH_SCALE=0.1 pauses ten times. */
export default async function benchPause({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const pauses = Math.max(1, Math.round(100 * Number(process.env.BENCH_SCALE ?? 1)))
  return onScratchServer(tell, async ({ database }) => {
    tell(`${pauses} pauses with 8 workers`)
    const url = connectionUrl(database.config as Parameters<typeof connectionUrl>[0])
    const figures = await pauseUnderLoad(database.db, url, { workers: 8, customers: 1_000 * pauses, pauses })
    const sorted = figures.pauseMs.sort((a, b) => a - b)
    const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    return {
      pauses,
      pauseMsP50: at(0.5),
      pauseMsP95: at(0.95),
      pauseMsMax: at(1),
      inHand: figures.inHand,
      handedAfterwards: figures.handedAfterwards,
      movedAfterwards: figures.movedAfterwards,
      sent: figures.sent,
    }
  })
}
