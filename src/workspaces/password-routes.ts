import { z } from 'zod'
import type { App } from '../app.ts'
import type { Db, Tx } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import { createRateLimit, type RateLimit } from '../http/rate-limit.ts'
import { idParams, instant, nothing, route } from '../http/route.ts'
import { newToken, tokenHash } from '../keyring.ts'
import { endSessions, findAccount, memberships, updateAccount } from './account-queries.ts'
import { audit } from './audit.ts'
import { forgiveLogins } from './auth-routes.ts'
import { email, password } from './fields.ts'
import { lockMember } from './member-queries.ts'
import { hashPassword, requireGoodPassword } from './password.ts'
import { addPasswordReset, findPasswordReset, isBeyond, resetMinutes, usePasswordReset } from './password-queries.ts'
import { requireChangeable } from './roles.ts'
import { sendSystemMail } from './system-mail.ts'

const hourMs = 60 * 60_000
const limitsOf = new WeakMap<App, { address: RateLimit; network: RateLimit }>()

/** Requests for a link: 3 an address, 30 a network, in an hour (TRUST S30). By the address that was typed, known or not. */
function requestLimits(app: App): { address: RateLimit; network: RateLimit } {
  let limits = limitsOf.get(app)
  if (!limits) {
    limits = {
      address: createRateLimit({ max: 3, windowMs: hourMs, what: 'links for this address' }),
      network: createRateLimit({ max: 30, windowMs: hourMs, what: 'links from this network' }),
    }
    limitsOf.set(app, limits)
  }
  return limits
}

/** The link itself. Behind the #: never sent to a server, so in no log and no Referer. */
export const resetLink = (origin: string, token: string): string => `${origin}/reset#token=${token}`

/** Writes into the log of every workspace of a person, who is the same person there. `byThem`: as their own deed. */
async function auditEverywhere(
  tx: Db | Tx,
  accountId: string,
  from: { ip: string; requestId: string },
  action: string,
  byThem: boolean,
): Promise<void> {
  for (const { workspaceId, memberId } of await memberships(tx, accountId)) {
    const actor = { text: byThem ? `member:${memberId}` : 'public' }
    await audit(tx, { workspaceId, actor, ...from }, action, 'account', accountId)
  }
}

const forgot = route(
  {
    method: 'POST',
    path: '/auth/forgot',
    id: 'forgotPassword',
    summary: 'Mail a link to choose a new password; the answer is the same whether there is such an account or not',
    access: 'public',
    body: z.strictObject({ email }),
    response: z.object({ minutes: z.int() }),
    status: 202,
    errors: ['rate_limited', 'wrong_state'],
  },
  async ({ app, body, ip, requestId }) => {
    const { systemMail, publicUrl } = app.env
    // The address that the request names is whatever its sender wrote; a link to there would hand them the token.
    if (systemMail === undefined || publicUrl === undefined) {
      throw new Problem(
        'wrong_state',
        'This installation sends no mail to its members. An owner or admin makes a link in Settings > Members; whoever runs the server: throughline reset-password --email ADDRESS.',
      )
    }
    const limits = requestLimits(app)
    limits.network.take(ip)
    limits.address.take(body.email.toLowerCase())
    // After the answer, which must not take longer for an address that is known.
    setImmediate(() => void mailLink(app, body.email, { origin: new URL(publicUrl).origin, ip, requestId }))
    return { minutes: resetMinutes }
  },
)

/** Makes and mails a link, if there is somebody who could use it. What goes wrong is in the log, as nobody is there to be told. */
async function mailLink(
  app: App,
  address: string,
  { origin, ip, requestId }: { origin: string; ip: string; requestId: string },
): Promise<void> {
  try {
    const account = await findAccount(app.db, address)
    if (!account || (await memberships(app.db, account.id)).length === 0) return
    const token = newToken()
    await app.db.transaction().execute(async (tx) => {
      await addPasswordReset(tx, account.id, tokenHash(token))
      await auditEverywhere(tx, account.id, { ip, requestId }, 'password.link-mailed', false)
    })
    await sendSystemMail(app, {
      to: account.email,
      subject: 'Choose a new password',
      paragraphs: [
        `Somebody, most likely you, asked for a new password of ${account.email} at ${new URL(origin).host}.`,
        'This link lets you choose one. It works once, for an hour:',
        resetLink(origin, token),
        'If it was not you, there is nothing to do: your password stays as it is.',
      ],
    })
  } catch (error) {
    app.log.error({ err: error, requestId }, 'The mail with a link for a new password could not be sent')
  }
}

const token = z.string().regex(/^[\w-]{43}$/, 'Copy the whole link.')
const noLink = (): Problem =>
  new Problem(
    'not_found',
    'This link does not hold any more: it was used, or is older than an hour. Ask for a new one.',
  )

const showReset = route(
  {
    method: 'POST',
    path: '/auth/reset/check',
    id: 'checkPasswordReset',
    summary: 'Whose password a link changes, before it does',
    access: 'public',
    body: z.strictObject({ token }),
    response: z.object({ email: z.string() }),
    errors: ['not_found'],
  },
  async ({ app, body }) => {
    const found = await findPasswordReset(app.db, tokenHash(body.token))
    if (!found) throw noLink()
    return { email: found.email }
  },
)

const reset = route(
  {
    method: 'POST',
    path: '/auth/reset',
    id: 'resetPassword',
    summary: 'Choose a new password with the token of a link, once; all sessions of the person end',
    access: 'public',
    body: z.strictObject({ token, password }),
    response: nothing,
    status: 204,
    errors: ['not_found'],
  },
  async ({ app, body, ip, requestId }) => {
    const hash = tokenHash(body.token)
    const found = await findPasswordReset(app.db, hash)
    if (!found) throw noLink()
    requireGoodPassword(body.password, found.email)
    const passwordHash = await hashPassword(body.password)
    await app.db.transaction().execute(async (tx) => {
      if (!(await usePasswordReset(tx, hash))) throw noLink()
      await updateAccount(tx, found.accountId, { passwordHash })
      await endSessions(tx, found.accountId, null)
      await auditEverywhere(tx, found.accountId, { ip, requestId }, 'password.reset', true)
    })
    forgiveLogins(app, { email: found.email, ip })
    return undefined
  },
)

const makeLink = route(
  {
    method: 'POST',
    path: '/members/:id/reset-link',
    id: 'makeResetLink',
    summary: 'A link by which a member chooses a new password; it is shown only now and holds for an hour',
    access: 'members.manage',
    params: idParams,
    body: z.strictObject({}).optional(),
    response: z.object({ link: z.url(), email: z.string(), expiresAt: instant }),
    errors: ['forbidden'],
  },
  async (context) => {
    const { app, workspaceId, params, actor, origin } = context
    const made = newToken()
    return await app.db.transaction().execute(async (tx) => {
      const member = await lockMember(tx, workspaceId, params.id)
      if (!member) throw notFound('member')
      requireChangeable(actor.role, member, member.role)
      if (await isBeyond(tx, member.accountId, actor.accountId, workspaceId)) {
        throw new Problem(
          'forbidden',
          'They are in another workspace too, where you could not change them. They ask for a link themselves, or whoever runs the server makes one: throughline reset-password --email ADDRESS.',
        )
      }
      const expiresAt = await addPasswordReset(tx, member.accountId, tokenHash(made))
      await audit(tx, context, 'password.link-made', 'member', member.id)
      return { link: resetLink(origin, made), email: member.email, expiresAt }
    })
  },
)

/** For whoever forgot a password. */
export const passwordRoutes = [forgot, showReset, reset, makeLink] as const
