import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { type Guard, readGuarded } from '../segments/guarded-sql.ts'
import type { Customer } from './customer.ts'
import { type CustomerFilter, customerColumns, matching } from './queries.ts'
import type { CustomerOrder } from './sort.ts'

type Fragment = ReturnType<typeof sql>

/** What rows are ordered by: the value, its type, and what stands for none in a row comparison. */
interface SortKey {
  value: Fragment
  type: Fragment
  blank: Fragment
  /** What the value is read from beside the customer and their company. */
  joined?: Fragment
}

const asText = (value: Fragment): SortKey => ({ value: sql`nullif(${value}, '')`, type: sql`text`, blank: sql`''` })

function keyOf(order: Exclude<CustomerOrder, { by: 'added' }>, workspaceId: number): SortKey {
  switch (order.by) {
    case 'name':
      return asText(sql`lower(coalesce(nullif(btrim(concat_ws(' ', c.first_name, c.last_name)), ''), c.email))`)
    case 'email':
      return asText(sql`lower(c.email)`)
    case 'country':
      return asText(sql`c.country`)
    case 'company':
      return asText(sql`lower(co.name)`)
    case 'updated':
      return { value: sql`c.updated_at`, type: sql`timestamptz`, blank: sql`'-infinity'` }
    case 'attribute':
      return {
        // What a file brought is text: numbers are ordered as numbers all the same.
        value: sql`case when c.attributes ->> ${order.key}::text ~ '^-?[0-9]{1,30}(\\.[0-9]{1,30})?$'
          then to_jsonb((c.attributes ->> ${order.key}::text)::numeric) else nullif(c.attributes -> ${order.key}::text, 'null'::jsonb) end`,
        type: sql`jsonb`,
        blank: sql`'null'::jsonb`,
      }
    case 'score':
      return {
        value: sql`scored.score`,
        type: sql`double precision`,
        blank: sql`0`,
        // All scores at once: a look-up for each of a million customers takes ten times as long.
        joined: sql`left join (
          select f.customer_id, ${productScore} as score from fit_criterion k join fit_score f on f.criterion_id = k.id
          where k.product_id = ${order.productId} and k.workspace_id = ${workspaceId} and k.deleted_at is null group by f.customer_id
        ) scored on scored.customer_id = c.id`,
      }
  }
}

/** The score on a product of rows `f` of one customer (productScore() in SQL), rounded, because the order in which floats are summed may differ. */
const productScore = sql`round((case when sum(k.weight) = 0 then avg(f.score)
  else sum(f.score * k.weight) / sum(k.weight) end)::numeric, 9)::double precision`

/** Where a page ended: the last customer, and what it was ordered by where that is not the id alone. */
export interface ListPosition {
  id: string
  /** The value as text; null for none. */
  key?: string | null
}

/** How long ordering by what no index holds may take, in ms. */
const sortTimeoutMs = 10_000

/**
 * One page of customers in an order, behind a position; each row with the `position` behind which the next page begins. Who lacks the value
 * comes last, whichever the direction. @throws Problem `too_slow`
 */
