import { z } from 'zod'
import type { Db, Tx } from '../db/database.ts'
import { requireNoDemo } from '../demo/demo-sql.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { allows, type Role } from '../http/access.ts'
import { decodeCursor, page } from '../http/page.ts'
import { type Context, idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { requireVersion, staleVersion } from '../http/version.ts'
import { channelOpener, secretPlace } from '../messages/open-channel.ts'
import { audit } from '../workspaces/audit.ts'
import { identifyBot, requireMember } from './accounts.ts'
import {
  archiveCredential,
  type CredentialRow,
  campaignsSending,
  getCredential,
  insertCredential,
  listCredentials,
  newCredentialId,
  recordTest,
  resetBuckets,
  sandboxOf,
  updateCredential,
} from './queries.ts'
import { checkSmtp, type SmtpConfig } from './rules.ts'

const limits = z.strictObject({
  /** Below one: 0.5 is one every two seconds. */
  perSecond: z.number().min(0.001).max(1_000).optional(),
  perHour: z.int().min(1).max(10_000_000).optional(),
  perDay: z.int().min(1).max(10_000_000).optional(),
  connections: z.int().min(1).max(50).optional(),
})

const encryption = z.enum(['tls', 'starttls', 'none'])

/** What a member sees ends with `health` (TRUST S3); the secret is never in it. */
const credential = z.object({
  id: z.uuid(),
  name: z.string(),
  type: z.enum(['smtp', 'sandbox', 'telegram', 'linkedin']),
  health: z.enum(['unknown', 'ok', 'dead']),
  healthDetail: z.string().nullable().optional(),
  healthAt: instant.nullable().optional(),
  heldUntil: instant.nullable().optional(),
  host: z.string().optional(),
  port: z.int().optional(),
  encryption: encryption.optional(),
  username: z.string().nullable().optional(),
  hasPassword: z.boolean().optional(),
  senderName: z.string().optional(),
  senderEmail: z.string().optional(),
  /** Of a Telegram bot. */
  apiUrl: z.string().optional(),
  botId: z.int().optional(),
  botUsername: z.string().optional(),
  /** Of a LinkedIn account: the member who sends by hand. */
  memberId: z.uuid().optional(),
  limits: limits.optional(),
  /** Of `limits.perDay`: how many the running window of a day has taken. Null without such a limit. */
  usedToday: z.int().nullable().optional(),
  archivedAt: instant.nullable().optional(),
  version: z.int().optional(),
  createdAt: instant.optional(),
  updatedAt: instant.optional(),
})

const name = z.string().trim().min(1, 'Give it a name.').max(200)
const host = z.string().trim().min(1, 'Write the server’s name.').max(253)
const port = z.int().min(1).max(65_535)
const username = z.string().min(1).max(320).nullable()
const password = z.string().min(1).max(1_000).nullable()
const senderName = z.string().trim().max(200)
const senderEmail = z.email('Write an address such as team@example.com.').max(320)

const smtpBody = z.strictObject({
  type: z.literal('smtp'),
  name,
  host,
  port,
  encryption,
  username: username.default(null),
  password: password.default(null),
  senderName,
  senderEmail,
  limits: limits.default({}),
})
const sandboxBody = z.strictObject({ type: z.literal('sandbox'), name: name.optional() })
const botToken = z
  .string()
  .trim()
  .regex(/^\d{1,20}:[\w-]{10,100}$/, 'Write the token that BotFather gave you, such as 123456:ABC-DEF….')
const apiUrl = z.url({ protocol: /^https?$/, error: 'Write an address such as https://api.telegram.org.' }).max(500)
const memberId = z.uuid('Choose a member.')
const telegramBody = z.strictObject({
  type: z.literal('telegram'),
  name,
  botToken,
  apiUrl: apiUrl.optional(),
  // Telegram takes about 30 messages a second from a bot.
  limits: limits.default({ perSecond: 30 }),
})
const linkedinBody = z.strictObject({ type: z.literal('linkedin'), name, memberId, limits: limits.default({}) })

/** A credential as this caller may see it. */
function shown(row: CredentialRow, role: Role): z.output<typeof credential> {
  const brief = { id: row.id, name: row.name, type: row.type, health: row.health }
  if (!allows(role, 'credentials.manage')) return brief
  const config = row.config as Partial<SmtpConfig>
  return {
    ...brief,
    ...config,
    ...(row.type === 'smtp' && { hasPassword: row.secret !== null }),
    healthDetail: row.healthDetail,
    healthAt: row.healthAt,
    heldUntil: row.heldUntil,
    limits: row.limits,
    usedToday: row.limits.perDay === undefined ? null : (row.usedToday ?? 0),
    archivedAt: row.archivedAt,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

async function existing(db: Db | Tx, workspaceId: number, id: string): Promise<CredentialRow> {
  const row = await getCredential(db, workspaceId, id)
  if (!row) throw notFound('credential')
  return row
}

function requireInUse(row: CredentialRow): void {
  if (row.archivedAt === null) return
  throw new Problem('wrong_state', 'This credential is archived; make a new one.', {
    extra: { state: 'archived', allowed: [] },
  })
}

export const credentialRoutes = [
  route(
    {
      method: 'GET',
      path: '/credentials',
      id: 'listCredentials',
      summary: 'Sending accounts, newest first; members see name, type and health',
      access: 'credentials.read',
      query: pageQuery,
      response: pageOf(credential),
    },
    async ({ app, workspaceId, actor, query: { limit, cursor } }) => {
      const before = decodeCursor(cursor, z.uuid())
      const rows = await listCredentials(app.db, workspaceId, { before, limit: limit + 1 })
      return page(
        rows,
        limit,
        ({ id }) => id,
        (row) => shown(row, actor.role),
      )
    },
  ),
  route(
    {
      method: 'POST',
      path: '/credentials',
      id: 'createCredential',
      summary:
        'Adds an SMTP account, a Telegram bot (asked who it is first) or a member who sends on LinkedIn; secrets are kept encrypted and never shown again',
      access: 'credentials.manage',
      body: z.discriminatedUnion('type', [smtpBody, sandboxBody, telegramBody, linkedinBody]),
      response: credential,
      status: 201,
      idempotent: true,
      errors: ['already_exists', 'wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, body, actor } = context
      if (body.type === 'sandbox') {
        throw new Problem('already_exists', 'Every workspace has its sandbox already.', {
          extra: { existingId: (await sandboxOf(app.db, workspaceId)) ?? null },
        })
      }
      await requireNoDemo(app.db, workspaceId)
      const made = await newAccount(context, body)
      return await app.db.transaction().execute(async (tx) => {
        const id = await newCredentialId(tx)
        const { secret, ...values } = made
        const sealed = secret === null ? null : app.keys.encrypt(secret, secretPlace(workspaceId, id))
        await insertCredential(tx, workspaceId, { ...values, id, secret: sealed })
        const { type, name: called, config, limits: limit } = made
        await audit(tx, context, 'credential.created', 'credential', id, {
          type,
          name: called,
          ...config,
          limits: limit,
        })
        return shown(await existing(tx, workspaceId, id), actor.role)
      })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/credentials/:id',
      id: 'getCredential',
      summary: 'One sending account; members see name, type and health',
      access: 'credentials.read',
      params: idParams,
      response: credential,
    },
    async ({ app, workspaceId, actor, params }) => shown(await existing(app.db, workspaceId, params.id), actor.role),
  ),
  route(
    {
      method: 'PATCH',
      path: '/credentials/:id',
      id: 'updateCredential',
      summary:
        'Changes the given fields; another host or user name forgets the stored password; `limits` replaces all limits',
      access: 'credentials.manage',
      params: idParams,
      body: z.strictObject({
        name: name.optional(),
        host: host.optional(),
        port: port.optional(),
        encryption: encryption.optional(),
        username: username.optional(),
        password: password.optional(),
        senderName: senderName.optional(),
        senderEmail: senderEmail.optional(),
        botToken: botToken.optional(),
        apiUrl: apiUrl.optional(),
        memberId: memberId.optional(),
        limits: limits.optional(),
      }),
      response: credential,
      errors: ['stale_version', 'wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch, actor } = context
      const before = await existing(app.db, workspaceId, params.id)
      requireInUse(before)
      requireVersion(ifMatch, before.version)
      const { name: called = before.name, limits: limit = before.limits, ...changes } = body
      requireOwnFields(before.type, changes)
      const { config, secret: sealed, repaired } = await changedAccount(context, before, changes)
      const values = {
        name: called,
        config,
        secret: sealed,
        limits: limit,
        repaired,
      }
      const after = await app.db.transaction().execute(async (tx) => {
        if (!(await updateCredential(tx, workspaceId, before.id, values, ifMatch ?? before.version))) {
          const now = await existing(tx, workspaceId, before.id)
          requireInUse(now)
          throw staleVersion(now.version)
        }
        if (body.limits) await resetBuckets(tx, before.id)
        const secretChanged = body.password !== undefined || body.botToken !== undefined
        const detail = { ...body, password: undefined, botToken: undefined, ...(secretChanged && { secretChanged }) }
        await audit(tx, context, 'credential.updated', 'credential', before.id, detail)
        return await existing(tx, workspaceId, before.id)
      })
      await app.wake()
      return shown(after, actor.role)
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/credentials/:id',
      id: 'archiveCredential',
      summary: 'Takes a sending account out of use and forgets its password; refused while campaigns send through it',
      access: 'credentials.manage',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['in_use', 'wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      await app.db.transaction().execute(async (tx) => {
        const row = await existing(tx, workspaceId, params.id)
        requireVersion(ifMatch, row.version)
        if (row.type === 'sandbox') {
          throw new Problem('wrong_state', 'The sandbox is always there.', {
            extra: { state: 'built-in', allowed: [] },
          })
        }
        const campaigns = await campaignsSending(tx, workspaceId, row.id)
        if (campaigns.length > 0) {
          const names = campaigns.slice(0, 3).map((campaign) => `“${campaign.name}”`)
          throw new Problem('in_use', `Campaigns send through this account: ${names.join(', ')}.`, {
            extra: { campaigns },
          })
        }
        await archiveCredential(tx, workspaceId, row.id)
        await audit(tx, context, 'credential.archived', 'credential', row.id, { name: row.name })
      })
      return undefined
    },
  ),
  route(
    {
      method: 'POST',
      path: '/credentials/:id/test',
      id: 'testCredential',
      summary: 'Connects and logs in without sending anything; what it finds becomes the account’s health',
      access: 'credentials.manage',
      params: idParams,
      body: z.strictObject({}).optional(),
      response: z.object({ ok: z.boolean(), detail: z.string(), health: z.enum(['unknown', 'ok', 'dead']) }),
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const row = await existing(app.db, workspaceId, params.id)
      requireInUse(row)
      const channel = channelOpener(app)(row)
      const found = await channel.verify()
      await channel.close()
      await recordTest(app.db, row.id, found)
      await audit(app.db, context, 'credential.tested', 'credential', row.id, { ok: found.ok })
      if (found.ok) await app.wake()
      const after = await existing(app.db, workspaceId, params.id)
      return { ok: found.ok, detail: found.detail, health: after.health }
    },
  ),
] as const

function requireUsername(user: string | null | undefined, secret: string | null): void {
  if (secret !== null && (user === null || user === undefined)) {
    throw invalidField('username', 'required', 'A password needs the user name that it belongs to.')
  }
}

type AccountBody = z.output<typeof smtpBody> | z.output<typeof telegramBody> | z.output<typeof linkedinBody>
type Where = Pick<Context<unknown, unknown, unknown>, 'app' | 'workspaceId'>

/** Checks a new account where it can be checked, and says what is kept of it. @throws Problem */
async function newAccount({ app, workspaceId }: Where, body: AccountBody) {
  switch (body.type) {
    case 'smtp': {
      const { type, name: called, password: secret, limits: limit, ...config } = body
      requireUsername(config.username, secret)
      await checkSmtp(config, app.env.allowPrivateHosts)
      return { type, name: called, config: { ...config }, secret, limits: limit }
    }
    case 'telegram': {
      const { type, name: called, botToken: secret, limits: limit } = body
      const config = { ...(await identifyBot(app, workspaceId, { botToken: secret, apiUrl: body.apiUrl })) }
      return { type, name: called, config, secret, limits: limit, works: true }
    }
    case 'linkedin': {
      const { type, name: called, memberId: member, limits: limit } = body
      await requireMember(app, workspaceId, member)
      return { type, name: called, config: { memberId: member }, secret: null, limits: limit, works: true }
    }
  }
}

interface AccountChanges extends Partial<SmtpConfig> {
  password?: string | null | undefined
  botToken?: string | undefined
  apiUrl?: string | undefined
  memberId?: string | undefined
}

/** What of an account's own fields may be changed. */
const ownFields: Record<CredentialRow['type'], readonly string[]> = {
  smtp: ['host', 'port', 'encryption', 'username', 'password', 'senderName', 'senderEmail'],
  telegram: ['botToken', 'apiUrl'],
  linkedin: ['memberId'],
  sandbox: [],
}

function requireOwnFields(type: CredentialRow['type'], changes: AccountChanges): void {
  const foreign = Object.keys(changes).find((field) => !ownFields[type].includes(field))
  if (foreign === undefined) return
  const own = ['name', 'limits', ...ownFields[type]].join(', ')
  throw invalidField(foreign, `not_of_${type}`, `An account of the type ${type} has: ${own}.`)
}

/** An account's settings and sealed secret after a change. @throws Problem */
async function changedAccount(
  { app, workspaceId }: Where,
  before: CredentialRow,
  { password: secret, botToken: token, ...changes }: AccountChanges,
): Promise<{ config: Record<string, unknown>; secret: string | null; repaired: boolean }> {
  const seal = (text: string) => app.keys.encrypt(text, secretPlace(workspaceId, before.id))
  const given = { ...before.config, ...changes }
  if (before.type === 'smtp') {
    const config = given as unknown as SmtpConfig
    await checkSmtp(config, app.env.allowPrivateHosts)
    // A password is for the server and the user it was given for (TRUST S11).
    const moved = ['host', 'port', 'encryption', 'username'].some(
      (field) => (given as Record<string, unknown>)[field] !== before.config[field],
    )
    const kept = moved && secret === undefined ? null : before.secret
    const sealed = secret === undefined ? kept : secret === null ? null : seal(secret)
    requireUsername(config.username, sealed)
    return { config: given, secret: sealed, repaired: moved || secret !== undefined || 'senderEmail' in changes }
  }
  if (before.type === 'telegram' && (token !== undefined || changes.apiUrl !== undefined)) {
    // A token is for the server that it was given for.
    if (token === undefined && changes.apiUrl?.replace(/\/+$/, '') !== before.config.apiUrl) {
      throw invalidField('botToken', 'required', 'Another server needs the token once more.')
    }
    if (token === undefined) return { config: before.config, secret: before.secret, repaired: false }
    const url = changes.apiUrl ?? (before.config.apiUrl as string)
    const config = await identifyBot(app, workspaceId, { botToken: token, apiUrl: url }, before.id)
    return { config: { ...config }, secret: seal(token), repaired: true }
  }
  if (before.type === 'linkedin' && changes.memberId !== undefined) {
    await requireMember(app, workspaceId, changes.memberId)
    return { config: given, secret: null, repaired: true }
  }
  return { config: before.config, secret: before.secret, repaired: false }
}
