import { containing, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, orderBy, type PageRequest, readList } from '../db/listing.ts'

/** A product as the API shows it. */
export interface Product {
  id: string
  name: string
  description: string | null
  url: string | null
  attributes: Record<string, unknown>
  status: 'draft' | 'active' | 'archived'
  version: number
  createdAt: Date
  updatedAt: Date
}

/** What people write of a product. */
export type ProductValues = Pick<Product, 'name' | 'description' | 'url' | 'attributes' | 'status'>

/** A scoring rule of a product. */
export interface Criterion {
  id: string
  productId: string
  name: string
  type: 'profile' | 'engagement' | 'conversation'
  weight: number
  params: Record<string, unknown>
  version: number
  createdAt: Date
}

/** What people write of a criterion. */
export type CriterionValues = Pick<Criterion, 'name' | 'type' | 'weight' | 'params'>

const columns = sql`p.id, p.name, p.description, p.url, p.attributes, p.status, p.version, p.created_at as "createdAt", p.updated_at as "updatedAt"`
const criterionColumns = sql`k.id, k.product_id as "productId", k.name, k.type, k.weight, k.params, k.version, k.created_at as "createdAt"`

/** Which products; archived ones only when asked for by status. */
export interface ProductsFilter {
  q?: string | undefined
  status?: Product['status'] | undefined
}

/** What products can be ordered by. */
export type ProductsOrder = 'createdAt' | 'updatedAt' | 'name' | 'status'

const orders: Record<ProductsOrder, ListOrder> = {
  createdAt: orderBy(sql`p.id`, sql`uuid`),
  updatedAt: orderBy(sql`p.updated_at`, sql`timestamptz`),
  name: orderBy(sql`lower(p.name)`, sql`text`),
  status: orderBy(sql`p.status`, sql`text`),
}

function listing(workspaceId: number, { q, status }: ProductsFilter): Listing {
  const where = [
    sql`p.workspace_id = ${workspaceId}`,
    status === undefined ? sql`p.status <> 'archived'` : sql`p.status = ${status}`,
  ]
  if (q) where.push(sql`p.name ilike ${containing(q)}`)
  return { from: sql`product p`, where: sql.join(where, sql` and `), id: { value: sql`p.id`, type: sql`uuid` } }
}

/** One page of a workspace's products. */
export const listProducts = async (
  db: Db,
  workspaceId: number,
  filter: ProductsFilter,
  page: PageRequest<ProductsOrder>,
): Promise<ListPage<Product>> =>
  await readList(db, listing(workspaceId, filter), orders[page.by], page, (ids) =>
    sql<Product>`
    select ${columns} from product p
      where p.workspace_id = ${workspaceId} and p.id = any(${ids}::uuid[])
    `.execute(db),
  )

/** One product, or undefined. */
export async function getProduct(db: Db | Tx, workspaceId: number, id: string): Promise<Product | undefined> {
  const { rows } = await sql<Product>`
    select ${columns} from product p where p.workspace_id = ${workspaceId} and p.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Adds a product. */
export async function insertProduct(tx: Tx, workspaceId: number, values: ProductValues): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into product (workspace_id, name, description, url, attributes, status)
    values (${workspaceId}, ${values.name}, ${values.description}, ${values.url}, ${JSON.stringify(values.attributes)}::jsonb, ${values.status})
    returning id
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row.id
}

/** Writes the given fields of a product; undefined when it is gone or its version is another. */
export async function updateProduct(
  tx: Tx,
  workspaceId: number,
  id: string,
  ifMatch: number | null,
  values: { [Field in keyof ProductValues]?: ProductValues[Field] | undefined },
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    update product set name = coalesce(${values.name ?? null}::text, name),
      description = case when ${values.description !== undefined} then ${values.description ?? null}::text else description end,
      url = case when ${values.url !== undefined} then ${values.url ?? null}::text else url end,
      attributes = coalesce(${values.attributes === undefined ? null : JSON.stringify(values.attributes)}::jsonb, attributes),
      status = coalesce(${values.status ?? null}::text, status), version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and id = ${id} and (${ifMatch}::int is null or version = ${ifMatch})
    returning id
  `.execute(tx)
  return rows[0]
}

/** Campaigns, other than archived ones, that a product is linked to. */
export async function campaignsLinking(
  tx: Tx,
  workspaceId: number,
  productId: string,
): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select c.id, c.name from campaign_product cp join campaign c on c.id = cp.campaign_id
    where c.workspace_id = ${workspaceId} and cp.product_id = ${productId} and c.status <> 'archived' order by c.id desc limit 100
  `.execute(tx)
  return rows
}

/** The criteria of a product, or of all products, that were not deleted; oldest first. */
export async function listCriteria(db: Db | Tx, workspaceId: number, productId: string | null): Promise<Criterion[]> {
  const { rows } = await sql<Criterion>`
    select ${criterionColumns} from fit_criterion k
    where k.workspace_id = ${workspaceId} and (${productId}::uuid is null or k.product_id = ${productId}::uuid) and k.deleted_at is null
    order by k.id
  `.execute(db)
  return rows
}

/** One criterion of a product (or of any, with null), unless it was deleted. */
export async function getCriterion(
  db: Db | Tx,
  workspaceId: number,
  productId: string | null,
  id: string,
): Promise<Criterion | undefined> {
  const { rows } = await sql<Criterion>`
    select ${criterionColumns} from fit_criterion k
    where k.workspace_id = ${workspaceId} and k.id = ${id} and (${productId}::uuid is null or k.product_id = ${productId}::uuid)
      and k.deleted_at is null
  `.execute(db)
  return rows[0]
}

/** Adds a criterion to a product. */
export async function insertCriterion(
  tx: Tx,
  workspaceId: number,
  productId: string,
  values: CriterionValues,
): Promise<Criterion> {
  const { rows } = await sql<Criterion>`
    insert into fit_criterion as k (workspace_id, product_id, name, type, weight, params)
    values (${workspaceId}, ${productId}, ${values.name}, ${values.type}, ${values.weight}, ${JSON.stringify(values.params)}::jsonb)
    returning ${criterionColumns}
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row
}

/** Writes the given fields of a criterion; undefined when it is gone or its version is another. */
export async function updateCriterion(
  tx: Tx,
  workspaceId: number,
  { productId, id }: { productId: string; id: string },
  ifMatch: number | null,
  values: { [Field in keyof CriterionValues]?: CriterionValues[Field] | undefined } & { deleted?: boolean },
): Promise<Criterion | undefined> {
  const { rows } = await sql<Criterion>`
    update fit_criterion k set name = coalesce(${values.name ?? null}::text, name), type = coalesce(${values.type ?? null}::text, type),
      weight = coalesce(${values.weight ?? null}::double precision, weight),
      params = coalesce(${values.params === undefined ? null : JSON.stringify(values.params)}::jsonb, params),
      deleted_at = case when ${values.deleted ?? false} then now() end, version = version + 1
    where k.workspace_id = ${workspaceId} and k.id = ${id} and k.product_id = ${productId} and k.deleted_at is null
      and (${ifMatch}::int is null or k.version = ${ifMatch})
    returning ${criterionColumns}
  `.execute(tx)
  return rows[0]
}
