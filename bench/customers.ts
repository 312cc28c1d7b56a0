/** `bench customers`: the list of a million customers: first pages in every order that a header offers, counts, and what importing costs. */
import { randomUUID } from 'node:crypto'
import { countCustomers, listSorted, readExtras } from '../src/customers/list-queries.ts'
import { type CustomerFilter, listCustomers } from '../src/customers/queries.ts'
import type { CustomerOrder } from '../src/customers/sort.ts'
import { type Db, sql } from '../src/db/database.ts'
import { importCustomers } from '../src/imports/import-customers.ts'
import { median, onScratchServer, round } from './workload.ts'

/** Each question is asked so often, after once to warm up. */
const rounds = 5
/** Rows written in one statement. */
const chunk = 100_000

/** Adds a workspace of customers with names, companies, attributes and scores by two criteria; a hundredth is archived. */
export async function addCustomers(db: Db, customers: number, tell: (line: string) => void) {
  const { rows } = await sql<{ id: number }>`insert into workspace (name) values ('Bench') returning id`.execute(db)
  const workspaceId = rows[0]?.id ?? 0
  const product = await sql<{ id: string; criteria: string[] }>`
    with p as (insert into product (workspace_id, name) values (${workspaceId}, 'Boat') returning id),
      k as (insert into fit_criterion (workspace_id, product_id, name, type, weight)
        select ${workspaceId}, p.id, t, t, 0.5 from p, unnest(array['profile', 'engagement']) t returning id)
    select (select id from p) as id, array(select id from k) as criteria
  `.execute(db)
  const { id: productId = '', criteria = [] } = product.rows[0] ?? {}
  await sql`
    insert into company (workspace_id, name, domain)
    select ${workspaceId}, 'Company ' || md5(n::text), 'c' || n || '.example' from generate_series(1, ${customers / 50}::int) n
  `.execute(db)
  tell(`adding ${customers} customers`)
  for (let from = 1; from <= customers; from += chunk) {
    const upto = Math.min(customers, from + chunk - 1)
    await sql`
      with c as (
        insert into customer (workspace_id, email, first_name, last_name, country, language, timezone, tags, attributes, company_id, archived_at,
          created_at, updated_at)
        select ${workspaceId}, 'c' || n || '@example.com', initcap(substr(md5(n::text), 1, 6)), initcap(substr(md5('l' || n % 20000), 1, 8)),
          (array['VN', 'US', 'DE', 'FR', 'JP', 'BR', 'IN', 'GB', 'ES', 'PL'])[1 + n % 10], (array['vi', 'en', 'de'])[1 + n % 3], 'Europe/Berlin',
          case when n % 3 = 0 then array['trial'] when n % 3 = 1 then array['Customer', 'newsletter'] else '{}' end,
          jsonb_build_object('plan', (array['free', 'Pro', 'team'])[1 + n % 3], 'seats', n % 50, 'city', 'Town ' || n % 1000),
          case when n % 2 = 0 then co.id end, case when n % 100 = 0 then now() end,
          now() - make_interval(mins => n % 500000), now() - make_interval(mins => (n::bigint * 7919 % 500000)::int)
        from generate_series(${from}::int, ${upto}::int) n
          left join (select id, row_number() over () as k from company where workspace_id = ${workspaceId}) co on co.k = 1 + n % ${customers / 50}::int
        returning id
      )
      insert into fit_score (customer_id, criterion_id, workspace_id, score)
      select c.id, k, ${workspaceId}, round((random() * 2 - 1)::numeric, 3) from c, unnest(${`{${criteria.join(',')}}`}::uuid[]) k
    `.execute(db)
  }
  await sql`vacuum analyze customer`.execute(db)
  await sql`vacuum analyze company`.execute(db)
  await sql`vacuum analyze fit_score`.execute(db)
  return { workspaceId, productId }
}

/** What is read for a header's order, by what stands in its cells. */
const orders = (productId: string): Record<string, CustomerOrder> =>
  Object.fromEntries(
    [false, true].flatMap((descending) =>
      (
        [
          ['name', { by: 'name' }],
          ['email', { by: 'email' }],
          ['country', { by: 'country' }],
          ['company', { by: 'company' }],
          ['updated', { by: 'updated' }],
          ['score', { by: 'score', productId }],
          ['attribute', { by: 'attribute', key: 'seats' }],
        ] as const
      ).map(([name, order]) => [`${descending ? '-' : ''}${name}`, { ...order, descending } as CustomerOrder]),
    ),
  )

