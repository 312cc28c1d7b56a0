import { arrayLiteral, type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import type { CampaignFacts, CustomerFacts, CustomerState } from './facts.ts'

/** The customer's fields as paths and templates name them, and where each comes from. */
const customerField = {
  email: sql`c.email`,
  externalId: sql`c.external_id`,
  firstName: sql`c.first_name`,
  lastName: sql`c.last_name`,
  phone: sql`c.phone`,
  telegramChatId: sql`c.telegram_chat_id`,
  linkedinUrl: sql`c.linkedin_url`,
  language: sql`c.language`,
  country: sql`c.country`,
  timezone: sql`c.timezone`,
  tags: sql`c.tags`,
  attributes: sql`c.attributes`,
  claimedBy: sql`c.claimed_by`,
  createdAt: sql`c.created_at`,
} as const satisfies Partial<Record<keyof CustomerFacts, unknown>>

/** Every field that can be loaded of a customer, their company included. */
export const allCustomerFields: ReadonlySet<string> = new Set([...Object.keys(customerField), 'company'])

const isCustomerField = (name: string): name is keyof typeof customerField => Object.hasOwn(customerField, name)

/** What a batch looks at of its customers: the union over its runs. */
export interface CustomerNeeds {
  fields: ReadonlySet<string>
  /** Criteria whose latest scores are read. */
  criterionIds: ReadonlySet<string>
}

/** Loads what the batch needs of its customers: one query, and a second one when scores are read. */
export async function loadCustomers(
  tx: Db | Tx,
  ids: readonly string[],
  needs: CustomerNeeds,
): Promise<Map<string, CustomerState>> {
  const states = new Map<string, CustomerState>(ids.map((id) => [id, { customer: { id }, scores: new Map() }]))
  const fields = [...needs.fields].filter(isCustomerField)
  const withCompany = needs.fields.has('company')
  if (fields.length > 0 || withCompany) {
    const columns = fields.map((field) => sql`${customerField[field]} as ${sql.ref(field)}`)
    if (withCompany) {
      columns.push(sql`case when co.id is null then null else jsonb_build_object(
        'name', co.name, 'domain', co.domain, 'industry', co.industry, 'attributes', co.attributes) end as company`)
    }
    const join = withCompany ? sql`left join company co on co.id = c.company_id` : sql``
    const { rows } = await sql<CustomerFacts>`
      select c.id, ${sql.join(columns)} from customer c ${join} where c.id = any(${arrayLiteral(ids)}::uuid[])
    `.execute(tx)
    for (const row of rows) {
      const state = states.get(row.id)
      if (state) state.customer = row
    }
  }
  if (needs.criterionIds.size > 0) {
    const { rows } = await sql<{ customer_id: string; criterion_id: string; score: number }>`
      select customer_id, criterion_id, score from fit_score
      where customer_id = any(${arrayLiteral(ids)}::uuid[]) and criterion_id = any(${arrayLiteral([...needs.criterionIds])}::uuid[])
    `.execute(tx)
    for (const row of rows) states.get(row.customer_id)?.scores.set(row.criterion_id, row.score)
  }
  return states
}

interface CampaignRow {
  id: string
  workspace_id: number
  name: string
  org_name: string
  timezone: string
  owner_id: string | null
  members: string[]
  products: { id: string; primary: boolean; facts: Record<string, unknown> }[]
  default_criterion_id: string | null
  criteria: Record<string, string>
}

/** What campaigns and their workspaces contribute to decisions. */
export async function loadCampaigns(db: Db | Tx, ids: readonly string[]): Promise<CampaignFacts[]> {
  const { rows } = await sql<CampaignRow>`${keepPlan}
    select c.id, c.workspace_id, c.name, w.name as org_name, w.timezone,
      coalesce(
        (select m.id from member m where m.id = c.owner_id and m.left_at is null),
        (select m.id from member m where m.workspace_id = c.workspace_id and m.role = 'owner' and m.left_at is null order by m.joined_at limit 1)
      ) as owner_id,
      array(select m.id from member m where m.workspace_id = c.workspace_id and m.left_at is null)::text[] as members,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', p.id, 'primary', cp.is_primary, 'facts', p.attributes || jsonb_build_object(
          'id', p.id, 'name', p.name, 'description', p.description, 'url', p.url)))
        from campaign_product cp join product p on p.id = cp.product_id where cp.campaign_id = c.id), '[]') as products,
      -- PRODUCT §2: the engagement criterion, else the only one, else the heaviest.
      (select fc.id from campaign_product cp join fit_criterion fc on fc.product_id = cp.product_id and fc.deleted_at is null
        where cp.campaign_id = c.id and cp.is_primary order by (fc.type = 'engagement') desc, fc.weight desc, fc.id limit 1) as default_criterion_id,
      coalesce((select jsonb_object_agg(k.id, format('“%s” (%s)', k.name, p.name)) from fit_criterion k join product p on p.id = k.product_id
        where k.workspace_id = c.workspace_id and k.deleted_at is null), '{}') as criteria
    from campaign c join workspace w on w.id = c.workspace_id
    where c.id = any(${arrayLiteral(ids)}::uuid[])
  `.execute(db)
  return rows.map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    orgName: row.org_name,
    timezone: row.timezone,
    ownerId: row.owner_id,
    activeMembers: new Set(row.members),
    primaryProduct: row.products.find((product) => product.primary)?.facts ?? null,
    products: new Map(row.products.map((product) => [product.id, product.facts])),
    defaultCriterionId: row.default_criterion_id,
    criteria: new Map(Object.entries(row.criteria)),
  }))
}

/** Takes `count` consecutive round-robin positions; gaps are allowed. Answers the first. */
export async function takePositions(tx: Tx, count: number): Promise<number> {
  const { rows } = await sql<{ last: number }>`
    select max(nextval('handoff_position')) as last from generate_series(1, ${count}::int)
  `.execute(tx)
  return (rows[0]?.last ?? 0) - count
}
