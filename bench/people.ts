/** A workspace of customers who did things, as the benchmarks of segments and of enrolling look at it. */
import { type Db, sql } from '../src/db/database.ts'
import type { SegmentRule } from '../src/workflow/segment-rules.ts'

/** Events of each customer, on average. */
const eventsEach = 5
/** Rows written in one statement. */
const chunk = 100_000

/**
 * Adds a workspace with so many customers and five times as many events of the last half year: three in ten opened a message, one in ten
 * replied, one in fifty won a deal. Answers the workspace's id.
 */
export async function addPeople(db: Db, customers: number, tell: (line: string) => void): Promise<number> {
  const { rows } = await sql<{ id: number }>`insert into workspace (name) values ('Bench') returning id`.execute(db)
  const workspaceId = rows[0]?.id ?? 0
  await sql`select ensure_partitions((now() - interval '6 months')::date, 6)`.execute(db)
  tell(`adding ${customers} customers and ${customers * eventsEach} events`)
  for (let from = 1; from <= customers; from += chunk) {
    const upto = Math.min(customers, from + chunk - 1)
    await sql`
      insert into customer (workspace_id, email, first_name, last_name, country, language, timezone, tags, attributes, created_at, updated_at)
      select ${workspaceId}, 'c' || n || '@example.com', 'Customer', 'Number ' || n,
        (array['VN', 'US', 'DE', 'FR', 'JP', 'BR', 'IN', 'GB', 'ES', 'PL'])[1 + n % 10], (array['vi', 'en', 'de'])[1 + n % 3], 'Europe/Berlin',
        case when n % 3 = 0 then array['trial'] when n % 3 = 1 then array['Customer', 'newsletter'] else '{}' end,
        jsonb_build_object('plan', (array['free', 'Pro', 'team'])[1 + n % 3], 'seats', n % 50, 'city', 'Town ' || n % 1000),
        now() - make_interval(mins => n % 500000), now() - make_interval(mins => n % 100000)
      from generate_series(${from}::int, ${upto}::int) n
    `.execute(db)
    await sql`
      with people as materialized (
        select id, row_number() over (order by id) as n from (
          select id from customer where workspace_id = ${workspaceId} order by id desc limit ${upto - from + 1}) p
      ), made as (
        select p.id, k, p.n, case
            when k = 0 then 'message.sent' when k = 1 then 'page.seen' when k = 2 and p.n % 10 < 3 then 'message.opened'
            when k = 3 and p.n % 10 = 1 then 'message.replied' when k = 4 and p.n % 50 = 7 then 'deal.won'
            else 'page.seen' end as name,
          now() - make_interval(mins => ((p.n * 7919 + k * 104729) % 250000)::int) as at
        from people p cross join generate_series(0, ${eventsEach - 1}::int) k
      )
      insert into event (workspace_id, customer_id, name, properties, occurred_at, at)
      select ${workspaceId}, id, name, jsonb_build_object('n', n), at, at from made order by at
    `.execute(db)
  }
  await sql`vacuum analyze customer`.execute(db)
  await sql`vacuum analyze event`.execute(db)
  return workspaceId
}

/** Five rules, two of them about events. */
export const fiveRules: SegmentRule = {
  all: [
    { field: 'country', op: 'in', value: ['VN', 'de', 'US'] },
    { field: 'attributes.plan', op: 'equals', value: 'pro' },
    { not: { tag: 'trial', op: 'contains' } },
    { event: 'message.opened', did: true, within: '90d' },
    { event: 'deal.won', did: false },
  ],
}
