/**
 * `bench analytics`: what each page of analytics asks, over a history of a million passages, through the API; how fast history is counted
 * anew; and how long after the commit of an event its number has changed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createCounting } from '../src/analytics/loop.ts'
import { analyticsRoutes } from '../src/analytics/routes.ts'
import { streamRoutes } from '../src/campaigns/stream-routes.ts'
import { type Db, sql } from '../src/db/database.ts'
import { listen } from '../src/db/listen.ts'
import { notifyWake, wakeChannel } from '../src/engine/events-sql.ts'
import { createScheduler } from '../src/engine/scheduler.ts'
import { createServer } from '../src/http/server.ts'
import { createApiKey } from '../src/workspaces/api-key-queries.ts'
import { type History, makeHistory } from './history.ts'
import { onScratchServer, round, type Workload } from './workload.ts'

const repeats = 40

/**
 * Runs the benchmark: 1,000,000 runs, with messages, events, steps, clicks and goals. BENCH_SCALE=0.1 makes a tenth; BENCH_DATA=DIR keeps
 * the database there and takes the one that an earlier run left; of that, a tenth is counted anew.
 */
export default async function benchAnalytics({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const runs = Math.max(1_000, Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1)))
  return onScratchServer(
    tell,
    async (bench) => {
      const { app, db } = bench
      const history = await makeHistory(db, runs, tell)
      const counting = createCounting(app)
      const toCount = history.isKept ? Math.round(runs / 10) : runs
      tell(`counting ${toCount} runs`)
      await sql`
        insert into analytics_recount (workspace_id, after_run_id) values (${history.workspaceId}, (select max(id) from run) - ${toCount}::int)
        on conflict (workspace_id) do nothing
      `.execute(db)
      const countedAt = performance.now()
      while ((await counting.pass()).again);
      const countSeconds = (performance.now() - countedAt) / 1000
      await sql`vacuum analyze analytics_run, analytics_funnel, analytics_message, analytics_count`.execute(db)

      const { key } = await createApiKey(db, {
        workspaceId: history.workspaceId,
        name: 'bench',
        role: 'admin',
        createdBy: null,
      })
      const server = await createServer({ app, routes: [...analyticsRoutes, ...streamRoutes], webDir: '' })
      const url = await server.listen({ host: '127.0.0.1', port: 0 })
      const get = async (path: string, signal?: AbortSignal): Promise<Response> => {
        const answer = await fetch(`${url}/api/v1${path}`, {
          headers: { authorization: `Bearer ${key}` },
          ...(signal && { signal }),
        })
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
        return answer
      }
      const figures: Record<string, { p50: number; p95: number }> = {}
      const ofPages = () => Object.entries(figures).filter(([name]) => !name.startsWith('only by the API'))
      for (const [name, path] of Object.entries(pagesOf(history))) {
        tell(name)
        const ask = async () => await (await get(path)).text()
        await ask()
        figures[name] = spread(await timed(repeats, ask))
      }
      const csv = await measureCsv(get, history)
      tell('the stream')
      const stream = spread(await timed(12, () => firstCounts(get, history), 1_100))
      tell('a thousand replies')
      const countThousandMs = await countReplies(db, history, counting)
      tell('how soon a number follows')
      const lagMs = await measureLag(bench, history, get)
      await server.close()
      return {
        ...history.rows,
        countedPerSecond: round(toCount / countSeconds),
        countThousandMs,
        lagMs,
        streamFirstCountsMs: stream,
        csv,
        slowestPageP95Ms: Math.max(...ofPages().map(([, { p95 }]) => p95)),
        pagesMs: figures,
      }
    },
    process.env.BENCH_DATA,
  )
}

type Get = (path: string, signal?: AbortSignal) => Promise<Response>

