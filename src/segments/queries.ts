import type { RawBuilder } from 'kysely'
import { arrayLiteral, containing, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, orderBy, type PageRequest, readList } from '../db/listing.ts'
import type { SegmentRule } from '../workflow/segment-rules.ts'

/** A segment; `customers` counts the members of a static one who are not archived, null for rules: those are counted when asked for. */
export interface Segment {
  id: string
  name: string
  description: string | null
  kind: 'static' | 'dynamic'
  rules: SegmentRule | null
  customers: number | null
  /** How many campaigns and other segments go by it. */
  usedBy: number
  version: number
  createdAt: Date
  updatedAt: Date
}

/** Whether campaign `c`, if it is not archived, names a segment as audience or exclusion, or in its draft or published workflow. */
function usedByCampaign(segmentId: RawBuilder<unknown>) {
  return sql<boolean>`c.status <> 'archived' and (
    c.audience ->> 'segmentId' = ${segmentId}::text
    or c.exclude_segment_id = ${segmentId}
    or exists (select from node n where n.campaign_id = c.id and n.config ->> 'segmentId' = ${segmentId}::text)
    or exists (select from workflow_version v where v.campaign_id = c.id
      and (v.id = c.version_id or exists (select from run r where r.campaign_id = c.id and r.version_id = v.id and r.finished_at is null))
      and jsonb_path_exists(v.graph, '$.nodes.*.config.segmentId ? (@ == $id)', jsonb_build_object('id', ${segmentId}::text))))`
}

/** Whether the rules of segment `o` name another one. */
function usedBySegment(segmentId: RawBuilder<unknown>) {
  return sql<boolean>`o.id <> ${segmentId} and o.rules is not null
    and jsonb_path_exists(o.rules, '$.**.segment ? (@ == $id)', jsonb_build_object('id', ${segmentId}::text))`
}

const columns = sql`s.id, s.name, s.description, s.kind, s.rules, s.version, s.created_at as "createdAt", s.updated_at as "updatedAt",
  (select case when s.kind = 'static' then count(*) end from segment_member m join customer c on c.id = m.customer_id
    where m.segment_id = s.id and c.workspace_id = s.workspace_id and c.archived_at is null) as customers,
  (select count(*) from campaign c where c.workspace_id = s.workspace_id and ${usedByCampaign(sql`s.id`)})
    + (select count(*) from segment o where o.workspace_id = s.workspace_id and ${usedBySegment(sql`s.id`)}) as "usedBy"`

/** Which segments; `q` searches the name. */
export interface SegmentsFilter {
  q?: string | undefined
  kind?: Segment['kind'] | undefined
}

/** What segments can be ordered by. */
export type SegmentsOrder = 'createdAt' | 'updatedAt' | 'name' | 'kind'

const orders: Record<SegmentsOrder, ListOrder> = {
  createdAt: orderBy(sql`s.id`, sql`uuid`),
  updatedAt: orderBy(sql`s.updated_at`, sql`timestamptz`),
  name: orderBy(sql`lower(s.name)`, sql`text`),
  kind: orderBy(sql`s.kind`, sql`text`),
}

function listing(workspaceId: number, { q, kind }: SegmentsFilter): Listing {
  const where = [sql`s.workspace_id = ${workspaceId}`]
  if (q) where.push(sql`s.name ilike ${containing(q)}`)
  if (kind) where.push(sql`s.kind = ${kind}`)
  return { from: sql`segment s`, where: sql.join(where, sql` and `), id: { value: sql`s.id`, type: sql`uuid` } }
}

/** One page of a workspace's segments. */
export const listSegments = async (
  db: Db,
  workspaceId: number,
  filter: SegmentsFilter,
  page: PageRequest<SegmentsOrder>,
): Promise<ListPage<Segment>> =>
  await readList(db, listing(workspaceId, filter), orders[page.by], page, (ids) =>
    sql<Segment>`
    select ${columns} from segment s
      where s.workspace_id = ${workspaceId} and s.id = any(${ids}::uuid[])
    `.execute(db),
  )

/** One segment, or undefined. */
export async function getSegment(db: Db | Tx, workspaceId: number, id: string): Promise<Segment | undefined> {
  const { rows } = await sql<Segment>`
    select ${columns} from segment s where s.workspace_id = ${workspaceId} and s.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Locks a segment's row, so that it is not deleted while members are put in. */
export async function lockSegment(tx: Tx, workspaceId: number, id: string): Promise<boolean> {
  return (await lockSegments(tx, workspaceId, [id])).size > 0
}

/** Locks segments, so that none is deleted while something comes to name it. Answers the names of those that are there. */
export async function lockSegments(
  tx: Tx,
  workspaceId: number,
  ids: readonly string[],
): Promise<Map<string, { name: string }>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from segment where workspace_id = ${workspaceId} and id = any(${arrayLiteral(ids)}::uuid[]) order by id for key share
  `.execute(tx)
  return new Map(rows.map(({ id, name }) => [id, { name }]))
}

