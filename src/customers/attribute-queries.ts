import { matchedCustomers, type ResolvedAudience } from '../campaigns/audience-sql.ts'
import { type Db, sql, type Tx } from '../db/database.ts'

/** Something that is known of customers, as a path names it. */
export interface Attribute {
  path: string
  /** As JSON has it: string, number, boolean or array; `date` for the instants of a row. */
  type: string
  /** A value that somebody has. */
  sample: string | null
  /** How many of the audience have it, from 0 to 1. */
  share: number
}

/** Customers looked at: the newest ones, who have what was added last. */
const lookedAt = 5_000
/** Most attributes that are listed, and how deep they are looked for. */
const mostListed = 300
const deepest = 4

const columns = {
  email: sql`email`,
  firstName: sql`first_name`,
  lastName: sql`last_name`,
  country: sql`country`,
  language: sql`language`,
  timezone: sql`timezone`,
  phone: sql`phone`,
  telegramChatId: sql`telegram_chat_id`,
  linkedinUrl: sql`linkedin_url`,
  externalId: sql`external_id`,
  claimedBy: sql`claimed_by::text`,
  trackingConsent: sql`tracking_consent`,
  'company.name': sql`company_name`,
  'company.domain': sql`company_domain`,
  'company.industry': sql`company_industry`,
}

/** What is known of an audience's customers: their fields, then the attributes that most of them have. */
export async function listAttributes(db: Db | Tx, resolved: ResolvedAudience): Promise<Attribute[]> {
  const fields = Object.entries(columns).map(
    ([
      path,
      column,
    ]) => sql`select ${path} as path, 'string' as type, min(${column}) filter (where ${column} <> '') as sample,
      count(*) filter (where ${column} <> '') as n, 0 as place from people`,
  )
  const { rows } = await sql<Attribute>`
    with recursive people as materialized (
      select c.*, co.name as company_name, co.domain as company_domain, co.industry as company_industry, co.attributes as company_attributes
      from (select m.id from (${matchedCustomers(resolved)}) m where not m.archived and not m.excluded order by m.id desc limit ${lookedAt}) m
      join customer c on c.id = m.id left join company co on co.id = c.company_id and co.workspace_id = c.workspace_id
    ), inner_values as (
      select 'attributes.' || e.key as path, e.value, 1 as depth from people p, jsonb_each(p.attributes) e where strpos(e.key, '.') = 0
      union all
      select 'company.attributes.' || e.key, e.value, 1 from people p, jsonb_each(p.company_attributes) e where strpos(e.key, '.') = 0
      union all
      select v.path || '.' || e.key, e.value, v.depth + 1
      from inner_values v, jsonb_each(case jsonb_typeof(v.value) when 'object' then v.value else '{}' end) e
      where v.depth < ${deepest} and strpos(e.key, '.') = 0
    ), listed as (
      ${sql.join(fields, sql` union all `)}
      union all
      select 'tags', 'array', (select min(t) from people p, unnest(p.tags) t), count(*) filter (where cardinality(tags) > 0), 0 from people
      union all
      select 'createdAt', 'date', max(created_at)::date::text, count(*), 0 from people
      union all
      select 'updatedAt', 'date', max(updated_at)::date::text, count(*), 0 from people
      union all
      (select path, mode() within group (order by jsonb_typeof(value)), min(left(value #>> '{}', 100)), count(*), 1
        from inner_values where jsonb_typeof(value) not in ('object', 'null') group by path order by count(*) desc, path limit ${mostListed})
    )
    select path, type, left(sample, 100) as sample, case when p.n = 0 then 0 else l.n::float8 / p.n end as share
    from listed l, (select count(*) as n from people) p order by l.place, share desc, path
  `.execute(db)
  return rows
}
