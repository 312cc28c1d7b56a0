import { type Db, sql, type Tx } from '../db/database.ts'
import type { EngagementRule, ProfileRule } from './criterion-rules.ts'
import { engagementRules, profileRules } from './criterion-rules.ts'

/** Scoring many customers anew, as the API shows it. */
export interface ScoreJob {
  id: string
  productId: string | null
  criterionId: string | null
  companyId: string | null
  status: 'running' | 'done' | 'stopped'
  total: number
  lookedAt: number
  changed: number
  by: string
  startedAt: Date
  finishedAt: Date | null
}

const columns = sql`j.id, j.product_id as "productId", j.criterion_id as "criterionId", j.company_id as "companyId", j.status, j.total,
  j.looked_at as "lookedAt", j.changed, j.by, j.started_at as "startedAt", j.finished_at as "finishedAt"`

/** Which customers a job looks at, and by which criteria. */
interface JobScope {
  workspaceId: number
  productId: string | null
  criterionId: string | null
  companyId: string | null
  by: string
}

/** Begins to score customers anew. A job of the same scope that is still under way ends: the new one begins at the start. */
export async function startScoreJob(tx: Tx, scope: JobScope): Promise<ScoreJob> {
  const { workspaceId, productId, criterionId, companyId, by } = scope
  await sql`
    update score_job set status = 'stopped', finished_at = now()
    where workspace_id = ${workspaceId} and status = 'running' and product_id is not distinct from ${productId}::uuid
      and criterion_id is not distinct from ${criterionId}::uuid and company_id is not distinct from ${companyId}::uuid
  `.execute(tx)
  const { rows } = await sql<ScoreJob>`
    insert into score_job as j (workspace_id, product_id, criterion_id, company_id, total, by)
    select ${workspaceId}, ${productId}::uuid, ${criterionId}::uuid, ${companyId}::uuid, count(*), ${by} from customer c
    where c.workspace_id = ${workspaceId} and c.archived_at is null and (${companyId}::uuid is null or c.company_id = ${companyId}::uuid)
    returning ${columns}
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row
}

/** One job, or undefined. */
export async function getScoreJob(db: Db | Tx, workspaceId: number, id: string): Promise<ScoreJob | undefined> {
  const { rows } = await sql<ScoreJob>`
    select ${columns} from score_job j where j.workspace_id = ${workspaceId} and j.id = ${id}
  `.execute(db)
  return rows[0]
}

/** The latest jobs of a product, newest first. */
export async function listScoreJobs(db: Db, workspaceId: number, productId: string): Promise<ScoreJob[]> {
  const { rows } = await sql<ScoreJob>`
    select ${columns} from score_job j where j.workspace_id = ${workspaceId} and j.product_id = ${productId} order by j.id desc limit 10
  `.execute(db)
  return rows
}

/** An open job that this transaction holds. */
export interface HeldJob extends JobScope {
  id: string
  cursor: string | null
}

/** Takes an open job that no other worker holds, in no order: a million customers must not hold up one company. */
export async function takeScoreJob(tx: Tx): Promise<HeldJob | undefined> {
  const { rows } = await sql<HeldJob>`
    select id, workspace_id as "workspaceId", product_id as "productId", criterion_id as "criterionId", company_id as "companyId", cursor, by
    from score_job where status = 'running' order by random() limit 1 for update skip locked
  `.execute(tx)
  return rows[0]
}

/** Locks the next customers of a job behind its cursor, in the order of their ids. */
export async function nextOfJob(tx: Tx, job: HeldJob, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from customer c
    where c.workspace_id = ${job.workspaceId} and c.archived_at is null and (${job.companyId}::uuid is null or c.company_id = ${job.companyId}::uuid)
      and (${job.cursor}::uuid is null or c.id > ${job.cursor}::uuid)
    order by c.id limit ${limit} for no key update
  `.execute(tx)
  return rows.map((row) => row.id)
}

/** Moves a job behind the customers that it has just looked at. */
export async function advanceScoreJob(
  tx: Tx,
  id: string,
  { cursor, lookedAt, changed, last }: { cursor: string | null; lookedAt: number; changed: number; last: boolean },
): Promise<void> {
  await sql`
    update score_job set cursor = coalesce(${cursor}::uuid, cursor), looked_at = looked_at + ${lookedAt}, changed = changed + ${changed},
      status = case when ${last} then 'done' else status end, finished_at = case when ${last} then clock_timestamp() end
    where id = ${id}
  `.execute(tx)
}

/** A criterion that scores by itself. */
export interface ScoringCriterion {
  id: string
  workspaceId: number
  productId: string
  profile: ProfileRule[]
  engagement: EngagementRule[]
}

/** The criteria with rules of all workspaces, or those of one scope; archived products score nobody. */
export async function scoringCriteria(
  db: Db | Tx,
  scope: { workspaceId: number; productId: string | null; criterionId: string | null } | null = null,
): Promise<ScoringCriterion[]> {
  const within = scope
    ? sql`and k.workspace_id = ${scope.workspaceId} and (${scope.productId}::uuid is null or k.product_id = ${scope.productId}::uuid)
        and (${scope.criterionId}::uuid is null or k.id = ${scope.criterionId}::uuid)`
    : sql``
  const { rows } = await sql<{
    id: string
    workspaceId: number
    productId: string
    type: string
    params: Record<string, unknown>
  }>`
    select k.id, k.workspace_id as "workspaceId", k.product_id as "productId", k.type, k.params
    from fit_criterion k join product p on p.id = k.product_id
    where k.deleted_at is null and p.status <> 'archived' and k.type in ('profile', 'engagement')
      and jsonb_typeof(k.params -> 'rules') = 'array' ${within}
    order by k.id
  `.execute(db)
  return rows
    .map(({ type, params, ...row }) => ({
      ...row,
      profile: type === 'profile' ? profileRules(params) : [],
      engagement: type === 'engagement' ? engagementRules(params) : [],
    }))
    .filter(({ profile, engagement }) => profile.length + engagement.length > 0)
}
