import type { RawBuilder } from 'kysely'
import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { keyHash } from './keys-sql.ts'
import { runsInScope, type Scope, sums } from './queries.ts'
import { bits } from './stages.ts'

/** Which of the counted customers: each word is a number that the analytics show. */
export const shown = [
  ...['enrolled', 'sent', 'delivered', 'opened', 'clicked', 'replied', 'handoff', 'machineOpened', 'machineClicked'],
  ...[
    'unconfirmed',
    'skipped',
    'holdout',
    'inside',
    'exit',
    'here',
    'came',
    'ended',
    'passed',
    'errors',
    'edge',
    'link',
    'goal',
  ],
] as const

/** A number of the analytics whose customers are wanted. */
export interface Shown {
  show: string
  nodeId?: string | undefined
  /** Of an exit or of skipped messages. */
  reason?: string | undefined
  /** Of an edge: its label; '' for the default. */
  when?: string | undefined
  /** Of a link. */
  url?: string | undefined
}

/** A run of a list and where it stands in it: newest enrolled first. */
export interface Placed {
  id: number
  /** Microseconds since 1970, as exact as the row. */
  startedAt: number
}

/**
 * The runs behind a number, newest first, one more than `limit`: the same rows that were summed up to it. What the sums say decides how they
 * are found: nobody is nobody; many are soon met among the newest; few are looked up by what happened to them.
 */
export async function pageOfRuns(
  db: Db,
  campaign: { id: string; archived: boolean },
  scope: Scope,
  shown: Shown,
  page: { after?: Placed | undefined; limit: number },
): Promise<Placed[]> {
  const asked = ask(shown, scope, campaign)
  const { there, everywhere, runs, recounting } = await estimate(db, campaign.id, scope, asked)
  if (there === 0) return []
  const wanted = page.limit + 1
  const lookUp = asked.found !== null && !recounting && everywhere < runs * Math.min(1, wanted / there)
  const { after } = page
  const behind = after
    ? sql`and (f.started_at, f.run_id) < (timestamptz 'epoch' + interval '1 microsecond' * ${after.startedAt}::bigint, ${after.id}::bigint)`
    : sql``
  const condition = sql`${runsInScope(campaign.id, scope)} and ${asked.condition} ${behind}`
  const from = lookUp ? sql`found f where ${condition}` : sql`analytics_run f where ${condition}`
  const found = sql`with found as materialized (select * from analytics_run f where f.campaign_id = ${campaign.id} and ${asked.found})`
  const { rows } = await sql<Placed>`
    ${lookUp ? found : sql``}
    select f.run_id as id, (extract(epoch from f.started_at) * 1000000)::bigint as "startedAt" from ${from}
    order by f.started_at desc, f.run_id desc limit ${wanted}
  `.execute(db)
  return rows
}

/** A message of a list and where it stands in it: those of the newest enrolled run first. */
export interface PlacedMessage {
  id: number
  runId: number
  /** Of its run, in microseconds since 1970. */
  startedAt: number
}

/** The messages of these runs behind a number, in the order of the runs: the same that were summed up to it. */
export async function messagesOfRuns(
  db: Db,
  runs: readonly Placed[],
  { channel }: Scope,
  { show, nodeId, reason }: Shown,
): Promise<PlacedMessage[]> {
  const stage = messageStages[show]
  const skipped = reason === undefined ? sql`s.outcome like 'skipped:%'` : sql`s.outcome = ${`skipped:${reason}`}`
  const where = [
    sql`f.run_id = any(${arrayLiteral(runs.map(({ id }) => id))}::bigint[])`,
    stage ? sql`s.stages & ${sql.lit(stage.bit)} > 0` : skipped,
  ]
  if (nodeId !== undefined) where.push(sql`s.node = ${nodeId}`)
  if (channel !== null) where.push(sql`s.channel = ${channel}`)
  const { rows } = await sql<{ id: number; runId: number }>`
    select m.id, f.run_id as "runId" from analytics_run f
    cross join lateral unnest(f.message_nodes, f.message_channels, f.message_outcomes, f.message_stages) s(node, channel, outcome, stages)
    join message m on m.run_id = f.run_id and m.node_id = s.node
    where ${sql.join(where, sql` and `)} order by m.id
  `.execute(db)
  const byRun = Map.groupBy(rows, ({ runId }) => runId)
  return runs.flatMap(({ id, startedAt }) => (byRun.get(id) ?? []).map((message) => ({ ...message, startedAt })))
}

/** What is asked, in three ways. */
interface Asked {
  /** Of a run `f`. */
  condition: RawBuilder<unknown>
  /** Part of it that an index finds; null when none does. */
  found: RawBuilder<unknown> | null
  /** How many there are at the most, as the sums have it (rows `t` of `table`). */
  table: Parameters<typeof sums>[0]
  n: RawBuilder<unknown>
  where: RawBuilder<unknown>
}

