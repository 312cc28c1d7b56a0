import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { ReferenceKind } from './format.ts'

/** A thing of a workspace that workflows refer to, usable there. A template's id is its name. */
export interface Named {
  kind: ReferenceKind
  id: string
  name: string
  /** Of a criterion: the name of its product. */
  product: string | null
}

/** Looks up things by id or by name, whatever the case, all kinds in one statement. */
export async function findNamed(
  db: Db | Tx,
  workspaceId: number,
  wanted: readonly { kind: ReferenceKind; word: string }[],
): Promise<Named[]> {
  if (wanted.length === 0) return []
  const { rows } = await sql<Named>`
    with r as materialized (
      select distinct * from unnest(${arrayLiteral(wanted.map(({ kind }) => kind))}::text[],
        ${arrayLiteral(wanted.map(({ word }) => word.toLowerCase()))}::text[]) as t(kind, word)
    )
    select distinct 'segment' as kind, s.id::text as id, s.name, null as product
      from r join segment s on s.workspace_id = ${workspaceId} and (s.id::text = r.word or lower(s.name) = r.word) where r.kind = 'segment'
    union all
    select distinct 'credential', c.id::text, c.name, null
      from r join credential c on c.workspace_id = ${workspaceId} and c.archived_at is null
        and (c.id::text = r.word or lower(c.name) = r.word) where r.kind = 'credential'
    union all
    select distinct 'template', t.name, t.name, null
      from r join template t on t.workspace_id = ${workspaceId} and t.archived_at is null and lower(t.name) = r.word where r.kind = 'template'
    union all
    select distinct 'criterion', k.id::text, k.name, p.name
      from r join fit_criterion k on k.workspace_id = ${workspaceId} and k.deleted_at is null
        and (k.id::text = r.word or lower(k.name) = r.word) join product p on p.id = k.product_id where r.kind = 'criterion'
    union all
    select distinct 'member', m.id::text, a.name, null
      from r join member m on m.workspace_id = ${workspaceId} and m.left_at is null join account a on a.id = m.account_id
        and (m.id::text = r.word or lower(a.name) = r.word) where r.kind = 'member'
    union all
    select distinct 'product', p.id::text, p.name, null
      from r join product p on p.workspace_id = ${workspaceId} and p.status <> 'archived'
        and (p.id::text = r.word or lower(p.name) = r.word) where r.kind = 'product'
  `.execute(db)
  return rows
}
