import { type Db, keepPlan, sql, type Tx } from '../db/database.ts'

/** An event as a reader of the bus gets it. */
export interface BusEvent {
  xid: string
  id: number
  workspaceId: number
  customerId: string
  name: string
  properties: Record<string, unknown>
  campaignId: string | null
  runId: number | null
  messageId: number | null
  nodeId: string | null
  at: Date
}

/** A reader's hold on its cursor, until the transaction ends. */
export interface BusReader {
  /**
   * The next events in commit order, at most `limit`: ordered by (xid, id), and only those of transactions below every one still under
   * way, because a bare `id > cursor` skips the rows of slower transactions.
   */
  read(limit: number): Promise<BusEvent[]>
  /** Moves the cursor behind an event that was read. */
  moveTo(event: Pick<BusEvent, 'xid' | 'id'>): Promise<void>
  /** Nobody listens: moves the cursor behind all that is committed. */
  skip(): Promise<void>
}

/** Takes a reader's cursor for this transaction; null when another worker holds it. What is listened to must be read after this. */
export async function openBus(tx: Db | Tx, name: string): Promise<BusReader | null> {
  const horizon = (await hold(tx, name)) ?? ((await addCursor(tx, name)) ? await hold(tx, name) : undefined)
  if (horizon === undefined) return null
  return {
    async read(limit) {
      const events = await sql<BusEvent>`${keepPlan}
        select e.xid::text, e.id, e.workspace_id as "workspaceId", e.customer_id as "customerId", e.name, e.properties,
          e.campaign_id as "campaignId", e.run_id as "runId", e.message_id as "messageId", e.node_id as "nodeId", e.at
        from event e, bus_cursor b
        where b.name = ${name} and (e.xid, e.id) > (b.xid, b.id) and e.xid < ${horizon}::xid8
        order by e.xid, e.id limit ${sql.lit(limit)}
      `.execute(tx)
      return events.rows
    },
    async moveTo({ xid, id }) {
      await sql`${keepPlan} update bus_cursor set xid = ${xid}::xid8, id = ${id} where name = ${name}`.execute(tx)
    },
    async skip() {
      await sql`${keepPlan}
        update bus_cursor b set xid = ${horizon}::xid8, id = 0
        where b.name = ${name} and exists (select from event e where (e.xid, e.id) > (b.xid, b.id) and e.xid < ${horizon}::xid8)
      `.execute(tx)
    },
  }
}

/**
 * Holds the cursor, if it exists and nobody else does. What lies below the answered transaction was committed before the listeners are
 * read: who begins to listen after that has not missed it.
 */
async function hold(tx: Db | Tx, name: string): Promise<string | undefined> {
  const { rows } = await sql<{ horizon: string }>`${keepPlan}
    select pg_snapshot_xmin(pg_current_snapshot())::text as horizon from bus_cursor where name = ${name} for update skip locked
  `.execute(tx)
  return rows[0]?.horizon
}

/** Makes the cursor of a reader that is new. Answers whether it was missing. */
async function addCursor(tx: Db | Tx, name: string): Promise<boolean> {
  const { rows } = await sql`${keepPlan}
    insert into bus_cursor (name, xid, id) select ${name}, '0', 0
    where not exists (select from bus_cursor where name = ${name}) on conflict do nothing returning name
  `.execute(tx)
  return rows.length > 0
}
