import { type Db, sql } from '../db/database.ts'
import type { Workspace } from './workspace.ts'

/** Most things of a kind that are told: a prompt has an end. The newest count. */
const most = 200

/** Names and ids of what workflows may refer to, in one statement. No customer is read, but for the names of their attributes. */
export async function readWorkspace(db: Db, workspaceId: number, campaignId: string | null): Promise<Workspace> {
  const { rows } = await sql<Workspace>`
    select
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'kind', kind)) from (
        select id, name, kind from segment where workspace_id = ${workspaceId} order by id desc limit ${most}) s), '[]') as segments,
      coalesce((select jsonb_agg(jsonb_build_object('id', name, 'name', name, 'channel', channel)) from (
        select name, channel from template where workspace_id = ${workspaceId} and archived_at is null and channel <> 'ai'
        order by id desc limit ${most}) t), '[]') as templates,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'channels', case type
          when 'sandbox' then '["email", "telegram", "linkedin"]'::jsonb when 'smtp' then '["email"]' else jsonb_build_array(type) end)) from (
        select id, name, type from credential where workspace_id = ${workspaceId} and archived_at is null order by id desc limit ${most}) c),
        '[]') as credentials,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'primary', "primary")) from (
        select p.id, p.name, exists (select from campaign_product cp where cp.campaign_id = ${campaignId}::uuid and cp.product_id = p.id
          and cp.is_primary) as "primary"
        from product p where p.workspace_id = ${workspaceId} and p.status <> 'archived' order by p.id desc limit ${most}) p), '[]') as products,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'product', product)) from (
        select k.id, k.name, p.name as product from fit_criterion k join product p on p.id = k.product_id
        where k.workspace_id = ${workspaceId} and k.deleted_at is null and p.status <> 'archived' order by k.id desc limit ${most}) k),
        '[]') as criteria,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name)) from (
        select m.id, a.name from member m join account a on a.id = m.account_id
        where m.workspace_id = ${workspaceId} and m.left_at is null order by m.id limit ${most}) m), '[]') as members,
      coalesce((select jsonb_agg(name order by name) from (
        select distinct k.name from (select attributes from customer where workspace_id = ${workspaceId} order by id desc limit 500) c
          cross join lateral jsonb_object_keys(c.attributes) as k(name) limit ${most}) a), '[]') as attributes
  `.execute(db)
  const [workspace] = rows
  if (!workspace) throw new Error('The workspace was not read.')
  return workspace
}
