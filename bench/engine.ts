/**
 * `bench engine`: how fast customers are enrolled and moved, against what the database itself can do with the same rows.
 * Every figure is taken on the same scratch server in one run, so that ratios hold on a noisy machine.
 */
import { sql } from '../src/db/database.ts'
import { flow, mean, onScratchServer, round, type Workload, waiting } from './workload.ts'

/** Runs the benchmark. BENCH_SCALE=0.1 makes a short form of a tenth of the size. */
export default async function benchEngine({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const scale = Number(process.env.BENCH_SCALE ?? 1)
  const customers = Math.round(100_000 * scale)
  const many = Math.round(1_000_000 * scale)
  const few = Math.round(10_000 * scale)
  return onScratchServer(tell, (bench) => figuresOf(bench, { customers, many, few, tell }))
}

async function figuresOf(
  bench: Workload,
  { customers, many, few, tell }: { customers: number; many: number; few: number; tell(line: string): void },
): Promise<Record<string, unknown>> {
  await bench.seed(customers)

  const enrolled: number[] = []
  const inserted: number[] = []
  const floors: number[] = []
  const moved: { stepsPerSecond: number; coresUsed: number; workerCpuShare: number }[] = []
  for (const turn of [1, 2]) {
    tell(`turn ${turn}: enroll, move with one worker, and the floor`)
    const ours = await bench.campaign(`Ours ${turn}`, flow(`ours-${turn}`))
    const floor = await bench.campaign(`Floor ${turn}`, flow(`floor-${turn}`), 'draft')
    enrolled.push(await bench.enroll(ours))
    inserted.push(await bench.rawInsert(floor))
    await sql`vacuum analyze run, customer`.execute(bench.db)
    moved.push(await bench.move(ours, 1))
    floors.push(await bench.floor(floor, `floor-${turn}`))
    await sql`vacuum analyze run, customer`.execute(bench.db)
  }
  tell('two workers')
  const both = await bench.campaign('Two workers', flow('two'))
  await bench.enroll(both)
  const two = await bench.move(both, 2)

  const claims = await bench.campaign('Claims', waiting)
  await bench.addWaiting(claims, few)
  const worker = await bench.startWorker()
  const claimFew = await bench.claimMs(claims, worker, Math.min(10, few / 1000))
  await bench.addCustomers(many - customers)
  await bench.addWaiting(claims, many - few)
  const claimMany = await bench.claimMs(claims, worker, 10)
  const { rssMb } = await worker.stats()

  tell(`${many} moves with an old snapshot open`)
  const snapshot = await bench.database.pool.connect()
  await snapshot.query('begin isolation level repeatable read')
  await snapshot.query('select count(*) from workspace')
  const moves = await bench.campaign('Moves', waiting)
  const enrollMany = await bench.enroll(moves)
  await bench.until(async () => {
    const { rows } = await sql<{ n: number }>`
        select coalesce(sum(n), 0)::int as n from tally where campaign_id = ${moves} and metric = 'node'
      `.execute(bench.db)
    return (rows[0]?.n ?? 0) >= many
  })
  const claimOld = await bench.claimMs(moves, worker, 10)
  await snapshot.query('rollback')
  snapshot.release()
  await worker.stop()

  const stepsPerSecond = mean(moved.map((one) => one.stepsPerSecond))
  return {
    customers,
    stepsPerSecond: round(stepsPerSecond),
    floorPerSecond: round(mean(floors)),
    ratioToFloor: round(stepsPerSecond / mean(floors), 2),
    enrollPerSecond: round(mean(enrolled)),
    rawInsertPerSecond: round(mean(inserted)),
    ratioToRawInsert: round(mean(enrolled) / mean(inserted), 2),
    enrollMillionPerSecond: round(enrollMany),
    coresUsedByOneWorker: round(mean(moved.map((one) => one.coresUsed)), 2),
    workerCpuShare: round(mean(moved.map((one) => one.workerCpuShare)), 2),
    twoWorkersStepsPerSecond: round(two.stepsPerSecond),
    secondWorkerAdds: round(two.stepsPerSecond / stepsPerSecond - 1, 2),
    workerRssMb: round(rssMb),
    claimMs: {
      [`waiting${few}`]: round(claimFew, 1),
      [`waiting${many}`]: round(claimMany, 1),
      [`after${many}MovesWithOldSnapshot`]: round(claimOld, 1),
    },
  }
}
