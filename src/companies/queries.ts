import type { CompanyHint } from '../customers/customer.ts'
import { arrayLiteral, containing, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, orderBy, type PageRequest, readList } from '../db/listing.ts'
import { scoreCompany } from '../products/score-loop-queries.ts'

/** A company as the API shows it; `customers` counts those who are not archived. */
export interface Company {
  id: string
  name: string
  domain: string | null
  industry: string | null
  attributes: Record<string, unknown>
  customers: number
  version: number
  createdAt: Date
  updatedAt: Date
}

/** What people write of a company. */
export interface CompanyValues {
  name: string
  domain: string | null
  industry: string | null
  attributes: Record<string, unknown>
}

/** How many customers company `co` has. */
const people = sql`(select count(*) from customer c where c.company_id = co.id and c.archived_at is null)`
const columns = sql`co.id, co.name, co.domain, co.industry, co.attributes, co.version, co.created_at as "createdAt", co.updated_at as "updatedAt",
  ${people} as customers`

/** Which companies; `q` searches name and domain. */
export interface CompaniesFilter {
  q?: string | undefined
}

/** What companies can be ordered by. */
export type CompaniesOrder = 'createdAt' | 'updatedAt' | 'name' | 'domain' | 'industry' | 'customers'

const orders: Record<CompaniesOrder, ListOrder> = {
  createdAt: orderBy(sql`co.id`, sql`uuid`),
  updatedAt: orderBy(sql`co.updated_at`, sql`timestamptz`),
  name: orderBy(sql`lower(co.name)`, sql`text`),
  domain: orderBy(sql`lower(co.domain)`, sql`text`, { nullable: true }),
  industry: orderBy(sql`lower(co.industry)`, sql`text`, { nullable: true }),
  customers: orderBy(people, sql`bigint`),
}

function listing(workspaceId: number, { q }: CompaniesFilter): Listing {
  const where = [sql`co.workspace_id = ${workspaceId}`]
  if (q) {
    const like = containing(q)
    where.push(sql`(co.name ilike ${like} or co.domain ilike ${like})`)
  }
  return { from: sql`company co`, where: sql.join(where, sql` and `), id: { value: sql`co.id`, type: sql`uuid` } }
}

/** One page of a workspace's companies. */
export const listCompanies = async (
  db: Db,
  workspaceId: number,
  filter: CompaniesFilter,
  page: PageRequest<CompaniesOrder>,
): Promise<ListPage<Company>> =>
  await readList(db, listing(workspaceId, filter), orders[page.by], page, (ids) =>
    sql<Company>`
    select ${columns} from company co
      where co.workspace_id = ${workspaceId} and co.id = any(${ids}::uuid[])
    `.execute(db),
  )

/** One company, or undefined. */
export async function getCompany(db: Db | Tx, workspaceId: number, id: string): Promise<Company | undefined> {
  const { rows } = await sql<Company>`
    select ${columns} from company co where co.workspace_id = ${workspaceId} and co.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Adds a company; undefined when another one has the domain. */
export async function insertCompany(tx: Tx, workspaceId: number, values: CompanyValues): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into company (workspace_id, name, domain, industry, attributes)
    values (${workspaceId}, ${values.name}, ${values.domain}, ${values.industry}, ${JSON.stringify(values.attributes)}::jsonb)
    on conflict do nothing returning id
  `.execute(tx)
  return rows[0]?.id
}

/** Writes the given fields of a company; undefined when it is gone or its version is another. */
export async function updateCompany(
  tx: Tx,
  workspaceId: number,
  id: string,
  ifMatch: number | null,
  values: Partial<CompanyValues>,
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    update company set
      name = coalesce(${values.name ?? null}::text, name),
      domain = case when ${values.domain !== undefined} then ${values.domain ?? null}::text else domain end,
      industry = case when ${values.industry !== undefined} then ${values.industry ?? null}::text else industry end,
      attributes = coalesce(${values.attributes === undefined ? null : JSON.stringify(values.attributes)}::jsonb, attributes),
      version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and id = ${id} and (${ifMatch}::int is null or version = ${ifMatch})
    returning id
  `.execute(tx)
  return rows[0]
}

/** The company that has a domain, whatever its case. */
export async function companyWithDomain(db: Db | Tx, workspaceId: number, domain: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from company where workspace_id = ${workspaceId} and lower(domain) = lower(${domain})
  `.execute(db)
  return rows[0]?.id
}

/**
 * Finds each hinted company by its domain, else by its name, and makes those that are not there. A hint fills what a found company
 * lacks (domain, industry) and overwrites nothing; a name whose company has another domain means another company. Answers ids in
 * the order of the hints. Whoever makes companies takes turns, since names are not unique.
 */
