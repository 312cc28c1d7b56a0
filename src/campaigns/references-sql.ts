import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { Reference, Referent } from './references.ts'

/** Looks up what the references name, all kinds in one statement. */
export async function findReferents(
  db: Db | Tx,
  workspaceId: number,
  references: readonly Reference[],
): Promise<Referent[]> {
  if (references.length === 0) return []
  const { rows } = await sql<Referent>`
    with r as materialized (
      select distinct * from unnest(${arrayLiteral(references.map(({ ref }) => ref))}::text[],
        ${arrayLiteral(references.map(({ value }) => value.toLowerCase()))}::text[]) as t(ref, value)
    )
    select 'segment' as ref, r.value, s.name, false as gone, jsonb_build_object('kind', jsonb_build_array(s.kind)) as has
      from r join segment s on s.id::text = r.value and s.workspace_id = ${workspaceId} where r.ref = 'segment'
    union all
    select 'credential', r.value, c.name, c.archived_at is not null,
      jsonb_build_object('type', jsonb_build_array(c.type), 'channel', case c.type when 'sandbox' then '["email", "telegram", "linkedin"]'::jsonb
        when 'smtp' then '["email"]' else jsonb_build_array(c.type) end)
      from r join credential c on c.id::text = r.value and c.workspace_id = ${workspaceId} where r.ref = 'credential'
    union all
    select 'template', r.value, t.name, false, jsonb_build_object('channel', jsonb_build_array(t.channel))
      from r join template t on lower(t.name) = r.value and t.workspace_id = ${workspaceId} and t.archived_at is null where r.ref = 'template'
    union all
    select 'criterion', r.value, k.name, k.deleted_at is not null, '{}'
      from r join fit_criterion k on k.id::text = r.value and k.workspace_id = ${workspaceId} where r.ref = 'criterion'
    union all
    select 'member', r.value, a.name, m.left_at is not null, '{}'
      from r join member m on m.id::text = r.value and m.workspace_id = ${workspaceId} join account a on a.id = m.account_id where r.ref = 'member'
    union all
    select 'product', r.value, p.name, p.status = 'archived', '{}'
      from r join product p on p.id::text = r.value and p.workspace_id = ${workspaceId} where r.ref = 'product'
  `.execute(db)
  return rows
}

/** Whether the campaign's primary product has a criterion that stands for it (PRODUCT §2). */
export async function hasDefaultCriterion(db: Db | Tx, workspaceId: number, campaignId: string): Promise<boolean> {
  const { rows } = await sql`
    select from campaign c join campaign_product p on p.campaign_id = c.id and p.is_primary
      join fit_criterion k on k.product_id = p.product_id and k.deleted_at is null
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId} limit 1
  `.execute(db)
  return rows.length > 0
}
