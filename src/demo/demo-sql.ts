import { type Db, sql, type Tx } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { createApiKey, revokeApiKey } from '../workspaces/api-key-queries.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { createWorkspace } from '../workspaces/setup-queries.ts'

/** What a demo workspace is called. */
export const demoWorkspaceName = 'Harbor Analytics (demo)'

/** Any fixed number; held with a workspace's id while somebody works on its demo. */
const demoLock = 7_310
/** How often a demo that was cut off is made anew before it is given up. */
const mostAttempts = 3

/** A demo workspace as the loop and its owner see it. */
export interface Demo {
  workspaceId: number
  accountId: string | null
  state: 'loading' | 'ready' | 'failed' | 'removing'
  /** While it loads: how many stages are done. */
  stage: number
  begun: boolean
  attempt: number
  facts: Record<string, unknown>
  error: string | null
}

const columns = sql`d.workspace_id as "workspaceId", d.account_id as "accountId", d.state, d.stage, d.begun, d.attempt, d.facts, d.error`

/** The demo of an account, other than one that is being removed. */
export async function demoOf(db: Db | Tx, accountId: string): Promise<Demo | undefined> {
  const { rows } = await sql<Demo>`
    select ${columns} from demo d where d.account_id = ${accountId} and d.state <> 'removing' order by d.workspace_id desc limit 1
  `.execute(db)
  return rows[0]
}

/** Whether a workspace is a demo: it sends to the sandbox mailbox alone. */
export async function isDemo(db: Db | Tx, workspaceId: number): Promise<boolean> {
  const { rows } = await sql<{ demo: boolean }>`
    select exists (select from demo where workspace_id = ${workspaceId}) as demo
  `.execute(db)
  return rows[0]?.demo ?? false
}

/** Asks for a demo workspace of an account; the loop fills it. One that failed goes. Answers with the one there is, or is to be. */
export async function requestDemo(tx: Tx, accountId: string): Promise<Demo> {
  // Two clicks at once: the second waits here and finds the first one's.
  await sql`select from account where id = ${accountId} for no key update`.execute(tx)
  const there = await demoOf(tx, accountId)
  if (there && there.state !== 'failed') return there
  if (there) await beginRemoval(tx, there.workspaceId)
  return await newDemo(tx, accountId, 1)
}

async function newDemo(tx: Tx, accountId: string, attempt: number): Promise<Demo> {
  const workspaceId = await createWorkspace(tx, demoWorkspaceName)
  await sql`insert into member (workspace_id, account_id, role) values (${workspaceId}, ${accountId}, 'owner')`.execute(
    tx,
  )
  const { rows } = await sql<Demo>`
    insert into demo as d (workspace_id, account_id, attempt) values (${workspaceId}, ${accountId}, ${attempt}) returning ${columns}
  `.execute(tx)
  if (!rows[0]) throw new Error('The demo was not made.')
  return rows[0]
}

/**
 * Marks a demo for removal. From then on nobody is in it and nothing moves there; the loop takes its rows away. Logins that lead nowhere
 * else go at once.
 */
export async function beginRemoval(tx: Tx, workspaceId: number): Promise<void> {
  // Waits for batches in hand, as every status move does: what is under way ends before the rows go.
  await sql`select pg_advisory_xact_lock(1, lock_key) from campaign where workspace_id = ${workspaceId} order by id`.execute(
    tx,
  )
  await sql`
    update campaign set status = 'archived', archived_at = now(), runs_closed_at = now() where workspace_id = ${workspaceId}
  `.execute(tx)
  await sql`update demo set state = 'removing', account_id = null where workspace_id = ${workspaceId}`.execute(tx)
  await sql`
    delete from account a using member m where m.workspace_id = ${workspaceId} and m.account_id = a.id
      and not exists (select from member o where o.account_id = a.id and o.workspace_id <> ${workspaceId})
  `.execute(tx)
  for (const table of ['session', 'member', 'api_key']) {
    await sql`delete from ${sql.table(table)} where workspace_id = ${workspaceId}`.execute(tx)
  }
}

/** Demos that are to be filled or removed, oldest first. */
export async function demosUnderWay(db: Db): Promise<Demo[]> {
  const { rows } = await sql<Demo>`
    select ${columns} from demo d where d.state in ('loading', 'removing') order by d.workspace_id limit 10
  `.execute(db)
  return rows
}

