import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type NewEvent, recordEvents } from '../engine/events-sql.ts'
import { noteNames } from './names-sql.ts'
import { type CustomerRef, type IncomingEvent, maxAheadMs } from './rules.ts'

/** What became of one incoming event: `repeated` = its id was seen before, so it was recorded then. */
export type Recorded = 'recorded' | 'repeated' | 'unknown_customer' | 'in_future'

/**
 * Records events of a workspace in one transaction: four statements, however many there are. Answers what became of each, in order. An
 * event that is refused does not use up its id.
 */
export async function recordIncoming(
  db: Db,
  workspaceId: number,
  events: readonly IncomingEvent[],
): Promise<Recorded[]> {
  const { fates, names } = await db.transaction().execute(async (tx) => {
    const found = await findCustomers(tx, workspaceId, events)
    const fates = found.map(({ customerId, inFuture }): Recorded => {
      if (customerId === null) return 'unknown_customer'
      return inFuture ? 'in_future' : 'recorded'
    })
    const ids = events.flatMap(({ id }, index) => (id !== null && fates[index] === 'recorded' ? [id] : []))
    const fresh = await takeIds(tx, workspaceId, ids)
    const rows: NewEvent[] = []
    events.forEach(({ name, properties, occurredAt, id }, index) => {
      if (fates[index] !== 'recorded') return
      // Of two with one id in a call the first is recorded.
      if (id !== null && !fresh.delete(id)) {
        fates[index] = 'repeated'
        return
      }
      const customerId = found[index]?.customerId ?? ''
      rows.push({ workspaceId, customerId, name, properties, ...(occurredAt && { occurredAt }) })
    })
    await recordEvents(tx, rows)
    return { fates, names: await noteNames(tx, workspaceId, rows) }
  })
  names.done()
  return fates
}

const keyOf = (ref: CustomerRef) => ({
  id: 'id' in ref ? ref.id : null,
  email: 'email' in ref ? ref.email.trim() : null,
  externalId: 'externalId' in ref ? ref.externalId : null,
})

/** Each event's customer, null where there is none or they are archived; and whether it is said to happen later than now. */
async function findCustomers(
  tx: Tx,
  workspaceId: number,
  events: readonly IncomingEvent[],
): Promise<{ customerId: string | null; inFuture: boolean }[]> {
  const keys = events.map(({ customer }) => keyOf(customer))
  const { rows } = await sql<{ customerId: string | null; inFuture: boolean }>`
    select coalesce(
        (select c.id from customer c where c.id = e.id and c.workspace_id = ${workspaceId} and c.archived_at is null),
        (select c.id from customer c where lower(c.email) = lower(e.email) and c.workspace_id = ${workspaceId}
          and c.email is not null and c.archived_at is null),
        (select c.id from customer c where c.external_id = e.external_id and c.workspace_id = ${workspaceId}
          and c.external_id is not null and c.archived_at is null)
      ) as "customerId",
      coalesce(e.occurred_at > clock_timestamp() + ${maxAheadMs}::int * interval '1 millisecond', false) as "inFuture"
    from unnest(${arrayLiteral(keys.map(({ id }) => id))}::uuid[], ${arrayLiteral(keys.map(({ email }) => email))}::text[],
      ${arrayLiteral(keys.map(({ externalId }) => externalId))}::text[],
      ${arrayLiteral(events.map(({ occurredAt }) => occurredAt?.toISOString() ?? null))}::timestamptz[])
      with ordinality as e(id, email, external_id, occurred_at, n)
    order by e.n
  `.execute(tx)
  return rows
}

/** Takes ids for this workspace and answers those that nobody had taken; a call that is taking one at the same time is waited for. */
async function takeIds(tx: Tx, workspaceId: number, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await sql<{ id: string }>`
    with wanted as materialized (
      select id, sha256(convert_to(id, 'UTF8')) as digest from unnest(${arrayLiteral([...new Set(ids)])}::text[]) as t(id)
    ), taken as (
      insert into event_key (workspace_id, digest) select ${workspaceId}, digest from wanted order by digest
      on conflict do nothing returning digest
    )
    select w.id from wanted w join taken t using (digest)
  `.execute(tx)
  return new Set(rows.map(({ id }) => id))
}
