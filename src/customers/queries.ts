import { arrayLiteral, containing, type Db, sql, type Tx } from '../db/database.ts'
import { matchingCondition } from '../segments/count-sql.ts'
import type { SegmentRule } from '../workflow/segment-rules.ts'
import type { Customer, StoredValues } from './customer.ts'

/** Which customers a list, a bulk action or an export is about; without a word about `archived`, those who are not. */
export interface CustomerFilter {
  q?: string | undefined
  tag?: string | undefined
  segmentId?: string | undefined
  /** As those of a dynamic segment. */
  rules?: SegmentRule | undefined
  companyId?: string | undefined
  claimedBy?: string | undefined
  archived?: boolean | undefined
  /** Only these. */
  ids?: readonly string[] | undefined
}

const values = sql`c.id, c.version, c.external_id as "externalId", c.email, c.first_name as "firstName", c.last_name as "lastName", c.phone,
  c.telegram_chat_id as "telegramChatId", c.linkedin_url as "linkedinUrl", c.language, c.country, c.timezone, c.tags, c.attributes,
  c.company_id as "companyId", c.claimed_by as "claimedBy", c.tracking_consent as "trackingConsent"`

/** A row of `customer c left join company co` as the API shows it. */
const customerColumns = sql`${values}, c.archived_at as "archivedAt", c.merged_into as "mergedInto", c.erased_at as "erasedAt", c.created_at as "createdAt", c.updated_at as "updatedAt",
  case when co.id is null then null else jsonb_build_object('id', co.id, 'name', co.name, 'domain', co.domain, 'industry', co.industry) end as company`

/** What a search looks for its words in; as the index has it (migration 000049). */
const searched = sql`(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '') || ' ' || coalesce(c.email, '') || ' ' ||
  coalesce(c.external_id, '') || ' ' || coalesce(c.phone, ''))`

/** The same where a word has no three letters in a row: the index has nothing shorter, and would be read from end to end for it. */
const searchedShort = sql`concat_ws(' ', c.first_name, c.last_name, c.email, c.external_id, c.phone)`

/** The condition of a filter on `customer c`. An erased person is shown nowhere but by their id. */
export async function matching(db: Db | Tx, workspaceId: number, filter: CustomerFilter) {
  const conditions = [sql`c.workspace_id = ${workspaceId}`, sql`c.erased_at is null`]
  conditions.push(filter.archived ? sql`c.archived_at is not null` : sql`c.archived_at is null`)
  if (filter.tag !== undefined) conditions.push(sql`${filter.tag} = any(c.tags)`)
  if (filter.companyId !== undefined) conditions.push(sql`c.company_id = ${filter.companyId}`)
  if (filter.claimedBy !== undefined) conditions.push(sql`c.claimed_by = ${filter.claimedBy}`)
  const { segmentId, rules, ids } = filter
  if (ids !== undefined) conditions.push(sql`c.id = any(${arrayLiteral(ids)}::uuid[])`)
  if (segmentId !== undefined) conditions.push(await matchingCondition(db, workspaceId, { segmentId }))
  if (rules !== undefined) conditions.push(await matchingCondition(db, workspaceId, { rules }))
  // Every word must be somewhere in the name or a contact: "ann lee" finds Ann Lee, "lee acme.example" her address.
  for (const word of (filter.q ?? '').trim().split(/\s+/).slice(0, 8)) {
    if (word === '') continue
    const like = containing(word)
    conditions.push(sql`${/[\p{L}\p{N}]{3}/u.test(word) ? searched : searchedShort} ilike ${like}`)
  }
  return sql.join(conditions, sql` and `)
}

/**
 * How many customers in the order of a list are asked one by one whether they match, for a page of `limit`. Who finds it among them is done;
 * else the few that match are gathered first, by whatever index helps, and ordered then: in the order of the list everybody would be
 * looked up for a page that never fills. Undefined for a filter that is no narrower than the order's index.
 */
export function lookedAtFirst({ archived: _, ...filter }: CustomerFilter, limit: number): number | undefined {
  const isNarrowed = Object.values(filter).some((value) => value !== undefined)
  // Of a long page so many that an export does not gather them all again for each of many pages.
  return isNarrowed ? Math.max(20_000, limit * 100) : undefined
}

/** One page of customers by key; `behind` is the last id of the page before. */
export async function listCustomers(
  db: Db | Tx,
  workspaceId: number,
  filter: CustomerFilter,
  { sort, behind, limit }: { sort: 'newest' | 'oldest'; behind: string | undefined; limit: number },
): Promise<Customer[]> {
  const further =
    behind === undefined ? sql`true` : sort === 'newest' ? sql`c.id < ${behind}::uuid` : sql`c.id > ${behind}::uuid`
  const matched = await matching(db, workspaceId, filter)
  const direction = sort === 'newest' ? sql`desc` : sql`asc`
  const lookedAt = lookedAtFirst(filter, limit)
  if (lookedAt !== undefined) {
    const { rows: near } = await sql<{ id: string }>`
      select c.id from (select * from customer c where ${await matching(db, workspaceId, { archived: filter.archived })} and ${further}
        order by c.id ${direction} limit ${lookedAt}) c
      where ${matched} order by c.id ${direction} limit ${limit}
    `.execute(db)
    if (near.length === limit) return await readCustomers(db, workspaceId, idsOf(near))
    const { rows: all } = await sql<{ id: string }>`
      with found as materialized (select c.id from customer c where ${matched} and ${further})
      select id from found order by id ${direction} limit ${limit}
    `.execute(db)
    return await readCustomers(db, workspaceId, idsOf(all))
  }
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customer c left join company co on co.id = c.company_id
    where ${matched} and ${further}
    order by c.id ${direction} limit ${limit}
  `.execute(db)
  return rows
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id)

/** Customers in the order of the given ids. */
export async function readCustomers(db: Db | Tx, workspaceId: number, ids: readonly string[]): Promise<Customer[]> {
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customer c left join company co on co.id = c.company_id
    where c.id = any(${arrayLiteral(ids)}::uuid[]) and c.workspace_id = ${workspaceId}
    order by array_position(${arrayLiteral(ids)}::uuid[], c.id)
  `.execute(db)
  return rows
}

