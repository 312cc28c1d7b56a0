/**
 * `bench customers`: the list of a million customers: first pages in every order that a header offers, searches, filters, later pages,
 * counts, and what importing costs with the index of the search and without. Each question with its p50 and p95 and what is asked of it
 * (UX §4.17). BENCH_SCALE=0.1 takes a tenth of the customers; BENCH_DATA=/some/directory keeps them there, and finds them there next time.
 */
import { randomUUID } from 'node:crypto'
import { countCustomers, listSorted, readExtras } from '../src/customers/list-queries.ts'
import { type CustomerFilter, listCustomers } from '../src/customers/queries.ts'
import type { CustomerOrder } from '../src/customers/sort.ts'
import { type Db, sql } from '../src/db/database.ts'
import { importCustomers } from '../src/imports/import-customers.ts'
import { onScratchServer, round } from './workload.ts'

/** Each question is asked so often, after once to warm up, unless that would take longer than `mostMs` in all. */
const rounds = 20
const mostMs = 6_000
/** First rows on the screen (UX §4.17), and the answer of an order that no index has: it goes through everybody. */
const firstRowsMs = 500
const wholeTableMs = 2_000
/** The list's number may come later than its rows; then it is estimated (list-queries.ts). */
const countMs = 2_000
/** Rows written in one statement. */
const chunk = 100_000

/** Adds a workspace of customers with names, companies, attributes and scores by two criteria; a hundredth is archived. */
async function addCustomers(db: Db, customers: number, tell: (line: string) => void) {
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
        select ${workspaceId}, 'c' || n || '@example.com',
          case when n % 1000 = 0 then 'Zoë ' || n else initcap(substr(md5(n::text), 1, 6)) end, initcap(substr(md5('l' || n % 20000), 1, 8)),
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
const orders = (productId: string): Record<string, CustomerOrder> => ({
  name: { by: 'name', descending: false },
  '-name': { by: 'name', descending: true },
  email: { by: 'email', descending: false },
  '-email': { by: 'email', descending: true },
  country: { by: 'country', descending: false },
  '-country': { by: 'country', descending: true },
  company: { by: 'company', descending: false },
  '-company': { by: 'company', descending: true },
  score: { by: 'score', productId, descending: false },
  '-score': { by: 'score', productId, descending: true },
  '-updated': { by: 'updated', descending: true },
  attribute: { by: 'attribute', key: 'seats', descending: false },
  '-attribute': { by: 'attribute', key: 'city', descending: true },
})

const filters: Record<string, CustomerFilter> = {
  all: {},
  archived: { archived: true },
  tag: { tag: 'trial' },
  'tag that nobody has': { tag: 'nowhere' },
  'a short word': { q: 'zo' },
  'a word of many': { q: 'example' },
  'a word': { q: 'c77' },
  'a word with an accent': { q: 'ZOË' },
  'part of an address': { q: 'c776543@exam' },
  'two words': { q: 'zoë c123000' },
  'a word that nobody has': { q: 'xyzzy' },
  'a rule': { rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } },
  'two rules': {
    rules: {
      all: [
        { field: 'country', op: 'in', value: ['VN', 'DE'] },
        { field: 'attributes.plan', op: 'equals', value: 'pro' },
      ],
    },
  },
  'a rule that nobody meets': { rules: { all: [{ field: 'attributes.city', op: 'equals', value: 'Nowhere' }] } },
}

/** One question, and how long the answer took, in ms. */
interface Reading {
  what: string
  p50: number
  p95: number
  target: number
  met: boolean
}

