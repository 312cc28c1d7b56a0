import { type Db, sql, type Tx } from '../db/database.ts'
import { isBusy } from './demo-sql.ts'

/**
 * What goes by the clock on the wall and not by the demo's: logins, memberships and keys, who is looking, leases of jobs, and the sums of the analytics,
 * which count anew what has changed.
 */
const onTheWall = [
  'ai_provider',
  'ai_usage',
  'api_key',
  'builder_presence',
  'demo',
  'example',
  'idempotency_key',
  'invitation',
  'member',
  'session',
  'simulation',
]

/** Rows that know their workspace by their parent. */
const byParent = [
  { table: 'campaign_move', column: 'campaign_id', parent: 'campaign' },
  { table: 'workflow_version', column: 'campaign_id', parent: 'campaign' },
  { table: 'template_version', column: 'template_id', parent: 'template' },
] as const

/**
 * Lets time pass in a workspace: every moment that is written in it becomes `hours` earlier, so that waits are over and windows shut as if
 * that time had gone by, and the engine carries the customers on. All moments move by the same, so nothing that compares two of them is
 * changed. Only while nothing is due; answers whether it did. `then` is part of the same commit.
 */
export async function letTimePass(
  db: Db,
  workspaceId: number,
  hours: number,
  then: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    // Waits for batches in hand, as every status move does: nobody moves while the moments do.
    await sql`select pg_advisory_xact_lock(1, lock_key) from campaign where workspace_id = ${workspaceId} order by id`.execute(
      tx,
    )
    if (await isBusy(tx, workspaceId)) return false
    for (const { table, columns } of await tablesWithMoments(tx)) {
      await setBack(tx, table, columns, hours, sql`workspace_id = ${workspaceId}`)
    }
    for (const { table, column, parent } of byParent) {
      const moments = await momentsOf(tx, table)
      const ofWorkspace = sql`${sql.ref(column)} in (select id from ${sql.table(parent)} where workspace_id = ${workspaceId})`
      await setBack(tx, table, moments, hours, ofWorkspace)
    }
    await setBackWrittenMoments(tx, workspaceId, hours)
    await then(tx)
    return true
  })
}

/** Every table that holds rows of workspaces and moments, asked of the database: one that is added later is not forgotten. */
async function tablesWithMoments(tx: Tx): Promise<{ table: string; columns: string[] }[]> {
  const { rows } = await sql<{ table: string; columns: string[] }>`
    select c.relname as "table", array_agg(a.attname::text) as columns from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
      and a.atttypid = 'timestamptz'::regtype and a.attgenerated = '' and not a.attisdropped
      and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id' and not w.attisdropped)
      and c.relname !~ '^analytics_' and c.relname <> all (${onTheWall})
    group by c.relname order by c.relname
  `.execute(tx)
  return rows
}

async function momentsOf(tx: Tx, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select attname::text as name from pg_attribute where attrelid = ${table}::regclass and atttypid = 'timestamptz'::regtype and not attisdropped
  `.execute(tx)
  return rows.map(({ name }) => name)
}

async function setBack(
  tx: Tx,
  table: string,
  columns: string[],
  hours: number,
  where: ReturnType<typeof sql>,
): Promise<void> {
  const earlier = columns.map(
    (column) => sql`${sql.ref(column)} = ${sql.ref(column)} - make_interval(hours => ${hours})`,
  )
  await sql`update ${sql.table(table)} set ${sql.join(earlier)} where ${where}`.execute(tx)
}

/** Moments inside JSON: what was done with a mail of the sandbox, and when a task is due. */
async function setBackWrittenMoments(tx: Tx, workspaceId: number, hours: number): Promise<void> {
  await sql`
    update sandbox_mail set actions = (
      select jsonb_agg(done || jsonb_build_object('at', (done->>'at')::timestamptz - make_interval(hours => ${hours})) order by nth)
      from jsonb_array_elements(actions) with ordinality a(done, nth)
    ) where workspace_id = ${workspaceId} and actions <> '[]'
  `.execute(tx)
  await sql`
    update step set output = output || jsonb_build_object('dueAt', (output->>'dueAt')::timestamptz - make_interval(hours => ${hours}))
    where workspace_id = ${workspaceId} and output ? 'dueAt'
  `.execute(tx)
}
