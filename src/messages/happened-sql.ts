import { arrayLiteral, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'

/** What can happen to a message after it was handed over; each counts once a message. */
export type Happening = 'opened' | 'clicked' | 'replied' | 'bounced' | 'complained' | 'unsubscribed'

/** One thing that happened; `properties` go into the event. */
export interface Happened {
  messageId: number
  properties?: Record<string, unknown>
}

const stamps = {
  opened: sql.ref('opened_at'),
  clicked: sql.ref('clicked_at'),
  replied: sql.ref('replied_at'),
  bounced: sql.ref('bounced_at'),
  complained: sql.ref('complained_at'),
  unsubscribed: sql.ref('unsubscribed_at'),
} as const satisfies Record<Happening, unknown>

/**
 * Marks messages, the first time it happens: the instant on the message, the event, the count. It is also evidence that an unconfirmed
 * message arrived (TRUST §3.2). Runs that listen are woken. Answers the messages that were marked. Times are the database's.
 */
export async function markHappened(
  tx: Tx,
  what: Happening,
  happened: readonly Happened[],
): Promise<{ id: number; runId: number; campaignId: string }[]> {
  if (happened.length === 0) return []
  const byId = new Map(happened.map((one) => [one.messageId, one]))
  const rows = [...byId.values()].sort((a, b) => a.messageId - b.messageId)
  const stamp = stamps[what]
  const { rows: marked } = await sql<{ id: number; runId: number; campaignId: string }>`
    with news as materialized (
      select * from unnest(${arrayLiteral(rows.map((row) => row.messageId))}::bigint[],
        ${arrayLiteral(rows.map((row) => JSON.stringify(row.properties ?? {})))}::jsonb[]) as t(id, properties)
    ), held as materialized (
      select m.id, m.state as was, n.properties from message m join news n on n.id = m.id
      where m.${stamp} is null order by m.id for no key update of m
    ), marked as (
      update message m set ${stamp} = clock_timestamp(), state = case when h.was = 'unconfirmed' then 'sent' else m.state end,
        reason = case when h.was = 'unconfirmed' then null else m.reason end
      from held h where m.id = h.id
      returning m.id, m.workspace_id, m.campaign_id, m.run_id, m.node_id, m.customer_id, h.was, h.properties
    ), happened as (
      insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, message_id, occurred_at, at)
      select workspace_id, customer_id, ${`message.${what}`}, properties, campaign_id, run_id, node_id, id, now(), now() from marked
    ), counted as (
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select workspace_id, campaign_id, 'message', key, sum(n) from (
        select workspace_id, campaign_id, ${what}::text as key, 1 as n from marked
        union all select workspace_id, campaign_id, 'unconfirmed', -1 from marked where was = 'unconfirmed'
        union all select workspace_id, campaign_id, 'sent', 1 from marked where was = 'unconfirmed'
      ) counts group by workspace_id, campaign_id, key order by campaign_id, key
    )
    select id, run_id as "runId", campaign_id as "campaignId" from marked order by id
  `.execute(tx)
  if (marked.length > 0) await notifyWake(tx)
  return marked
}

/** Marks that a machine opened or followed a link; shown apart, never an event. */
export async function markMachine(tx: Tx, what: 'opened' | 'clicked', messageIds: readonly number[]): Promise<void> {
  if (messageIds.length === 0) return
  const stamp = sql.ref(what === 'opened' ? 'machine_opened_at' : 'machine_clicked_at')
  await sql`
    with held as materialized (
      select id from message where id = any(${arrayLiteral(messageIds)}::bigint[]) and ${stamp} is null order by id for no key update
    )
    update message m set ${stamp} = clock_timestamp() from held h where m.id = h.id
  `.execute(tx)
}
