import { z } from 'zod'
import type { App } from '../app.ts'
import { Problem } from '../errors.ts'
import { type Action, allows, leastRole, type Role } from '../http/access.ts'
import { createRateLimit, type RateLimit } from '../http/rate-limit.ts'
import { type Context, nothing, route } from '../http/route.ts'
import { absoluteDays, readSessionToken, sessionCookie } from '../http/session.ts'
import { newToken, tokenHash } from '../keyring.ts'
import {
  endSession,
  endSessions,
  findAccount,
  getAccount,
  memberships,
  startSession,
  updateAccount,
} from './account-queries.ts'
import { audit } from './audit.ts'
import { email, name, password, role, timezone } from './fields.ts'
import { acceptInvitation, findInvitation } from './member-queries.ts'
import { hashPassword, requireGoodPassword, verifyPassword } from './password.ts'
import { getWorkspace } from './queries.ts'
import { needsSetup, setupOwner } from './setup-queries.ts'

const actions = Object.keys(leastRole) as [Action, ...Action[]]

/** Who is signed in, where, and what they may do there. */
const me = z
  .object({
    account: z
      .object({ id: z.uuid(), email: z.string(), name: z.string(), timezone: z.string().nullable() })
      .nullable(),
    memberId: z.uuid().nullable(),
    apiKey: z.object({ id: z.uuid(), name: z.string() }).nullable(),
    role,
    workspace: z.object({ id: z.int(), name: z.string(), isDemo: z.boolean() }),
    workspaces: z.array(z.object({ id: z.int(), name: z.string(), role, isDemo: z.boolean() })),
    actions: z.array(z.enum(actions)),
  })
  .meta({ id: 'Me' })

interface LoginLimits {
  account: RateLimit
  network: RateLimit
}

const windowMs = 15 * 60_000
const limitsOf = new WeakMap<App, LoginLimits>()

/** Failed logins: 5 an account and address, 50 an address, in 15 min (TRUST S30, S7). */
function loginLimits(app: App): LoginLimits {
  let limits = limitsOf.get(app)
  if (!limits) {
    limits = {
      account: createRateLimit({ max: 5, windowMs, what: 'failed logins for this account' }),
      network: createRateLimit({ max: 50, windowMs, what: 'failed logins from this address' }),
    }
    limitsOf.set(app, limits)
  }
  return limits
}

/** Who proved by other means that the account is theirs is not kept out by what was guessed before. */
export function forgiveLogins(app: App, { email, ip }: { email: string; ip: string }): void {
  loginLimits(app).account.forget(`${email.toLowerCase()} ${ip}`)
}

/** Compared with when there is no such account, so that the answer takes as long as for a real one. */
let decoy: Promise<string> | undefined

/** Checks address and password. @throws Problem `bad_credentials`, `rate_limited` */
async function checkLogin(app: App, given: { email: string; password: string; ip: string }) {
  const limits = loginLimits(app)
  const who = `${given.email.toLowerCase()} ${given.ip}`
  limits.network.take(given.ip)
  // Taken before the password is checked: a hundred guesses at once are a hundred guesses.
  limits.account.take(who)
  const account = await findAccount(app.db, given.email)
  decoy ??= hashPassword(newToken())
  const isRight = await verifyPassword(given.password, account?.passwordHash ?? (await decoy))
  if (!account || !isRight) {
    const [first] = account ? await memberships(app.db, account.id) : []
    if (account && first) {
      const context = { workspaceId: first.workspaceId, actor: { text: 'public' }, ip: given.ip }
      await audit(app.db, context, 'login.failed', 'account', account.id)
    }
    throw new Problem('bad_credentials', 'Email or password is wrong.')
  }
  limits.account.giveBack(who)
  limits.network.giveBack(given.ip)
  return account
}

type AnyContext = Pick<Context<never, never, never>, 'app' | 'header' | 'headers' | 'ip' | 'requestId'>

/** Signs the browser in: a new session in place of the one it had. */
async function signIn(context: AnyContext, accountId: string, workspaceId: number, memberId: string): Promise<void> {
  const { app, headers } = context
  const token = newToken()
  const old = readSessionToken(app.env, headers.cookie as string | undefined)
  await app.db.transaction().execute(async (tx) => {
    if (old !== null) await endSession(tx, tokenHash(old))
    const { ip, requestId } = context
    const userAgent = headers['user-agent']?.toString().slice(0, 500) ?? null
    await startSession(tx, { tokenHash: tokenHash(token), accountId, workspaceId, days: absoluteDays, ip, userAgent })
    await audit(
      tx,
      { workspaceId, actor: { text: `member:${memberId}` }, ip, requestId },
      'login',
      'account',
      accountId,
    )
  })
  context.header('set-cookie', sessionCookie(app.env, token))
}

