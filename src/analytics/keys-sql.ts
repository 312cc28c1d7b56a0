import type { RawBuilder } from 'kysely'
import { sql } from '../db/database.ts'
import { bits } from './stages.ts'

type Expression = RawBuilder<unknown>

const hash = (campaignId: Expression, kind: string, ...parts: Expression[]) =>
  sql`hashtextextended(${campaignId}::text || ${sql.lit(`/${kind}`)} || ${sql.join(
    parts.map((part) => sql`'/' || ${part}::text`),
    sql` || `,
  )}, 0)`

/** Stages that may be rare among many customers, as bits that keys are made of. */
export const keyedBits = sql`${sql.lit(
  `{${[bits.opened, bits.clicked, bits.replied, bits.machineOpened, bits.machineClicked, bits.unconfirmed].join(',')}}`,
)}::integer[]`

/**
 * What can be asked of a run, as numbers in `analytics_run.keys`: the index finds the few of a campaign to whom it happened. Two facts may
 * share a number, so whoever looks one up checks the row as well.
 */
export const keyHash = {
  /** Left a node by any way. */
  passed: (campaignId: Expression, nodeId: Expression) => hash(campaignId, 'passed', nodeId),
  /** Left it by one way other than the default. */
  way: (campaignId: Expression, nodeId: Expression, label: Expression) => hash(campaignId, 'way', nodeId, label),
  /** A message of the node ('' any) came to a stage. */
  stage: (campaignId: Expression, nodeId: Expression, bit: Expression) => hash(campaignId, 'stage', bit, nodeId),
  skipped: (campaignId: Expression, reason: Expression) => hash(campaignId, 'skipped', reason),
  link: (campaignId: Expression, nodeId: Expression, url: Expression) => hash(campaignId, 'link', nodeId, url),
  goal: (campaignId: Expression, nodeId: Expression) => hash(campaignId, 'goal', nodeId),
}
