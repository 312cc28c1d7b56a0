import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { runVersionId } from '../runs/state-sql.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { FiringAudience } from './audience.ts'
import type { HeldBySender, Standing } from './outlook.ts'
import { sampleShare, withinTime } from './resume-queries.ts'

/** About so many runs are looked at where counting all would take too long. */
const sampleSize = 50_000

/** Where the live runs of a campaign stand and how long they have left; `exact` false when a sample tells. */
export async function findStandings(db: Db, campaignId: string): Promise<{ standings: Standing[]; exact: boolean }> {
  const standing = (runs: ReturnType<typeof sql>, factor: ReturnType<typeof sql>) => sql<
    Omit<Standing, 'leftMs'> & { keep: number | null; go: number | null }
  >`
    select r.node_id as "nodeId", ${runVersionId} as "versionId", r.awaiting is not null as arrived,
      round(count(*) * ${factor})::int as customers, round(count(*) filter (where r.error is not null) * ${factor})::int as failing,
      round(count(*) filter (where r.error is null and r.wake_at is null and r.wake_on is null) * ${factor})::int as endless,
      (max(extract(epoch from least(r.wake_at - t.kept, r.wake_on - now())) * 1000) filter (where r.error is null))::float8 as keep,
      (max(extract(epoch from least(r.wake_at - t.gone, r.wake_on - now())) * 1000) filter (where r.error is null))::float8 as go
    from ${runs} join campaign c on c.id = r.campaign_id
    cross join lateral (select coalesce(case when c.status = 'paused' then c.paused_at end, now()) - c.paused_total as kept, now() - c.paused_total as gone) t
    where r.campaign_id = ${campaignId} and r.finished_at is null and c.status <> 'archived'
    group by 1, 2, 3 order by 1, 2, 3`
  const counted = await withinTime(db, async (tx) => (await standing(sql`run r`, sql`1`).execute(tx)).rows)
  const rows = counted ?? (await sampled(db, standing))
  return {
    standings: rows.map(({ keep, go, ...row }) => ({ ...row, leftMs: { keep, continue: go } })),
    exact: counted !== null,
  }
}

async function sampled<Row>(
  db: Db,
  standing: (runs: ReturnType<typeof sql>, factor: ReturnType<typeof sql>) => ReturnType<typeof sql<Row>>,
): Promise<Row[]> {
  const percent = await sampleShare(db, sampleSize)
  return (await standing(sql`run r tablesample system (${percent}::float8)`, sql`${100 / percent}::float8`).execute(db))
    .rows
}

/** The compiled workflows of versions of a campaign. */
export async function findWorkflows(
  db: Db,
  campaignId: string,
  ids: readonly number[],
): Promise<{ id: number; graph: CompiledWorkflow }[]> {
  const { rows } = await sql<{ id: number; graph: CompiledWorkflow }>`
    select id, graph from workflow_version where campaign_id = ${campaignId} and id = any(${arrayLiteral(ids)}::bigint[])
  `.execute(db)
  return rows
}

/** The version that a campaign's customers follow; undefined before the first. */
export async function findCurrentWorkflow(
  db: Db,
  workspaceId: number,
  campaignId: string,
): Promise<CompiledWorkflow | undefined> {
  const { rows } = await sql<{ graph: CompiledWorkflow }>`
    select v.graph from campaign c join workflow_version v on v.id = c.version_id
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]?.graph
}

/** The working senders of a workspace, each with how many messages of a campaign are queued with it; not what a person sends by hand. */
export async function findQueues(db: Db, workspaceId: number, campaignId: string): Promise<HeldBySender[]> {
  const { rows } = await sql<HeldBySender>`
    select k.id, k.limits, (select count(*)::int from message m where m.credential_id = k.id and m.campaign_id = ${campaignId}
      and m.state = 'queued' and m.reason is distinct from 'by_hand') as queued
    from credential k where k.workspace_id = ${workspaceId} and k.archived_at is null and k.health <> 'dead'
  `.execute(db)
  return rows
}

/** A firing that a pause holds. */
export interface HeldFiring {
  type: string
  audience: FiringAudience | null
  excludeSegmentId: string | null
  matched: number
}

/** The firings of a campaign that go on when it does. */
export async function findHeldFirings(db: Db, workspaceId: number, campaignId: string): Promise<HeldFiring[]> {
  const { rows } = await sql<HeldFiring>`
    select type, audience, exclude_segment_id as "excludeSegmentId", matched from firing
    where campaign_id = ${campaignId} and workspace_id = ${workspaceId} and status = 'held' order by id
  `.execute(db)
  return rows
}
