import { type Db, sql, type Tx } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { audit } from './audit.ts'
import { hashPassword, requireGoodPassword } from './password.ts'

/** Any fixed number; held while the first owner is made, so that two at once make one. */
const setupLock = 7_310_226_182

/** The first owner. */
export interface Owner {
  accountId: string
  memberId: string
  workspaceId: number
}

/** Whether nobody can sign in yet: the next visitor becomes the owner. */
export async function needsSetup(db: Db | Tx): Promise<boolean> {
  const { rows } = await sql<{ none: boolean }>`select not exists (select from account) as none`.execute(db)
  return rows[0]?.none ?? true
}

/** Makes a workspace with what each has from the start: the sandbox as a sending account. Answers with its id. */
export async function createWorkspace(tx: Tx, name: string): Promise<number> {
  const { id } = await tx.insertInto('workspace').values({ name }).returning('id').executeTakeFirstOrThrow()
  await tx
    .insertInto('credential')
    .values({ workspace_id: id, type: 'sandbox', name: 'Sandbox mailbox', health: 'ok', health_at: new Date() })
    .execute()
  return id
}

/**
 * Makes the first account, its workspace and their membership. `name` is the person's; without one, what stands before the @.
 * @throws Problem `already_set_up` when there is an account, `invalid` for a password that is too easy
 */
export async function setupOwner(
  db: Db,
  first: { email: string; password: string; workspace: string; name?: string | undefined },
): Promise<Owner> {
  const { email, password } = first
  if (!(await needsSetup(db))) throw alreadySetUp()
  requireGoodPassword(password, email)
  const passwordHash = await hashPassword(password)
  return await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${setupLock})`.execute(tx)
    if (!(await needsSetup(tx))) throw alreadySetUp()
    const workspaceId = await createWorkspace(tx, first.workspace)
    const name = first.name ?? email.split('@')[0] ?? email
    const account = await tx
      .insertInto('account')
      .values({ email, name, password_hash: passwordHash })
      .returning('id')
      .executeTakeFirstOrThrow()
    const member = await tx
      .insertInto('member')
      .values({ workspace_id: workspaceId, account_id: account.id, role: 'owner' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await audit(
      tx,
      { workspaceId, actor: { text: `member:${member.id}` } },
      'workspace.created',
      'workspace',
      workspaceId,
      {
        name: first.workspace,
      },
    )
    return { accountId: account.id, memberId: member.id, workspaceId }
  })
}

const alreadySetUp = (): Problem =>
  new Problem('already_set_up', 'The first owner exists already. Sign in, or ask them for an invitation.')
