/**
 * `bench events`: events a second over POST /events/batch, each with an id and properties, from several callers at once, with 20 event
 * triggers listening; and how soon the triggers had heard all of them.
 */
import { sql } from '../src/db/database.ts'
import { eventRoutes } from '../src/events/routes.ts'
import { createServer } from '../src/http/server.ts'
import { hearEvents } from '../src/triggers/listen-sql.ts'
import { createApiKey } from '../src/workspaces/api-key-queries.ts'
import { onScratchServer, round } from './workload.ts'

const batch = 1_000
const callers = 4
const customers = 10_000
/** Active campaigns that listen; each to one path in sixty of the events. */
const triggers = 20

/** Runs the benchmark: 100,000 events about 10,000 customers. BENCH_SCALE=0.1 sends a tenth. */
export default async function benchEvents({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const total = Math.max(batch, Math.round((100_000 * Number(process.env.BENCH_SCALE ?? 1)) / batch) * batch)
  return onScratchServer(tell, async ({ app, db }) => {
    const { rows } = await sql<{ id: number }>`insert into workspace (name) values ('Bench') returning id`.execute(db)
    const workspaceId = rows[0]?.id ?? 0
    await sql`
      insert into customer (workspace_id, external_id, email)
      select ${workspaceId}, 'c' || n, 'c' || n || '@example.com' from generate_series(0, ${customers - 1}::int) n
    `.execute(db)
    await sql`vacuum analyze customer`.execute(db)
    await sql`
      with c as (
        insert into campaign (workspace_id, name, status, audience)
        select ${workspaceId}::int, 'Campaign ' || n, 'active', '{"type": "all"}' from generate_series(1, ${triggers}::int) n
        returning id, workspace_id
      )
      insert into trigger (workspace_id, campaign_id, type, created_by, config)
      select workspace_id, id, 'event', 'bench', jsonb_build_object('event', 'page.seen', 'filter', jsonb_build_object('match', 'all',
        'rules', jsonb_build_array(jsonb_build_object('input', 'seconds', 'condition', 'equals', 'value', row_number() over ()))))
      from c
    `.execute(db)
    const { key } = await createApiKey(db, { workspaceId, name: 'bench', role: 'admin', createdBy: null })
    const server = await createServer({ app, routes: eventRoutes, webDir: '' })
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const bodies = Array.from({ length: total / batch }, (_, index) => bodyOf(index))
    tell(`sending ${total} events in batches of ${batch} from ${callers} callers`)
    const startedAt = performance.now()
    const send = async (): Promise<number> => {
      let accepted = 0
      for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        const answer = await fetch(`${url}/api/v1/events/batch`, { method: 'POST', headers, body })
        accepted += ((await answer.json()) as { accepted: number }).accepted
      }
      return accepted
    }
    let sending = true
    const hearing = (async () => {
      do {
        while (await hearEvents(db));
        await new Promise((resolve) => setTimeout(resolve, 20))
      } while (sending)
      while (await hearEvents(db));
    })()
    const sums = await Promise.all(Array.from({ length: callers }, send))
    const seconds = (performance.now() - startedAt) / 1000
    sending = false
    await hearing
    const heardSeconds = (performance.now() - startedAt) / 1000
    const { rows: fired } = await sql<{ firings: number; customers: number }>`
      select count(*) as firings, coalesce(sum(jsonb_array_length(audience -> 'customerIds')), 0)::int as customers from firing
    `.execute(db)
    await server.close()
    const events = sums.reduce((sum, each) => sum + each, 0)
    return {
      events,
      batch,
      callers,
      eventsPerSecond: round(events / seconds),
      triggers,
      heardPerSecond: round(events / heardSeconds),
      ...fired[0],
    }
  })
}

/** Half of the customers are named by external id, half by address. */
function bodyOf(index: number): string {
  const events = Array.from({ length: batch }, (_, position) => {
    const n = index * batch + position
    const name = `c${n % customers}`
    const customer = n % 2 === 0 ? { externalId: name } : { email: `${name.toUpperCase()}@example.com` }
    return { name: 'page.seen', customer, id: `e${n}`, properties: { path: `/p/${n}`, seconds: n % 60 } }
  })
  return JSON.stringify({ events })
}
