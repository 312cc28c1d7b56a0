import { arrayLiteral, sql, type Tx } from '../db/database.ts'
import { type NewEvent, recordEvents } from '../engine/events-sql.ts'
import { changesBetween, fromAndTo, isUnchanged } from './changes.ts'
import type { CustomerValues } from './customer.ts'

/** Where a write comes from, as its events say: the way it came, and who asked for it where that was a person or a key. */
export interface Source {
  source: 'api' | 'import' | 'merge' | 'example'
  by?: string
}

/** One customer to write: `id` null makes a new one. `before` is what a locked row holds. */
export interface Write {
  id: string | null
  before: CustomerValues | null
  after: CustomerValues
}

/**
 * Writes customers in sets, with their events and the names of new tags. Rows that exist must have been locked by the caller; what does
 * not change is not written. Answers each customer's id in order, `null` where a new one collided with somebody who has the address or
 * external id: then nothing was written for that one, and the caller rolls back or says so.
 */
export async function writeCustomers(
  tx: Tx,
  workspaceId: number,
  writes: readonly Write[],
  source: Source,
): Promise<(string | null)[]> {
  const fresh = writes.filter(({ id }) => id === null)
  const changed = writes.filter(({ id, before, after }) => id !== null && !isUnchanged(changesBetween(before, after)))
  // First, because it may free an address that a new customer takes.
  await updateCustomers(tx, workspaceId, changed)
  const created = await insertCustomers(
    tx,
    workspaceId,
    fresh.map(({ after }) => after),
    source,
  )
  await recordChanges(tx, workspaceId, changed, source)
  let next = 0
  return writes.map(({ id }) => id ?? created[next++] ?? null)
}

/** The events of those who were there already. */
async function recordChanges(tx: Tx, workspaceId: number, writes: readonly Write[], source: Source): Promise<void> {
  const events: NewEvent[] = []
  for (const { id, before, after } of writes) {
    if (id === null) continue
    const { fields, tagged, untagged } = changesBetween(before, after)
    const place = { workspaceId, customerId: id }
    if (fields.length > 0) {
      const properties = { fields, ...source, changes: fromAndTo(before, after, fields) }
      events.push({ ...place, name: 'customer.updated', properties })
    }
    for (const tag of tagged) events.push({ ...place, name: 'customer.tagged', properties: { tag } })
    for (const tag of untagged) events.push({ ...place, name: 'customer.untagged', properties: { tag } })
  }
  await recordEvents(tx, events)
  await ensureTags(tx, workspaceId, new Set(writes.flatMap(({ after }) => after.tags)))
}

type Value = string | null
const columnsOf = (rows: readonly CustomerValues[]) => {
  const column = (pick: (row: CustomerValues) => Value) => arrayLiteral(rows.map(pick))
  return sql`${column((row) => row.externalId)}::text[], ${column((row) => row.email)}::text[], ${column((row) => row.firstName)}::text[],
    ${column((row) => row.lastName)}::text[], ${column((row) => row.phone)}::text[], ${column((row) => row.telegramChatId)}::text[],
    ${column((row) => row.linkedinUrl)}::text[], ${column((row) => row.language)}::text[], ${column((row) => row.country)}::text[],
    ${column((row) => row.timezone)}::text[], ${column((row) => arrayLiteral(row.tags))}::text[],
    ${column((row) => JSON.stringify(row.attributes))}::jsonb[], ${column((row) => row.companyId)}::uuid[],
    ${column((row) => row.claimedBy)}::uuid[], ${column((row) => row.trackingConsent)}::text[]`
}
const names = sql`external_id, email, first_name, last_name, phone, telegram_chat_id, linkedin_url, language, country, timezone, tags,
  attributes, company_id, claimed_by, tracking_consent`

/**
 * Ids in order; null where a unique index said no. In the order of addresses, so that two imports of one file do not lock crosswise. The
 * events are written from the same rows: an import makes three for one customer.
 */
