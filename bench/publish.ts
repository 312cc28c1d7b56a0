/** `bench publish`: what publishing costs while a million customers stand on the node that it removes. */

import { followRemoved } from '../src/campaigns/leaving-sql.ts'
import type { RemovedChoice } from '../src/campaigns/publish.ts'
import { publish } from '../src/campaigns/publish-sql.ts'
import { sql } from '../src/db/database.ts'
import { onScratchServer, round, type Workload, waiting } from './workload.ts'

/** Runs the benchmark. BENCH_SCALE=0.1 makes a short form of a tenth of the size. */
export default async function benchPublish({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const customers = Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1))
  return onScratchServer(tell, async (bench) => {
    await bench.seed(customers)
    const figures: Record<string, unknown> = { customers }
    const choices: RemovedChoice[] = [{ action: 'finish' }, { action: 'move', target: 'wait-2' }, { action: 'exit' }]
    for (const choice of choices) figures[choice.action] = await figuresOf(bench, customers, choice, tell)
    return figures
  })
}

async function figuresOf(bench: Workload, customers: number, choice: RemovedChoice, tell: (line: string) => void) {
  const id = await bench.campaign(choice.action, waiting)
  await bench.addWaiting(id, customers)
  await sql`
    update workflow_version set graph = jsonb_set(graph, '{drawn}', ${JSON.stringify(waiting)}::jsonb) where campaign_id = ${id}
  `.execute(bench.db)
  // The draft has another wait in the place of the one on which everybody stands.
  const drawn = JSON.parse(JSON.stringify(waiting).replaceAll('wait-1', 'wait-2')) as typeof waiting
  for (const [position, node] of drawn.nodes.entries()) {
    await sql`
      insert into node (campaign_id, id, type, title, config, position)
      values (${id}, ${node.id}, ${node.type}, ${node.title}, ${JSON.stringify(node.config)}::jsonb, ${position})
    `.execute(bench.db)
  }
  for (const [position, edge] of drawn.edges.entries()) {
    await sql`
      insert into edge (campaign_id, id, source, target, position) values (${id}, ${edge.id}, ${edge.source}, ${edge.target}, ${position})
    `.execute(bench.db)
  }
  tell(`publishing with ${customers} customers on a removed node: ${choice.action}`)
  const { rows } = await sql<{ workspace_id: number }>`select workspace_id from campaign where id = ${id}`.execute(
    bench.db,
  )
  const context = { workspaceId: rows[0]?.workspace_id ?? 0, actor: { text: 'bench' } }
  const startedAt = performance.now()
  const answer = await publish(bench.app, context, id, {
    removed: { 'wait-1': choice },
    note: null,
    dryRun: false,
    guard: () => {},
  })
  const answeredMs = performance.now() - startedAt
  let longestLockMs = 0
  for (let done = answer.done; !done; ) {
    const lockedAt = performance.now()
    done = (await followRemoved(bench.db, id))?.done ?? true
    longestLockMs = Math.max(longestLockMs, performance.now() - lockedAt)
  }
  const seconds = (performance.now() - startedAt) / 1000
  return {
    answeredMs: round(answeredMs),
    longestLockMs: round(longestLockMs),
    allFollowedSeconds: round(seconds, 1),
    perSecond: round(customers / seconds),
  }
}
