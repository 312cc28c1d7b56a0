import { arrayLiteral, sql, type Tx } from '../db/database.ts'
import { type CustomerFilter, matching } from './queries.ts'

/** The next customers that a filter matches, by key; `behind` is the last one that was looked at, `until` leaves out who came later. */
export async function nextMatching(
  tx: Tx,
  workspaceId: number,
  filter: CustomerFilter,
  { behind, limit, until = null }: { behind: string | null; limit: number; until?: Date | null },
): Promise<string[]> {
  const matched = await matching(tx, workspaceId, filter)
  const { rows } = await sql<{ id: string }>`
    select c.id from customer c
    where ${matched} and (${behind}::uuid is null or c.id > ${behind}::uuid)
      and (${until}::timestamptz is null or c.created_at <= ${until}::timestamptz)
    order by c.id limit ${limit}
  `.execute(tx)
  return rows.map(({ id }) => id)
}

/** Adds a tag to customers who lack it, or takes it from those who have it, with an event each; answers how many changed. */
export async function changeTag(
  tx: Tx,
  workspaceId: number,
  ids: readonly string[],
  tag: string,
  wanted: boolean,
): Promise<number> {
  const tags = wanted ? sql`c.tags || ${tag}::text` : sql`array_remove(c.tags, ${tag}::text)`
  return await changeEach(tx, workspaceId, ids, {
    where: wanted ? sql`${tag} <> all(c.tags)` : sql`${tag} = any(c.tags)`,
    set: sql`tags = ${tags}`,
    event: wanted ? 'customer.tagged' : 'customer.untagged',
    properties: { tag },
  })
}

/** Gives customers an owner, or none; answers how many changed. */
export async function assignOwner(
  tx: Tx,
  workspaceId: number,
  ids: readonly string[],
  memberId: string | null,
): Promise<number> {
  return await changeEach(tx, workspaceId, ids, {
    where: sql`c.claimed_by is distinct from ${memberId}::uuid`,
    set: sql`claimed_by = ${memberId}::uuid`,
    event: 'customer.updated',
    properties: { fields: ['claimedBy'], claimedBy: memberId },
  })
}

type Fragment = ReturnType<typeof sql>

async function changeEach(
  tx: Tx,
  workspaceId: number,
  ids: readonly string[],
  change: { where: Fragment; set: Fragment; event: string; properties: Record<string, unknown> },
): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with target as materialized (
      select c.id from customer c
      where c.workspace_id = ${workspaceId} and c.id = any(${arrayLiteral(ids)}::uuid[]) and c.archived_at is null
      order by c.id for no key update
    ), changed as (
      update customer c set ${change.set}, version = c.version + 1, updated_at = now()
      from target t where c.id = t.id and ${change.where} returning c.id
    ), told as (
      insert into event (workspace_id, customer_id, name, properties, occurred_at, at)
      select ${workspaceId}::int, id, ${change.event}::text, ${JSON.stringify(change.properties)}::jsonb, now(), now() from changed
    )
    select count(*) as n from changed
  `.execute(tx)
  return rows[0]?.n ?? 0
}