/** Runs the benchmark. */
export default async function benchCustomers({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const customers = Math.round(1_000_000 * Number(process.env.BENCH_SCALE ?? 1))
  const from = performance.now()
  return onScratchServer(
    tell,
    async ({ db }) => {
      const { workspaceId, productId } = (await foundCustomers(db)) ?? (await addCustomers(db, customers, tell))
      const asked = await measureLists(db, { workspaceId, productId, tell })
      const importing = await measureImport(db, workspaceId, tell)
      return { customers, seconds: Math.round((performance.now() - from) / 1000), ...asked, ...importing }
    },
    process.env.BENCH_DATA,
  )
}

/** The workspace of an earlier run, when its data were kept. */
async function foundCustomers(db: Db): Promise<{ workspaceId: number; productId: string } | undefined> {
  const { rows } = await sql<{ workspaceId: number; productId: string }>`
    select workspace_id as "workspaceId", id as "productId" from product where name = 'Boat'
  `.execute(db)
  return rows[0]
}

/** Asks each question of a workspace that is there. */
async function measureLists(
  db: Db,
  { workspaceId, productId, tell }: { workspaceId: number; productId: string; tell(line: string): void },
): Promise<Record<string, unknown>> {
  const { signal } = new AbortController()
  const readings: Reading[] = []
  const timed = async (what: string, target: number, ask: () => Promise<unknown>) => {
    await ask()
    const took: number[] = []
    const from = performance.now()
    while (took.length < rounds && (took.length < 3 || performance.now() - from < mostMs)) {
      const startedAt = performance.now()
      await ask()
      took.push(performance.now() - startedAt)
    }
    took.sort((a, b) => a - b)
    const at = (share: number) => round(took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0)
    const reading = { what, p50: at(0.5), p95: at(0.95), target, met: at(0.95) <= target }
    readings.push(reading)
    tell(
      `${what}: ${reading.p50} ms, p95 ${reading.p95} ms${reading.met ? '' : `, more than the ${target} ms asked for`}`,
    )
  }
  const page = async (filter: CustomerFilter, order: CustomerOrder, limit = 201) =>
    order.by === 'added'
      ? await listCustomers(db, workspaceId, filter, { sort: 'newest', behind: undefined, limit })
      : await listSorted(db, workspaceId, filter, { order, behind: undefined, limit, signal })
  for (const [name, order] of Object.entries(orders(productId))) {
    const isIndexed = !['updated', 'attribute', 'score'].includes(order.by)
    await timed(`first page by ${name}`, isIndexed ? firstRowsMs : wholeTableMs, () => page({}, order))
  }
  for (const [name, filter] of Object.entries(filters)) {
    await timed(`${name}, newest`, firstRowsMs, () => page(filter, { by: 'added', descending: true }))
    await timed(`${name}, by name`, firstRowsMs, () => page(filter, { by: 'name', descending: false }))
  }
  const newest = await listCustomers(db, workspaceId, {}, { sort: 'newest', behind: undefined, limit: 10_000 })
  const paging = { sort: 'newest', behind: newest.at(-1)?.id, limit: 201 } as const
  await timed('page 51, newest', firstRowsMs, () => listCustomers(db, workspaceId, {}, paging))
  for (const [name, order] of Object.entries(orders(productId))) {
    if (order.by === 'added' || !['name', '-country'].includes(name)) continue
    const before = await listSorted(db, workspaceId, {}, { order, behind: undefined, limit: 10_000, signal })
    const behind = before.at(-1)?.position
    await timed(`page 51 by ${name}`, firstRowsMs, () =>
      listSorted(db, workspaceId, {}, { order, behind, limit: 201, signal }),
    )
  }
  const ids = newest.slice(0, 200).map(({ id }) => id)
  await timed('what a page shows beside the fields', firstRowsMs, () => readExtras(db, workspaceId, ids))
  const counts: Record<string, unknown> = {}
  for (const [name, filter] of Object.entries(filters)) {
    counts[name] = await countCustomers(db, workspaceId, filter, signal)
    await timed(`number: ${name}`, countMs + 200, () => countCustomers(db, workspaceId, filter, signal))
  }
  return { missed: readings.filter(({ met }) => !met).map(({ what }) => what), readings, counts }
}

/** Rows a second of an import with everything that is installed, and without the index of the search; the rows are taken out again. */
async function measureImport(
  db: Db,
  workspaceId: number,
  tell: (line: string) => void,
): Promise<Record<string, unknown>> {
  const imported = async (): Promise<number> => {
    const tag = randomUUID().slice(0, 8)
    async function* bytes() {
      yield 'email,first name,last name,country,seats\n'
      for (let n = 0; n < 50_000; n += 1)
        yield `${(n * 7919) % 50_021}.${tag}@mail${n % 500}.example.com,Nguyễn ${n % 97},Müller ${n % 1000},VN,${n % 7}\n`
    }
    const startedAt = performance.now()
    const { created } = await importCustomers(db, workspaceId, bytes(), { by: `bench ${tag}` })
    const perSecond = created / ((performance.now() - startedAt) / 1000)
    await sql`delete from customer where email like ${`%.${tag}@mail%`}`.execute(db)
    await sql`vacuum customer`.execute(db)
    tell(`import: ${Math.round(perSecond)} rows a second`)
    return perSecond
  }
  await imported()
  const withIt = [await imported(), await imported()]
  const { rows: index } = await sql<{ definition: string }>`
    select indexdef as definition from pg_indexes where indexname = 'customer_words'
  `.execute(db)
  await sql`drop index if exists customer_words`.execute(db)
  const without = [await imported(), await imported()]
  for (const { definition } of index) await sql.raw(definition).execute(db)
  const { rows: sizes } = await sql<{ name: string; mb: number }>`
    select c.relname as name, round(pg_relation_size(c.oid) / 1048576.0)::int as mb from pg_class c join pg_index i on i.indexrelid = c.oid
    where i.indrelid = 'customer'::regclass order by 1
  `.execute(db)
  const [fast, slow] = [Math.max(...without), Math.max(...withIt)]
  return {
    importRowsPerSecond: Math.round(slow),
    importWithoutSearchIndex: { rowsPerSecond: Math.round(fast), ratio: round(slow / fast, 2) },
    indexMb: Object.fromEntries(sizes.map(({ name, mb }) => [name, mb])),
  }
}
