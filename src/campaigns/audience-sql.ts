import type { RawBuilder } from 'kysely'
import { matching } from '../customers/queries.ts'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type FieldError, Problem } from '../errors.ts'
import { createCompiler, type SegmentContent } from '../segments/compile-sql.ts'
import { explainCustomers } from '../segments/explain-sql.ts'
import { loadSegments } from '../segments/resolve-sql.ts'
import { namedIn } from '../segments/rules.ts'
import type { SegmentRule } from '../workflow/segment-rules.ts'
import type { Audience, FiringAudience } from './audience.ts'
import { changesFor } from './audience-changes.ts'

/** Where an audience is looked up. */
export interface AudiencePlace {
  workspaceId: number
  /** Of outcomes only. */
  campaignId?: string
  excludeSegmentId: string | null
}

/** An audience with the rules of every segment that it and its exclusion name: what its SQL is made of. */
export interface ResolvedAudience extends AudiencePlace {
  audience: FiringAudience
  segments: ReadonlyMap<string, SegmentContent>
  /** What a filter asks of customer `c` beside rules. */
  plain: RawBuilder<unknown> | null
}

/** A part of the customers in the order of their ids: those behind `after`, up to `upto`. */
export interface AudiencePage {
  after: string | null
  upto: string
}

/** Reads the rules that an audience is made of, as they are now. */
export async function resolveAudience(
  db: Db | Tx,
  audience: FiringAudience,
  place: AudiencePlace,
): Promise<ResolvedAudience> {
  const rules = filterRules(audience)
  const ids = [audience.type === 'segment' ? audience.segmentId : null, place.excludeSegmentId]
  const named = [...ids.filter((id) => id !== null), ...(rules ? namedIn(rules).segments : [])]
  const segments = named.length === 0 ? new Map() : await loadSegments(db, place.workspaceId, named)
  return { ...place, audience, segments, plain: await plainOf(db, place.workspaceId, audience) }
}

/** What a filter asks that a segment could: its rules, and the segment that it is in. */
function filterRules(audience: FiringAudience): SegmentRule | null {
  if (audience.type !== 'filter') return null
  const { rules, segmentId } = audience.filter
  const parts = [rules, segmentId === undefined ? undefined : { segment: segmentId, in: true }].filter(
    (part) => part !== undefined,
  )
  return parts.length > 1 ? { all: parts } : (parts[0] ?? null)
}

async function plainOf(
  db: Db | Tx,
  workspaceId: number,
  audience: FiringAudience,
): Promise<RawBuilder<unknown> | null> {
  if (audience.type !== 'filter') return null
  const { rules: _, segmentId: __, ...plain } = audience.filter
  return sql`${await matching(db, workspaceId, plain)} and c.created_at <= ${audience.until}::timestamptz`
}

/** The rules of the segment that an audience is, when it is a dynamic one, or of its filter. */
export function rulesOf({ audience, segments }: ResolvedAudience): SegmentRule | null {
  if (audience.type === 'filter') return filterRules(audience)
  return audience.type === 'segment' ? (segments.get(audience.segmentId)?.rules ?? null) : null
}

/** The names of the events after which a customer may come into an audience or leave it. */
export const audienceChanges = ({ segments }: ResolvedAudience): Set<string> =>
  changesFor([...segments.values()].flatMap(({ rules }) => (rules ? [rules] : [])))

/** Whether a campaign \`c\` goes by rules, so that somebody may come to match without an event of theirs: time passes, a company changes. */
export const goesByRules = sql<boolean>`exists (select from segment s where s.workspace_id = c.workspace_id and s.kind = 'dynamic'
  and (s.id::text = c.audience ->> 'segmentId' or s.id = c.exclude_segment_id))`

/**
 * The next part of an audience of at most `limit` customers to look at, behind `after`; null when nobody is left. For rules it counts
 * customers of the workspace, not those who match, so that no part takes longer than another, however few match.
 */
export async function nextAudiencePage(
  db: Db | Tx,
  resolved: ResolvedAudience,
  after: string | null,
  limit: number,
): Promise<(AudiencePage & { last: boolean }) | null> {
  const { rows } = await sql<{ upto: string | null; n: number }>`
    select (array_agg(t.id order by t.id desc))[1] as upto, count(*) as n from (${candidates(resolved, after, limit)}) t
  `.execute(db)
  const [row] = rows
  return row?.upto ? { after, upto: row.upto, last: row.n < limit } : null
}

/** The ids among which an audience's customers are, in their order. */
function candidates(resolved: ResolvedAudience, after: string | null, limit: number): RawBuilder<unknown> {
  const behind = (column: RawBuilder<unknown>) => (after === null ? sql`` : sql`and ${column} > ${after}::uuid`)
  const everybody = sql`select c.id from customer c where c.workspace_id = ${resolved.workspaceId} ${behind(sql`c.id`)} order by c.id limit ${limit}`
  if (!isListed(resolved)) return everybody
  return sql`select m.id from (${listedIds(resolved)}) m where true ${behind(sql`m.id`)} order by m.id limit ${limit}`
}

/** Whether an audience is a list of some kind, as opposed to everybody or who matches something. */
const isListed = (resolved: ResolvedAudience): boolean =>
  !['all', 'filter'].includes(resolved.audience.type) && !rulesOf(resolved)

