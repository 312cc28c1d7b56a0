import { type Db, sql } from '../src/db/database.ts'

/** How many rows each table holds: what was made and taken away again leaves the same counts. `except` names tables that only grow. */
export async function countRows(db: Db, except: readonly string[] = []): Promise<Record<string, number>> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1
  `.execute(db)
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    if (except.includes(name)) continue
    const counted = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(name)}`.execute(db)
    counts[name] = counted.rows[0]?.n ?? 0
  }
  return counts
}
