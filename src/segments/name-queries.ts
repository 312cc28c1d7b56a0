import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'

/** Ids that rules mention. */
export interface Mentioned {
  segments: readonly string[]
  products: readonly string[]
  campaigns: readonly string[]
  members: readonly string[]
}

/** Nobody and nothing mentioned. */
export const nothing: Mentioned = { segments: [], products: [], campaigns: [], members: [] }

/** The names of what rules mention, by id; what is not in the workspace is left out. */
export async function findNames(db: Db | Tx, workspaceId: number, mentioned: Mentioned): Promise<Map<string, string>> {
  const { segments, products, campaigns, members } = mentioned
  if ([segments, products, campaigns, members].every((ids) => ids.length === 0)) return new Map()
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from segment where workspace_id = ${workspaceId} and id = any(${arrayLiteral(segments)}::uuid[])
    union all
    select id, name from product where workspace_id = ${workspaceId} and id = any(${arrayLiteral(products)}::uuid[])
    union all
    select id, name from campaign where workspace_id = ${workspaceId} and id = any(${arrayLiteral(campaigns)}::uuid[])
    union all
    select m.id, a.name from member m join account a on a.id = m.account_id
    where m.workspace_id = ${workspaceId} and m.id::text = any(${arrayLiteral(members)}::text[])
  `.execute(db)
  return new Map(rows.map(({ id, name }) => [id, name]))
}
