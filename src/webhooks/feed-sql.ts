import { arrayLiteral, type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { openBus } from '../engine/bus-sql.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { webhookEvents } from './events.ts'

/** The cursor of what webhooks were told. */
const cursorName = 'webhooks'
/** Events read in one transaction. */
const batchSize = 5_000

const ofBus: ReadonlySet<string> = new Set(webhookEvents.filter((name) => name !== 'campaign.status'))

/** An instant as JSON has it: ISO 8601 in UTC. */
const isoTime = (at: ReturnType<typeof sql>) => sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/**
 * Turns the next events of the bus into deliveries, one for each webhook that listens to the name. Cursor and deliveries are one
 * transaction, and the pair (webhook, event) is unique: whatever crashes, each is told of once. Answers whether there is more to read.
 */
export async function feedWebhooks(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const bus = await openBus(tx, cursorName)
    if (!bus) return false
    const { rows } = await sql<{ workspaceId: number; events: string[] }>`${keepPlan}
      select workspace_id as "workspaceId", events from webhook where enabled
    `.execute(tx)
    const wanted = new Set(rows.flatMap(({ workspaceId, events }) => events.map((name) => `${workspaceId} ${name}`)))
    if (![...wanted].some((key) => ofBus.has(key.slice(key.indexOf(' ') + 1)))) {
      await bus.skip()
      return false
    }
    const events = await bus.read(batchSize)
    const last = events.at(-1)
    if (!last) return false
    const news = events.filter(({ workspaceId, name }) => ofBus.has(name) && wanted.has(`${workspaceId} ${name}`))
    if (news.length > 0) {
      const column = <Value extends string | number | null>(pick: (event: (typeof news)[number]) => Value) =>
        arrayLiteral(news.map(pick))
      await sql`
        insert into webhook_delivery (workspace_id, webhook_id, source, event, customer_id, body)
        select e.workspace_id, w.id, 'event:' || e.id, e.name, e.customer_id, jsonb_build_object('type', e.name, 'timestamp', ${isoTime(sql`e.at`)},
          'data', jsonb_build_object(
            'customer', jsonb_build_object('id', e.customer_id, 'externalId', u.external_id, 'email', u.email,
              'firstName', u.first_name, 'lastName', u.last_name),
            'campaign', case when c.id is not null then jsonb_build_object('id', c.id, 'name', c.name) end,
            'run', case when r.id is not null then jsonb_build_object('id', r.id, 'entry', r.entry) end,
            'messageId', e.message_id, 'nodeId', e.node_id, 'properties', e.properties))::text
        from unnest(${column((event) => event.id)}::bigint[], ${column((event) => event.workspaceId)}::int[],
          ${column((event) => event.customerId)}::uuid[], ${column((event) => event.name)}::text[],
          ${column((event) => JSON.stringify(event.properties))}::jsonb[], ${column((event) => event.campaignId)}::uuid[],
          ${column((event) => event.runId)}::bigint[], ${column((event) => event.messageId)}::bigint[],
          ${column((event) => event.nodeId)}::text[], ${column((event) => event.at.toISOString())}::timestamptz[])
          with ordinality as e(id, workspace_id, customer_id, name, properties, campaign_id, run_id, message_id, node_id, at, n)
        join webhook w on w.workspace_id = e.workspace_id and w.enabled and e.name = any(w.events) and w.hears_from <= e.at
        left join customer u on u.id = e.customer_id and u.workspace_id = e.workspace_id
        left join campaign c on c.id = e.campaign_id and c.workspace_id = e.workspace_id
        left join run r on r.id = e.run_id and r.workspace_id = e.workspace_id
        order by e.n on conflict do nothing
      `.execute(tx)
      await notifyWake(tx)
    }
    await bus.moveTo(last)
    return events.length === batchSize
  })
}

/** A campaign's move as webhooks are told of it. */
export interface ToldMove {
  id: number
  workspaceId: number
  campaignId: string
  from: string
  to: string
  by: string
  at: Date
}

/** Tells webhooks of a campaign's move, in the transaction that makes it: a campaign is no customer, so it is not on the bus. */
export async function tellOfMove(tx: Tx, { id, workspaceId, campaignId, from, to, by, at }: ToldMove): Promise<void> {
  await sql`
    insert into webhook_delivery (workspace_id, webhook_id, source, event, body)
    select w.workspace_id, w.id, ${`move:${id}`}, 'campaign.status', jsonb_build_object('type', 'campaign.status',
      'timestamp', ${isoTime(sql`${at}::timestamptz`)}, 'data', jsonb_build_object(
        'campaign', jsonb_build_object('id', c.id, 'name', c.name), 'from', ${from}::text, 'to', ${to}::text, 'by', ${by}::text))::text
    from webhook w join campaign c on c.id = ${campaignId} and c.workspace_id = w.workspace_id
    where w.workspace_id = ${workspaceId} and w.enabled and 'campaign.status' = any(w.events)
  `.execute(tx)
}
