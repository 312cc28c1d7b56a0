import { arrayLiteral, type Db, keepPlanOfFew, sql, type Tx } from '../db/database.ts'

/** The channel that wakes the loops of every process. One NOTIFY a transaction, delivered at its commit. */
export const wakeChannel = 'throughline_wake'

/** One thing that happened to a customer, as the bus keeps it (API.md lists the built-in names). */
export interface NewEvent {
  workspaceId: number
  customerId: string
  name: string
  properties?: Record<string, unknown>
  campaignId?: string | null
  runId?: number | null
  nodeId?: string | null
  messageId?: number | null
  /** When it happened, where that differs from now; only segments look at it. */
  occurredAt?: Date
}

/** Appends events in one statement. Call it in the transaction that makes them true. */
export async function recordEvents(tx: Db | Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const column = <Value extends string | number | null>(pick: (event: NewEvent) => Value) =>
    arrayLiteral(events.map(pick))
  await sql`${keepPlanOfFew(events.length)}
    insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, message_id, occurred_at, at)
    select e.workspace_id, e.customer_id, e.name, e.properties, e.campaign_id, e.run_id, e.node_id, e.message_id,
      coalesce(e.occurred_at, now()), now()
    from unnest(
      ${column((event) => event.workspaceId)}::int[], ${column((event) => event.customerId)}::uuid[],
      ${column((event) => event.name)}::text[], ${column((event) => JSON.stringify(event.properties ?? {}))}::jsonb[],
      ${column((event) => event.campaignId ?? null)}::uuid[], ${column((event) => event.runId ?? null)}::bigint[],
      ${column((event) => event.nodeId ?? null)}::text[], ${column((event) => event.messageId ?? null)}::bigint[],
      ${column((event) => event.occurredAt?.toISOString() ?? null)}::timestamptz[]
    ) as e(workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, message_id, occurred_at)
  `.execute(tx)
}

/** Wakes the loops of every process once the transaction has committed. */
export async function notifyWake(tx: Db | Tx): Promise<void> {
  await sql`select pg_notify(${wakeChannel}, '')`.execute(tx)
}
