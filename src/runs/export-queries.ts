import { csvCell } from '../customers/csv-cell.ts'
import { type Db, sql } from '../db/database.ts'

/** Runs read at once. */
const pageSize = 1_000

interface ExportedRun {
  id: number
  customerId: string
  email: string | null
  firstName: string | null
  lastName: string | null
  entry: number
  status: string
  reason: string | null
  nodeId: string
  startedAt: Date
  finishedAt: Date | null
}

const columns: Record<string, (run: ExportedRun) => string | number | null> = {
  runId: ({ id }) => id,
  customerId: ({ customerId }) => customerId,
  email: ({ email }) => email,
  firstName: ({ firstName }) => firstName,
  lastName: ({ lastName }) => lastName,
  entry: ({ entry }) => entry,
  status: ({ status }) => status,
  reason: ({ reason }) => reason,
  nodeId: ({ nodeId }) => nodeId,
  startedAt: ({ startedAt }) => startedAt.toISOString(),
  finishedAt: ({ finishedAt }) => finishedAt?.toISOString() ?? null,
}

/** Writes all runs of a campaign as CSV (RFC 4180 with a header, formulas marked), the oldest first, page by page. */
export async function* exportRuns(
  db: Db,
  workspaceId: number,
  campaignId: string,
): AsyncGenerator<{ text: string; rows: number }> {
  const cells = Object.values(columns)
  yield { text: `${Object.keys(columns).join(',')}\r\n`, rows: 0 }
  for (let behind = 0; ; ) {
    const { rows } = await sql<ExportedRun>`
      select r.id, r.customer_id as "customerId", c.email, c.first_name as "firstName", c.last_name as "lastName", r.entry, r.status, r.reason,
        r.node_id as "nodeId", r.started_at as "startedAt", r.finished_at as "finishedAt"
      from run r left join customer c on c.id = r.customer_id
      where r.workspace_id = ${workspaceId} and r.campaign_id = ${campaignId} and r.id > ${behind}
      order by r.id limit ${pageSize}
    `.execute(db)
    const lines = rows.map((row) => `${cells.map((cell) => csvCell(String(cell(row) ?? ''))).join(',')}\r\n`)
    if (rows.length > 0) yield { text: lines.join(''), rows: rows.length }
    const last = rows.at(-1)
    if (rows.length < pageSize || !last) return
    behind = last.id
  }
}

/** How many runs a campaign of a workspace has. */
export async function countRuns(db: Db, workspaceId: number, campaignId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from run where workspace_id = ${workspaceId} and campaign_id = ${campaignId}
  `.execute(db)
  return rows[0]?.n ?? 0
}
