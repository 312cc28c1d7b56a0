import { type Db, sql, type Tx } from '../db/database.ts'
import type { JobInput } from './input.ts'

/** Work that was asked for in the app and is carried on by a worker: the same change to many customers, or a list as a file. */
export interface Job {
  id: string
  kind: 'bulk' | 'export'
  /** What it does, in words: `addTag`, `archive`, … or what is exported. */
  what: string
  status: 'running' | 'done' | 'failed' | 'canceled'
  /** Customers looked at, or rows written. */
  done: number
  changed: number
  total: number | null
  /** Bytes of the file, when it is complete and still kept. */
  size: number | null
  error: string | null
  by: string
  startedAt: Date
  finishedAt: Date | null
}

/** After so long without a word from the worker that holds a job, another one may take it up. */
const leaseSeconds = 15
/** How long a file waits to be fetched. */
const keptHours = 24
/** How often a job is taken up without getting further, before it is given up. */
const mostTries = 5

const columns = sql`j.id, j.kind, coalesce(j.input -> 'action' ->> 'action', j.input ->> 'what') as what, j.status, j.done, j.changed, j.total,
  case when j.kind = 'export' and j.status = 'done' then (select sum(length(p.bytes))::float8 from job_piece p where p.job_id = j.id) end as size,
  j.error, j.by, j.started_at as "startedAt", j.finished_at as "finishedAt"`

/** Begins a job. */
export async function startJob(
  tx: Tx,
  workspaceId: number,
  { input, total, by }: { input: JobInput; total: number | null; by: string },
): Promise<Job> {
  const { rows } = await sql<Job>`
    insert into job as j (workspace_id, kind, input, total, by)
    values (${workspaceId}, ${input.kind}, ${JSON.stringify(input)}::jsonb, ${total}, ${by}) returning ${columns}
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row
}

/** One job, or undefined. */
export async function getJob(db: Db | Tx, workspaceId: number, id: string): Promise<Job | undefined> {
  const { rows } = await sql<Job>`
    select ${columns} from job j where j.workspace_id = ${workspaceId} and j.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Ends a job that runs; false when it does not. */
export async function cancelJob(tx: Tx, workspaceId: number, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update job set status = 'canceled', finished_at = now() where workspace_id = ${workspaceId} and id = ${id} and status = 'running'
  `.execute(tx)
  return numAffectedRows === 1n
}

/** A job that this worker holds. */
export interface HeldJob {
  id: string
  workspaceId: number
  input: JobInput
  cursor: string | null
  startedAt: Date
  fence: number
  tries: number
  by: string
}

/** Takes up a job that nobody holds, in no order: a huge one must not hold up a small one. */
export async function takeJob(db: Db): Promise<HeldJob | undefined> {
  const { rows } = await sql<HeldJob>`
    update job j set fence = j.fence + 1, tries = j.tries + 1, alive_at = clock_timestamp()
    where j.id = (
      select id from job where status = 'running' and alive_at < clock_timestamp() - make_interval(secs => ${leaseSeconds})
      order by random() limit 1 for update skip locked)
    returning j.id, j.workspace_id as "workspaceId", j.input, j.cursor, j.started_at as "startedAt", j.fence, j.tries, j.by
  `.execute(db)
  return rows[0]
}

/** Whether a job was taken up too often without getting further. */
export const isHopeless = ({ tries }: HeldJob): boolean => tries > mostTries

/** Somebody canceled the job, or another worker took it over: what this one had in hand is rolled back. */
export class JobTaken extends Error {}

/** Moves a job on by what a chunk did, in the chunk's transaction. @throws JobTaken */
export async function advanceJob(
  tx: Tx,
  { id, fence }: HeldJob,
  { cursor, done, changed }: { cursor: string | null; done: number; changed: number },
): Promise<void> {
  const { numAffectedRows } = await sql`
    update job set cursor = coalesce(${cursor}::uuid, cursor), done = done + ${done}, changed = changed + ${changed},
      alive_at = clock_timestamp(), tries = 0
    where id = ${id} and fence = ${fence} and status = 'running'
  `.execute(tx)
  if (numAffectedRows !== 1n) throw new JobTaken()
}

/** Gives a job back, for the next worker to go on with at once. */
export async function giveJobBack(db: Db, { id, fence }: HeldJob): Promise<void> {
  await sql`update job set alive_at = '-infinity', tries = 0 where id = ${id} and fence = ${fence}`.execute(db)
}

/** Closes a job; false when it is not in hand any more. */
export async function endJob(db: Db | Tx, { id, fence }: HeldJob, error: string | null): Promise<Job | undefined> {
  const { rows } = await sql<Job>`
    update job j set status = ${error === null ? 'done' : 'failed'}, error = ${error}, finished_at = clock_timestamp()
    where id = ${id} and fence = ${fence} and status = 'running' returning ${columns}
  `.execute(db)
  return rows[0]
}

/** Puts away what an earlier try of an export wrote: it begins anew. */
export async function clearPieces(db: Db, { id, fence }: HeldJob): Promise<void> {
  await sql`update job set done = 0 where id = ${id} and fence = ${fence}`.execute(db)
  await sql`delete from job_piece where job_id = ${id}`.execute(db)
}

/** Keeps the next piece of a file and counts its rows. @throws JobTaken */
export async function keepJobPiece(
  db: Db,
  held: HeldJob,
  { number, bytes, rows }: { number: number; bytes: Uint8Array; rows: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await advanceJob(tx, held, { cursor: null, done: rows, changed: 0 })
    await sql`insert into job_piece (job_id, number, bytes) values (${held.id}, ${number}, ${bytes})`.execute(tx)
  })
}

/** The file of an export, piece by piece; then it counts as fetched. */
export async function* readJobPieces(db: Db, id: string): AsyncGenerator<Uint8Array> {
  for (let number = 0; ; number += 1) {
    const { rows } = await sql<{ bytes: Buffer }>`
      select bytes from job_piece where job_id = ${id} and number = ${number}
    `.execute(db)
    const [row] = rows
    if (!row) break
    yield row.bytes
  }
  await sql`update job set fetched_at = now() where id = ${id} and fetched_at is null`.execute(db)
}

/** Puts away files that waited for a day, and what is left of jobs that did not come to an end; whether there may be more. */
export async function sweepJobs(db: Db): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from job_piece where (job_id, number) in (
      select p.job_id, p.number from job j join job_piece p on p.job_id = j.id
      where j.status in ('failed', 'canceled') or j.finished_at < now() - make_interval(hours => ${keptHours}) limit 64)
  `.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}
