import { type Db, sql } from '../db/database.ts'
import type { FieldEvent } from './field-sources.ts'

/** How many of a customer's last changes are looked at; what was changed before them has the time of its making. */
const mostLookedAt = 1_000

/** The events that made or changed a customer's fields, newest first; the one that made them is always there. */
export async function readFieldSources(db: Db, workspaceId: number, customerId: string): Promise<FieldEvent[]> {
  const of = (name: string, limit: number) => sql`(select id, name, properties, campaign_id, occurred_at from event
    where customer_id = ${customerId} and workspace_id = ${workspaceId} and name = ${name} order by id desc limit ${limit})`
  const { rows } = await sql<FieldEvent>`
    select name, properties, campaign_id as "campaignId", occurred_at as at
    from (${of('customer.updated', mostLookedAt)} union all ${of('customer.created', 1)}) e order by id desc
  `.execute(db)
  return rows
}
