import { customersNamed } from '../customers/named-sql.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, type PageRequest, readList } from '../db/listing.ts'
import { addressFor } from './address-sql.ts'

/** A message in a list. */
export interface MessageRow {
  id: number
  campaignId: string
  campaignName: string
  runId: number
  nodeId: string
  customerId: string
  customerName: string
  to: string | null
  subject: string | null
  credentialId: string
  productId: string | null
  channel: string
  transactional: boolean
  state: 'queued' | 'claimed' | 'handing' | 'sent' | 'refused' | 'failed' | 'unconfirmed' | 'skipped'
  reason: string | null
  attempt: number
  sendAfter: Date
  queuedAt: Date
  handedAt: Date | null
  sentAt: Date | null
  openedAt: Date | null
  machineOpenedAt: Date | null
  clickedAt: Date | null
  machineClickedAt: Date | null
  repliedAt: Date | null
  bouncedAt: Date | null
  complainedAt: Date | null
  unsubscribedAt: Date | null
}

/** A message as it was sent. */
export interface FullMessage extends MessageRow {
  from: string | null
  html: string | null
  text: string | null
  links: string[]
  headerId: string | null
  providerId: string | null
  response: string | null
}

const listed = sql`m.id, m.campaign_id as "campaignId", c.name as "campaignName", m.run_id as "runId", m.node_id as "nodeId",
  m.customer_id as "customerId", coalesce(nullif(concat_ws(' ', cu.first_name, cu.last_name), ''), cu.email, '') as "customerName",
  coalesce(mc.to_address, ${addressFor('m', 'cu')}) as "to", mc.subject, m.credential_id as "credentialId", m.product_id as "productId", m.channel, m.transactional,
  m.state, m.reason, m.attempt, m.send_after as "sendAfter", m.queued_at as "queuedAt", m.handed_at as "handedAt", m.sent_at as "sentAt",
  m.opened_at as "openedAt", m.machine_opened_at as "machineOpenedAt", m.clicked_at as "clickedAt", m.machine_clicked_at as "machineClickedAt",
  m.replied_at as "repliedAt", m.bounced_at as "bouncedAt", m.complained_at as "complainedAt", m.unsubscribed_at as "unsubscribedAt"`

const sources = sql`message m join campaign c on c.id = m.campaign_id left join customer cu on cu.id = m.customer_id
  left join message_content mc on mc.message_id = m.id`

/** What may have happened to a message that was sent, with the column that says when. */
export const happenings = {
  opened: sql`m.opened_at`,
  clicked: sql`m.clicked_at`,
  replied: sql`m.replied_at`,
  bounced: sql`m.bounced_at`,
} as const
export type Happening = keyof typeof happenings

/** The messages of these ids, in their order. */
export async function findMessages(db: Db, workspaceId: number, ids: readonly number[]): Promise<MessageRow[]> {
  const { rows } = await sql<MessageRow>`
    select ${listed} from ${sources} where m.workspace_id = ${workspaceId} and m.id = any(${arrayLiteral(ids)}::bigint[])
  `.execute(db)
  const byId = new Map(rows.map((message) => [message.id, message]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Which messages. */
export interface MessageFilter {
  campaignId?: string | undefined
  customerId?: string | undefined
  state?: MessageRow['state'] | undefined
  reason?: string | undefined
  channel?: string | undefined
  happened?: Happening | undefined
  /** A part of the customer's name or address. */
  q?: string | undefined
  /** Queued on these days of the workspace's calendar, both included. */
  from?: string | undefined
  to?: string | undefined
}

/** What messages can be ordered by: when they were queued, or their state. */
export type MessageOrder = 'queuedAt' | 'state'

async function listing(db: Db, workspaceId: number, filter: MessageFilter): Promise<Listing> {
  const where = [sql`m.workspace_id = ${workspaceId}`]
  if (filter.campaignId !== undefined) where.push(sql`m.campaign_id = ${filter.campaignId}`)
  if (filter.customerId !== undefined) where.push(sql`m.customer_id = ${filter.customerId}`)
  if (filter.state !== undefined) where.push(sql`m.state = ${filter.state}`)
  if (filter.reason !== undefined) where.push(sql`m.reason = ${filter.reason}`)
  if (filter.channel !== undefined) where.push(sql`m.channel = ${filter.channel}`)
  if (filter.happened !== undefined) where.push(sql`${happenings[filter.happened]} is not null`)
  const midnight = (day: ReturnType<typeof sql>) =>
    sql`(select ${day}::timestamp at time zone w.timezone from workspace w where w.id = ${workspaceId})`
  if (filter.from !== undefined) where.push(sql`m.queued_at >= ${midnight(sql`${filter.from}::date`)}`)
  if (filter.to !== undefined) where.push(sql`m.queued_at < ${midnight(sql`(${filter.to}::date + 1)`)}`)
  if (filter.q) where.push(sql`m.customer_id in ${await customersNamed(db, workspaceId, filter.q)}`)
  return { from: sql`message m`, where: sql.join(where, sql` and `), id: { value: sql`m.id`, type: sql`bigint` } }
}

const states = ['claimed', 'failed', 'handing', 'queued', 'refused', 'sent', 'skipped', 'unconfirmed'] as const

function orderOf(filter: MessageFilter, { by, descending }: PageRequest<MessageOrder>): ListOrder {
  const type = sql`timestamptz`
  const value = sql`m.queued_at`
  if (by === 'queuedAt' || filter.state) return { sections: [[{ value }]], type }
  // State by state, because an index has few of them in a row.
  const sections = states.map((state) => [{ where: sql`m.state = ${state}`, value }])
  return { sections: descending ? sections.toReversed() : sections, type }
}

/** One page of a workspace's messages. */
export const listMessages = async (
  db: Db,
  workspaceId: number,
  filter: MessageFilter,
  page: PageRequest<MessageOrder>,
): Promise<ListPage<MessageRow>> =>
  await readList(db, await listing(db, workspaceId, filter), orderOf(filter, page), page, (ids) =>
    sql<MessageRow>`
      select ${listed} from ${sources} where m.workspace_id = ${workspaceId} and m.id = any(${ids}::bigint[])
    `.execute(db),
  )

/** One message with what was handed over. */
export async function getMessage(db: Db | Tx, workspaceId: number, id: number): Promise<FullMessage | undefined> {
  const { rows } = await sql<FullMessage>`
    select ${listed}, mc.from_address as "from", mc.html, mc.text, coalesce(mc.links, '{}') as links, m.header_id as "headerId",
      m.provider_id as "providerId", m.response
    from ${sources} where m.workspace_id = ${workspaceId} and m.id = ${id}
  `.execute(db)
  return rows[0]
}

/**
 * Queues an unconfirmed message once more because a person says so; the only way in which one is handed over twice. Its run has gone on
 * meanwhile, which the reason tells the hand-over. False when it is in another state.
 */
export async function sendAgain(tx: Tx, workspaceId: number, id: number): Promise<boolean> {
  const { rows } = await sql`
    with again as (
      update message set state = 'queued', reason = 'send_again', send_after = now(), fence = fence + 1, attempt = 0, sent_at = null
      where id = ${id} and workspace_id = ${workspaceId} and state = 'unconfirmed' returning workspace_id, campaign_id
    )
    insert into tally (workspace_id, campaign_id, metric, key, n) select workspace_id, campaign_id, 'message', 'unconfirmed', -1 from again returning 1
  `.execute(tx)
  return rows.length > 0
}