async function describe(
  app: App,
  who: {
    accountId: string | null
    workspaceId: number
    memberId: string | null
    role: Role
    key?: { id: string; name: string }
  },
): Promise<z.output<typeof me>> {
  const account = who.accountId === null ? null : ((await getAccount(app.db, who.accountId)) ?? null)
  const all = account ? await memberships(app.db, account.id) : []
  const { id, name: workspaceName, isDemo } = await getWorkspace(app.db, who.workspaceId)
  const workspace = { id, name: workspaceName, isDemo }
  return {
    account: account && { id: account.id, email: account.email, name: account.name, timezone: account.timezone },
    memberId: who.memberId,
    apiKey: who.key ?? null,
    role: who.role,
    workspace,
    workspaces: account
      ? all.map((one) => ({ id: one.workspaceId, name: one.workspaceName, role: one.role, isDemo: one.isDemo }))
      : [{ ...workspace, role: who.role }],
    actions: actions.filter((action) => allows(who.role, action)),
  }
}

const status = route(
  {
    method: 'GET',
    path: '/auth/status',
    id: 'authStatus',
    summary: 'Whether the first owner is still to be created, and whether a forgotten password is mailed a link',
    access: 'public',
    response: z.object({ needsSetup: z.boolean(), mailsLinks: z.boolean() }),
  },
  async ({ app }) => ({ needsSetup: await needsSetup(app.db), mailsLinks: app.env.systemMail !== undefined }),
)

const setup = route(
  {
    method: 'POST',
    path: '/auth/setup',
    id: 'setup',
    summary: 'Create the first owner and the workspace, and sign in; works once',
    access: 'public',
    body: z.strictObject({ email, password, workspace: name, name: name.optional() }),
    response: me,
    status: 201,
    errors: ['already_set_up'],
  },
  async (context) => {
    const { app, body } = context
    const { accountId, workspaceId, memberId } = await setupOwner(app.db, body)
    await signIn(context, accountId, workspaceId, memberId)
    return await describe(app, { accountId, workspaceId, memberId, role: 'owner' })
  },
)

const login = route(
  {
    method: 'POST',
    path: '/auth/login',
    id: 'login',
    summary: 'Sign in with email and password',
    access: 'public',
    body: z.strictObject({ email, password }),
    response: me,
    errors: ['bad_credentials', 'rate_limited'],
  },
  async (context) => {
    const { app, body, ip } = context
    const account = await checkLogin(app, { ...body, ip })
    const [first] = await memberships(app.db, account.id)
    if (!first) throw new Problem('bad_credentials', 'This account is in no workspace any more; ask for an invitation.')
    await signIn(context, account.id, first.workspaceId, first.memberId)
    return await describe(app, { accountId: account.id, ...first })
  },
)

const logout = route(
  {
    method: 'POST',
    path: '/auth/logout',
    id: 'logout',
    summary: 'Sign out here, or with everywhere on all devices',
    access: 'signed-in',
    body: z.strictObject({ everywhere: z.boolean().default(false) }).optional(),
    response: nothing,
    status: 204,
  },
  async ({ app, actor, body, header, headers }) => {
    const token = readSessionToken(app.env, headers.cookie as string | undefined)
    if (actor.accountId !== null && body?.everywhere) await endSessions(app.db, actor.accountId, null)
    else if (actor.accountId !== null && token !== null) await endSession(app.db, tokenHash(token))
    header('set-cookie', sessionCookie(app.env, null))
    return undefined
  },
)

const getMe = route(
  {
    method: 'GET',
    path: '/me',
    id: 'getMe',
    summary: 'Who is calling, in which workspace, and what they may do',
    access: 'signed-in',
    response: me,
  },
  async ({ app, actor, workspaceId }) => {
    const key = actor.accountId === null ? { id: actor.text.replace(/^key:/, ''), name: actor.name } : undefined
    return await describe(app, { ...actor, workspaceId, ...(key && { key }) })
  },
)