/** Lets one transaction at a time change rules of a workspace: two that each name the other's segment would make a circle. */
export async function lockRules(tx: Tx, workspaceId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('segment rules', ${workspaceId}))`.execute(tx)
}

/** Adds a segment: a static one, or one of rules. */
export async function insertSegment(
  tx: Tx,
  workspaceId: number,
  { name, description, rules }: { name: string; description: string | null; rules: SegmentRule | null },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into segment (workspace_id, name, description, kind, rules)
    values (${workspaceId}, ${name}, ${description}, ${rules === null ? 'static' : 'dynamic'}, ${rules && JSON.stringify(rules)}::jsonb)
    returning id
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row.id
}

/** Writes the given fields; undefined when it is gone or its version is another. */
export async function updateSegment(
  tx: Tx,
  workspaceId: number,
  id: string,
  ifMatch: number | null,
  values: { name?: string | undefined; description?: string | null | undefined; rules?: SegmentRule | undefined },
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    update segment set name = coalesce(${values.name ?? null}::text, name),
      description = case when ${values.description !== undefined} then ${values.description ?? null}::text else description end,
      rules = coalesce(${values.rules ? JSON.stringify(values.rules) : null}::jsonb, rules),
      version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and id = ${id} and (${ifMatch}::int is null or version = ${ifMatch})
    returning id
  `.execute(tx)
  return rows[0]
}

/** Other segments whose rules name the segment. */
export async function segmentsUsing(
  db: Db | Tx,
  workspaceId: number,
  segmentId: string,
): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select o.id, o.name from segment o where o.workspace_id = ${workspaceId} and ${usedBySegment(sql`${segmentId}::uuid`)}
    order by o.id desc limit 100
  `.execute(db)
  return rows
}

/**
 * Has campaigns that go by these segments compared with everybody again: rules were changed. Those that keep enrolling take who matches
 * now, those with *exit when they leave the audience* let go who does not.
 */
export async function recheckAudiences(tx: Tx, workspaceId: number, segmentIds: readonly string[]): Promise<void> {
  const ids = arrayLiteral(segmentIds)
  await sql`
    update campaign set matches_checked_at = null, matches_cursor = null, leavers_checked_at = null
    where workspace_id = ${workspaceId} and status <> 'archived'
      and (audience ->> 'segmentId' = any(${ids}::text[]) or exclude_segment_id = any(${ids}::uuid[]))
  `.execute(tx)
}

/** Campaigns, other than archived ones, whose audience, exclusion, draft or published workflow names the segment. */
export async function campaignsUsing(
  tx: Db | Tx,
  workspaceId: number,
  segmentId: string,
): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select c.id, c.name from campaign c where c.workspace_id = ${workspaceId} and ${usedByCampaign(sql`${segmentId}::uuid`)}
    order by c.id desc limit 100
  `.execute(tx)
  return rows
}

/** Locks a segment against whatever comes to name it, until it is deleted. */
export async function lockForDeletion(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`select from segment where workspace_id = ${workspaceId} and id = ${id} for update`.execute(tx)
}

/** Deletes a segment with its member list; archived campaigns forget that they excluded it. */
export async function deleteSegment(
  tx: Tx,
  workspaceId: number,
  id: string,
  ifMatch: number | null,
): Promise<{ id: string } | undefined> {
  await sql`
    update campaign set exclude_segment_id = null where workspace_id = ${workspaceId} and exclude_segment_id = ${id} and status = 'archived'
  `.execute(tx)
  const { rows } = await sql<{ id: string }>`
    delete from segment where workspace_id = ${workspaceId} and id = ${id} and (${ifMatch}::int is null or version = ${ifMatch}) returning id
  `.execute(tx)
  return rows[0]
}

/** Puts customers into a static segment, or takes them out, with an event each; answers how many that changed. */
export async function changeMembers(
  tx: Tx,
  workspaceId: number,
  segmentId: string,
  customerIds: readonly string[],
  wanted: boolean,
): Promise<number> {
  const ids = arrayLiteral(customerIds)
  const change = wanted
    ? sql`insert into segment_member (segment_id, customer_id, workspace_id)
        select ${segmentId}::uuid, id, ${workspaceId}::int from unnest(${ids}::uuid[]) as i(id) order by id
        on conflict do nothing returning customer_id`
    : sql`delete from segment_member where segment_id = ${segmentId} and workspace_id = ${workspaceId}
        and customer_id = any(${ids}::uuid[]) returning customer_id`
  const { rows } = await sql<{ n: number }>`
    with changed as (${change}), told as (
      insert into event (workspace_id, customer_id, name, properties, occurred_at, at)
      select ${workspaceId}::int, customer_id, 'customer.updated',
        jsonb_build_object(${wanted ? 'segmentAdded' : 'segmentRemoved'}::text, ${segmentId}::text), now(), now()
      from changed
    )
    select count(*) as n from changed
  `.execute(tx)
  return rows[0]?.n ?? 0
}
