import type { CustomerValues } from '../customers/customer.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'

/** Somebody as the rows of a file so far would leave them: a stored customer by their id, or one that the file would make. */
export interface Imagined {
  id: string
  emailKey: string | null
  values: CustomerValues
}

/**
 * Runs `work` on a connection of its own that has empty tables to remember the people of a file in: a million of them need not fit into
 * memory, and nothing is left of it when the connection ends.
 */
export async function withMemory<Result>(db: Db, work: (db: Db) => Promise<Result>): Promise<Result> {
  return await db.connection().execute(async (connection) => {
    const forget = () => sql`drop table if exists imagined_key, imagined`.execute(connection)
    await forget()
    await sql`create temp table imagined_key (key uuid primary key, id uuid not null)`.execute(connection)
    await sql`create temp table imagined (id uuid primary key, email_key text, "values" jsonb not null)`.execute(
      connection,
    )
    try {
      return await work(connection)
    } finally {
      await forget().catch(() => undefined)
    }
  })
}

/** Those who are remembered by a key (hashed) or by their id. */
export async function recall(tx: Tx, keys: readonly string[], ids: readonly string[]): Promise<Imagined[]> {
  if (keys.length === 0) return []
  const { rows } = await sql<Imagined>`
    with wanted as materialized (
      select k.id from unnest(${arrayLiteral(keys)}::uuid[]) as w(key)
        cross join lateral (select id from imagined_key where key = w.key limit 1) k
      union select * from unnest(${arrayLiteral(ids)}::uuid[])
    )
    select i.id, i.email_key as "emailKey", i."values" from wanted w cross join lateral (select * from imagined where id = w.id limit 1) i
  `.execute(tx)
  return rows
}

/** Remembers people, and the keys that lead to them. */
export async function remember(tx: Tx, people: readonly (Imagined & { keys: readonly string[] })[]): Promise<void> {
  // What nothing leads to will not be asked for.
  const found = people.filter(({ keys }) => keys.length > 0)
  if (found.length === 0) return
  const holders = new Map(found.flatMap(({ id, keys }) => keys.map((key) => [key, id])))
  await sql`
    insert into imagined (id, email_key, "values")
    select * from unnest(${arrayLiteral(found.map(({ id }) => id))}::uuid[], ${arrayLiteral(found.map(({ emailKey }) => emailKey))}::text[],
      ${arrayLiteral(found.map(({ values }) => JSON.stringify(values)))}::jsonb[])
    on conflict (id) do update set email_key = excluded.email_key, "values" = excluded."values"
  `.execute(tx)
  await sql`
    insert into imagined_key (key, id)
    select * from unnest(${arrayLiteral([...holders.keys()])}::uuid[], ${arrayLiteral([...holders.values()])}::uuid[])
    on conflict (key) do update set id = excluded.id
  `.execute(tx)
}
