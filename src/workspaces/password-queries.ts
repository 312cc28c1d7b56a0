import { type Db, sql, type Tx } from '../db/database.ts'

/** How long a link to choose a new password holds, in minutes. */
export const resetMinutes = 60

/** Makes a link's row and clears away what ran out. Earlier links hold on: a second request must not spoil the mail of the first. */
export async function addPasswordReset(tx: Db | Tx, accountId: string, tokenHash: Buffer): Promise<Date> {
  await sql`delete from password_reset where expires_at < now()`.execute(tx)
  const { rows } = await sql<{ expiresAt: Date }>`
    insert into password_reset (token_hash, account_id, expires_at)
    values (${tokenHash}, ${accountId}, now() + make_interval(mins => ${resetMinutes}))
    returning expires_at as "expiresAt"
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The link was not made.')
  return row.expiresAt
}

/** Whose link it is, while it holds. */
export async function findPasswordReset(
  db: Db | Tx,
  tokenHash: Buffer,
): Promise<{ accountId: string; email: string } | undefined> {
  const { rows } = await sql<{ accountId: string; email: string }>`
    select a.id as "accountId", a.email from password_reset r join account a on a.id = r.account_id
    where r.token_hash = ${tokenHash} and r.expires_at > now()
  `.execute(db)
  return rows[0]
}

/** Uses a link up, and with it all others of the account; false when it was used meanwhile. */
export async function usePasswordReset(tx: Tx, tokenHash: Buffer): Promise<boolean> {
  const { rows } = await sql<{ accountId: string }>`
    delete from password_reset where token_hash = ${tokenHash} and expires_at > now() returning account_id as "accountId"
  `.execute(tx)
  const [used] = rows
  if (!used) return false
  await sql`delete from password_reset where account_id = ${used.accountId}`.execute(tx)
  return true
}

/**
 * Whether a person is in a workspace where somebody may not set their password: one that the other is not in, or where they stand
 * above them. `actorAccountId` is null for an API key, which is at home in `workspaceId` alone.
 */
export async function isBeyond(
  db: Db | Tx,
  accountId: string,
  actorAccountId: string | null,
  workspaceId: number,
): Promise<boolean> {
  const { rows } = await sql<{ beyond: boolean }>`
    select exists (
      select from member target
      where target.account_id = ${accountId} and target.left_at is null
        and not exists (
          select from member own
          where own.workspace_id = target.workspace_id and own.account_id = ${actorAccountId}::uuid and own.left_at is null
            and array_position(array['member', 'admin', 'owner'], own.role) >= array_position(array['member', 'admin', 'owner'], target.role)
        )
        and not (${actorAccountId}::uuid is null and target.workspace_id = ${workspaceId})
    ) as beyond
  `.execute(db)
  return rows[0]?.beyond ?? true
}
