import { arrayLiteral, type Db, sql } from './database.ts'

type Fragment = ReturnType<typeof sql>

/**
 * Where a page of a list in some order ended. A list is read in sections, one after the other; within one by a key and, where keys are
 * equal, by the id, so that each row comes exactly once whatever is added or taken away meanwhile.
 */
export interface ListPosition {
  section: number
  /** The value as the database writes it as text; null in a section that is in the order of ids alone. */
  key: string | null
  id: string
}

/** Rows that an index gives in the order of their key; `where` says which of the list they are. */
interface Branch {
  where?: Fragment
  /** Null: in the order of ids. */
  value: Fragment | null
  /** What is added to each value to make its key, the same for all rows, where the index has the bare one. */
  shift?: Fragment
}

/** How a list is ordered: its sections, each of branches that are merged. An index may serve a branch where none serves the whole. */
export interface ListOrder {
  sections: readonly (readonly Branch[])[]
  /** Of the keys. */
  type: Fragment
}

/** Orders by one value. With `nullable`, rows without it come last, whichever the direction. */
export const orderBy = (value: Fragment, type: Fragment, { nullable = false } = {}): ListOrder => ({
  sections: nullable
    ? [[{ where: sql`${value} is not null`, value }], [{ where: sql`${value} is null`, value: null }]]
    : [[{ value }]],
  type,
})

/** What a list is read from. */
export interface Listing {
  /** Tables with their aliases, and what chooses among their rows. */
  from: Fragment
  where: Fragment
  id: { value: Fragment; type: Fragment }
}

/** Which page of a list is asked for. */
export interface PageRequest<By extends string = string> {
  by: By
  descending: boolean
  behind: ListPosition | undefined
  limit: number
  /** Whether it is to be said how many there are in all. */
  total: boolean
}

/** One page of a list, and where it ended when there is more. */
export interface ListPage<Row> {
  items: Row[]
  next: ListPosition | null
  total: ListTotal | null | undefined
}

/**
 * Reads one page of a list: first the ids in their order, which an index may give by itself, then by `read` what is shown of each (`ids`
 * is an array's literal, the order of the answer does not matter).
 */
export async function readList<Row extends { id: string | number }>(
  db: Db,
  listing: Listing,
  order: ListOrder,
  { descending, behind, limit, total }: PageRequest,
  read: (ids: string) => Promise<{ rows: Row[] }>,
): Promise<ListPage<Row>> {
  const found: ListPosition[] = []
  for (const [section, branches] of order.sections.entries()) {
    if (found.length > limit) break
    if (section < (behind?.section ?? 0)) continue
    const start = behind?.section === section ? behind : undefined
    const wanted = limit + 1 - found.length
    const rows = await readSection(db, listing, { branches, type: order.type, descending, start, limit: wanted })
    found.push(...rows.map((row) => ({ section, ...row })))
  }
  const shown = found.slice(0, limit)
  const { rows } = await read(arrayLiteral(shown.map(({ id }) => id)))
  const byId = new Map(rows.map((row) => [String(row.id), row]))
  return {
    // What was deleted meanwhile is left out.
    items: shown.flatMap(({ id }) => byId.get(id) ?? []),
    next: found.length > limit ? (shown.at(-1) ?? null) : null,
    total: total ? await countListed(db, listing) : undefined,
  }
}

async function readSection(
  db: Db,
  { from, where, id }: Listing,
  {
    branches,
    type,
    descending,
    start,
    limit,
  }: {
    branches: readonly Branch[]
    type: Fragment
    descending: boolean
    start: ListPosition | undefined
    limit: number
  },
): Promise<{ key: string | null; id: string }[]> {
  const direction = descending ? sql`desc` : sql`asc`
  const beyond = descending ? sql`<` : sql`>`
  const parts = branches.map(({ where: which = sql`true`, value, shift }) => {
    const given = start && sql`${start.key}::text::${type}`
    const key = value ? (shift ? sql`${value} + ${shift}` : value) : sql`null::${type}`
    const place = value ? sql`(${value}, ${id.value})` : sql`(${id.value})`
    const last =
      start &&
      (value
        ? sql`(${shift ? sql`${given} - ${shift}` : given}, ${start.id}::${id.type})`
        : sql`(${start.id}::${id.type})`)
    const further = last ? sql`and ${place} ${beyond} ${last}` : sql``
    const sorted = value ? sql`${value} ${direction}, ${id.value} ${direction}` : sql`${id.value} ${direction}`
    return sql`(select ${id.value} as id, ${key} as key from ${from}
      where ${where} and ${which} ${further} order by ${sorted} limit ${limit})`
  })
  const { rows } = await sql<{ key: string | null; id: string | number }>`
    select p.id, p.key::text as key from (${sql.join(parts, sql` union all `)}) p
    order by p.key ${direction}, p.id ${direction} limit ${limit}
  `.execute(db)
  return rows.map((row) => ({ key: row.key, id: String(row.id) }))
}

/** How many rows a list holds; not exact: at least so many. */
export interface ListTotal {
  count: number
  exact: boolean
}

/** Up to so many rows a list's total is exact; further on nobody counts. */
const countedUpTo = 10_000
/** How long counting may take, in ms: a filter that finds few among millions. */
const countTimeoutMs = 700

/** Counts a list, up to a bound; null when even that takes too long. */
async function countListed(db: Db, { from, where }: Listing): Promise<ListTotal | null> {
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(countTimeoutMs)}, true)`.execute(tx)
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from (select from ${from} where ${where} limit ${countedUpTo + 1}) counted
      `.execute(tx)
      const n = rows[0]?.n ?? 0
      return { count: Math.min(n, countedUpTo), exact: n <= countedUpTo }
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '57014') return null
    throw error
  }
}
