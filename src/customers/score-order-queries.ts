import { sql, type Tx } from '../db/database.ts'

type Fragment = ReturnType<typeof sql>

/** The score on a product of rows `f` of one customer (productScore() in SQL), rounded, because the order in which floats are summed may differ. */
export const productScore = sql`round((case when sum(k.weight) = 0 then avg(f.score)
  else sum(f.score * k.weight) / sum(k.weight) end)::numeric, 9)::double precision`

/** So many of the best of each criterion are looked at, one after the other until a page is full. */
const reaches = [1_000, 20_000]

/**
 * The first customers by their score on a product, read from the ends of the index instead of from everybody. The score is a mean of those
 * by criterion: who is not among the best N of any criterion is below the N-th of the one where that is highest, so that those above it are
 * surely the first. Answers fewer than `wanted` only as undefined: then all have to be ordered.
 */
export async function firstByScore(
  tx: Tx,
  workspaceId: number,
  {
    productId,
    descending,
    matched,
    further,
    wanted,
  }: {
    productId: string
    descending: boolean
    /** Of `customer c`. */
    matched: Fragment
    /** Of rows `o` with `id` and `key`. */
    further: Fragment
    wanted: number
  },
): Promise<{ id: string; key: string | null }[] | undefined> {
  const direction = descending ? sql`desc` : sql`asc`
  // Sums of floats, and rounding.
  const surely = descending ? sql`o.key > b.score + 1e-8` : sql`o.key < b.score - 1e-8`
  await sql`select set_config('enable_nestloop', 'on', true)`.execute(tx)
  for (const reach of reaches) {
    const { rows } = await sql<{ id: string; key: string | null }>`
      with k as materialized (
        select id, weight from fit_criterion where product_id = ${productId} and workspace_id = ${workspaceId} and deleted_at is null
      ), best as materialized (
        select k.id as criterion_id, f.customer_id, f.score from k cross join lateral (
          select customer_id, score from fit_score where criterion_id = k.id order by score ${direction} limit ${reach}) f
      ), b as (
        -- A criterion that was read to its end bounds nobody.
        select ${descending ? sql`coalesce(max(score), -9)` : sql`coalesce(min(score), 9)`} as score from (
          select ${descending ? sql`min(score)` : sql`max(score)`} as score from best group by criterion_id having count(*) = ${reach}) ends
      ), o as materialized (
        select f.customer_id as id, ${productScore} as key from (select distinct customer_id from best) d
          join fit_score f on f.customer_id = d.customer_id join k on k.id = f.criterion_id group by f.customer_id
      )
      select o.id, o.key::text as key from o cross join b join customer c on c.id = o.id
      where ${surely} and ${matched} ${further}
      order by o.key ${direction}, o.id ${direction} limit ${wanted}
    `.execute(tx)
    if (rows.length === wanted) return rows
  }
  await sql`select set_config('enable_nestloop', 'off', true)`.execute(tx)
  return undefined
}