export async function listSorted(
  db: Db,
  workspaceId: number,
  filter: CustomerFilter,
  {
    order,
    behind,
    limit,
    signal,
  }: {
    order: Exclude<CustomerOrder, { by: 'added' }>
    behind: ListPosition | undefined
    limit: number
    signal: AbortSignal
  },
): Promise<(Customer & { position: ListPosition })[]> {
  const { value, type, blank, joined = sql`` } = keyOf(order, workspaceId)
  const { descending } = order
  const guard: Guard = { timeoutMs: sortTimeoutMs, signal }
  return await readGuarded(db, guard, async (tx) => {
    const matched = await matching(tx, workspaceId, filter)
    // The first part is 1 for those who come first: rows are compared as wholes, so all parts have one direction.
    const has = (key: Fragment) => (descending ? sql`(${key} is not null)::int` : sql`(${key} is null)::int`)
    const given = sql`${behind?.key ?? null}::text::${type}`
    const direction = descending ? sql`desc` : sql`asc`
    const further = behind
      ? sql`where (${has(sql`o.key`)}, coalesce(o.key, ${blank}), o.id) ${descending ? sql`<` : sql`>`} (${has(given)}, coalesce(${given}, ${blank}), ${behind.id}::uuid)`
      : sql``
    const { rows } = await sql<Customer & { sortKey: string | null }>`
      with o as (
        select c.id, ${value} as key from customer c left join company co on co.id = c.company_id ${joined} where ${matched}
      ), shown as materialized (
        select o.id, o.key from o ${further}
        order by ${has(sql`o.key`)} ${direction}, coalesce(o.key, ${blank}) ${direction}, o.id ${direction} limit ${limit}
      )
      select ${customerColumns}, s.key::text as "sortKey"
      from customer c left join company co on co.id = c.company_id join shown s on s.id = c.id
      where c.id = any(array(select id from shown))
      order by ${has(sql`s.key`)} ${direction}, coalesce(s.key, ${blank}) ${direction}, s.id ${direction}
    `.execute(tx)
    return rows.map(({ sortKey, ...customer }) => ({ ...customer, position: { id: customer.id, key: sortKey } }))
  })
}

/** What a list can show of each customer beside their own fields. */
export interface CustomerExtras {
  /** The campaigns that they are in now. */
  campaigns: { id: string; name: string }[]
  /** When they last did something: opened, clicked, replied, or an event from outside. */
  lastActivityAt: Date | null
  /** By product. */
  scores: Record<string, number>
}

/** Reads what a list shows beside the fields, for one page of customers. */
export async function readExtras(
  db: Db,
  workspaceId: number,
  ids: readonly string[],
): Promise<Map<string, CustomerExtras>> {
  const { rows } = await sql<CustomerExtras & { id: string }>`
    select c.id,
      coalesce((select jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name) order by r.started_at desc)
        from run r join campaign k on k.id = r.campaign_id
        where r.customer_id = c.id and r.finished_at is null and k.status <> 'archived' and k.workspace_id = ${workspaceId}), '[]') as campaigns,
      (select e.occurred_at from event e where e.customer_id = c.id and e.workspace_id = ${workspaceId}
        and (e.name in ('message.opened', 'message.clicked', 'message.replied', 'message.unsubscribed', 'message.complained')
          or e.name !~ '^(message|customer|run|score|campaign|goal)\\.')
        order by e.id desc limit 1) as "lastActivityAt",
      coalesce((select jsonb_object_agg(p.id, p.score) from (
        select k.product_id as id, ${productScore} as score
        from fit_score f join fit_criterion k on k.id = f.criterion_id
        where f.customer_id = c.id and k.workspace_id = ${workspaceId} and k.deleted_at is null group by k.product_id) p), '{}') as scores
    from customer c where c.id = any(${arrayLiteral(ids)}::uuid[]) and c.workspace_id = ${workspaceId}
  `.execute(db)
  return new Map(rows.map(({ id, ...extras }) => [id, extras]))
}

/** How long a list's number may take to be exact, in ms; then it is estimated. */
const countTimeoutMs = 2_000

/** How many customers a filter matches; what takes longer than two seconds is the planner's estimate. */
export async function countCustomers(
  db: Db,
  workspaceId: number,
  filter: CustomerFilter,
  signal: AbortSignal,
): Promise<{ count: number; exact: boolean }> {
  try {
    const count = await readGuarded(db, { timeoutMs: countTimeoutMs, signal }, async (tx) => {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from customer c where ${await matching(tx, workspaceId, filter)}
      `.execute(tx)
      return rows[0]?.n ?? 0
    })
    return { count, exact: true }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'too_slow')) throw error
    const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>`
      explain (format json) select from customer c where ${await matching(db, workspaceId, filter)}
    `.execute(db)
    return { count: Math.round(rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0), exact: false }
  }
}