export async function resolveCompanies(tx: Tx, workspaceId: number, hints: readonly CompanyHint[]): Promise<string[]> {
  if (hints.length === 0) return []
  const keys = hints.map(keyOfHint)
  const wanted = new Map<string, CompanyHint>()
  for (const [index, hint] of hints.entries()) {
    const key = keys[index] ?? ''
    const seen = wanted.get(key)
    wanted.set(key, {
      name: hint.name ?? seen?.name ?? null,
      domain: hint.domain ?? seen?.domain ?? null,
      industry: hint.industry ?? seen?.industry ?? null,
    })
  }
  const list = [...wanted.values()]
  const column = (pick: (hint: CompanyHint) => string | null) => arrayLiteral(list.map(pick))
  // Read before the lock is taken: nearly always everything is there already and complete. Companies with a domain
  // are made a round before those that are only named, and hints that share a name but not a domain find their own in a further one.
  let found = await findHinted(tx, workspaceId, list)
  const filled = new Set<string>()
  for (let round = 0; round < 4 && found.some(({ id, fills }) => id === null || fills); round += 1) {
    if (round === 0) {
      await sql`select pg_advisory_xact_lock(hashtextextended('company', ${workspaceId}))`.execute(tx)
      found = await findHinted(tx, workspaceId, list)
    }
    for (const { id, fills } of found) if (id !== null && fills) filled.add(id)
    await sql`
      with hint as (
        select * from unnest(${arrayLiteral(found.map(({ id }) => id))}::uuid[], ${column(({ name }) => name)}::text[],
          ${column(({ domain }) => domain)}::text[], ${column(({ industry }) => industry)}::text[]) as h(id, name, domain, industry)
      ), filled as (
        update company co set domain = coalesce(co.domain, h.domain), industry = coalesce(co.industry, h.industry),
          version = co.version + 1, updated_at = now()
        from (select distinct on (id) * from hint where id is not null order by id, domain nulls last, industry nulls last) h
        where co.id = h.id and ((co.domain is null and h.domain is not null) or (co.industry is null and h.industry is not null))
      )
      insert into company (workspace_id, name, domain, industry)
      select ${workspaceId}::int, coalesce(name, domain), domain, industry from hint
      where id is null and (domain is not null or not exists (select from hint where id is null and domain is not null))
      on conflict do nothing
    `.execute(tx)
    found = await findHinted(tx, workspaceId, list)
  }
  for (const id of filled) await scoreCompany(tx, workspaceId, id, 'system')
  const ids = new Map([...wanted.keys()].map((key, index) => [key, found[index]?.id]))
  return keys.map((key) => {
    const id = ids.get(key)
    if (!id) throw new Error('A company that was just written cannot be found')
    return id
  })
}

/** The company that each hint would mean, in the order of the hints, without making any: an id, or for one that is not there what it is known by. */
export async function findCompanies(tx: Tx, workspaceId: number, hints: readonly CompanyHint[]): Promise<string[]> {
  if (hints.length === 0) return []
  const found = await findHinted(tx, workspaceId, hints)
  return hints.map((hint, index) => found[index]?.id ?? keyOfHint(hint))
}

/** Two hints with the same key mean the same company. */
const keyOfHint = ({ name, domain }: CompanyHint): string =>
  domain ? `domain:${domain.toLowerCase()}` : `name:${(name ?? '').toLowerCase()}`

async function findHinted(
  tx: Tx,
  workspaceId: number,
  hints: readonly CompanyHint[],
): Promise<{ id: string | null; fills: boolean }[]> {
  const column = (pick: (hint: CompanyHint) => string | null) => arrayLiteral(hints.map(pick))
  const { rows } = await sql<{ id: string | null; fills: boolean }>`
    select co.id, coalesce((co.domain is null and h.domain is not null) or (co.industry is null and h.industry is not null), false) as fills
    from unnest(${column(({ name }) => name)}::text[], ${column(({ domain }) => domain)}::text[], ${column(({ industry }) => industry)}::text[])
      with ordinality as h(name, domain, industry, position)
    left join lateral (
      (select 1 as rank, c.id, c.domain, c.industry from company c
        where c.workspace_id = ${workspaceId} and c.domain is not null and lower(c.domain) = lower(h.domain))
      union all
      (select 2, c.id, c.domain, c.industry from company c
        where c.workspace_id = ${workspaceId} and lower(c.name) = lower(h.name) and (h.domain is null or c.domain is null)
        order by c.id limit 1)
      order by rank limit 1
    ) co on true
    order by h.position
  `.execute(tx)
  return rows
}
