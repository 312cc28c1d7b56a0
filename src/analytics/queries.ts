import type { RawBuilder } from 'kysely'
import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { sumTables } from './count-sql.ts'
import type { Range } from './range.ts'
import { none } from './stages.ts'

/** What is looked at. Filters are those of the runs; `channel` is that of their messages. */
export interface Scope {
  workspaceId: number
  /** Null: all of the workspace. */
  campaignIds: readonly string[] | null
  range: Range
  channel: string | null
  /** `none` for runs without a product. */
  productId: string | null
  version: number | null
  entry: 'first' | 'again' | null
  /** Only runs that took this branch at this split. */
  branch: { nodeId: string; branch: string } | null
}

/** Runs by how far they got. */
export interface FunnelCounts {
  enrolled: number
  sent: number
  delivered: number
  opened: number
  clicked: number
  replied: number
  handoff: number
  machineOpened: number
  machineClicked: number
}

/** By what the funnel can be split; the rest of the grouping is made of messages and steps. */
export type FunnelKey = 'product' | 'day' | 'branch' | 'version' | 'entry' | 'campaign' | 'version-branch'

const keyColumns: Record<FunnelKey, RawBuilder<unknown>> = {
  product: sql`t.product_id::text`,
  day: sql`t.day::text`,
  branch: sql`t.split_node || ':' || t.split_branch`,
  version: sql`t.version::text`,
  entry: sql`case when t.again then 'again' else 'first' end`,
  campaign: sql`t.campaign_id::text`,
  'version-branch': sql`t.version || ':' || t.split_node || ':' || t.split_branch`,
}

const stageColumns = ['sent', 'delivered', 'opened', 'clicked', 'replied', 'handoff'] as const

/**
 * One table of sums within a scope: the whole days as they are kept, and the parts of days that the range cuts off, summed up now. `split`
 * says which rows: the whole or one branch (as the scope has it), or all branches apart.
 */
export function sums(
  table: keyof typeof sumTables,
  scope: Scope,
  split: 'scope' | 'branches' = 'scope',
): RawBuilder<unknown> {
  const { workspaceId, campaignIds, range, productId, version, entry, branch } = scope
  const where = [
    sql`workspace_id = ${workspaceId}`,
    split === 'branches'
      ? sql`split_node <> ''`
      : sql`split_node = ${branch?.nodeId ?? ''} and split_branch = ${branch?.branch ?? ''}`,
  ]
  // The keys of the sums begin with the campaign.
  const campaigns = campaignIds
    ? sql`${arrayLiteral(campaignIds)}::uuid[]`
    : sql`array(select id from campaign where workspace_id = ${workspaceId})`
  where.push(sql`campaign_id = any(${campaigns})`)
  if (productId) where.push(sql`product_id = ${productId}`)
  if (version !== null) where.push(sql`version = ${version}`)
  if (entry) where.push(sql`again = ${entry === 'again'}`)
  const days = [
    range.days?.first ? sql`and day >= ${range.days.first}::date` : sql``,
    range.days?.last ? sql`and day <= ${range.days.last}::date` : sql``,
  ]
  const { key, sums: summed, of } = sumTables[table]
  const columns = sql.join(
    [...['campaign_id', 'split_node', 'split_branch', 'day', 'product_id', 'version', 'again'], ...key, ...summed].map(
      (name) => sql.ref(name),
    ),
  )
  const condition = sql.join(where, sql` and `)
  const pieces: RawBuilder<unknown>[] = []
  if (range.days) {
    pieces.push(sql`select ${columns} from ${sql.ref(table)} where ${condition} ${days[0]} ${days[1]}`)
  }
  for (const { from, to } of range.parts) {
    const runs = sql`(
      select r.*, 1 as sign from analytics_run r where r.workspace_id = ${workspaceId} and r.started_at >= ${from} and r.started_at < ${to}
        and r.campaign_id = any(${campaigns}))`
    pieces.push(sql`select ${columns} from (${of(runs)}) p where ${condition}`)
  }
  return sql`(${sql.join(pieces, sql` union all `)})`
}

