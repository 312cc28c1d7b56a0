import { type Db, sql } from '../db/database.ts'

/** Something that takes long and goes on without anybody watching. */
export interface WorkItem {
  kind: 'import' | 'firing' | 'score-job'
  id: string
  /** What it is about: the file, the campaign, the product. */
  name: string | null
  /** Of a firing: its type. */
  type: string | null
  /** Of a firing: its campaign; of a score job: its product. */
  aboutId: string | null
  /** Rows read, customers matched, customers looked at. */
  done: number
  /** Null where it is not known before the end. */
  total: number | null
  /** Who began it: `member:<id>`, `key:<id>` or `system`. */
  by: string
  startedAt: Date
}

/**
 * What is under way in a workspace, the oldest first. A firing about one customer is over in a moment, and one that is held waits for its
 * campaign to go on: neither is here. An import that was not heard of for a minute was killed.
 */
export async function listWork(db: Db, workspaceId: number): Promise<WorkItem[]> {
  const { rows } = await sql<WorkItem>`
    select 'import' as kind, id, file_name as name, null as type, null::uuid as "aboutId", rows_read as done, null::int as total, by, started_at as "startedAt"
    from import where workspace_id = ${workspaceId} and status = 'running' and alive_at > now() - interval '60 seconds'
    union all
    select 'firing', f.id, c.name, f.type, c.id, f.matched, null, f.by, f.started_at
    from firing f join campaign c on c.id = f.campaign_id
    where f.status in ('scheduled', 'running') and f.workspace_id = ${workspaceId} and f.customer_id is null
    union all
    select 'score-job', j.id, p.name, null, p.id, j.looked_at, j.total, j.by, j.started_at
    from score_job j left join product p on p.id = j.product_id
    where j.status = 'running' and j.workspace_id = ${workspaceId}
    order by "startedAt", id limit 50
  `.execute(db)
  return rows
}