/** How many there are at the most within the scope and in the whole campaign, and how many runs the scope's range has. */
async function estimate(
  db: Db,
  campaignId: string,
  scope: Scope,
  { table, n, where }: Asked,
): Promise<{ there: number; everywhere: number; runs: number; recounting: boolean }> {
  const unfiltered: Scope = { ...scope, channel: null, productId: null, version: null, entry: null, branch: null }
  const always: Scope = {
    ...unfiltered,
    range: { ...scope.range, from: null, to: null, days: { first: null, last: null }, parts: [] },
  }
  const count = (of: Scope) =>
    sql`(select coalesce(sum(${n}), 0) from ${sums(table, of)} t where t.campaign_id = ${campaignId} and ${where})`
  const { rows } = await sql<{ there: number; everywhere: number; runs: number; recounting: boolean }>`
    select ${count(scope)} as there, ${count(always)} as everywhere,
      (select coalesce(sum(t.enrolled), 0) from ${sums('analytics_funnel', unfiltered)} t where t.channel = '') as runs,
      exists (select from analytics_recount where workspace_id = ${scope.workspaceId}) as recounting
  `.execute(db)
  return rows[0] ?? { there: 0, everywhere: 0, runs: 0, recounting: false }
}

/** Stages of messages: their bit, and the column that sums it up, in analytics_funnel unless messages alone have it. */
const messageStages: Record<string, { bit: number; column: string; keyed: boolean; ofMessages?: true }> = {
  sent: { bit: bits.sent, column: 'sent', keyed: false },
  delivered: { bit: bits.delivered, column: 'delivered', keyed: false },
  opened: { bit: bits.opened, column: 'opened', keyed: true },
  clicked: { bit: bits.clicked, column: 'clicked', keyed: true },
  replied: { bit: bits.replied, column: 'replied', keyed: true },
  machineOpened: { bit: bits.machineOpened, column: 'machine_opened', keyed: true },
  machineClicked: { bit: bits.machineClicked, column: 'machine_clicked', keyed: true },
  unconfirmed: { bit: bits.unconfirmed, column: 'unconfirmed', keyed: true, ofMessages: true },
}

const has = (column: string, value: string) => sql`${sql.ref(`f.${column}`)} @> ${arrayLiteral([value])}::text[]`

