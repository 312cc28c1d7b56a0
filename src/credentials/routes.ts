import { z } from 'zod'
import type { Db, Tx } from '../db/database.ts'
import { requireNoDemo } from '../demo/demo-sql.ts'
import { notFound, Problem } from '../errors.ts'
import { allows, type Role } from '../http/access.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { requireVersion, staleVersion } from '../http/version.ts'
import { secretPlace } from '../messages/open-channel.ts'
import { audit } from '../workspaces/audit.ts'
import { accountBody, changeBody, encryption, limits } from './bodies.ts'
import { changedAccount, newAccount, requireOwnFields } from './change.ts'
import {
  archiveCredential,
  type CredentialRow,
  campaignsSending,
  campaignsUsing,
  getCredential,
  insertCredential,
  listCredentials,
  newCredentialId,
  resetBuckets,
  sandboxOf,
  type Use,
  updateCredential,
} from './queries.ts'
import type { SmtpConfig } from './rules.ts'

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
  /** When its password or token was put in last; null without one. */
  secretSetAt: instant.nullable().optional(),
  /** Those that are not archived and have a step that sends through it. */
  campaigns: z.array(z.object({ id: z.uuid(), name: z.string(), status: z.string() })).optional(),
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

/** A credential as this caller may see it. */
function shown(row: CredentialRow, role: Role, uses: readonly Use[] = []): z.output<typeof credential> {
  const brief = { id: row.id, name: row.name, type: row.type, health: row.health }
  if (!allows(role, 'credentials.manage')) return brief
  const config = row.config as Partial<SmtpConfig>
  return {
    ...brief,
    ...config,
    ...(row.type === 'smtp' && { hasPassword: row.secret !== null }),
    secretSetAt: row.secretSetAt,
    campaigns: uses
      .filter(({ credentialId }) => credentialId === row.id)
      .map(({ id, name, status }) => ({ id, name, status })),
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

/** Shows an account with the campaigns that use it. */
async function shownNow(db: Db | Tx, workspaceId: number, row: CredentialRow, role: Role) {
  return shown(row, role, await campaignsUsing(db, workspaceId, [row.id]))
}

/** @throws Problem `not_found` */
export async function existing(db: Db | Tx, workspaceId: number, id: string): Promise<CredentialRow> {
  const row = await getCredential(db, workspaceId, id)
  if (!row) throw notFound('credential')
  return row
}

/** @throws Problem `wrong_state` for an archived one */
export function requireInUse(row: CredentialRow): void {
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
      const ids = rows.map(({ id }) => id)
      const uses = await campaignsUsing(app.db, workspaceId, ids)
      return page(
        rows,
        limit,
        ({ id }) => id,
        (row) => shown(row, actor.role, uses),
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
      body: accountBody,
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
    async ({ app, workspaceId, actor, params }) =>
      await shownNow(app.db, workspaceId, await existing(app.db, workspaceId, params.id), actor.role),
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
      body: changeBody,
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
      return await shownNow(app.db, workspaceId, after, actor.role)
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
] as const
