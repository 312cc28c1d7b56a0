import { sql, type Tx } from '../db/database.ts'
import { sumKey, sumTables } from './count-sql.ts'
import type { SumDifference } from './rebuild.ts'

/** Ids of the next runs, of the rows or only of what was counted, behind `after`. */
export async function nextRuns(tx: Tx, after: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from (
      (select id from run where id > ${after} order by id limit ${limit})
      union (select run_id from analytics_run where run_id > ${after} order by run_id limit ${limit})
    ) r order by id limit ${limit}
  `.execute(tx)
  return rows.map((row) => row.id)
}

const refs = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)))

/** Differences named in one answer; a broken table would have thousands. */
const mostNamed = 1_000

/** Sums that are not what the counted runs add up to. */
export async function differingSums(tx: Tx): Promise<SumDifference[]> {
  const found: SumDifference[] = []
  for (const [table, { key, sums, of }] of Object.entries(sumTables)) {
    const keys = [...sumKey, ...key]
    const { rows } = await sql<{ key: Record<string, unknown>; column: string; was: number; is: number }>`
      with made as materialized (${of(sql`(select *, 1 as sign from analytics_run)`)}),
      compared as (
        select ${refs(keys)}, ${sql.join(sums.map((name) => sql`sum(${sql.ref(`w.${name}`)}) as ${sql.ref(`w_${name}`)}, sum(${sql.ref(`i.${name}`)}) as ${sql.ref(`i_${name}`)}`))}
        from (
          select ${refs(keys)}, ${refs(sums)}, true as kept from ${sql.ref(table)}
          union all select ${refs(keys)}, ${refs(sums)}, false from made
        ) t
        cross join lateral (select ${sql.join(sums.map((name) => sql`case when t.kept then ${sql.ref(`t.${name}`)} else 0 end as ${sql.ref(name)}`))}) w
        cross join lateral (select ${sql.join(sums.map((name) => sql`case when t.kept then 0 else ${sql.ref(`t.${name}`)} end as ${sql.ref(name)}`))}) i
        group by ${refs(keys)}
      )
      select to_jsonb(b) - ${`{${sums.flatMap((name) => [`w_${name}`, `i_${name}`]).join(',')}}`}::text[] as key, c.name as "column", c.was, c.now as "is"
      from compared b cross join lateral (values ${sql.join(
        sums.map((name) => sql`(${name}::text, ${sql.ref(`b.w_${name}`)}, ${sql.ref(`b.i_${name}`)})`),
      )}) c(name, was, now)
      where c.was <> c.now limit ${mostNamed}
    `.execute(tx)
    found.push(...rows.map((row) => ({ table, ...row })))
  }
  return found
}

/** Makes the sums of one campaign anew from what its runs were counted as. */
export async function mendSums(tx: Tx, campaignId: string): Promise<void> {
  for (const [table, { key, sums, of }] of Object.entries(sumTables)) {
    const columns = refs([...sumKey, ...key, ...sums])
    const runs = sql`(select *, 1 as sign from analytics_run where campaign_id = ${campaignId})`
    await sql`delete from ${sql.ref(table)} where campaign_id = ${campaignId}`.execute(tx)
    await sql`insert into ${sql.ref(table)} (${columns}) select ${columns} from (${of(runs)}) m`.execute(tx)
  }
}