/** The condition on runs `f` (rows of analytics_run) that a scope makes, but for its channel, which is one of messages. */
export function runsInScope(campaignId: string, scope: Scope): RawBuilder<unknown> {
  const { range, branch } = scope
  const where = [sql`f.campaign_id = ${campaignId}`, sql`f.workspace_id = ${scope.workspaceId}`]
  if (range.from) where.push(sql`f.started_at >= ${range.from}`)
  if (range.to) where.push(sql`f.started_at < ${range.to}`)
  if (scope.productId) where.push(sql`f.product_id = ${scope.productId}`)
  if (scope.version !== null) where.push(sql`f.version = ${scope.version}`)
  if (scope.entry) where.push(sql`f.again = ${scope.entry === 'again'}`)
  if (branch) {
    where.push(sql`exists (
      select from unnest(f.split_nodes, f.split_branches) s(node, branch) where s.node = ${branch.nodeId} and s.branch = ${branch.branch})`)
  }
  return sql.join(where, sql` and `)
}

/**
 * Sums first, put in order afterwards: asked for both at once, PostgreSQL puts tens of thousands of rows in order by their words in order
 * to sum up a hundred (measured: three times as long).
 */
const summedFirst = (query: RawBuilder<unknown>) => sql`with summed as materialized (${query})`

/** The funnel, split by a key ('' is the whole) and in the order of the keys. With a channel, its stages are those of that channel's messages. */
export async function countFunnel(
  db: Db,
  scope: Scope,
  by: FunnelKey | null,
): Promise<(FunnelCounts & { key: string })[]> {
  const channel = scope.channel ?? ''
  const of = (column: string) => sql`coalesce(sum(${sql.ref(`t.${column}`)}) filter (where t.channel = ${channel}), 0)`
  const { rows } = await sql<FunnelCounts & { key: string }>`
    ${summedFirst(sql`
      select ${by ? keyColumns[by] : sql`''`} as key, coalesce(sum(t.enrolled) filter (where t.channel = ''), 0) as enrolled,
        ${sql.join(stageColumns.map((column) => sql`${of(column)} as ${sql.ref(column)}`))},
        ${of('machine_opened')} as "machineOpened", ${of('machine_clicked')} as "machineClicked"
      from ${sums('analytics_funnel', scope, by === 'branch' || by === 'version-branch' ? 'branches' : 'scope')} t
      where t.channel in ('', ${channel}) ${by ? sql`group by 1` : sql``}`)}
    select * from summed ${by ? sql`where enrolled <> 0 order by key` : sql``}
  `.execute(db)
  return rows
}

/** Messages by node, channel, own product and outcome. */
export interface MessageCounts {
  campaignId: string
  nodeId: string
  channel: string
  productId: string
  outcome: string
  messages: number
  sent: number
  delivered: number
  opened: number
  clicked: number
  replied: number
  bounced: number
  unconfirmed: number
  machineOpened: number
  machineClicked: number
  unsubscribed: number
  complained: number
}

const messageSums = sql`sum(t.messages) as messages, sum(t.sent) as sent,
  sum(t.delivered) as delivered, sum(t.opened) as opened, sum(t.clicked) as clicked, sum(t.replied) as replied, sum(t.bounced) as bounced,
  sum(t.unconfirmed) as unconfirmed, sum(t.machine_opened) as "machineOpened", sum(t.machine_clicked) as "machineClicked",
  sum(t.unsubscribed) as unsubscribed, sum(t.complained) as complained`

/** What became of the messages of the runs in a scope. */
export async function countMessages(db: Db, scope: Scope): Promise<MessageCounts[]> {
  const { rows } = await sql<MessageCounts>`
    ${summedFirst(sql`
      select t.campaign_id as "campaignId", t.node_id as "nodeId", t.channel, t.message_product_id as "productId", t.outcome, ${messageSums}
      from ${sums('analytics_message', scope)} t
      ${scope.channel === null ? sql`` : sql`where t.channel = ${scope.channel}`}
      group by 1, 2, 3, 4, 5`)}
    select * from summed where messages <> 0 order by 1, 2, 3, 4, 5
  `.execute(db)
  return rows
}

