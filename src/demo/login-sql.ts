import type { Db } from '../db/database.ts'
import { createAccount, findAccount, updateAccount } from '../workspaces/account-queries.ts'
import { demoOf, requestDemo } from './demo-sql.ts'

/** Whom the command line makes a demo for: a login of its own, which opens nothing else. */
export const demoEmail = 'demo@harbor.example'

/**
 * The demo login, and its workspace asked for. `isWhole` when it was there already: nothing changes then. One that was cut off while it was
 * loaded goes on, with this password.
 */
export async function demoLogin(db: Db, passwordHash: string): Promise<{ accountId: string; isWhole: boolean }> {
  return await db.transaction().execute(async (tx) => {
    const account = await findAccount(tx, demoEmail)
    const accountId = account?.id ?? (await createAccount(tx, { email: demoEmail, name: 'Mara Demo', passwordHash }))
    if (accountId === undefined) throw new Error(`The account ${demoEmail} was made by somebody else at this moment.`)
    if ((await demoOf(tx, accountId))?.state === 'ready') return { accountId, isWhole: true }
    await updateAccount(tx, accountId, { passwordHash })
    await requestDemo(tx, accountId)
    return { accountId, isWhole: false }
  })
}
