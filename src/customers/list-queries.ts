import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { type Guard, readGuarded } from '../segments/guarded-sql.ts'
import type { Customer } from './customer.ts'
import { type CustomerFilter, lookedAtFirst, matching, readCustomers } from './queries.ts'
import { firstByScore, productScore } from './score-order-queries.ts'
import type { CustomerOrder } from './sort.ts'

type Fragment = ReturnType<typeof sql>

/** What rows are ordered by. */
interface SortKey {
  /** Null for who lacks it. As the index has it, where there is one (migration 000041). */
  value: Fragment
  type: Fragment
  /** What it is read from beside the customer. */
  joined?: Fragment
  /** Holds for all who have it, where an index wants it said. */
  present?: Fragment
  /** Whether an index has the customers in this order. */
  indexed: boolean
}

function keyOf(order: Exclude<CustomerOrder, { by: 'added' }>, workspaceId: number): SortKey {
  switch (order.by) {
    case 'name':
      return {
        value: sql`left(lower(coalesce(nullif(btrim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email)), 200)`,
        type: sql`text`,
        indexed: true,
      }
    case 'email':
      return { value: sql`lower(c.email)`, type: sql`text`, present: sql`c.email is not null`, indexed: true }
    case 'country':
      return { value: sql`c.country`, type: sql`text`, indexed: true }
    case 'company':
      return {
        value: sql`lower(co.name)`,
        type: sql`text`,
        joined: sql`left join company co on co.id = c.company_id and co.workspace_id = ${workspaceId}`,
        indexed: true,
      }
    case 'updated':
      // No index: it would have to follow each change of a customer, whichever field it is of, and with it all the others.
      return { value: sql`c.updated_at`, type: sql`timestamptz`, indexed: false }
    case 'attribute':
      return {
        // What a file brought is text: numbers are ordered as numbers all the same. Most values are not asked whether they look like one:
        // that takes longer than all the rest.
        value: sql`case jsonb_typeof(c.attributes -> ${order.key}::text) when 'null' then null
          when 'string' then case when left(c.attributes ->> ${order.key}::text, 1) collate "C" < ':'
              and c.attributes ->> ${order.key}::text ~ '^-?[0-9]{1,30}(\\.[0-9]{1,30})?$'
            then to_jsonb((c.attributes ->> ${order.key}::text)::numeric) else c.attributes -> ${order.key}::text end
          else c.attributes -> ${order.key}::text end`,
        type: sql`jsonb`,
        indexed: false,
      }
    case 'score':
      return {
        value: sql`scored.score`,
        type: sql`double precision`,
        // All scores at once: a look-up for each of a million customers takes ten times as long.
        joined: sql`left join (
          select f.customer_id, ${productScore} as score from fit_criterion k join fit_score f on f.criterion_id = k.id
          where k.product_id = ${order.productId} and k.workspace_id = ${workspaceId} and k.deleted_at is null group by f.customer_id
        ) scored on scored.customer_id = c.id`,
        indexed: false,
      }
  }
}

/** Where a page ended: the last customer, and what it was ordered by where that is not the id alone. */
export interface ListPosition {
  id: string
  /** The value as text; null for none. */
  key?: string | null
}

/** A customer of a page, with the value as text that the page is ordered by. */
interface Found {
  id: string
  key: string | null
}

/** How long going through everybody may take, in ms. */
const sortTimeoutMs = 10_000

/**
 * One page of customers in an order, behind a position; each row with the `position` behind which the next page begins. Who lacks the value
 * comes last, whichever the direction. An order that an index has is read from there; of a filter's few (lookedAtFirst()), and in an order
 * that no index has, all are gone through, for no longer than ten seconds.
 * @throws Problem `too_slow`
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
  const { value, type, joined = sql``, present = sql`true`, indexed } = keyOf(order, workspaceId)
  const isPlain = filter.rules === undefined && filter.segmentId === undefined
  const guard: Guard = { timeoutMs: sortTimeoutMs, signal, lookUps: isPlain && order.by !== 'score' }
  return await readGuarded(db, guard, async (tx) => {
    const matched = await matching(tx, workspaceId, filter)
    const here = await matching(tx, workspaceId, {})
    const direction = order.descending ? sql`desc` : sql`asc`
    const beyond = order.descending ? sql`<` : sql`>`
    const lookedAt = lookedAtFirst(filter, limit)
    const given = sql`${behind?.key ?? null}::text::${type}`
    const further = behind ? sql`and (o.key, o.id) ${beyond} (${given}, ${behind.id}::uuid)` : sql``
    const withValue = sql`o.key is not null ${further} order by o.key ${direction}, o.id ${direction}`
    const furtherWithout = behind?.key === null ? sql`and o.id ${beyond} ${behind.id}::uuid` : sql``
    const readBy = async (who: Fragment, rows: Fragment, wanted: number): Promise<Found[]> => {
      const { rows: found } = await sql<Found>`
        with o as not materialized (select c.id, ${value} as key from customer c ${joined} where ${matched} and ${who})
        select o.id, o.key::text as key from o where ${rows} limit ${wanted}
      `.execute(tx)
      return found
    }
    /** By an order's index: those with the value, then those without. */
    const readInTwo = async (): Promise<Found[]> => {
      const shown = behind?.key === null ? [] : await readBy(present, withValue, limit)
      if (shown.length === limit) return shown
      const without = sql`o.key is null ${furtherWithout} order by o.id ${direction}`
      return [...shown, ...(await readBy(sql`true`, without, limit - shown.length))]
    }
    /** Among the next in an order's index. */
    const readNear = async (): Promise<Found[]> => {
      const { rows: near } = await sql<Found>`
        with o as not materialized (select c.*, ${value} as key from customer c ${joined} where ${here} and ${present})
        select c.id, c.key::text as key from (select * from o where ${withValue} limit ${lookedAt}) c
        where ${matched} order by c.key ${direction}, c.id ${direction} limit ${limit}
      `.execute(tx)
      return near
    }
    /** All who match, ordered then. How many a filter leaves is hardly known beforehand: it is gone through first. */
    const readAll = async (): Promise<Found[]> => {
      const rows =
        behind === undefined
          ? sql`true`
          : behind.key === null
            ? sql`o.key is null ${furtherWithout}`
            : sql`((o.key, o.id) ${beyond} (${given}, ${behind.id}::uuid) or o.key is null)`
      const { rows: found } = await sql<Found>`
        with o as ${lookedAt === undefined ? sql`not materialized` : sql`materialized`} (
          select c.id, ${value} as key from customer c ${joined} where ${matched})
        select o.id, o.key::text as key from o where ${rows} order by o.key ${direction} nulls last, o.id ${direction} limit ${limit}
      `.execute(tx)
      return found
    }
    const readFirst = async (): Promise<Found[] | undefined> => {
      if (indexed && lookedAt === undefined) return await readInTwo()
      if (behind?.key === null || filter.archived) return undefined
      if (order.by === 'score' && lookedAt === undefined) {
        const { productId, descending } = order
        return await firstByScore(tx, workspaceId, { productId, descending, matched, further, wanted: limit })
      }
      const near = indexed ? await readNear() : []
      return near.length === limit ? near : undefined
    }
    const shown = (await readFirst()) ?? (await readAll())
    const keys = new Map(shown.map(({ id, key }) => [id, key]))
    const rows = await readCustomers(tx, workspaceId, [...keys.keys()])
    return rows.map((customer) => ({ ...customer, position: { id: customer.id, key: keys.get(customer.id) ?? null } }))
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
