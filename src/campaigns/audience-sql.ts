import type { RawBuilder } from 'kysely'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type FieldError, Problem } from '../errors.ts'
import type { Audience, FiringAudience } from './audience.ts'

/** Where an audience is looked up. */
export interface AudiencePlace {
  workspaceId: number
  /** Of outcomes only. */
  campaignId?: string
  excludeSegmentId: string | null
}

/**
 * The customers an audience matches, as rows (id, archived, excluded) in the order of their ids, read only when asked. `after` and
 * `limit` page through them without holding a snapshot.
 */
export function matchedCustomers(
  audience: FiringAudience,
  { workspaceId, campaignId, excludeSegmentId }: AudiencePlace,
  page: { after: string | null; limit: number } | null = null,
): RawBuilder<unknown> {
  const behind = (column: RawBuilder<unknown>) => (page?.after ? sql`and ${column} > ${page.after}::uuid` : sql``)
  const cut = (column: RawBuilder<unknown>) => (page ? sql`order by ${column} limit ${page.limit}` : sql``)
  const excluded = excludeSegmentId
    ? sql`exists (select from segment_member x where x.segment_id = ${excludeSegmentId} and x.customer_id = m.id)`
    : sql`false`
  const join = (ids: RawBuilder<unknown>) => sql`
    select m.id, c.archived_at is not null as archived, ${excluded} as excluded
    from (${ids}) m join customer c on c.id = m.id and c.workspace_id = ${workspaceId}`
  switch (audience.type) {
    case 'all':
      return sql`
        select m.id, m.archived_at is not null as archived, ${excluded} as excluded from customer m
        where m.workspace_id = ${workspaceId} ${behind(sql`m.id`)} ${cut(sql`m.id`)}`
    case 'segment':
      return join(sql`
        select s.customer_id as id from segment_member s
        where s.segment_id = ${audience.segmentId} and s.workspace_id = ${workspaceId} ${behind(sql`s.customer_id`)} ${cut(sql`s.customer_id`)}`)
    case 'list':
      return join(sql`
        select l.id from unnest(${arrayLiteral(audience.customerIds)}::uuid[]) as l(id)
        where true ${behind(sql`l.id`)} ${cut(sql`l.id`)}`)
    case 'outcome':
      return join(sql`
        select r.customer_id as id from run r
        where r.campaign_id = ${campaignId} and r.workspace_id = ${workspaceId} and r.status = ${audience.status}
          and r.finished_at is not null ${audience.reason === undefined ? sql`` : sql`and r.reason = ${audience.reason}`}
          and not exists (select from run n where n.campaign_id = r.campaign_id and n.customer_id = r.customer_id and n.entry > r.entry)
          ${behind(sql`r.customer_id`)} ${cut(sql`r.customer_id`)}`)
  }
}

/** Whether one customer is matched (excluded and archived ones are not): a row (id) or none. */
export function matchesCustomer(
  audience: Audience,
  place: AudiencePlace,
  customerId: RawBuilder<unknown>,
): RawBuilder<boolean> {
  const { excludeSegmentId } = place
  const excluded = excludeSegmentId
    ? sql`and not exists (select from segment_member x where x.segment_id = ${excludeSegmentId} and x.customer_id = ${customerId})`
    : sql``
  const inside =
    audience.type === 'all'
      ? sql`true`
      : audience.type === 'segment'
        ? sql`exists (select from segment_member s where s.segment_id = ${audience.segmentId} and s.customer_id = ${customerId})`
        : sql`${customerId} = any(${arrayLiteral(audience.customerIds)}::uuid[])`
  return sql<boolean>`(${inside} ${excluded} and exists (select from customer a where a.id = ${customerId}
    and a.workspace_id = ${place.workspaceId} and a.archived_at is null))`
}

/** Ids among these that are no customers of the workspace. */
async function foreignCustomers(db: Db | Tx, workspaceId: number, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select t.id from unnest(${arrayLiteral(ids)}::uuid[]) as t(id)
    where not exists (select from customer c where c.id = t.id and c.workspace_id = ${workspaceId})
  `.execute(db)
  return rows.map((row) => row.id)
}

/** @throws Problem `invalid` naming the ids that are no customers of the workspace */
export async function requireCustomers(
  db: Db | Tx,
  workspaceId: number,
  ids: readonly string[],
  path: string,
): Promise<void> {
  const foreign = new Set(await foreignCustomers(db, workspaceId, ids))
  if (foreign.size === 0) return
  const errors: FieldError[] = ids.flatMap((id, index) =>
    foreign.has(id)
      ? [
          {
            path: `${path}.${index}`,
            code: 'unknown_customer',
            message: `There is no customer ${id} in this workspace.`,
          },
        ]
      : [],
  )
  throw new Problem('invalid', `${foreign.size} of the ${ids.length} ids are no customers of this workspace.`, {
    errors: errors.slice(0, 100),
  })
}

/** Whether a segment of the workspace has this id. */
async function segmentExists(db: Db | Tx, workspaceId: number, segmentId: string): Promise<boolean> {
  const { rows } = await sql`select from segment where id = ${segmentId} and workspace_id = ${workspaceId}`.execute(db)
  return rows.length > 0
}

/** Checks that an audience and an exclusion name things of the workspace. @throws Problem `invalid` */
export async function requireAudience(
  db: Db | Tx,
  workspaceId: number,
  {
    audience,
    excludeSegmentId,
  }: { audience?: Audience | null | undefined; excludeSegmentId?: string | null | undefined },
): Promise<void> {
  const errors: FieldError[] = []
  const check = async (path: string, segmentId: string) => {
    if (await segmentExists(db, workspaceId, segmentId)) return
    errors.push({ path, code: 'unknown_segment', message: `There is no segment ${segmentId} in this workspace.` })
  }
  if (audience?.type === 'segment') await check('audience.segmentId', audience.segmentId)
  if (excludeSegmentId) await check('excludeSegmentId', excludeSegmentId)
  if (errors.length > 0) throw new Problem('invalid', errors.map(({ message }) => message).join(' '), { errors })
  if (audience?.type === 'list') await requireCustomers(db, workspaceId, audience.customerIds, 'audience.customerIds')
}
