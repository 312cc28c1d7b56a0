import { containing, type Db, sql, type Tx } from '../db/database.ts'

/** A tag as pickers show it. */
export interface Tag {
  name: string
  color: string | null
}

/** The workspace's tags by name; `behind` is the last name of the page before. */
export async function listTags(
  db: Db,
  workspaceId: number,
  { q, behind, limit }: { q: string | undefined; behind: string | undefined; limit: number },
): Promise<Tag[]> {
  const like = containing(q ?? '')
  const { rows } = await sql<Tag>`
    select name, color from tag
    where workspace_id = ${workspaceId} and name ilike ${like} and (${behind ?? null}::text is null or name > ${behind ?? null}::text)
    order by name limit ${limit}
  `.execute(db)
  return rows
}

/** Makes a tag or gives it another colour. */
export async function saveTag(tx: Tx, workspaceId: number, { name, color }: Tag): Promise<{ created: boolean }> {
  const { rows } = await sql<{ created: boolean }>`
    insert into tag (workspace_id, name, color) values (${workspaceId}, ${name}, ${color})
    on conflict (workspace_id, name) do update set color = excluded.color returning xmax = 0 as created
  `.execute(tx)
  return { created: rows[0]?.created ?? false }
}
