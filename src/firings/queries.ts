import type { FiringAudience } from '../campaigns/audience.ts'
import { type Db, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'

/**
 * What makes customers enroll. `keep` = a campaign that keeps enrolling took its audience, or those who newly match; `manual` = Run
 * now; `enroll` and `re-enroll` = a person named them.
 */
export type FiringType = 'keep' | 'manual' | 'enroll' | 're-enroll'

export interface NewFiring {
  workspaceId: number
  campaignId: string
  type: FiringType
  audience: FiringAudience
  excludeSegmentId: string | null
  /** Starts so many seconds from now. */
  graceSeconds?: number
  /** Who fired: `member:<id>`, `key:<id>` or `system`. */
  by: string
}

/** Begins a firing; the Fire loop carries it out. Answers its id. */
export async function addFiring(tx: Db | Tx, firing: NewFiring): Promise<string> {
  const grace = firing.graceSeconds ?? 0
  const { rows } = await sql<{ id: string }>`
    insert into firing (workspace_id, campaign_id, type, status, audience, exclude_segment_id, by, started_at)
    values (${firing.workspaceId}, ${firing.campaignId}, ${firing.type}, ${grace > 0 ? 'scheduled' : 'running'},
      ${JSON.stringify(firing.audience)}::jsonb, ${firing.excludeSegmentId}, ${firing.by},
      clock_timestamp() + make_interval(secs => ${grace}::float8))
    returning id
  `.execute(tx)
  await notifyWake(tx)
  return rows[0]?.id ?? ''
}

/** A firing as the API shows it. */
export interface Firing {
  id: string
  campaignId: string
  type: string
  status: 'scheduled' | 'running' | 'held' | 'done' | 'stopped' | 'refused' | 'failed' | 'missed'
  matched: number
  enrolled: number
  skipped: Record<string, number>
  error: string | null
  by: string
  startedAt: Date
  finishedAt: Date | null
}

const columns = sql`id, campaign_id as "campaignId", type, status, matched, enrolled, skipped, error, by,
  started_at as "startedAt", finished_at as "finishedAt"`

/** One firing of the workspace. */
export async function findFiring(db: Db | Tx, workspaceId: number, id: string): Promise<Firing | undefined> {
  const { rows } = await sql<Firing>`
    select ${columns} from firing where id = ${id} and workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/** A campaign's firings, newest first; one more than `limit`, so that the caller sees whether there are others. */
export async function listFirings(
  db: Db,
  workspaceId: number,
  campaignId: string,
  { limit, before }: { limit: number; before: string | undefined },
): Promise<Firing[]> {
  const { rows } = await sql<Firing>`
    select ${columns} from firing
    where campaign_id = ${campaignId} and workspace_id = ${workspaceId} ${before === undefined ? sql`` : sql`and id < ${before}::uuid`}
    order by id desc limit ${limit + 1}
  `.execute(db)
  return rows
}
