import { type Db, sql } from '../db/database.ts'
import { matching } from './queries.ts'

/** The ids of customers whose name or contacts have every word of `q`, archived ones too: a subquery for lists of what is theirs. */
export async function customersNamed(db: Db, workspaceId: number, q: string) {
  const matched = [false, true].map(async (archived) => await matching(db, workspaceId, { q, archived }))
  const parts = (await Promise.all(matched)).map((where) => sql`select c.id from customer c where ${where}`)
  return sql`(${sql.join(parts, sql` union all `)})`
}