/** The ids of an audience that is a list of some kind, as rows (id). */
function listedIds({ audience, workspaceId, campaignId }: ResolvedAudience): RawBuilder<unknown> {
  switch (audience.type) {
    case 'all':
    case 'filter':
      return sql`select c.id from customer c where c.workspace_id = ${workspaceId}`
    case 'segment':
      return sql`select s.customer_id as id from segment_member s
        where s.segment_id = ${audience.segmentId} and s.workspace_id = ${workspaceId}`
    case 'list':
      return sql`select l.id from unnest(${arrayLiteral(audience.customerIds)}::uuid[]) as l(id)`
    case 'snapshot':
      return sql`select s.customer_id as id from trigger t
        join trigger_audience s on s.trigger_id = t.id and s.snapshot = t.snapshot
        where t.id = ${audience.triggerId} and t.workspace_id = ${workspaceId}`
    case 'outcome':
      return sql`select r.customer_id as id from run r
        where r.campaign_id = ${campaignId} and r.workspace_id = ${workspaceId} and r.status = ${audience.status}
          and r.finished_at is not null ${audience.reason === undefined ? sql`` : sql`and r.reason = ${audience.reason}`}
          and not exists (select from run n where n.campaign_id = r.campaign_id and n.customer_id = r.customer_id and n.entry > r.entry)`
  }
}

/**
 * The customers an audience matches, as rows (id, archived, excluded), all or those of a page. They come in no order.
 */
export function matchedCustomers(resolved: ResolvedAudience, page: AudiencePage | null = null): RawBuilder<unknown> {
  const { workspaceId, excludeSegmentId } = resolved
  const compiler = createCompiler({ ...resolved, scope: page ? { kind: 'between', ...page } : { kind: 'all' } })
  const rules = rulesOf(resolved)
  const matches = sql`${rules ? compiler.condition(rules) : sql`true`} and ${resolved.plain ?? sql`true`}`
  const excluded = excludeSegmentId ? sql`coalesce(${compiler.member(excludeSegmentId)}, false)` : sql`false`
  const within = (column: RawBuilder<unknown>) =>
    page
      ? sql`and ${column} <= ${page.upto}::uuid ${page.after === null ? sql`` : sql`and ${column} > ${page.after}::uuid`}`
      : sql``
  const isList = isListed(resolved)
  const listed = isList ? sql`(select * from (${listedIds(resolved)}) l where true ${within(sql`l.id`)}) m join` : sql``
  return sql`
    select c.id, c.archived_at is not null as archived, ${excluded} as excluded
    from ${listed} customer c ${isList ? sql`on c.id = m.id` : sql``} ${compiler.joins()}
    where c.workspace_id = ${workspaceId} ${within(sql`c.id`)} and ${matches}`
}

/** The part that is one customer alone. */
export const pageOf = (customerId: string): AudiencePage => ({ after: before(customerId), upto: customerId })

/** The largest id that is smaller. */
function before(id: string): string | null {
  const number = BigInt(`0x${id.replaceAll('-', '')}`)
  if (number === 0n) return null
  return (number - 1n)
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The rules by which a customer is not in an audience that is a segment of rules, as sentences; none for other audiences. */
export async function explainOutside(db: Db | Tx, resolved: ResolvedAudience, customerId: string): Promise<string[]> {
  const rules = rulesOf(resolved)
  if (!rules) return []
  const explained = (await explainCustomers(db, resolved.workspaceId, rules, [customerId])).get(customerId)
  return explained && !explained.holds ? explained.because : []
}

/** Why each of a few matched customers is in an audience, as sentences by id. */
export async function explainInside(
  db: Db | Tx,
  resolved: ResolvedAudience,
  customerIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { audience, workspaceId } = resolved
  if (audience.type !== 'segment') {
    const why = audience.type === 'all' ? 'All customers are in.' : 'Picked by hand.'
    return new Map(customerIds.map((id) => [id, [why]]))
  }
  const rules = rulesOf(resolved) ?? { segment: audience.segmentId, in: true }
  const explained = await explainCustomers(db, workspaceId, rules, [...customerIds])
  return new Map(customerIds.map((id) => [id, explained.get(id)?.because ?? []]))
}

/** Whether one customer is matched (excluded and archived ones are not). Right for some thousand customers, each by itself. */
export function matchesCustomer(resolved: ResolvedAudience, customerId: RawBuilder<unknown>): RawBuilder<boolean> {
  const { audience, workspaceId, excludeSegmentId } = resolved
  const compiler = createCompiler({ ...resolved, scope: { kind: 'each' } })
  const rules = rulesOf(resolved)
  const inside = rules
    ? compiler.condition(rules)
    : audience.type === 'all' || audience.type === 'filter'
      ? sql`true`
      : audience.type === 'list'
        ? sql`c.id = any(${arrayLiteral(audience.customerIds)}::uuid[])`
        : sql`c.id in (${listedIds(resolved)})`
  const excluded = excludeSegmentId ? sql`and not coalesce(${compiler.member(excludeSegmentId)}, false)` : sql``
  return sql<boolean>`exists (select from customer c ${compiler.joins()} where c.id = ${customerId}
    and c.workspace_id = ${workspaceId} and c.archived_at is null and ${inside} and ${resolved.plain ?? sql`true`} ${excluded})`
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
