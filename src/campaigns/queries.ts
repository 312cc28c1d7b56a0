import type { RawBuilder } from 'kysely'
import { containing, type Db, sql, type Tx } from '../db/database.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { Audience } from './audience.ts'
import type { Status } from './lifecycle.ts'
import { type Attention, attention, draftMoved, entries, needsAttention } from './list-sql.ts'

/** People and messages of a campaign: sums of its tally, which equal the rows they count. */
export interface Counts {
  /** In the campaign now. */
  inside: number
  /** Passages that ended, however they did. */
  finished: number
  sent: number
  /** Sent, and not bounced since. */
  delivered: number
  replied: number
  /** Passages that ended at sales. */
  handoff: number
}

/** A campaign as lists show it. */
export interface Campaign {
  id: string
  name: string
  description: string
  status: Status
  audience: Audience | null
  excludeSegmentId: string | null
  exitOnAudienceLeave: boolean
  ownerId: string | null
  enroll: 'keep' | 'now' | 'none'
  holdoutPercent: number
  workflowVersion: number | null
  counts: Counts
  version: number
  pausedAt: Date | null
  activatedAt: Date | null
  archivedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** A campaign as a row of the list, with what only the list shows. */
export interface CampaignRow extends Campaign {
  attention: Attention[]
  /** Entries on each of the last seven days, today last. */
  entries: number[]
  draftMoved: boolean
  position: string
}

/** One entry of a campaign's history of moves. */
export interface CampaignMove {
  id: number
  from: Status
  to: Status
  /** `member:<id>`, `key:<id>` or `cli`. */
  by: string
  byName: string | null
  at: Date
  detail: Record<string, unknown>
}

/** A campaign as its own page shows it. */
export interface CampaignDetail extends Campaign {
  /** Live runs that stand at an error and wait for a retry or a person. */
  failing: number
  /** While it lets those go evenly who were overdue when it went on: until when, how many they were, and how many went. */
  spread: { until: Date; total: number; released: number } | null
  /** The last 50, newest first. */
  moves: CampaignMove[]
}

/**
 * The counts of campaign `c`. An archived campaign has nobody inside from the moment it was archived, although housekeeping closes
 * the rows later.
 */
const counts = sql`(
  select jsonb_build_object(
    'inside', case when c.status = 'archived' then 0 else t.enrolled - t.ended end,
    'finished', case when c.status = 'archived' then t.enrolled else t.ended end, 'sent', t.sent, 'delivered', greatest(t.sent - t.bounced, 0),
    'replied', t.replied, 'handoff', t.handoff)
  from (
    select coalesce(sum(n) filter (where metric = 'enrolled'), 0) as enrolled, coalesce(sum(n) filter (where metric = 'ended'), 0) as ended,
      coalesce(sum(n) filter (where metric = 'message' and key = 'sent'), 0) as sent,
      coalesce(sum(n) filter (where metric = 'message' and key = 'bounced'), 0) as bounced,
      coalesce(sum(n) filter (where metric = 'message' and key = 'replied'), 0) as replied,
      coalesce(sum(n) filter (where metric = 'ended' and key = 'succeeded:handoff'), 0) as handoff
    from tally where campaign_id = c.id and metric in ('enrolled', 'ended', 'message')
  ) t)`

const columns = sql`c.id, c.name, c.description, c.status, c.audience, c.exclude_segment_id as "excludeSegmentId",
  c.exit_on_audience_leave as "exitOnAudienceLeave", c.owner_id as "ownerId", c.enroll_mode as enroll,
  c.holdout_percent as "holdoutPercent", (select v.number from workflow_version v where v.id = c.version_id) as "workflowVersion",
  ${counts} as counts, c.version, c.paused_at as "pausedAt", c.activated_at as "activatedAt", c.archived_at as "archivedAt",
  c.created_at as "createdAt", c.updated_at as "updatedAt"`

/** What a list of campaigns can be sorted by; a minus sorts downwards. */
export const sorts = [
  ...(['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name'] as const),
  ...(['inside', '-inside', 'sent', '-sent', 'replied', '-replied', 'handoff', '-handoff'] as const),
] as const
export type Sort = (typeof sorts)[number]

const byCount = (name: string) => ({ value: sql`(${counts} ->> ${name}::text)::bigint`, type: sql`bigint` })

const sortKeys: Record<string, { value: RawBuilder<unknown>; type: RawBuilder<unknown> }> = {
  inside: byCount('inside'),
  sent: byCount('sent'),
  replied: byCount('replied'),
  handoff: byCount('handoff'),
  createdAt: { value: sql`c.id`, type: sql`uuid` },
  updatedAt: { value: sql`c.updated_at`, type: sql`timestamptz` },
  name: { value: sql`lower(c.name)`, type: sql`text` },
}

/** Which campaigns. */
export interface CampaignChoice {
  ownerId?: string | undefined
  productId?: string | undefined
  /** In the name or the description. */
  q?: string | undefined
  /** Only those that need a person. */
  attention?: boolean | undefined
}

export interface CampaignFilter extends CampaignChoice {
  status?: Status | undefined
  /** All but archived ones. */
  current?: boolean | undefined
  sort: Sort
  limit: number
  /** Sort value and id of the last row of the page before. */
  after?: [value: string, id: string] | undefined
}

function conditions(workspaceId: number, choice: CampaignChoice): RawBuilder<unknown>[] {
  const where = [sql`c.workspace_id = ${workspaceId}`]
  if (choice.ownerId) where.push(sql`c.owner_id = ${choice.ownerId}`)
  if (choice.productId) {
    where.push(
      sql`exists (select from campaign_product p where p.campaign_id = c.id and p.product_id = ${choice.productId})`,
    )
  }
  if (choice.q) {
    const pattern = containing(choice.q)
    where.push(sql`(c.name ilike ${pattern} or c.description ilike ${pattern})`)
  }
  if (choice.attention) where.push(needsAttention)
  return where
}

/** One more than `limit` campaigns of the workspace, each with the value that it is sorted by. */
export async function listCampaigns(db: Db, workspaceId: number, filter: CampaignFilter): Promise<CampaignRow[]> {
  const down = filter.sort.startsWith('-')
  const key = sortKeys[filter.sort.replace('-', '')] ?? sortKeys.createdAt
  if (!key) throw new Error(`Campaigns cannot be sorted by ${filter.sort}.`)
  const direction = down ? sql`desc` : sql`asc`
  const where = conditions(workspaceId, filter)
  if (filter.status) where.push(sql`c.status = ${filter.status}`)
  else if (filter.current) where.push(sql`c.status <> 'archived'`)
  if (filter.after) {
    const [value, id] = filter.after
    where.push(sql`(${key.value}, c.id) ${down ? sql`<` : sql`>`} (${value}::${key.type}, ${id}::uuid)`)
  }
  const { rows } = await sql<CampaignRow>`
    select ${columns}, ${attention} as attention, ${entries} as entries, ${draftMoved} as "draftMoved", ${key.value}::text as position
    from campaign c where ${sql.join(where, sql` and `)}
    order by ${key.value} ${direction}, c.id ${direction} limit ${filter.limit + 1}
  `.execute(db)
  return rows
}

/** How many of the chosen campaigns are in each status; a status without any is not there. */
export async function countByStatus(
  db: Db,
  workspaceId: number,
  choice: CampaignChoice,
): Promise<{ status: Status; n: number }[]> {
  const { rows } = await sql<{ status: Status; n: number }>`
    select c.status, count(*)::int as n from campaign c where ${sql.join(conditions(workspaceId, choice), sql` and `)} group by c.status
  `.execute(db)
  return rows
}

/** One campaign of the workspace. */
export async function findCampaign(db: Db | Tx, workspaceId: number, id: string): Promise<CampaignDetail | undefined> {
  const { rows } = await sql<CampaignDetail>`
    select ${columns},
      case when c.status = 'archived' then 0 else
        (select count(*) from run r where r.campaign_id = c.id and r.finished_at is null and r.error is not null) end as failing,
      case when c.spread_until > now() then jsonb_build_object(
        'until', c.spread_until, 'total', c.spread_total, 'released', c.spread_released) end as spread
    from campaign c where c.id = ${id} and c.workspace_id = ${workspaceId}
  `.execute(db)
  const campaign = rows[0]
  if (!campaign) return undefined
  const spread = campaign.spread && { ...campaign.spread, until: new Date(campaign.spread.until) }
  return { ...campaign, spread, moves: await listMoves(db, workspaceId, id, { limit: 49, before: undefined }) }
}

/** A campaign's moves, newest first; one more than `limit`, so that the caller sees whether there are others. */
export async function listMoves(
  db: Db | Tx,
  workspaceId: number,
  campaignId: string,
  { limit, before }: { limit: number; before: number | undefined },
): Promise<CampaignMove[]> {
  const { rows } = await sql<CampaignMove>`
    select v.id, v.from_status as "from", v.to_status as "to", v.by, coalesce(a.name, k.name) as "byName", v.at, v.detail
    from campaign_move v join campaign c on c.id = v.campaign_id and c.workspace_id = ${workspaceId}
    left join member m on v.by = 'member:' || m.id::text and m.workspace_id = c.workspace_id left join account a on a.id = m.account_id
    left join api_key k on v.by = 'key:' || k.id::text and k.workspace_id = c.workspace_id
    where v.campaign_id = ${campaignId} ${before === undefined ? sql`` : sql`and v.id < ${before}`}
    order by v.id desc limit ${limit + 1}
  `.execute(db)
  return rows
}

/** Status and version of a campaign, to tell why a guarded update met no row. */
export async function findState(
  db: Db | Tx,
  workspaceId: number,
  id: string,
): Promise<{ status: Status; version: number; graphVersion: number } | undefined> {
  const { rows } = await sql<{ status: Status; version: number; graphVersion: number }>`
    select status, version, graph_version as "graphVersion" from campaign where id = ${id} and workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

export interface CampaignFields {
  name?: string | undefined
  description?: string | undefined
  audience?: Audience | null | undefined
  excludeSegmentId?: string | null | undefined
  exitOnAudienceLeave?: boolean | undefined
  ownerId?: string | null | undefined
  enroll?: 'keep' | 'none' | undefined
}

/** Adds a draft. Without an owner it belongs to who made it; what a key made belongs to the workspace's owner. Answers its id. */
export async function addCampaign(
  tx: Tx,
  workspaceId: number,
  memberId: string | null,
  fields: CampaignFields & { name: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into campaign (workspace_id, name, description, audience, exclude_segment_id, exit_on_audience_leave, owner_id, created_by)
    values (${workspaceId}, ${fields.name}, ${fields.description ?? ''}, ${json(fields.audience ?? null)}::jsonb,
      ${fields.excludeSegmentId ?? null}, ${fields.exitOnAudienceLeave ?? false},
      coalesce(${fields.ownerId ?? memberId}::uuid, ${workspaceOwner(workspaceId)}), ${memberId})
    returning id
  `.execute(tx)
  return rows[0]?.id ?? ''
}

const workspaceOwner = (workspaceId: number) => sql`(
  select m.id from member m where m.workspace_id = ${workspaceId} and m.role = 'owner' and m.left_at is null order by m.joined_at limit 1)`

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

/** Changes the given fields of a campaign that is not archived, when its version is the one that the caller saw. Answers its id, or nothing. */
export async function changeCampaign(
  tx: Tx,
  workspaceId: number,
  id: string,
  fields: CampaignFields,
  ifMatch: number | null,
): Promise<{ id: string } | undefined> {
  const set = [sql`version = version + 1`, sql`updated_at = now()`]
  if (fields.name !== undefined) set.push(sql`name = ${fields.name}`)
  if (fields.description !== undefined) set.push(sql`description = ${fields.description}`)
  if (fields.audience !== undefined) set.push(sql`audience = ${json(fields.audience)}::jsonb`)
  if (fields.excludeSegmentId !== undefined) set.push(sql`exclude_segment_id = ${fields.excludeSegmentId}`)
  if (fields.exitOnAudienceLeave !== undefined) set.push(sql`exit_on_audience_leave = ${fields.exitOnAudienceLeave}`)
  if ((fields.exitOnAudienceLeave ?? fields.audience ?? fields.excludeSegmentId) !== undefined) {
    set.push(sql`leavers_checked_at = null`)
  }
  if (fields.ownerId !== undefined) {
    set.push(sql`owner_id = coalesce(${fields.ownerId}::uuid, ${workspaceOwner(workspaceId)})`)
  }
  if (fields.enroll !== undefined) set.push(sql`enroll_mode = ${fields.enroll}`)
  const { rows } = await sql<{ id: string }>`
    update campaign set ${sql.join(set)}
    where id = ${id} and workspace_id = ${workspaceId} and status <> 'archived' and (${ifMatch}::int is null or version = ${ifMatch})
    returning id
  `.execute(tx)
  return rows[0]
}

/** Ends what a campaign was enrolling by itself: its audience has changed. Answers how many seconds of grace the begun firing still had. */
export async function stopKeepFirings(tx: Tx, campaignId: string): Promise<number> {
  const { rows } = await sql<{ left: number }>`
    update firing set status = 'stopped', finished_at = clock_timestamp()
    where campaign_id = ${campaignId} and type = 'keep' and status in ('scheduled', 'running', 'held')
    returning greatest(0, extract(epoch from started_at - clock_timestamp()))::float8 as "left"
  `.execute(tx)
  return Math.max(0, ...rows.map(({ left }) => left))
}

/** Customers who are about to enroll: a firing that was given a grace period which is not over. */
export interface Beginning {
  firingId: string
  /** So many ms from now, by the database's clock. */
  inMs: number
  /** The workflow that they will follow. */
  workflow: CompiledWorkflow
}

/** The next firing of an active campaign that still waits out its grace period. */
export async function findBeginning(db: Db, workspaceId: number, campaignId: string): Promise<Beginning | undefined> {
  const { rows } = await sql<Beginning>`
    select f.id as "firingId", extract(epoch from f.started_at - clock_timestamp())::float8 * 1000 as "inMs", v.graph as workflow
    from firing f join campaign c on c.id = f.campaign_id join workflow_version v on v.id = c.version_id
    where f.campaign_id = ${campaignId} and f.workspace_id = ${workspaceId} and f.status = 'scheduled' and c.status = 'active'
      and f.started_at > clock_timestamp()
    order by f.started_at limit 1
  `.execute(db)
  return rows[0]
}

/** Deletes a draft, with its graph. */
export async function removeDraft(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`delete from campaign where id = ${id} and workspace_id = ${workspaceId} and status = 'draft'`.execute(tx)
}

/** Whether an active member of the workspace has this id. */
export async function memberExists(db: Db | Tx, workspaceId: number, memberId: string): Promise<boolean> {
  const { rows } = await sql`
    select from member where id = ${memberId} and workspace_id = ${workspaceId} and left_at is null
  `.execute(db)
  return rows.length > 0
}

/**
 * Copies a campaign into a new draft: nodes, edges, layout and linked products; no audience, so that nobody gets a double send, and no
 * statistics. Nodes of the types in `startConfigs` begin anew with the config given there. Answers the copy's id.
 */
export async function copyCampaign(
  tx: Tx,
  workspaceId: number,
  memberId: string | null,
  id: string,
  startConfigs: Record<string, unknown>,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into campaign (workspace_id, name, description, data, owner_id, created_by)
    select workspace_id, left(name, 193) || ' (copy)', description, data,
      coalesce(${memberId}::uuid, ${workspaceOwner(workspaceId)}), ${memberId}
    from campaign where id = ${id} and workspace_id = ${workspaceId} returning id
  `.execute(tx)
  const copy = rows[0]?.id
  if (copy === undefined) return undefined
  await sql`
    insert into node (campaign_id, id, type, title, config, position)
    select ${copy}, id, type, title, coalesce(${JSON.stringify(startConfigs)}::jsonb -> type, config), position
    from node where campaign_id = ${id}
  `.execute(tx)
  await sql`
    insert into edge (campaign_id, id, source, target, "when", position)
    select ${copy}, id, source, target, "when", position from edge where campaign_id = ${id}
  `.execute(tx)
  await sql`
    insert into campaign_product (campaign_id, product_id, is_primary)
    select ${copy}, product_id, is_primary from campaign_product where campaign_id = ${id}
  `.execute(tx)
  return copy
}
