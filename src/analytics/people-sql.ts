import type { RawBuilder } from 'kysely'
import { type Db, sql } from '../db/database.ts'
import { runsInScope, type Scope } from './queries.ts'
import { bits } from './stages.ts'

/** Which of the counted customers: each word is a number that the analytics show. */
export const shown = [
  ...['enrolled', 'sent', 'delivered', 'opened', 'clicked', 'replied', 'handoff', 'machineOpened', 'machineClicked'],
  ...['unconfirmed', 'skipped', 'holdout', 'inside', 'exit', 'here', 'passed', 'errors', 'edge', 'link', 'goal'],
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

const stageBits: Record<string, number> = {
  sent: bits.sent,
  delivered: bits.delivered,
  opened: bits.opened,
  clicked: bits.clicked,
  replied: bits.replied,
  machineOpened: bits.machineOpened,
  machineClicked: bits.machineClicked,
  unconfirmed: bits.unconfirmed,
}

/** Ids of the runs behind a number, newest first, one more than `limit`: the same rows that were summed up to it. */
export async function pageOfRuns(
  db: Db,
  campaign: { id: string; archived: boolean },
  scope: Scope,
  shown: Shown,
  page: { after?: number | undefined; limit: number },
): Promise<number[]> {
  const behind = page.after === undefined ? sql`` : sql`and f.run_id < ${page.after}`
  const { rows } = await sql<{ id: number }>`
    select f.run_id as id from analytics_run f
    where ${runsInScope(campaign.id, scope)} and ${conditionOf(shown, scope, campaign.archived)} ${behind}
    order by f.run_id desc limit ${page.limit + 1}
  `.execute(db)
  return rows.map((row) => row.id)
}

function conditionOf(
  { show, nodeId, reason, when, url }: Shown,
  { channel }: Scope,
  archived: boolean,
): RawBuilder<unknown> {
  const taken = sql`f.reason <> 'holdout'`
  const live = archived ? sql`false` : sql`f.status = 'running'`
  const message = (condition: RawBuilder<unknown>) => sql`exists (
    select from unnest(f.message_nodes, f.message_channels, f.message_outcomes, f.message_stages) m(node, channel, outcome, stages)
    where ${condition} ${nodeId === undefined ? sql`` : sql`and m.node = ${nodeId}`} ${channel === null ? sql`` : sql`and m.channel = ${channel}`})`
  const step = (condition: RawBuilder<unknown>) =>
    sql`exists (select from unnest(f.step_nodes, f.step_labels) s(node, label) where s.node = ${nodeId ?? ''} and ${condition})`
  const bit = stageBits[show]
  if (bit !== undefined) {
    if (nodeId !== undefined || channel !== null)
      return sql`${taken} and ${message(sql`m.stages & ${sql.lit(bit)} > 0`)}`
    return sql`${taken} and f.stages & ${sql.lit(bit)} > 0`
  }
  switch (show) {
    case 'handoff': {
      const onChannel = channel === null ? sql`` : sql`and ${message(sql`m.stages & ${sql.lit(bits.sent)} > 0`)}`
      return sql`f.reason = 'handoff' and f.status = 'succeeded' ${onChannel}`
    }
    case 'holdout':
      return sql`f.reason = 'holdout'`
    case 'skipped':
      return message(reason === undefined ? sql`m.outcome like 'skipped:%'` : sql`m.outcome = ${`skipped:${reason}`}`)
    case 'inside':
      return live
    case 'exit':
      if (reason === 'archived' && archived) return sql`(f.status = 'running' or f.reason = 'archived')`
      return sql`f.status <> 'running' and f.reason = ${reason ?? ''}`
    case 'here':
      return sql`${live} and f.node_id = ${nodeId ?? ''}`
    case 'errors':
      return sql`${live} and f.failing ${nodeId === undefined ? sql`` : sql`and f.node_id = ${nodeId}`}`
    case 'passed':
      return step(sql`true`)
    case 'edge':
      return step(sql`s.label = ${when ?? ''}`)
    case 'goal':
      return sql`${nodeId ?? ''} = any(f.goals)`
    case 'link':
      return sql`f.stages & ${sql.lit(bits.clicked | bits.machineClicked)} > 0 and exists (select from unnest(f.link_nodes, f.link_urls, f.link_human) l(node, url, human)
        where l.human and l.url = ${url ?? ''} ${nodeId === undefined ? sql`` : sql`and l.node = ${nodeId}`})`
    default:
      return taken
  }
}
