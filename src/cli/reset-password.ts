import { Problem } from '../errors.ts'
import { newToken, tokenHash } from '../keyring.ts'
import { openApp } from '../open-app.ts'
import { findAccount, memberships } from '../workspaces/account-queries.ts'
import { audit } from '../workspaces/audit.ts'
import { addPasswordReset } from '../workspaces/password-queries.ts'
import { resetLink } from '../workspaces/password-routes.ts'
import type { Command } from './command.ts'

export default {
  usage: 'reset-password --email E',
  summary: 'Print a link by which somebody who is locked out chooses a new password.',
  details:
    'The link works once, for an hour. It leads to PUBLIC_URL, or to this machine. Their sessions end when they use it.',
  options: { email: { type: 'string', value: 'EMAIL', help: 'The address that they sign in with' } },
  async run({ env, log, text }) {
    const email = text('email')?.trim()
    if (!email) throw new Problem('invalid', 'Give the --email that they sign in with.')
    await using opened = await openApp({ env, log, role: 'command' })
    const { db } = opened.app
    const account = await findAccount(db, email)
    if (!account) throw new Problem('not_found', `Nobody signs in with ${email}.`)
    const token = newToken()
    const expiresAt = await db.transaction().execute(async (tx) => {
      for (const { workspaceId } of await memberships(tx, account.id)) {
        await audit(tx, { workspaceId, actor: { text: 'cli' } }, 'password.link-made', 'account', account.id)
      }
      return await addPasswordReset(tx, account.id, tokenHash(token))
    })
    const link = resetLink(env.publicUrl ?? `http://localhost:${env.port}`, token)
    return { data: { email: account.email, link, expiresAt: expiresAt.toISOString() }, text: link }
  },
} satisfies Command
