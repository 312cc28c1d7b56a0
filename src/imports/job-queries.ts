import { type Db, sql, type Tx } from '../db/database.ts'
import type { Import, ImportStatus } from './queries.ts'

/** After so long without a word from the worker that holds an import, another one may take it up. */
const leaseSeconds = 15
/** How long a file that nobody starts to import is kept. */
const keptHours = 24
/** How often an import is taken up without getting a chunk further, before it is given up. */
const mostTries = 5

/** Opens an import whose file will be sent; answers its id. */
export async function openUpload(
  tx: Tx,
  workspaceId: number,
  { fileName, size, by }: { fileName: string | null; size: number; by: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into import (workspace_id, file_name, status, size, by)
    values (${workspaceId}, ${fileName}, 'uploading', ${size}::bigint, ${by}) returning id
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row.id
}

/**
 * Keeps a piece of a file that stands at `at`; false when the file is not read up to there, ends before, or waits for no more. The last
 * one completes it.
 */
export async function keepPiece(db: Db, importId: string, at: number, bytes: Uint8Array): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const { numAffectedRows } = await sql`
      update import set received = received + ${bytes.length}, alive_at = clock_timestamp(),
        status = case when received + ${bytes.length} = size then 'uploaded' else status end
      where id = ${importId} and status = 'uploading' and received = ${at}::bigint and received + ${bytes.length} <= size
    `.execute(tx)
    if (numAffectedRows !== 1n) return false
    await sql`insert into import_piece (import_id, at, bytes) values (${importId}, ${at}::bigint, ${bytes})`.execute(tx)
    return true
  })
}

/** The bytes of a file that was sent, piece by piece. */
export async function* readPieces(db: Db, importId: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const { rows } = await sql<{ bytes: Buffer }>`
      select bytes from import_piece where import_id = ${importId} and at = ${at}::bigint
    `.execute(db)
    const [row] = rows
    if (!row) return
    yield row.bytes
    at += row.bytes.length
  }
}

/** Moves an import to another state if it is in one of those named; false if it is not. Whoever held it holds it no longer. */
export async function moveImport(
  tx: Tx,
  { workspaceId, id }: { workspaceId: number; id: string },
  from: readonly ImportStatus[],
  to: 'checking' | 'running' | 'canceled',
  mapping: Record<string, string> | null = null,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update import set status = ${to}, fence = fence + 1, tries = 0, alive_at = '-infinity', error = null,
      mapping = coalesce(${mapping === null ? null : JSON.stringify(mapping)}::jsonb, mapping),
      checked = case when ${to === 'checking'} then null else checked end,
      rows_read = case when ${to === 'canceled'} and status = 'running' then rows_read else 0 end,
      created = case when ${to === 'canceled'} and status = 'running' then created else 0 end,
      updated = case when ${to === 'canceled'} and status = 'running' then updated else 0 end,
      unchanged = case when ${to === 'canceled'} and status = 'running' then unchanged else 0 end,
      rejected = case when ${to === 'canceled'} and status = 'running' then rejected else 0 end,
      finished_at = case when ${to === 'canceled'} then now() end
    where workspace_id = ${workspaceId} and id = ${id} and size is not null and status = any(${from as string[]})
  `.execute(tx)
  return numAffectedRows === 1n
}

/** An import that this worker holds. */
export interface HeldImport extends Pick<Import, 'id' | 'mapping' | 'rowsRead' | 'fileName'> {
  status: 'checking' | 'running'
  workspaceId: number
  fence: number
  tries: number
  by: string
}

/** Takes up an import that is to be checked or written and that nobody holds, in no order: a huge one must not hold up a small one. */
export async function takeImport(db: Db): Promise<HeldImport | undefined> {
  const { rows } = await sql<HeldImport>`
    update import i set fence = i.fence + 1, tries = i.tries + 1, alive_at = clock_timestamp()
    where i.id = (
      select id from import where size is not null and status in ('checking', 'running')
        and alive_at < clock_timestamp() - make_interval(secs => ${leaseSeconds})
      order by random() limit 1 for update skip locked)
    returning i.id, i.workspace_id as "workspaceId", i.status, i.mapping, i.rows_read as "rowsRead", i.file_name as "fileName", i.fence, i.tries, i.by
  `.execute(db)
  return rows[0]
}

/** Whether an import was taken up too often without getting further. */
export const isHopeless = ({ tries }: HeldImport): boolean => tries > mostTries

/** Says that an import is still in hand. */
export async function keepHeld(db: Db, { id, fence }: HeldImport): Promise<void> {
  await sql`
    update import set alive_at = clock_timestamp() where id = ${id} and fence = ${fence} and status in ('checking', 'running')
  `.execute(db)
}

/** Gives an import back, for the next worker to go on with at once. */
export async function giveBack(db: Db, { id, fence }: HeldImport): Promise<void> {
  await sql`update import set alive_at = '-infinity', tries = 0 where id = ${id} and fence = ${fence}`.execute(db)
}

/** Forgets what an earlier try of a check had found, a few thousand rejects a transaction. */
export async function clearCheck(db: Db, { id, fence }: HeldImport): Promise<void> {
  await sql`
    update import set rows_read = 0, created = 0, updated = 0, unchanged = 0, rejected = 0 where id = ${id} and fence = ${fence}
  `.execute(db)
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from import_reject where ctid = any(array(select ctid from import_reject where import_id = ${id} and checked limit 20000))
    `.execute(db)
    if (numAffectedRows === 0n) return
  }
}

/** A check has read the file to its end: what it counted is what the import would do. */
export async function endCheck(db: Db, { id, fence }: HeldImport): Promise<void> {
  await sql`
    update import set status = 'checked', alive_at = clock_timestamp(), rows_read = 0, created = 0, updated = 0, unchanged = 0, rejected = 0,
      checked = jsonb_build_object('rowsRead', rows_read, 'created', created, 'updated', updated, 'unchanged', unchanged, 'rejected', rejected)
    where id = ${id} and fence = ${fence} and status = 'checking'
  `.execute(db)
}

/** Closes an import; `error` null = its file was read to the end. False when it is not in hand any more. */
export async function endImport(tx: Tx | Db, { id, fence }: HeldImport, error: string | null): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update import set status = ${error === null ? 'done' : 'failed'}, error = ${error}, finished_at = now()
    where id = ${id} and fence = ${fence} and status in ('checking', 'running')
  `.execute(tx)
  return numAffectedRows === 1n
}

/** Lets go of files that nobody started to import within a day, and of the pieces of imports that have ended; whether there may be more. */
export async function sweepImports(db: Db): Promise<boolean> {
  await sql`
    update import set status = 'canceled', finished_at = now(), error = 'Nobody started it within a day, so that its file was put away.'
    where size is not null and status in ('uploading', 'uploaded', 'checked') and alive_at < now() - make_interval(hours => ${keptHours})
  `.execute(db)
  const { numAffectedRows } = await sql`
    delete from import_piece where (import_id, at) in (
      select p.import_id, p.at from import_piece p join import i on i.id = p.import_id
      where i.status in ('done', 'failed', 'canceled') limit 64)
  `.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}