/** What the pages ask: campaign, its comparison, graph and lists of who; the workspace, and campaigns side by side. */
function pagesOf({ campaignIds, productIds }: History): Record<string, string> {
  const campaign = `/campaigns/${campaignIds[0]}/analytics`
  const people = `${campaign}/people?limit=50`
  const some = campaignIds.slice(0, 4).join(',')
  return {
    'campaign page, 30 days': `${campaign}?groupBy=node&range=30d`,
    'campaign page, all time': `${campaign}?groupBy=node`,
    'campaign page, 30 days beside the 30 before': `${campaign}?groupBy=node&range=30d&compare=previous`,
    'only by the API: parts of days': `${campaign}?groupBy=node&from=${daysAgo(20.3)}&to=${daysAgo(10.6)}`,
    'one product and channel': `${campaign}?groupBy=node&productId=${productIds[0]}&channel=email`,
    'one branch, first entries': `${campaign}?groupBy=node&branch=split:a&entry=first`,
    'by product': `${campaign}?groupBy=product`,
    'by branch': `${campaign}?groupBy=branch`,
    'by day': `${campaign}?groupBy=day`,
    'by version': `${campaign}?groupBy=version`,
    'comparison and lift': `${campaign}/comparison`,
    'comparison and lift, 30 days': `${campaign}/comparison?range=30d`,
    'comparison by clicks': `${campaign}/comparison?metric=clicked`,
    'graph overlay': `${campaign}?groupBy=node&range=all`,
    'drawer of a step': `${campaign}/nodes/mail-2`,
    'drawer of a step, 30 days': `${campaign}/nodes/mail-a?range=30d`,
    workspace: '/analytics?groupBy=campaign',
    'workspace, 30 days': '/analytics?groupBy=campaign&range=30d',
    'four campaigns side by side': `/analytics?groupBy=campaign&campaigns=${some}`,
    'who was enrolled': people,
    'who replied': `${people}&show=replied`,
    'who replied at a step, on a channel': `${people}&show=replied&nodeId=mail-2&channel=email`,
    'who opened': `${people}&show=opened`,
    'who clicked': `${people}&show=clicked`,
    'who was handed off': `${people}&show=handoff`,
    'who was opened by a machine': `${people}&show=machineOpened`,
    'who was clicked by a machine': `${people}&show=machineClicked`,
    'who is unconfirmed': `${people}&show=unconfirmed`,
    'who was held out': `${people}&show=holdout`,
    'who is inside': `${people}&show=inside`,
    'who is here': `${people}&show=here&nodeId=mail-2`,
    'who is here: nobody': `${people}&show=here&nodeId=split`,
    'who passed': `${people}&show=passed&nodeId=mail-a`,
    'who passed: nobody': `${people}&show=passed&nodeId=gone`,
    'who took a way': `${people}&show=edge&nodeId=mail-a&when=replied`,
    'who took a way: nobody': `${people}&show=edge&nodeId=mail-a&when=bounced`,
    'who bounced out: nobody': `${people}&show=exit&reason=bounced`,
    'who ended by exit': `${people}&show=exit&reason=exit`,
    'who was passed over': `${people}&show=skipped&reason=suppressed`,
    'who was passed over: nobody': `${people}&show=skipped&reason=capped`,
    'who followed a link': `${people}&show=link&nodeId=mail-a&url=${encodeURIComponent('https://shop.example/about')}`,
    'who followed a link: nobody': `${people}&show=link&nodeId=mail-a&url=${encodeURIComponent('https://nobody.example/')}`,
    'who reached a goal': `${people}&show=goal&nodeId=won`,
    'who reached a goal: nobody': `${people}&show=goal&nodeId=gone`,
    'who failed: nobody': `${people}&show=errors`,
    'who sent on Telegram: nobody': `${people}&show=sent&channel=telegram`,
    'csv: funnel': `${campaign}.csv`,
    'csv: steps': `${campaign}.csv?table=nodes`,
    'csv: comparison': `${campaign}.csv?table=comparison`,
    'csv: links': `${campaign}.csv?table=links`,
    'csv: workspace': '/analytics.csv?table=groups',
  }
}

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()

