import type { Audience } from '../campaigns/audience.ts'
import { matchedCustomers, nextAudiencePage, resolveAudience } from '../campaigns/audience-sql.ts'
import { arrayLiteral, type Db, sql } from '../db/database.ts'
import type { Channel } from '../engine/facts.ts'
import { type CustomerNeeds, loadCustomers } from '../engine/facts-sql.ts'
import type { SimulatedCustomer } from './walk.ts'

/** Whom a simulation is about: an audience without the excluded and the archived. */
export interface SimulatedAudience {
  workspaceId: number
  audience: Audience
  excludeSegmentId: string | null
}

/** The next ids of an audience in their order; an empty `last` ends it. Each page is a statement of its own: no snapshot is held. */
export async function nextIds(
  db: Db,
  { audience, ...place }: SimulatedAudience,
  after: string | null,
  limit: number,
): Promise<{ ids: string[]; last: string | null }> {
  const resolved = await resolveAudience(db, audience, place)
  const part = await nextAudiencePage(db, resolved, after, limit)
  if (!part) return { ids: [], last: null }
  const { rows } = await sql<{ id: string }>`
    select m.id from (${matchedCustomers(resolved, part)}) m where not m.archived and not m.excluded order by m.id
  `.execute(db)
  return { ids: rows.map(({ id }) => id), last: part.last ? null : part.upto }
}

/** How many customers a simulation of a whole audience is about. */
export async function countPeople(db: Db, { audience, ...place }: SimulatedAudience): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (${matchedCustomers(await resolveAudience(db, audience, place))}) m where not m.archived and not m.excluded
  `.execute(db)
  return rows[0]?.n ?? 0
}

/** So many customers of an audience, drawn by the seed, in the order of their ids. */
export async function drawIds(
  db: Db,
  { audience, ...place }: SimulatedAudience,
  sample: number,
  seed: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select m.id from (${matchedCustomers(await resolveAudience(db, audience, place))}) m where not m.archived and not m.excluded
    order by md5(${seed}::text || m.id::text) limit ${sample}
  `.execute(db)
  return rows.map(({ id }) => id).sort()
}

/** Marketing messages that one customer may get in a day of theirs; null = any number. */
export async function findFrequencyCap(db: Db, workspaceId: number): Promise<number | null> {
  const { rows } = await sql<{ cap: number | null }>`
    select frequency_cap_per_day as cap from workspace where id = ${workspaceId}
  `.execute(db)
  return rows[0]?.cap ?? null
}

/** Whether a customer of the workspace has this id. */
export async function customerExists(db: Db, workspaceId: number, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from customer where id = ${id} and workspace_id = ${workspaceId} and archived_at is null
  `.execute(db)
  return rows.length > 0
}

/** Loads what a simulation looks at of customers of one workspace, in the order of the ids. */
export async function loadPeople(
  db: Db,
  workspaceId: number,
  ids: readonly string[],
  needs: CustomerNeeds,
): Promise<SimulatedCustomer[]> {
  const states = await loadCustomers(db, ids, needs)
  const { rows } = await sql<{ id: string; channel: Channel | 'all' }>`
    with ids as materialized (select unnest(${arrayLiteral(ids)}::uuid[]) as id)
    select s.customer_id as id, s.channel from ids join suppression s
      on s.customer_id = ids.id and s.workspace_id = ${workspaceId} and s.lifted_at is null
    union
    select c.id, s.channel from ids join customer c on c.id = ids.id and c.email is not null join workspace w on w.id = c.workspace_id
      join suppression s on s.workspace_id = w.id and s.lifted_at is null and s.address_hash = address_key(w.address_salt, c.email)
    where w.id = ${workspaceId}
  `.execute(db)
  const suppressed = Map.groupBy(rows, ({ id }) => id)
  return ids.flatMap((id) => {
    const state = states.get(id)
    if (!state) return []
    const { customer, scores } = state
    return [{ customer, scores, suppressed: (suppressed.get(id) ?? []).map(({ channel }) => channel) }]
  })
}