/**
 * A count beside the funnel, of customers unless said: `step` left a node (key) by a way out (label; '' is the default) · `stop` ended
 * there · `passed` left it by any · `stayed` came and never left · `here`, `failing` stand there · `handoff` at a node · `end` by status and
 * reason · `goal` that was reached (key), by who was held out (label `holdout`) or not · `link`, `machine-link` by node and address · `reply` messages by channel and bucket of the time it took · `sent-on` messages by channel and the day on which
 * they were sent.
 */
export interface OtherCount {
  kind:
    | 'step'
    | 'stop'
    | 'passed'
    | 'stayed'
    | 'here'
    | 'failing'
    | 'handoff'
    | 'end'
    | 'link'
    | 'machine-link'
    | 'reply'
    | 'sent-on'
  key: string
  label: string
  n: number
}

/**
 * The counts of these kinds in a scope. Who was inside when their campaign was archived has ended by that, although housekeeping closes the
 * rows later.
 */
export async function countOthers(db: Db, scope: Scope, kinds: readonly OtherCount['kind'][]): Promise<OtherCount[]> {
  const stopped = sql`t.kind = 'here' and c.status = 'archived'`
  const { rows } = await sql<OtherCount>`
    ${summedFirst(sql`
      select campaign_id, kind, key, label, sum(n) as n from ${sums('analytics_count', scope)} s
      where kind = any(${arrayLiteral(kinds)}::text[]) group by 1, 2, 3, 4`)}
    select case when ${stopped} then 'end' else t.kind end as kind, case when ${stopped} then 'canceled' else t.key end as key,
      case when ${stopped} then 'archived' else t.label end as label, sum(t.n) as n
    from summed t join campaign c on c.id = t.campaign_id
    where not (t.kind = 'failing' and c.status = 'archived')
    group by 1, 2, 3 having sum(t.n) <> 0 order by 1, 4 desc, 2, 3
  `.execute(db)
  return rows
}

/** The messages of one node on one channel, of one day of enrolling or one branch (key). */
export type NodeMessages = Omit<MessageCounts, 'campaignId' | 'nodeId' | 'productId' | 'outcome'> & { key: string }
/** Who came to one node, stood or left there, of one day or branch (group). */
export type NodeCount = Pick<OtherCount, 'kind' | 'n'> & { group: string }

/** What happened at one node, by day of enrolling or by the branch taken at each split. */
export async function countAtNode(
  db: Db,
  scope: Scope,
  nodeId: string,
  by: 'day' | 'branch',
): Promise<{ messages: NodeMessages[]; others: NodeCount[] }> {
  const split = by === 'branch' ? 'branches' : 'scope'
  const [messages, others] = await Promise.all([
    sql<NodeMessages>`
      select ${keyColumns[by]} as key, t.channel, ${messageSums} from ${sums('analytics_message', scope, split)} t
      where t.node_id = ${nodeId} ${scope.channel === null ? sql`` : sql`and t.channel = ${scope.channel}`}
      group by 1, 2 having sum(t.messages) <> 0 order by 1, 2
    `.execute(db),
    sql<NodeCount>`
      select ${keyColumns[by]} as "group", t.kind, sum(t.n) as n
      from ${sums('analytics_count', scope, split)} t join campaign c on c.id = t.campaign_id
      where t.kind in ('passed', 'stayed', 'here', 'failing') and t.key = ${nodeId} and not (t.kind in ('here', 'failing') and c.status = 'archived')
      group by 1, 2 having sum(t.n) <> 0 order by 1, 2
    `.execute(db),
  ])
  return { messages: messages.rows, others: others.rows }
}

/** Who reached a goal, by the branch they took at a split ('' is the whole). */
export async function countGoals(
  db: Db,
  scope: Scope,
): Promise<{ split: string; branch: string; goal: string; held: boolean; n: number }[]> {
  const of = (split: 'scope' | 'branches') => sql`
    select t.split_node as split, t.split_branch as branch, t.key as goal, t.label = 'holdout' as held, sum(t.n) as n
    from ${sums('analytics_count', scope, split)} t where t.kind = 'goal' group by 1, 2, 3, 4`
  const { rows } = await sql<{ split: string; branch: string; goal: string; held: boolean; n: number }>`
    ${of('scope')} union all ${of('branches')}
  `.execute(db)
  return rows
}

