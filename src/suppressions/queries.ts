import { arrayLiteral, containing, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, orderBy, type PageRequest, readList } from '../db/listing.ts'
import { recordEvents } from '../engine/events-sql.ts'
import { addressFor, addressOn } from '../messages/address-sql.ts'

/** An entry of the suppression list as the API shows it. */
export interface Suppression {
  id: string
  customerId: string | null
  channel: 'all' | 'email' | 'telegram' | 'linkedin'
  address: string | null
  reason: 'bounce' | 'unsubscribe' | 'complaint' | 'manual'
  source: string
  /** Who `source` names, when it is a member or an API key. */
  sourceName: string | null
  /** Of which campaign a message or a step led here. */
  campaign: { id: string; name: string } | null
  createdAt: Date
  liftedAt: Date | null
}

const columns = sql`s.id, s.customer_id as "customerId", s.channel, s.address, s.reason, s.source, s.created_at as "createdAt",
  s.lifted_at as "liftedAt", (select coalesce(nullif(a.name, ''), a.email) from member m join account a on a.id = m.account_id
    where s.source = 'member:' || m.id::text and m.workspace_id = s.workspace_id
    union all select k.name from api_key k where s.source = 'key:' || k.id::text and k.workspace_id = s.workspace_id limit 1) as "sourceName",
  (select jsonb_build_object('id', c.id, 'name', c.name) from campaign c
    where c.id = s.campaign_id and c.workspace_id = s.workspace_id) as campaign`

/**
 * Suppresses who was written to: the customer, and the address that the message went to. Effective at once, because every hand-over
 * looks (TRUST U10). Already suppressed for this reason: nothing happens.
 */
export async function suppressRecipients(
  tx: Tx,
  messageIds: readonly number[],
  reason: Suppression['reason'],
  source: string,
): Promise<void> {
  await sql`
    insert into suppression (workspace_id, customer_id, channel, address, address_hash, reason, source, campaign_id)
    select m.workspace_id, m.customer_id, m.channel, a.address, case when a.address is null then null else address_key(w.address_salt, a.address) end,
      ${reason}, ${source}, m.campaign_id
    from message m join workspace w on w.id = m.workspace_id
    left join message_content mc on mc.message_id = m.id
    left join customer c on c.id = m.customer_id
    cross join lateral (select coalesce(nullif(mc.to_address, ''), ${addressFor('m', 'c')}) as address) a
    where m.id = any(${arrayLiteral(messageIds)}::bigint[]) order by m.customer_id
    on conflict do nothing
  `.execute(tx)
}

/** Which entries; `q` finds an address or a part of it. */
export interface SuppressionsFilter {
  q?: string | undefined
  reason?: string | undefined
  channel?: string | undefined
  customerId?: string | undefined
  /** Also those that were lifted. */
  lifted: boolean
}

/** What the list can be ordered by; entries without an address come last by that. */
export type SuppressionsOrder = 'createdAt' | 'address' | 'channel' | 'reason'

const orders: Record<SuppressionsOrder, ListOrder> = {
  createdAt: orderBy(sql`s.id`, sql`uuid`),
  address: orderBy(sql`lower(s.address)`, sql`text`, { nullable: true }),
  channel: orderBy(sql`s.channel`, sql`text`),
  reason: orderBy(sql`s.reason`, sql`text`),
}

function listing(workspaceId: number, filter: SuppressionsFilter): Listing {
  const where = [sql`s.workspace_id = ${workspaceId}`]
  if (!filter.lifted) where.push(sql`s.lifted_at is null`)
  if (filter.q) where.push(sql`lower(s.address) like ${containing(filter.q.toLowerCase())}`)
  if (filter.reason) where.push(sql`s.reason = ${filter.reason}`)
  if (filter.channel) where.push(sql`s.channel = ${filter.channel}`)
  if (filter.customerId) where.push(sql`s.customer_id = ${filter.customerId}`)
  return { from: sql`suppression s`, where: sql.join(where, sql` and `), id: { value: sql`s.id`, type: sql`uuid` } }
}