function ask(
  { show, nodeId, reason, when, url }: Shown,
  { channel }: Scope,
  { id, archived }: { id: string; archived: boolean },
): Asked {
  const taken = sql`f.reason <> 'holdout'`
  const live = archived ? sql`false` : sql`f.status = 'running'`
  const campaignId = sql`${id}`
  const keyed = (key: RawBuilder<unknown>) => sql`f.keys @> array[${key}]`
  const counted = (where: RawBuilder<unknown>) => ({ table: 'analytics_count' as const, n: sql`t.n`, where })
  const ended = (label: string) => counted(sql`t.kind = 'end' and t.label = ${label}`)
  const message = (condition: RawBuilder<unknown>) => sql`exists (
    select from unnest(f.message_nodes, f.message_channels, f.message_outcomes, f.message_stages) m(node, channel, outcome, stages)
    where ${condition} ${nodeId === undefined ? sql`` : sql`and m.node = ${nodeId}`} ${channel === null ? sql`` : sql`and m.channel = ${channel}`})`
  const atNode = (column: string) => (nodeId === undefined ? sql`true` : has(column, nodeId))
  const stage = messageStages[show]
  if (stage) {
    const { bit, column, keyed: isKeyed, ofMessages } = stage
    const byMessage = nodeId !== undefined || channel !== null
    const n = sql.ref(`t.${column}`)
    return {
      condition: byMessage
        ? sql`${taken} and ${atNode('message_nodes')} and f.stages & ${sql.lit(bit)} > 0 and ${message(sql`m.stages & ${sql.lit(bit)} > 0`)}`
        : sql`${taken} and f.stages & ${sql.lit(bit)} > 0`,
      found: isKeyed ? keyed(keyHash.stage(campaignId, sql`${nodeId ?? ''}`, sql`${sql.lit(bit)}`)) : null,
      ...(nodeId !== undefined || ofMessages
        ? {
            table: 'analytics_message',
            n,
            where: sql`${nodeId === undefined ? sql`true` : sql`t.node_id = ${nodeId}`} and ${channel === null ? sql`true` : sql`t.channel = ${channel}`}`,
          }
        : { table: 'analytics_funnel', n, where: sql`t.channel = ${channel ?? ''}` }),
    }
  }
  switch (show) {
    case 'handoff': {
      const onChannel = channel === null ? sql`` : sql`and ${message(sql`m.stages & ${sql.lit(bits.sent)} > 0`)}`
      return {
        condition: sql`f.reason = 'handoff' and f.status = 'succeeded' ${onChannel}`,
        found: sql`f.reason = 'handoff'`,
        ...{ table: 'analytics_funnel', n: sql`t.handoff`, where: sql`t.channel = ${channel ?? ''}` },
      }
    }
    case 'holdout':
      return { condition: sql`f.reason = 'holdout'`, found: sql`f.reason = 'holdout'`, ...ended('holdout') }
    case 'skipped':
      return {
        condition: message(
          reason === undefined ? sql`m.outcome like 'skipped:%'` : sql`m.outcome = ${`skipped:${reason}`}`,
        ),
        found: reason === undefined ? null : keyed(keyHash.skipped(campaignId, sql`${reason}`)),
        table: 'analytics_message',
        n: sql`t.messages`,
        where: reason === undefined ? sql`t.outcome like 'skipped:%'` : sql`t.outcome = ${`skipped:${reason}`}`,
      }
    case 'inside':
      return { condition: live, found: live, ...counted(sql`t.kind = 'here'`) }
    case 'exit': {
      if (reason !== 'archived' || !archived) {
        const condition = sql`f.status <> 'running' and f.reason = ${reason ?? ''}`
        return { condition, found: sql`f.reason = ${reason ?? ''}`, ...ended(reason ?? '') }
      }
      // Housekeeping closes their rows later.
      return {
        condition: sql`(f.status = 'running' or f.reason = 'archived')`,
        found: null,
        ...counted(sql`(t.kind = 'here' or t.kind = 'end' and t.label = 'archived')`),
      }
    }
    case 'here': {
      const here = sql`${live} and f.node_id = ${nodeId ?? ''}`
      return { condition: here, found: here, ...counted(sql`t.kind = 'here' and t.key = ${nodeId ?? ''}`) }
    }
    case 'came':
      return {
        condition: sql`(${has('step_nodes', nodeId ?? '')} or f.node_id = ${nodeId ?? ''} and ${taken})`,
        found: null,
        ...counted(sql`t.kind in ('passed', 'stayed') and t.key = ${nodeId ?? ''}`),
      }
    case 'ended':
      return {
        condition: sql`f.node_id = ${nodeId ?? ''} and not ${has('step_nodes', nodeId ?? '')} and not ${live} and ${taken}`,
        found: null,
        ...counted(sql`t.kind = 'stayed' and t.key = ${nodeId ?? ''}`),
      }
    case 'errors': {
      const node = nodeId === undefined ? sql`` : sql`and f.node_id = ${nodeId}`
      return {
        condition: sql`${live} and f.failing ${node}`,
        found: sql`f.failing`,
        ...counted(sql`t.kind = 'failing' and ${nodeId === undefined ? sql`true` : sql`t.key = ${nodeId}`}`),
      }
    }
    case 'passed':
      return {
        condition: has('step_nodes', nodeId ?? ''),
        found: keyed(keyHash.passed(campaignId, sql`${nodeId ?? ''}`)),
        ...counted(sql`t.kind = 'passed' and t.key = ${nodeId ?? ''}`),
      }
    case 'edge': {
      const label = when ?? ''
      return {
        condition: sql`${has('step_nodes', nodeId ?? '')} and ${has('step_labels', label)} and exists (
          select from unnest(f.step_nodes, f.step_labels) s(node, label) where s.node = ${nodeId ?? ''} and s.label = ${label})`,
        // The default way has no key of its own: most go it.
        found: keyed(
          label === ''
            ? keyHash.passed(campaignId, sql`${nodeId ?? ''}`)
            : keyHash.way(campaignId, sql`${nodeId ?? ''}`, sql`${label}`),
        ),
        ...counted(sql`t.kind = 'step' and t.key = ${nodeId ?? ''} and t.label = ${label}`),
      }
    }
    case 'goal':
      return {
        condition: sql`${nodeId ?? ''} = any(f.goals)`,
        found: keyed(keyHash.goal(campaignId, sql`${nodeId ?? ''}`)),
        ...counted(sql`t.kind = 'goal' and t.key = ${nodeId ?? ''}`),
      }
    case 'link':
      return {
        condition: sql`${has('link_urls', url ?? '')} and exists (
          select from unnest(f.link_nodes, f.link_urls, f.link_human) l(node, url, human)
          where l.human and l.url = ${url ?? ''} ${nodeId === undefined ? sql`` : sql`and l.node = ${nodeId}`})`,
        found: nodeId === undefined ? null : keyed(keyHash.link(campaignId, sql`${nodeId}`, sql`${url ?? ''}`)),
        ...counted(
          sql`t.kind = 'link' and t.label = ${url ?? ''} and ${nodeId === undefined ? sql`true` : sql`t.key = ${nodeId}`}`,
        ),
      }
    default:
      return {
        condition: taken,
        found: null,
        ...{ table: 'analytics_funnel', n: sql`t.enrolled`, where: sql`t.channel = ''` },
      }
  }
}