/** One customer, archived or not; undefined when there is none. */
export async function getCustomer(db: Db | Tx, workspaceId: number, id: string): Promise<Customer | undefined> {
  const { rows } = await sql<Customer>`
    select ${customerColumns} from customer c left join company co on co.id = c.company_id
    where c.workspace_id = ${workspaceId} and c.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Locks customers, in the order of their ids, and reads what they hold. Archived ones are left out. */
export async function lockCustomers(tx: Tx, workspaceId: number, ids: readonly string[]): Promise<StoredValues[]> {
  const { rows } = await sql<StoredValues>`
    select ${values} from customer c
    where c.workspace_id = ${workspaceId} and c.id = any(${arrayLiteral(ids)}::uuid[]) and c.archived_at is null
    order by c.id for no key update
  `.execute(tx)
  return rows
}

/** A stored customer with the key that its address is compared by. */
export type LockedByContact = StoredValues & { emailKey: string | null }

/**
 * Locks the customers who have one of these addresses (compared as the database's unique index does) or external ids. `keys` are
 * lower-case addresses as emailKeys() makes them.
 */
export const lockByContact = (tx: Tx, workspaceId: number, keys: readonly string[], externalIds: readonly string[]) =>
  readByContact(tx, workspaceId, keys, externalIds, sql`for no key update`)

/** The same customers, only looked at. */
export const lookByContact = (tx: Tx, workspaceId: number, keys: readonly string[], externalIds: readonly string[]) =>
  readByContact(tx, workspaceId, keys, externalIds, sql``)

async function readByContact(
  tx: Tx,
  workspaceId: number,
  keys: readonly string[],
  externalIds: readonly string[],
  lock: ReturnType<typeof sql>,
): Promise<LockedByContact[]> {
  const { rows } = await sql<LockedByContact>`
    -- One probe of the unique index a key: without statistics (a table that is being filled) a join or "= any" reads all customers.
    with target as materialized (
      select f.id from unnest(${arrayLiteral(keys)}::text[]) as k(key) cross join lateral (
        select c.id from customer c
        where c.workspace_id = ${workspaceId} and lower(c.email) = k.key and c.email is not null and c.archived_at is null limit 1) f
      union
      select f.id from unnest(${arrayLiteral(externalIds)}::text[]) as k(key) cross join lateral (
        select c.id from customer c
        where c.workspace_id = ${workspaceId} and c.external_id = k.key and c.external_id is not null and c.archived_at is null limit 1) f
    )
    select ${values}, lower(c.email) as "emailKey" from customer c
    where c.id = any(array(select id from target)) and c.workspace_id = ${workspaceId} order by c.id ${lock}
  `.execute(tx)
  return rows
}

/** The keys that addresses are compared by: PostgreSQL's lower(), which differs from JavaScript's beyond ASCII. */
export async function emailKeys(db: Db | Tx, emails: readonly string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII itself
  if (emails.every((email) => /^[\x00-\x7f]*$/.test(email))) return emails.map((email) => email.toLowerCase())
  const { rows } = await sql<{ key: string }>`
    select lower(e) as key from unnest(${arrayLiteral(emails)}::text[]) with ordinality as t(e, position) order by position
  `.execute(db)
  return rows.map(({ key }) => key)
}

/** Whom an address or an external id belongs to, among those who are not archived. */
export async function findByContact(
  db: Db | Tx,
  workspaceId: number,
  { email, externalId }: { email: string | null; externalId: string | null },
): Promise<{ id: string; byEmail: boolean }[]> {
  const here = sql`c.workspace_id = ${workspaceId} and c.archived_at is null`
  const { rows } = await sql<{ id: string; byEmail: boolean }>`
    select id, bool_or(by_email) as "byEmail" from (
      select c.id, true as by_email from customer c where ${here} and c.email is not null and lower(c.email) = lower(${email}::text)
      union all
      select c.id, false from customer c where ${here} and c.external_id is not null and c.external_id = ${externalId}::text
    ) f group by id order by id
  `.execute(db)
  return rows
}

/** The ids of customers, not archived, by the addresses as they were given; those that nobody has are left out. */
export async function findByEmails(
  db: Db | Tx,
  workspaceId: number,
  emails: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ email: string; id: string }>`
    select e.email, c.id from unnest(${arrayLiteral([...new Set(emails)])}::text[]) as e(email)
    join customer c on lower(c.email) = lower(e.email) and c.email is not null
    where c.workspace_id = ${workspaceId} and c.archived_at is null
  `.execute(db)
  return new Map(rows.map(({ email, id }) => [email, id]))
}

/** Those of the ids that are no customers of the workspace (or are erased). */
export async function unknownCustomers(db: Db | Tx, workspaceId: number, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select i.id from unnest(${arrayLiteral(ids)}::uuid[]) as i(id)
    where not exists (select from customer c where c.id = i.id and c.workspace_id = ${workspaceId} and c.erased_at is null)
  `.execute(db)
  return rows.map(({ id }) => id)
}

/** Whether a member of the workspace may be made an owner of customers or tasks. */
export async function isActiveMember(db: Db | Tx, workspaceId: number, memberId: string): Promise<boolean> {
  const { rows } = await sql`
    select from member where workspace_id = ${workspaceId} and id = ${memberId} and left_at is null
  `.execute(db)
  return rows.length > 0
}
