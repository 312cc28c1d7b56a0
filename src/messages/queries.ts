import { type Db, sql, type Tx } from '../db/database.ts'
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

/** Messages of a workspace, newest first. */
export async function listMessages(
  db: Db,
  workspaceId: number,
  filter: {
    campaignId?: string | undefined
    customerId?: string | undefined
    state?: string | undefined
    reason?: string | undefined
    before?: number | undefined
    limit: number
  },
): Promise<MessageRow[]> {
  const conditions = [sql`m.workspace_id = ${workspaceId}`]
  if (filter.campaignId !== undefined) conditions.push(sql`m.campaign_id = ${filter.campaignId}`)
  if (filter.customerId !== undefined) conditions.push(sql`m.customer_id = ${filter.customerId}`)
  if (filter.state !== undefined) conditions.push(sql`m.state = ${filter.state}`)
  if (filter.reason !== undefined) conditions.push(sql`m.reason = ${filter.reason}`)
  if (filter.before !== undefined) conditions.push(sql`m.id < ${filter.before}`)
  const { rows } = await sql<MessageRow>`
    select ${listed} from ${sources} where ${sql.join(conditions, sql` and `)} order by m.id desc limit ${filter.limit}
  `.execute(db)
  return rows
}

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