const patchMe = route(
  {
    method: 'PATCH',
    path: '/me',
    id: 'updateMe',
    summary:
      'Change one’s own name, time zone (null: the browser’s) or password; a new password ends all other sessions',
    access: 'signed-in',
    body: z.strictObject({
      name: name.optional(),
      timezone: timezone.nullish(),
      password: password.optional(),
      currentPassword: password.optional(),
    }),
    response: me,
    errors: ['bad_credentials', 'rate_limited', 'wrong_state'],
  },
  async (context) => {
    const { app, actor, body, workspaceId, ip } = context
    const { accountId, memberId } = actor
    const account = accountId === null ? undefined : await getAccount(app.db, accountId)
    if (!account || memberId === null)
      throw new Problem('wrong_state', 'An API key has no name or password of its own to change.')
    let passwordHash: string | undefined
    if (body.password !== undefined) {
      await checkLogin(app, { email: account.email, password: body.currentPassword ?? '', ip })
      requireGoodPassword(body.password, account.email)
      passwordHash = await hashPassword(body.password)
    }
    await app.db.transaction().execute(async (tx) => {
      await updateAccount(tx, account.id, { name: body.name, timezone: body.timezone, passwordHash })
      if (passwordHash !== undefined) await endSessions(tx, account.id, null)
      const changes = {
        ...(body.name !== undefined && body.name !== account.name && { name: { from: account.name, to: body.name } }),
        ...(body.timezone !== undefined &&
          body.timezone !== account.timezone && { timezone: { from: account.timezone, to: body.timezone } }),
        ...(passwordHash !== undefined && { password: true }),
      }
      await audit(tx, context, 'account.updated', 'account', account.id, changes)
    })
    if (passwordHash !== undefined) await signIn(context, account.id, workspaceId, memberId)
    return await describe(app, { ...actor, workspaceId })
  },
)

const switchWorkspace = route(
  {
    method: 'POST',
    path: '/auth/switch',
    id: 'switchWorkspace',
    summary: 'Go on in another workspace of this account',
    access: 'signed-in',
    body: z.strictObject({ workspaceId: z.int().positive() }),
    response: me,
  },
  async (context) => {
    const { app, actor, body } = context
    const own = actor.accountId === null ? [] : await memberships(app.db, actor.accountId)
    const target = own.find((one) => one.workspaceId === body.workspaceId)
    if (!target || actor.accountId === null) throw new Problem('not_found', 'You are not a member of such a workspace.')
    await signIn(context, actor.accountId, target.workspaceId, target.memberId)
    return await describe(app, { accountId: actor.accountId, ...target })
  },
)

const token = z.string().regex(/^[\w-]{43}$/, 'Copy the whole link of the invitation.')
const noInvitation = (): Problem =>
  new Problem(
    'not_found',
    'This invitation does not hold any more: it was used, withdrawn or is older than a day. Ask for a new one.',
  )

const showInvitation = route(
  {
    method: 'POST',
    path: '/auth/invitation',
    id: 'showInvitation',
    summary: 'What an invitation is for, before it is accepted',
    access: 'public',
    body: z.strictObject({ token }),
    response: z.object({ email: z.string(), role, workspace: z.string(), hasAccount: z.boolean() }),
    errors: ['not_found'],
  },
  async ({ app, body }) => {
    const found = await findInvitation(app.db, tokenHash(body.token))
    if (!found) throw noInvitation()
    const account = await findAccount(app.db, found.email)
    return { email: found.email, role: found.role, workspace: found.workspaceName, hasAccount: account !== undefined }
  },
)

const accept = route(
  {
    method: 'POST',
    path: '/auth/accept-invite',
    id: 'acceptInvite',
    summary: 'Join a workspace with the token of an invitation; who has an account already gives its password',
    access: 'public',
    body: z.strictObject({ token, password, name: name.optional() }),
    response: me,
    status: 201,
    errors: ['not_found', 'bad_credentials', 'rate_limited'],
  },
  async (context) => {
    const { app, body, ip, requestId } = context
    const hash = tokenHash(body.token)
    const found = await findInvitation(app.db, hash)
    if (!found) throw noInvitation()
    let passwordHash = ''
    if (await findAccount(app.db, found.email))
      await checkLogin(app, { email: found.email, password: body.password, ip })
    else {
      requireGoodPassword(body.password, found.email)
      passwordHash = await hashPassword(body.password)
    }
    const joined = await app.db.transaction().execute(async (tx) => {
      const joining = { name: body.name ?? found.email.split('@')[0] ?? found.email, passwordHash }
      const member = await acceptInvitation(tx, hash, joining)
      if (!member) throw noInvitation()
      const { workspaceId, memberId } = member
      const by = { workspaceId, actor: { text: `member:${memberId}` }, ip, requestId }
      await audit(tx, by, 'member.joined', 'member', memberId, { role: member.role })
      return member
    })
    await signIn(context, joined.accountId, joined.workspaceId, joined.memberId)
    return await describe(app, joined)
  },
)

/** Signing in and out, the first visit, invitations, and who one is. */
export const authRoutes = [
  status,
  setup,
  login,
  logout,
  getMe,
  patchMe,
  switchWorkspace,
  showInvitation,
  accept,
] as const
