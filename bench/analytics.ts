/**
 * `bench analytics`: each page of analytics over a history of a million passages, through the API; how fast history is counted anew; and
 * how old a number is at most when something happens.
 */
import { createCounting } from '../src/analytics/loop.ts'
import { analyticsRoutes } from '../src/analytics/routes.ts'
import { sql } from '../src/db/database.ts'
import { createServer } from '../src/http/server.ts'
import { createApiKey } from '../src/workspaces/api-key-queries.ts'
import { makeHistory } from './history.ts'
import { onScratchServer, round } from './workload.ts'

const repeats = 40

/** Runs the benchmark: 1,000,000 runs with 2 messages and 3 events each. BENCH_SCALE=0.1 makes a tenth. */
export default async function benchAnalytics({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const runs = Math.max(1_000, Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1)))
  return onScratchServer(tell, async ({ app, db }) => {
    const { workspaceId, campaignIds, productIds, rows } = await makeHistory(db, runs, tell)
    const counting = createCounting(app)
    tell('counting all of it')
    await sql`insert into analytics_recount (workspace_id) values (${workspaceId}) on conflict do nothing`.execute(db)
    const countedAt = performance.now()
    while ((await counting.pass()).again);
    const countSeconds = (performance.now() - countedAt) / 1000
    await sql`vacuum analyze analytics_run, analytics_funnel, analytics_message, analytics_count`.execute(db)

    const { key } = await createApiKey(db, { workspaceId, name: 'bench', role: 'admin', createdBy: null })
    const server = await createServer({ app, routes: analyticsRoutes, webDir: '' })
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const get = async (path: string): Promise<number> => {
      const startedAt = performance.now()
      const answer = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
      return performance.now() - startedAt
    }
    const campaign = `/campaigns/${campaignIds[0]}/analytics`
    const pages = {
      'campaign, all time': campaign,
      'campaign, 30 days': `${campaign}?range=30d`,
      'campaign, one product': `${campaign}?productId=${productIds[0]}&channel=email`,
      'campaign, one branch, first entries': `${campaign}?branch=split:a&entry=first`,
      'by product': `${campaign}?groupBy=product`,
      'by node': `${campaign}?groupBy=node`,
      'by branch': `${campaign}?groupBy=branch`,
      'by day': `${campaign}?groupBy=day`,
      'who replied': `${campaign}/people?show=replied`,
      'who is here': `${campaign}/people?show=here&nodeId=mail-2`,
      'who failed: nobody': `${campaign}/people?show=errors`,
    }
    const figures: Record<string, { p50: number; p95: number }> = {}
    for (const [name, path] of Object.entries(pages)) {
      tell(name)
      await get(path)
      const took: number[] = []
      for (let n = 0; n < repeats; n += 1) took.push(await get(path))
      took.sort((a, b) => a - b)
      const at = (share: number) => round(took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? 0, 1)
      figures[name] = { p50: at(0.5), p95: at(0.95) }
    }
    await server.close()

    tell('a thousand replies')
    await sql`
      update message set replied_at = now(), opened_at = coalesce(opened_at, now())
      where id in (select id from message where campaign_id = ${campaignIds[0]} and state = 'sent' and replied_at is null order by id desc limit 1000)
    `.execute(db)
    const newsAt = performance.now()
    while ((await counting.pass()).again);
    return {
      ...rows,
      countedPerSecond: round(runs / countSeconds),
      countThousandMs: round(performance.now() - newsAt),
      pagesMs: figures,
    }
  })
}
