import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'

/** What an import has done so far. Every row that was read is counted once among the other four. */
export interface ImportCounts {
  rowsRead: number
  created: number
  updated: number
  unchanged: number
  rejected: number
}

/** A row that was not taken. `line` is where it begins in the file. */
export interface Reject {
  line: number
  code: string
  message: string
  rowText: string | null
}

/** Where an import stands. One that is read as it comes is `running` from its start; a file that was sent first goes through all of them. */
export type ImportStatus =
  | 'uploading'
  | 'uploaded'
  | 'checking'
  | 'checked'
  | 'running'
  | 'done'
  | 'failed'
  | 'canceled'

/** An import as the API shows it. */
export interface Import extends ImportCounts {
  id: string
  status: ImportStatus
  fileName: string | null
  /** Bytes of the file that was sent first; null: it was read as it came. */
  size: number | null
  received: number
  mapping: Record<string, string>
  /** What the check found; null before there was one. */
  checked: ImportCounts | null
  error: string | null
  startedAt: Date
  finishedAt: Date | null
}

/** An import that is read as it comes says that it runs every 10 s; after a minute of silence it was killed. */
const killed = sql`(i.status = 'running' and i.size is null and i.alive_at < now() - interval '60 seconds')`
const columns = sql`i.id, case when ${killed} then 'failed' else i.status end as status, i.file_name as "fileName",
  i.size::float8 as size, i.received::float8 as received, i.mapping, i.checked, i.rows_read as "rowsRead",
  i.created, i.updated, i.unchanged, i.rejected, i.started_at as "startedAt",
  case when ${killed} then i.alive_at else i.finished_at end as "finishedAt",
  case when ${killed} then 'The program stopped in the middle. The rows counted here are in; import the file again to go on.' else i.error end as error`

/** Opens the row of an import that is read as it comes. */
export async function startImport(
  db: Db,
  workspaceId: number,
  { fileName, mapping, by }: { fileName: string | null; mapping: Record<string, string>; by: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into import (workspace_id, file_name, status, mapping, by)
    values (${workspaceId}, ${fileName}, 'running', ${JSON.stringify(mapping)}::jsonb, ${by}) returning id
  `.execute(db)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row.id
}

/** Somebody canceled the import, or another worker took it over: what this one had in hand is rolled back. */
export class ImportTaken extends Error {}

/**
 * Adds what a chunk did to an import's counts and list of rejects, in the chunk's transaction. @throws ImportTaken when the import is
 * canceled or held under another fence by now
 */
export async function countChunk(
  tx: Tx,
  { importId, fence, checked }: { importId: string; fence: number | null; checked: boolean },
  counts: ImportCounts,
  rejects: readonly Reject[],
): Promise<void> {
  const { numAffectedRows } = await sql`
    update import set rows_read = rows_read + ${counts.rowsRead}, created = created + ${counts.created}, updated = updated + ${counts.updated},
      unchanged = unchanged + ${counts.unchanged}, rejected = rejected + ${counts.rejected}, alive_at = clock_timestamp(), tries = 0
    where id = ${importId} and (${fence}::int is null or (fence = ${fence} and status in ('checking', 'running')))
  `.execute(tx)
  if (numAffectedRows !== 1n) throw new ImportTaken()
  if (rejects.length === 0) return
  const column = (pick: (reject: Reject) => string | number | null) => arrayLiteral(rejects.map(pick))
  await sql`
    insert into import_reject (import_id, checked, line, code, message, row_text)
    select ${importId}::uuid, ${checked}::boolean, * from unnest(${column(({ line }) => line)}::int[], ${column(({ code }) => code)}::text[],
      ${column(({ message }) => message)}::text[], ${column(({ rowText }) => rowText)}::text[])
    on conflict do nothing
  `.execute(tx)
}

/** Says that an import still runs. */
export async function keepImportAlive(db: Db, importId: string): Promise<void> {
  await sql`update import set alive_at = clock_timestamp() where id = ${importId}`.execute(db)
}

/** Closes an import that is read as it comes; `error` null = it was read to the end. */
export async function finishImport(db: Db, importId: string, error: string | null): Promise<void> {
  await sql`
    update import set status = ${error === null ? 'done' : 'failed'}, error = ${error}, finished_at = now() where id = ${importId}
  `.execute(db)
}

/** Tells the planner how many customers there are now, instead of a minute later: whoever imports many often enrolls them next. */
export async function refreshStatistics(db: Db): Promise<void> {
  await sql`analyze customer`.execute(db)
}

/** One import, or undefined. */
export async function getImport(db: Db | Tx, workspaceId: number, id: string): Promise<Import | undefined> {
  const { rows } = await sql<Import>`
    select ${columns} from import i where i.workspace_id = ${workspaceId} and i.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Imports, newest first. */
export async function listImports(
  db: Db,
  workspaceId: number,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<Import[]> {
  const { rows } = await sql<Import>`
    select ${columns} from import i where i.workspace_id = ${workspaceId} and (${before ?? null}::uuid is null or i.id < ${before ?? null}::uuid)
    order by i.id desc limit ${limit}
  `.execute(db)
  return rows
}

/** Rejected rows in the order of the file, behind (line, code) of the page before: before it was started, those that the check found. */
export async function listRejects(
  db: Db,
  { id, status }: Pick<Import, 'id' | 'status'>,
  { behind, limit }: { behind: readonly [line: number, code: string] | undefined; limit: number },
): Promise<Reject[]> {
  const [line, code] = behind ?? [0, '']
  const { rows } = await sql<Reject>`
    select line, code, message, row_text as "rowText" from import_reject
    where import_id = ${id} and checked = ${status === 'checking' || status === 'checked'} and (line, code) > (${line}::int, ${code}::text) order by line, code limit ${limit}
  `.execute(db)
  return rows
}

/** The products' names with the criterion that a score column fills, for those that have one. */
export async function productCriteria(
  db: Db,
  workspaceId: number,
): Promise<
  {
    product: string
    criteria: { id: string; type: 'profile' | 'engagement' | 'conversation'; weight: number }[]
  }[]
> {
  const { rows } = await sql<{
    product: string
    criteria: { id: string; type: 'profile' | 'engagement' | 'conversation'; weight: number }[]
  }>`
    select p.name as product,
      coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'type', k.type, 'weight', k.weight)) filter (where k.id is not null), '[]') as criteria
    from product p left join fit_criterion k on k.product_id = p.id and k.deleted_at is null
    where p.workspace_id = ${workspaceId} and p.status <> 'archived' group by p.id
  `.execute(db)
  return rows
}