/** One page of a workspace's entries. */
export const listSuppressions = async (
  db: Db,
  workspaceId: number,
  filter: SuppressionsFilter,
  page: PageRequest<SuppressionsOrder>,
): Promise<ListPage<Suppression>> =>
  await readList(db, listing(workspaceId, filter), orders[page.by], page, (ids) =>
    sql<Suppression>`
    select ${columns} from suppression s
      where s.workspace_id = ${workspaceId} and s.id = any(${ids}::uuid[])
    `.execute(db),
  )

/** One entry, also a lifted one. */
export async function getSuppression(db: Db | Tx, workspaceId: number, id: string): Promise<Suppression | undefined> {
  const { rows } = await sql<Suppression>`
    select ${columns} from suppression s where s.workspace_id = ${workspaceId} and s.id = ${id}
  `.execute(db)
  return rows[0]
}

/** The customer with this id, or with this email address, and their address on a channel (`all`: the email); undefined when there is none. */
export async function findCustomer(
  tx: Tx,
  workspaceId: number,
  who: { customerId: string } | { email: string },
  channel: Suppression['channel'],
): Promise<{ id: string; address: string | null } | undefined> {
  const where =
    'customerId' in who ? sql`id = ${who.customerId}` : sql`lower(email) = lower(${who.email}) and archived_at is null`
  const address = addressOn(channel === 'all' ? 'email' : channel, 'customer')
  const { rows } = await sql<{ id: string; address: string | null }>`
    select id, ${address} as address from customer where workspace_id = ${workspaceId} and ${where}
  `.execute(tx)
  return rows[0]
}

/** Adds an entry for a customer, an address, or both; answers its id, or the id of the entry that says the same already. */
export async function addSuppression(
  tx: Tx,
  workspaceId: number,
  entry: {
    customerId: string | null
    address: string | null
    channel: Suppression['channel']
    reason: Suppression['reason']
    source: string
  },
): Promise<{ id: string; isNew: boolean }> {
  const { customerId, address, channel, reason, source } = entry
  const found = await sql<{ id: string }>`
    select s.id from suppression s join workspace w on w.id = s.workspace_id
    where s.workspace_id = ${workspaceId} and s.lifted_at is null and s.channel = ${channel} and s.reason = ${reason}
      and s.customer_id is not distinct from ${customerId}::uuid
      and (${address}::text is null or s.address_hash = address_key(w.address_salt, ${address ?? ''})) limit 1
  `.execute(tx)
  const [same] = found.rows
  if (same) return { id: same.id, isNew: false }
  const { rows } = await sql<{ id: string }>`
    insert into suppression (workspace_id, customer_id, channel, address, address_hash, reason, source)
    select ${workspaceId}, ${customerId}, ${channel}, ${address},
      case when ${address}::text is null then null else address_key(address_salt, ${address ?? ''}) end, ${reason}, ${source}
    from workspace where id = ${workspaceId}
    on conflict (workspace_id, customer_id, channel, reason) where lifted_at is null and customer_id is not null
    do update set address = coalesce(excluded.address, suppression.address), address_hash = coalesce(excluded.address_hash, suppression.address_hash)
    returning id
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The workspace is gone.')
  if (customerId) {
    await recordEvents(tx, [
      { workspaceId, customerId, name: 'customer.updated', properties: { suppressed: channel, reason } },
    ])
  }
  return { id: row.id, isNew: true }
}

/** Lifts an entry; false when it was lifted before. */
export async function liftSuppression(tx: Tx, workspaceId: number, id: string): Promise<boolean> {
  const { rows } = await sql`
    update suppression set lifted_at = now() where workspace_id = ${workspaceId} and id = ${id} and lifted_at is null returning 1
  `.execute(tx)
  return rows.length > 0
}