const filters: Record<string, CustomerFilter> = {
  all: {},
  archived: { archived: true },
  tag: { tag: 'trial' },
  word: { q: 'c77' },
  country: { rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } },
  twoRules: {
    rules: {
      all: [
        { field: 'country', op: 'in', value: ['VN', 'DE'] },
        { field: 'attributes.plan', op: 'equals', value: 'pro' },
      ],
    },
  },
}

/** Runs the benchmark with 1,000,000 customers; BENCH_SCALE=0.1 takes a tenth. */
export default async function benchCustomers({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const customers = Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1))
  return onScratchServer(tell, async ({ db }) => {
    const { workspaceId, productId } = await addCustomers(db, customers, tell)
    return await measureLists(db, { workspaceId, productId, customers, tell })
  })
}

/** Measures a workspace that is there; times in ms, the median of five. */
export async function measureLists(
  db: Db,
  {
    workspaceId,
    productId,
    customers,
    tell,
  }: { workspaceId: number; productId: string; customers: number; tell(line: string): void },
): Promise<Record<string, unknown>> {
  const { signal } = new AbortController()
  const timed = async (ask: () => Promise<unknown>): Promise<number> => {
    await ask()
    const took: number[] = []
    for (let index = 0; index < rounds; index += 1) {
      const startedAt = performance.now()
      await ask()
      took.push(performance.now() - startedAt)
    }
    return round(median(took))
  }
  tell('reading first pages')
  const page = async (filter: CustomerFilter, order: CustomerOrder) =>
    order.by === 'added'
      ? await listCustomers(db, workspaceId, filter, { sort: 'newest', behind: undefined, limit: 201 })
      : await listSorted(db, workspaceId, filter, { order, behind: undefined, limit: 201, signal })
  const sorted: Record<string, number> = {}
  for (const [name, order] of Object.entries(orders(productId))) sorted[name] = await timed(() => page({}, order))
  const narrowed: Record<string, number> = {}
  for (const [name, filter] of Object.entries(filters)) {
    narrowed[`${name}, newest`] = await timed(() => page(filter, { by: 'added', descending: true }))
    narrowed[`${name}, by name`] = await timed(() => page(filter, { by: 'name', descending: false }))
  }
  tell('counting')
  const counts: Record<string, unknown> = {}
  for (const [name, filter] of Object.entries(filters)) {
    const { count, exact } = await countCustomers(db, workspaceId, filter, signal)
    counts[name] = { count, exact, ms: await timed(() => countCustomers(db, workspaceId, filter, signal)) }
  }
  const first = await listCustomers(db, workspaceId, {}, { sort: 'newest', behind: undefined, limit: 200 })
  const ids = first.map(({ id }) => id)
  tell('importing')
  const rows = Math.min(100_000, customers)
  const file = Array.from({ length: rows }, (_, n) => `new${n}@example.com,First ${n},Last ${n % 1000},VN,${n % 7}\n`)
  async function* bytes() {
    yield Buffer.from(`email,first name,last name,country,seats\n${file.join('')}`)
  }
  const startedAt = performance.now()
  const { created } = await importCustomers(db, workspaceId, bytes(), { by: `bench ${randomUUID()}` })
  const seconds = (performance.now() - startedAt) / 1000
  const { rows: sizes } = await sql<{ name: string; mb: number }>`
    select c.relname as name, round(pg_relation_size(c.oid) / 1048576.0)::int as mb from pg_class c join pg_index i on i.indexrelid = c.oid
    where i.indrelid = 'customer'::regclass order by 1
  `.execute(db)
  return {
    customers,
    firstPageMs: sorted,
    narrowedFirstPageMs: narrowed,
    extrasMs: await timed(() => readExtras(db, workspaceId, ids)),
    counts,
    importRowsPerSecond: Math.round(created / seconds),
    indexMb: Object.fromEntries(sizes.map(({ name, mb }) => [name, mb])),
  }
}