async function insertCustomers(
  tx: Tx,
  workspaceId: number,
  rows: readonly CustomerValues[],
  source: Source,
): Promise<(string | null)[]> {
  if (rows.length === 0) return []
  const { rows: done } = await sql<{ position: number; id: string }>`
    with fresh as materialized (
      select new_id() as id, v.* from unnest(${columnsOf(rows)}) with ordinality as v(${names}, position)
    ), added as (
      insert into customer (workspace_id, id, ${names})
      select ${workspaceId}::int, id, external_id, email, first_name, last_name, phone, telegram_chat_id, linkedin_url, language, country,
        timezone, tags::text[], attributes, company_id, claimed_by, tracking_consent
      from fresh order by lower(email), external_id
      on conflict do nothing returning id, tags
    ), told as (
      insert into event (workspace_id, customer_id, name, properties, occurred_at, at)
      select ${workspaceId}::int, a.id, e.name, e.properties, now(), now()
      from added a cross join lateral (
        select 'customer.created' as name, ${JSON.stringify(source)}::jsonb as properties
        union all select 'customer.tagged', jsonb_build_object('tag', tag) from unnest(a.tags) as t(tag)
      ) e
    )
    select position, id from fresh join added using (id)
  `.execute(tx)
  await ensureTags(tx, workspaceId, new Set(rows.flatMap(({ tags }) => tags)))
  const ids = new Map(done.map(({ position, id }) => [position, id]))
  return rows.map((_, index) => ids.get(index + 1) ?? null)
}

async function updateCustomers(tx: Tx, workspaceId: number, writes: readonly Write[]): Promise<void> {
  if (writes.length === 0) return
  const ids = arrayLiteral(writes.map(({ id }) => id))
  // The ids are said twice: a join alone is planned as a scan of all customers while the table has no statistics.
  await sql`
    update customer c set external_id = v.external_id, email = v.email, first_name = v.first_name, last_name = v.last_name, phone = v.phone,
      telegram_chat_id = v.telegram_chat_id, linkedin_url = v.linkedin_url, language = v.language, country = v.country, timezone = v.timezone,
      tags = v.tags::text[], attributes = v.attributes, company_id = v.company_id, claimed_by = v.claimed_by,
      tracking_consent = v.tracking_consent, version = c.version + 1, updated_at = now()
    from unnest(${columnsOf(writes.map(({ after }) => after))}, ${ids}::uuid[]) as v(${names}, id)
    where c.id = v.id and c.id = any(${ids}::uuid[]) and c.workspace_id = ${workspaceId}
  `.execute(tx)
}

/** Makes the workspace know these tags; those that it knows keep their colour. */
export async function ensureTags(tx: Tx, workspaceId: number, tags: ReadonlySet<string>): Promise<void> {
  if (tags.size === 0) return
  await sql`
    insert into tag (workspace_id, name)
    select ${workspaceId}::int, t.name from unnest(${arrayLiteral([...tags])}::text[]) as t(name)
    where not exists (select from tag k where k.workspace_id = ${workspaceId} and k.name = t.name)
    order by t.name on conflict do nothing
  `.execute(tx)
}

/** Archives customers who are not yet, with their events; answers whom it changed. Their address and external id are free again. */
export async function archiveCustomers(tx: Tx, workspaceId: number, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with target as materialized (
      select id from customer where workspace_id = ${workspaceId} and id = any(${arrayLiteral(ids)}::uuid[]) and archived_at is null
      order by id for update
    )
    update customer c set archived_at = now(), version = c.version + 1, updated_at = now() from target t where c.id = t.id returning c.id
  `.execute(tx)
  const archived = rows.map(({ id }) => id)
  await recordEvents(
    tx,
    archived.map((customerId) => ({ workspaceId, customerId, name: 'customer.archived' })),
  )
  return archived
}