/** Runs `work` unless another process works on this demo; the lock goes with the connection, whatever becomes of the process. */
export async function aloneWith<Answer>(
  db: Db,
  workspaceId: number,
  work: () => Promise<Answer>,
): Promise<Answer | undefined> {
  return await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ mine: boolean }>`
      select pg_try_advisory_lock(${demoLock}, ${workspaceId}) as mine
    `.execute(connection)
    if (!rows[0]?.mine) return undefined
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(${demoLock}, ${workspaceId})`.execute(connection)
    }
  })
}

/** The demo as it is now. */
export async function readDemo(db: Db | Tx, workspaceId: number): Promise<Demo | undefined> {
  const { rows } = await sql<Demo>`select ${columns} from demo d where d.workspace_id = ${workspaceId}`.execute(db)
  return rows[0]
}

/** Notes that a stage begins; answers false when the demo is not loading any more. */
export async function beginStage(db: Db, workspaceId: number): Promise<boolean> {
  const { rows } = await sql`
    update demo set begun = true where workspace_id = ${workspaceId} and state = 'loading' returning 1
  `.execute(db)
  return rows.length > 0
}

/** Notes that a stage is done, and what it found; after the last one the demo is ready. */
export async function endStage(tx: Tx, workspaceId: number, facts: unknown, last: boolean): Promise<void> {
  await sql`
    update demo set stage = stage + 1, begun = false, facts = facts || ${JSON.stringify(facts ?? {})}::jsonb,
      state = case when ${last} then 'ready' else state end
    where workspace_id = ${workspaceId} and state = 'loading'
  `.execute(tx)
  if (!last) return
  // Its own making is no news: only mail that comes from now on counts as new.
  await sql`
    update member set sandbox_seen_id = (select coalesce(max(id), 0) from sandbox_mail where workspace_id = ${workspaceId})
    where workspace_id = ${workspaceId}
  `.execute(tx)
  await audit(tx, loader(workspaceId), 'demo.loaded', 'workspace', workspaceId)
}

/** A demo whose stage nobody finished: another workspace is begun in its place, or after some attempts it is given up. */
export async function beginAnew(db: Db, demo: Demo): Promise<void> {
  const { workspaceId, accountId, attempt } = demo
  if (accountId === null || attempt >= mostAttempts) {
    await failDemo(db, workspaceId, 'It was cut off while it was loaded, several times.')
    return
  }
  await db.transaction().execute(async (tx) => {
    await sql`update demo set state = 'failed' where workspace_id = ${workspaceId}`.execute(tx)
    await newDemo(tx, accountId, attempt + 1)
    await beginRemoval(tx, workspaceId)
  })
}

/** Gives a demo up and keeps the reason for its owner. */
export async function failDemo(db: Db, workspaceId: number, error: string): Promise<void> {
  await sql`
    update demo set state = 'failed', error = ${error} where workspace_id = ${workspaceId} and state = 'loading'
  `.execute(db)
}

/** Runs `work` with a key of the demo's workspace that ends with it. */
export async function withKey<Answer>(
  db: Db,
  workspaceId: number,
  work: (key: string) => Promise<Answer>,
): Promise<Answer> {
  const { id, key } = await createApiKey(db, { workspaceId, name: 'Demo loader', role: 'owner' })
  try {
    return await work(key)
  } finally {
    await db.transaction().execute((tx) => revokeApiKey(tx, workspaceId, id))
  }
}

const loader = (workspaceId: number): AuditContext => ({ workspaceId, actor: { text: 'demo' } })

/** Whether something is still due in the workspace: a newcomer to find, a firing under way, a run to advance, a message to hand over. */
export async function isBusy(db: Db | Tx, workspaceId: number): Promise<boolean> {
  const { rows } = await sql<{ busy: boolean }>`
    with moving as (
      select id, now() - paused_total as clock from campaign where workspace_id = ${workspaceId} and status in ('active', 'completed')
    )
    select exists (select from firing where workspace_id = ${workspaceId} and status in ('scheduled', 'running'))
      or exists (
        select from event e, bus_cursor b where b.name = 'keep-enrolling' and (e.xid, e.id) > (b.xid, b.id) and e.workspace_id = ${workspaceId}
      )
      or exists (select from run r join moving m on m.id = r.campaign_id where r.finished_at is null and r.wake_at <= m.clock)
      or exists (select from run_inbox i join moving m on m.id = i.campaign_id)
      or exists (select from message q join moving m on m.id = q.campaign_id where q.state in ('queued', 'claimed', 'handing'))
      as busy
  `.execute(db)
  return rows[0]?.busy ?? false
}

/** @throws Problem `wrong_state` in a demo workspace, which never writes to anybody outside */
export async function requireNoDemo(db: Db | Tx, workspaceId: number): Promise<void> {
  if (!(await isDemo(db, workspaceId))) return
  throw new Problem(
    'wrong_state',
    'This is a demo workspace: it sends to the sandbox mailbox alone. Connect a sender in your own.',
    {
      extra: { state: 'demo', allowed: [] },
    },
  )
}
