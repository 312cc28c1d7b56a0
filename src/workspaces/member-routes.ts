import { z } from 'zod'
import { invalidField, notFound, Problem } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { newToken, tokenHash } from '../keyring.ts'
import { createApiKey, listApiKeys, revokeApiKey } from './api-key-queries.ts'
import { audit } from './audit.ts'
import { email, name, role } from './fields.ts'
import {
  dutiesOf,
  handOver,
  invite,
  listInvitations,
  listMembers,
  lockMember,
  removeMember,
  setRole,
  withdrawInvitation,
} from './member-queries.ts'
import { requireChangeable, requireGrantable } from './roles.ts'

const member = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    role,
    joinedAt: instant,
    lastSeenAt: instant.nullable(),
  })
  .meta({ id: 'Member' })

const invitation = z.object({
  id: z.uuid(),
  email: z.string(),
  role: z.enum(['admin', 'member']),
  expiresAt: instant,
  createdAt: instant,
})

const apiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  role,
  prefix: z.string(),
  createdBy: z.uuid().nullable(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
})

const getMembers = route(
  {
    method: 'GET',
    path: '/members',
    id: 'listMembers',
    summary: 'The people in this workspace',
    access: 'members.read',
    query: pageQuery,
    response: pageOf(member),
  },
  async ({ app, workspaceId, query }) => {
    const rows = await listMembers(app.db, workspaceId, query.limit, decodeCursor(query.cursor, z.uuid()))
    return page(rows, query.limit, ({ id }) => id)
  },
)

const patchMember = route(
  {
    method: 'PATCH',
    path: '/members/:id',
    id: 'updateMember',
    summary: 'Give a member another role; they sign in anew',
    access: 'members.manage',
    params: idParams,
    body: z.strictObject({ role }),
    response: member,
    errors: ['wrong_state'],
  },
  async (context) => {
    const { app, workspaceId, params, body, actor } = context
    return await app.db.transaction().execute(async (tx) => {
      const found = await lockMember(tx, workspaceId, params.id)
      if (!found) throw notFound('member')
      requireChangeable(actor.role, found, body.role)
      if (found.role === body.role) return found
      await setRole(tx, workspaceId, found, body.role)
      await audit(tx, context, 'member.role-changed', 'member', found.id, { from: found.role, to: body.role })
      return { ...found, role: body.role }
    })
  },
)

const getDuties = route(
  {
    method: 'GET',
    path: '/members/:id/duties',
    id: 'getMemberDuties',
    summary: 'What a member has in hand: open tasks, campaigns, customers (counted up to 10,001), LinkedIn senders',
    access: 'members.manage',
    params: idParams,
    response: z.object({
      openTasks: z.int(),
      campaigns: z.int(),
      customers: z.int(),
      senders: z.array(z.string()),
    }),
  },
  async ({ app, workspaceId, params }) =>
    await app.db.transaction().execute(async (tx) => {
      if (!(await lockMember(tx, workspaceId, params.id))) throw notFound('member')
      return await dutiesOf(tx, workspaceId, params.id)
    }),
)

const deleteMember = route(
  {
    method: 'DELETE',
    path: '/members/:id',
    id: 'removeMember',
    summary:
      'Take a member out of the workspace; what they did stays, and `handTo` gets their open tasks and campaigns',
    access: 'members.manage',
    params: idParams,
    query: z.strictObject({ handTo: z.uuid().optional() }),
    response: nothing,
    status: 204,
    errors: ['wrong_state'],
  },
  async (context) => {
    const { app, workspaceId, params, query, actor } = context
    await app.db.transaction().execute(async (tx) => {
      const found = await lockMember(tx, workspaceId, params.id)
      if (!found) throw notFound('member')
      requireChangeable(actor.role, found, null)
      const { handTo } = query
      let handed: Record<string, unknown> = {}
      if (handTo !== undefined) {
        if (handTo === found.id || !(await lockMember(tx, workspaceId, handTo)))
          throw invalidField('handTo', 'unknown_member', 'Choose another member, who stays.')
        handed = { handedTo: handTo, ...(await handOver(tx, workspaceId, found.id, handTo)) }
      }
      await removeMember(tx, workspaceId, found)
      await audit(tx, context, 'member.removed', 'member', found.id, { role: found.role, ...handed })
    })
    return undefined
  },
)

const getInvitations = route(
  {
    method: 'GET',
    path: '/invitations',
    id: 'listInvitations',
    summary: 'Invitations that still hold',
    access: 'members.read',
    query: pageQuery,
    response: pageOf(invitation),
  },
  async ({ app, workspaceId, query }) => {
    const rows = await listInvitations(app.db, workspaceId, query.limit, decodeCursor(query.cursor, z.uuid()))
    return page(rows, query.limit, ({ id }) => id)
  },
)

