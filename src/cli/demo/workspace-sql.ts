import type { App } from '../../app.ts'
import { type Database, sql, type Tx } from '../../db/database.ts'
import { Problem } from '../../errors.ts'
import { createAccount } from '../../workspaces/account-queries.ts'
import { createApiKey, revokeApiKey } from '../../workspaces/api-key-queries.ts'
import { audit } from '../../workspaces/audit.ts'
import { hashPassword } from '../../workspaces/password.ts'
import { createWorkspace } from '../../workspaces/setup-queries.ts'

export const demoEmail = 'demo@harbor.example'
export const demoWorkspaceName = 'Harbor Analytics (demo)'

/** Any fixed number; held while the demo is loaded, so that two commands at once do not undo one another. */
const demoLock = 7_310_226_183
/** Written last: a demo without it was cut off while it was loaded. */
const loadedAction = 'demo.loaded'

/** An empty demo workspace, with a key to fill it. */
export interface EmptyDemo {
  workspaceId: number
  keyId: string
  key: string
}

/** Runs `load` while no other command loads the demo. @throws Problem `wrong_state` when one does */
export async function whileAlone<Answer>({ pool }: Database, load: () => Promise<Answer>): Promise<Answer> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [demoLock])
    if (!rows[0]?.mine) throw new Problem('wrong_state', 'Another command is loading the demo workspace right now.')
    return await load()
  } finally {
    // Ends the session, and with it the lock.
    client.release(true)
  }
}

/** Makes the workspace and its login; null when there is a whole one. What an interrupted call left is removed first. */
export async function makeEmptyDemo({ db }: App, password: string): Promise<EmptyDemo | null> {
  const passwordHash = await hashPassword(password)
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ workspaceId: number; loaded: boolean }>`
      select m.workspace_id as "workspaceId",
        exists (select from audit_log l where l.workspace_id = m.workspace_id and l.action = ${loadedAction}) as loaded
      from account a join member m on m.account_id = a.id where a.email = ${demoEmail} order by m.workspace_id limit 1
    `.execute(tx)
    if (rows[0]?.loaded) return null
    if (rows[0]) await remove(tx, rows[0].workspaceId)
    const workspaceId = await createWorkspace(tx, demoWorkspaceName)
    const accountId = await createAccount(tx, { email: demoEmail, name: 'Mara Demo', passwordHash })
    if (accountId === undefined) throw new Problem('already_exists', `There is an account ${demoEmail} already.`)
    await sql`insert into member (workspace_id, account_id, role) values (${workspaceId}, ${accountId}, 'owner')`.execute(
      tx,
    )
    const { id, key } = await createApiKey(tx, { workspaceId, name: 'Demo loader', role: 'owner' })
    return { workspaceId, keyId: id, key }
  })
}

/** Says that the demo is whole, and ends the key that filled it. */
export async function finishDemo({ db }: App, { workspaceId, keyId }: EmptyDemo): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await revokeApiKey(tx, workspaceId, keyId)
    await audit(tx, { workspaceId, actor: { text: 'cli' } }, loadedAction, 'workspace', workspaceId)
  })
}

/** Takes away a demo that could not be loaded. */
export async function removeDemo({ db }: App, workspaceId: number): Promise<void> {
  await db.transaction().execute((tx) => remove(tx, workspaceId))
}

async function remove(tx: Tx, workspaceId: number): Promise<void> {
  await sql`delete from run_inbox where campaign_id in (select id from campaign where workspace_id = ${workspaceId})`.execute(
    tx,
  )
  // The tables without a foreign key to the workspace; the others go with it.
  for (const table of [
    ...['run', 'step', 'event', 'tally', 'firing', 'message', 'message_content', 'tracking_hit', 'segment_member'],
    ...['run_goal', 'fit_score', 'fit_assessment', 'idempotency_key', 'audit_log'],
    ...['analytics_run', 'analytics_funnel', 'analytics_message', 'analytics_count'],
  ]) {
    await sql`delete from ${sql.table(table)} where workspace_id = ${workspaceId}`.execute(tx)
  }
  // Before the rest: campaigns hold on to products and segments.
  await sql`delete from campaign where workspace_id = ${workspaceId}`.execute(tx)
  await sql`delete from workspace where id = ${workspaceId}`.execute(tx)
  await sql`delete from account where email = ${demoEmail}`.execute(tx)
}