/** How many customers in a scope were held out of one campaign. */
export async function countHeld(db: Db, scope: Scope): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(t.n), 0) as n from ${sums('analytics_count', scope)} t where t.kind = 'end' and t.label = 'holdout'
  `.execute(db)
  return rows[0]?.n ?? 0
}

/** Of those held out of one campaign in a scope, how many another campaign has handed off that they entered since. */
export async function countHeldHandedOff(db: Db, campaignId: string, scope: Scope): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct f.customer_id) as n from analytics_run f
    where ${runsInScope(campaignId, scope)} and f.reason = 'holdout' and exists (
      select from analytics_run o where o.workspace_id = ${scope.workspaceId} and o.reason = 'handoff' and o.customer_id = f.customer_id
        and o.started_at >= f.started_at)
  `.execute(db)
  return rows[0]?.n ?? 0
}

/** What analytics need to know of a campaign. */
export interface MeasuredCampaign {
  id: string
  name: string
  status: string
  holdoutPercent: number
  activatedAt: Date | null
}

/** The campaigns of these ids that the workspace has, or all of them. */
export async function findCampaigns(
  db: Db,
  workspaceId: number,
  ids: readonly string[] | null,
): Promise<MeasuredCampaign[]> {
  const { rows } = await sql<MeasuredCampaign>`
    select id, name, status, holdout_percent as "holdoutPercent", activated_at as "activatedAt" from campaign
    where workspace_id = ${workspaceId} and ${ids ? sql`id = any(${arrayLiteral(ids)}::uuid[])` : sql`status <> 'draft'`}
    order by id desc
  `.execute(db)
  return rows
}

/** The clock and the days of a workspace. */
export async function findZone(db: Db, workspaceId: number): Promise<{ timezone: string; now: Date }> {
  const { rows } = await sql<{ timezone: string; now: Date }>`
    select timezone, now() as now from workspace where id = ${workspaceId}
  `.execute(db)
  const [row] = rows
  if (!row) throw new Error('The workspace is gone.')
  return row
}

/** A node of any published version of a campaign, as its newest version has it. */
export interface DrawnNode {
  id: string
  type: string
  title: string
  branches: { id: string; label?: string; weight?: number }[]
  /** Target by label, '' the default. */
  out: Record<string, string>
  /** Whether the current version still has it. */
  current: boolean
}

/** All nodes that a campaign's versions ever had, in the order of the newest graph. */
export async function findNodes(db: Db, campaignId: string): Promise<DrawnNode[]> {
  const { rows } = await sql<DrawnNode>`
    select distinct on (n.key) n.key as id, n.value ->> 'type' as type, n.value ->> 'title' as title,
      coalesce(n.value -> 'config' -> 'branches', '[]') as branches, n.value -> 'out' as out, coalesce(v.id = c.version_id, false) as current
    from workflow_version v join campaign c on c.id = v.campaign_id cross join lateral jsonb_each(v.graph -> 'nodes') n
    where v.campaign_id = ${campaignId} order by n.key, v.number desc
  `.execute(db)
  return rows
}

/** Weights of the splits by chance, by version: what share of the customers each branch was meant to get. */
export async function findWeights(
  db: Db,
  campaignId: string,
): Promise<{ version: number; nodeId: string; branch: string; weight: number }[]> {
  const { rows } = await sql<{ version: number; nodeId: string; branch: string; weight: number }>`
    select v.number as version, n.key as "nodeId", b ->> 'id' as branch, (b ->> 'weight')::float8 as weight
    from workflow_version v cross join lateral jsonb_each(v.graph -> 'nodes') n
    cross join lateral jsonb_path_query(n.value, '$.config.branches[*]') b
    where v.campaign_id = ${campaignId} and b ? 'weight'
  `.execute(db)
  return rows
}

/** Names of products, for labels; those that are gone are left out. */
export async function findProductNames(
  db: Db,
  workspaceId: number,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const wanted = ids.filter((id) => id !== none)
  if (wanted.length === 0) return new Map()
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from product where workspace_id = ${workspaceId} and id = any(${arrayLiteral(wanted)}::uuid[])
  `.execute(db)
  return new Map(rows.map((row) => [row.id, row.name]))
}
