import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'

/** A product that a campaign sells; exactly one of several is primary. */
export interface LinkedProduct {
  productId: string
  primary: boolean
}

/** A campaign's products, the primary one first. */
export async function findProducts(db: Db | Tx, workspaceId: number, campaignId: string): Promise<LinkedProduct[]> {
  const { rows } = await sql<LinkedProduct>`
    select p.product_id as "productId", p.is_primary as primary
    from campaign_product p join campaign c on c.id = p.campaign_id
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId} order by p.is_primary desc, p.product_id
  `.execute(db)
  return rows
}

/** Names of the products a campaign is linked to although they were archived: a duplicate brings them along. */
export async function archivedProducts(db: Db, workspaceId: number, campaignId: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select p.name from campaign_product cp join product p on p.id = cp.product_id
    where cp.campaign_id = ${campaignId} and p.workspace_id = ${workspaceId} and p.status = 'archived' order by p.name
  `.execute(db)
  return rows.map(({ name }) => name)
}

/** The ids among these that are no usable products of the workspace. */
export async function foreignProducts(db: Db | Tx, workspaceId: number, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select t.id from unnest(${arrayLiteral(ids)}::uuid[]) as t(id)
    where not exists (select from product p where p.id = t.id and p.workspace_id = ${workspaceId} and p.status <> 'archived')
  `.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** Replaces a campaign's products and counts up its version. */
export async function replaceProducts(tx: Tx, campaignId: string, products: readonly LinkedProduct[]): Promise<void> {
  await sql`delete from campaign_product where campaign_id = ${campaignId}`.execute(tx)
  await sql`
    insert into campaign_product (campaign_id, product_id, is_primary)
    select ${campaignId}, * from unnest(${arrayLiteral(products.map(({ productId }) => productId))}::uuid[],
      ${arrayLiteral(products.map(({ primary }) => String(primary)))}::boolean[])
  `.execute(tx)
  await sql`update campaign set version = version + 1, updated_at = now() where id = ${campaignId}`.execute(tx)
}
