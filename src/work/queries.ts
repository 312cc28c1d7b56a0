import { type Db, sql } from '../db/database.ts'

/** Something that takes long and goes on without anybody watching. */
export interface WorkItem {
  kind: 'import' | 'firing' | 'score-job' | 'job'
  id: string
  /** What it is about: the file, the campaign, the product. */
  name: string | null
  /** Of a firing: its type; of an import: what is done (`uploading`, `checking`, `running`); of a job: the action, or what is exported. */
  type: string | null
  /** Of a firing: its campaign; of a score job: its product. */
  aboutId: string | null
  /** Rows read (of a file that is being sent: bytes), customers matched, customers looked at. */
  done: number
  /** Null where it is not known before the end. */
  total: number | null
  /** Something is under way, or a file that the asker wanted is ready and was not fetched yet. */
  state: 'running' | 'ready'
  /** Who began it: `member:<id>`, `key:<id>` or `system`. */
  by: string
  startedAt: Date
}

/**
 * What is under way in a workspace, the oldest first. A firing about one customer is over in a moment, and one that is held waits for its
 * campaign to go on: neither is here. An import that was not heard of for a minute was killed.
 */
export async function listWork(db: Db, workspaceId: number, by: string): Promise<WorkItem[]> {
  const { rows } = await sql<WorkItem>`
    select 'import' as kind, id, file_name as name, case when size is not null then status end as type, null::uuid as "aboutId",
      case when status = 'uploading' then received::float8 else rows_read end as done,
      case when status = 'uploading' then size::float8 when status = 'running' then (checked ->> 'rowsRead')::float8 end as total, by, started_at as "startedAt", 'running' as state
    from import where workspace_id = ${workspaceId}
      -- One whose file was sent first is the server's; of the others, and of a file that is being sent, its sender must be heard of.
      and (size is not null and status in ('checking', 'running')
        or (status = 'running' and size is null or status = 'uploading') and alive_at > now() - interval '60 seconds')
    union all
    select 'firing', f.id, c.name, f.type, c.id, f.matched, (f.audience ->> 'total')::float8, f.by, f.started_at, 'running'
    from firing f join campaign c on c.id = f.campaign_id
    where f.status in ('scheduled', 'running') and f.workspace_id = ${workspaceId} and f.customer_id is null
    union all
    select 'score-job', j.id, p.name, null, p.id, j.looked_at, j.total, j.by, j.started_at, 'running'
    from score_job j left join product p on p.id = j.product_id
    where j.status = 'running' and j.workspace_id = ${workspaceId}
    union all
    select 'job', b.id, k.name, coalesce(b.input -> 'action' ->> 'action', b.input ->> 'what'), k.id, b.done, b.total, b.by, b.started_at,
      case when b.status = 'running' then 'running' else 'ready' end
    from job b left join campaign k on k.id = (b.input ->> 'campaignId')::uuid
    where b.workspace_id = ${workspaceId} and (b.status = 'running' or b.kind = 'export' and b.status = 'done' and b.fetched_at is null
      and b.finished_at > now() - interval '24 hours' and b.by = ${by})
    order by "startedAt", id limit 50
  `.execute(db)
  return rows
}
