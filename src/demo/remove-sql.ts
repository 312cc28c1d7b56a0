import { type Db, sql } from '../db/database.ts'

/** Pages of a table (8 KiB each) that one transaction looks through: at most some ten thousand rows. */
const chunkPages = 256
/** Rows that one transaction deletes where an index finds them. */
const chunkRows = 5_000

/** Rows without a workspace of their own and without a foreign key: the table, and how it is found. */
const byParent = [
  { table: 'run_inbox', column: 'campaign_id', parent: 'campaign' },
  { table: 'trigger_audience', column: 'trigger_id', parent: 'trigger' },
  { table: 'webhook_key', column: 'trigger_id', parent: 'trigger' },
  { table: 'webhook_refusal', column: 'trigger_id', parent: 'trigger' },
  { table: 'firing_payload', column: 'firing_id', parent: 'firing' },
] as const

/**
 * Takes away every row of a workspace that nobody is in any more, then the workspace. Each transaction is short: tables are gone through
 * by ranges of pages, so that it costs one reading of each, whatever indexes it has and however many rows others own. Loops that still had
 * something in hand may add a row behind it, so it goes round until there is nothing. Safe to break off and to call again.
 */
export async function removeWorkspace(db: Db, workspaceId: number, isStopping: () => boolean): Promise<void> {
  for (;;) {
    let deleted = 0
    for (const child of byParent) deleted += await removeChildren(db, workspaceId, child, isStopping)
    for (const table of await tablesWithWorkspace(db)) deleted += await sweep(db, table, workspaceId, isStopping)
    if (isStopping()) return
    if (deleted === 0) break
  }
  await sql`delete from workspace where id = ${workspaceId}`.execute(db)
}

/**
 * Every table and partition that holds rows of workspaces, asked of the database: one that is added later is not forgotten. Campaigns go
 * before what they hold on to (segments, products); `demo` goes with the workspace, so that what was broken off is found again.
 */
async function tablesWithWorkspace(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'workspace_id' and not a.attisdropped and c.relname <> 'demo'
    order by c.relname in ('segment', 'product'), c.relname
  `.execute(db)
  return rows.map(({ name }) => name)
}

async function sweep(db: Db, table: string, workspaceId: number, isStopping: () => boolean): Promise<number> {
  const size = await sql<{ pages: number }>`
    select ceil(pg_relation_size(${table}::regclass) / 8192.0)::int as pages
  `.execute(db)
  const pages = size.rows[0]?.pages ?? 0
  let deleted = 0
  for (let page = 0; page < pages && !isStopping(); page += chunkPages) {
    const done = await sql`
      delete from ${sql.table(table)}
      where ctid >= ${`(${page},0)`}::tid and ctid < ${`(${page + chunkPages},0)`}::tid and workspace_id = ${workspaceId}
    `.execute(db)
    deleted += Number(done.numAffectedRows ?? 0)
  }
  return deleted
}

async function removeChildren(
  db: Db,
  workspaceId: number,
  { table, column, parent }: (typeof byParent)[number],
  isStopping: () => boolean,
): Promise<number> {
  let deleted = 0
  while (!isStopping()) {
    const done = await sql`
      delete from ${sql.table(table)} where ctid = any(array(
        select t.ctid from ${sql.table(parent)} p join ${sql.table(table)} t on ${sql.ref(`t.${column}`)} = p.id
        where p.workspace_id = ${workspaceId} limit ${chunkRows}))
    `.execute(db)
    const rows = Number(done.numAffectedRows ?? 0)
    deleted += rows
    if (rows < chunkRows) break
  }
  return deleted
}