/** How long each of some calls took, in ms. */
async function timed(times: number, work: () => Promise<unknown>, restMs = 0): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < times; n += 1) {
    const startedAt = performance.now()
    await work()
    took.push(performance.now() - startedAt)
    if (restMs > 0) await sleep(restMs)
  }
  return took
}

function spread(took: readonly number[]): { p50: number; p95: number } {
  const ordered = [...took].sort((a, b) => a - b)
  const at = (share: number) => round(ordered[Math.min(ordered.length - 1, Math.floor(share * ordered.length))] ?? 0, 1)
  return { p50: at(0.5), p95: at(0.95) }
}

/** The first bytes of all events of the largest campaign, and the whole of a small one. */
async function measureCsv(get: Get, { campaignIds }: History): Promise<Record<string, unknown>> {
  const events = (id: string | undefined) => `/campaigns/${id}/analytics.csv?table=events`
  const firstBytesMs = spread(
    await timed(20, async () => {
      const leaving = new AbortController()
      const reader = (await get(events(campaignIds[0]), leaving.signal)).body?.getReader()
      for (let bytes = 0; bytes < 10_000; ) bytes += (await reader?.read())?.value?.length ?? 10_000
      leaving.abort()
    }),
  )
  const startedAt = performance.now()
  let rows = 0
  for await (const bytes of (await get(events(campaignIds[1]))).body ?? []) {
    rows += Buffer.from(bytes as Uint8Array).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0)
  }
  return { firstBytesMs, rows, rowsPerSecond: round(rows / ((performance.now() - startedAt) / 1000)) }
}

/** Waits until the stream of the largest campaign has told its counts. */
async function firstCounts(get: Get, { campaignIds }: History): Promise<void> {
  const leaving = new AbortController()
  const answer = await get(`/stream?campaign=${campaignIds[0]}`, leaving.signal)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; !text.includes('event: counts'); ) text += (await reader?.read())?.value ?? 'event: counts'
  leaving.abort()
}

/** Messages that have no reply yet, newest first. */
async function unanswered(db: Db, { campaignIds }: History, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from message where campaign_id = ${campaignIds[0]} and state = 'sent' and replied_at is null and bounced_at is null
    order by id desc limit ${limit}
  `.execute(db)
  return rows.map(({ id }) => id)
}

const reply = (db: Db, ids: readonly number[]) =>
  sql`update message set replied_at = now(), opened_at = coalesce(opened_at, now()) where id = any(${`{${ids.join(',')}}`}::bigint[])`.execute(
    db,
  )

async function countReplies(db: Db, history: History, counting: ReturnType<typeof createCounting>): Promise<number> {
  await reply(db, await unanswered(db, history, 1_000))
  const startedAt = performance.now()
  while ((await counting.pass()).again);
  return round(performance.now() - startedAt)
}

/** From the commit of a reply until the API answers with one more, the counting loop woken as in a worker. */
async function measureLag({ app, db, database }: Workload, history: History, get: Get) {
  const scheduler = createScheduler({ loops: [createCounting(app)], log: app.log })
  const listener = listen(database.config, [wakeChannel], () => scheduler.wake(), app.log)
  scheduler.start()
  const replies = async (): Promise<number> => {
    const answer = await get(`/campaigns/${history.campaignIds[0]}/analytics`)
    return ((await answer.json()) as { messages: { replied: number } }).messages.replied
  }
  const ids = await unanswered(db, history, 60)
  const took: number[] = []
  let known = await replies()
  for (const [index, id] of ids.entries()) {
    await db.transaction().execute(async (tx) => {
      await reply(tx, [id])
      await notifyWake(tx)
    })
    const committedAt = performance.now()
    const before = known
    while (known === before) known = await replies()
    took.push(performance.now() - committedAt)
    // At all places of the loop's rhythm.
    await sleep((index * 37) % 400)
  }
  await Promise.all([scheduler.stop(), listener.close()])
  return spread(took)
}