const postInvitation = route(
  {
    method: 'POST',
    path: '/invitations',
    id: 'inviteMember',
    summary: 'Invite a person; the link, shown only now, holds for 24 h and replaces an earlier one',
    access: 'members.manage',
    body: z.strictObject({ email, role: z.enum(['admin', 'member']).default('member') }),
    response: invitation.extend({ link: z.url() }),
    status: 201,
    idempotent: true,
    errors: ['already_exists'],
  },
  async (context) => {
    const { app, workspaceId, actor, body, origin } = context
    requireGrantable(actor.role, body.role)
    const token = newToken()
    return await app.db.transaction().execute(async (tx) => {
      const wanted = { workspaceId, ...body, tokenHash: tokenHash(token), invitedBy: actor.memberId }
      const made = await invite(tx, wanted)
      if (!made) throw new Problem('already_exists', `${body.email} is a member already.`)
      await audit(tx, context, 'member.invited', 'invitation', made.id, { role: made.role })
      // Behind the #: never sent to a server, so in no log and no Referer.
      return { ...made, link: `${origin}/invite#token=${token}` }
    })
  },
)

const deleteInvitation = route(
  {
    method: 'DELETE',
    path: '/invitations/:id',
    id: 'withdrawInvitation',
    summary: 'Withdraw an invitation',
    access: 'members.manage',
    params: idParams,
    response: nothing,
    status: 204,
  },
  async (context) => {
    const { app, workspaceId, params } = context
    await app.db.transaction().execute(async (tx) => {
      if (!(await withdrawInvitation(tx, workspaceId, params.id))) throw notFound('invitation')
      await audit(tx, context, 'invitation.withdrawn', 'invitation', params.id)
    })
    return undefined
  },
)

const getApiKeys = route(
  {
    method: 'GET',
    path: '/api-keys',
    id: 'listApiKeys',
    summary: 'API keys, without the keys themselves',
    access: 'api-keys.manage',
    query: pageQuery,
    response: pageOf(apiKey),
  },
  async ({ app, workspaceId, query }) => {
    const rows = await listApiKeys(app.db, workspaceId, query.limit, decodeCursor(query.cursor, z.uuid()))
    return page(rows, query.limit, ({ id }) => id)
  },
)

const inFuture = z
  .codec(z.iso.datetime({ offset: true, error: 'Write an instant such as 2027-01-31T00:00:00Z.' }), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })
  .refine((date) => date > new Date(), { error: 'Must lie in the future.', params: { code: 'not_in_future' } })

const postApiKey = route(
  {
    method: 'POST',
    path: '/api-keys',
    id: 'createApiKey',
    summary: 'Make an API key; the key is shown only now',
    access: 'api-keys.manage',
    body: z.strictObject({ name, role: role.default('member'), expiresAt: inFuture.nullish() }),
    response: apiKey.extend({ key: z.string() }),
    status: 201,
    idempotent: true,
  },
  async (context) => {
    const { app, workspaceId, actor, body } = context
    requireGrantable(actor.role, body.role)
    return await app.db.transaction().execute(async (tx) => {
      const wanted = { workspaceId, name: body.name, role: body.role, createdBy: actor.memberId }
      const made = await createApiKey(tx, { ...wanted, expiresAt: body.expiresAt ?? null })
      await audit(tx, context, 'api-key.created', 'api-key', made.id, { name: made.name, role: made.role })
      return made
    })
  },
)

const deleteApiKey = route(
  {
    method: 'DELETE',
    path: '/api-keys/:id',
    id: 'revokeApiKey',
    summary: 'End an API key at once',
    access: 'api-keys.manage',
    params: idParams,
    response: nothing,
    status: 204,
  },
  async (context) => {
    const { app, workspaceId, params } = context
    await app.db.transaction().execute(async (tx) => {
      const revoked = await revokeApiKey(tx, workspaceId, params.id)
      if (!revoked) throw notFound('API key')
      await audit(tx, context, 'api-key.revoked', 'api-key', params.id, revoked)
    })
    return undefined
  },
)

/** Who works in a workspace: members, invitations, API keys. */
export const memberRoutes = [
  getMembers,
  patchMember,
  getDuties,
  deleteMember,
  getInvitations,
  postInvitation,
  deleteInvitation,
  getApiKeys,
  postApiKey,
  deleteApiKey,
] as const
