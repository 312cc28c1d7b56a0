import { z } from 'zod'
import { decodeCursor, page } from '../http/page.ts'
import { instant, pageOf, pageQuery, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { audit } from './audit.ts'
import { auditNames, namesOf } from './audit-queries.ts'
import { name, timezone } from './fields.ts'
import { auditActions, getWorkspace, listAudit, updateWorkspace } from './queries.ts'

const workspace = z
  .object({
    id: z.int(),
    name: z.string(),
    postalAddress: z.string().nullable(),
    timezone: z.string(),
    frequencyCapPerDay: z.int().nullable(),
    trackingConsentDefault: z.enum(['yes', 'no']),
    stopSending: z.boolean(),
    isDemo: z.boolean(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Workspace' })

const readWorkspace = route(
  {
    method: 'GET',
    path: '/workspace',
    id: 'getWorkspace',
    summary: 'The settings of this workspace',
    access: 'workspace.read',
    response: workspace,
  },
  async ({ app, workspaceId }) => await getWorkspace(app.db, workspaceId),
)

const patchWorkspace = route(
  {
    method: 'PATCH',
    path: '/workspace',
    id: 'updateWorkspace',
    summary: 'Change name, postal address, time zone, frequency cap or the default consent to tracking',
    access: 'workspace.write',
    body: z.strictObject({
      name: name.optional(),
      postalAddress: z.string().trim().max(1000, 'At most 1,000 characters.').nullable().optional(),
      timezone: timezone.optional(),
      frequencyCapPerDay: z
        .int()
        .min(1, 'At least 1; null means no cap.')
        .max(1000, 'At most 1,000.')
        .nullable()
        .optional(),
      trackingConsentDefault: z.enum(['yes', 'no']).optional(),
    }),
    response: workspace,
  },
  async (context) => {
    const { app, workspaceId, body, ifMatch } = context
    return await app.db.transaction().execute(async (tx) => {
      const before = await getWorkspace(tx, workspaceId, true)
      requireVersion(ifMatch, before.version)
      const after = await updateWorkspace(tx, before, body)
      const fields = Object.keys(body) as (keyof typeof body)[]
      const changes = Object.fromEntries(fields.map((field) => [field, { from: before[field], to: after[field] }]))
      await audit(tx, context, 'workspace.updated', 'workspace', workspaceId, changes)
      return after
    })
  },
)

const stopSending = route(
  {
    method: 'POST',
    path: '/workspace/stop-sending',
    id: 'stopSending',
    summary: 'The red switch: while on, no message is handed to any provider',
    access: 'workspace.stop-sending',
    body: z.strictObject({ on: z.boolean() }),
    response: workspace,
  },
  async (context) => {
    const { app, workspaceId, body } = context
    const after = await app.db.transaction().execute(async (tx) => {
      const before = await getWorkspace(tx, workspaceId, true)
      if (before.stopSending === body.on) return before
      await audit(tx, context, body.on ? 'sending.stopped' : 'sending.allowed', 'workspace', workspaceId)
      return await updateWorkspace(tx, before, { stopSending: body.on })
    })
    await app.wake()
    return after
  },
)

const readAuditLog = route(
  {
    method: 'GET',
    path: '/audit-log',
    id: 'listAuditLog',
    summary: 'Who changed what, newest first',
    access: 'audit.read',
    query: pageQuery.extend({
      actor: z.string().max(100).optional(),
      action: z.string().max(100).optional(),
      objectType: z.string().max(100).optional(),
      objectId: z.string().max(100).optional(),
      since: instant.optional(),
      until: instant.optional(),
    }),
    response: pageOf(
      z.object({
        id: z.int(),
        at: instant,
        actor: z.string(),
        actorName: z.string().nullable(),
        action: z.string(),
        objectType: z.string(),
        objectId: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()),
        ip: z.string().nullable(),
        requestId: z.string().nullable(),
        names: z
          .array(
            z.object({
              id: z.string(),
              type: z.string(),
              name: z.string().nullable(),
              parentId: z.string().nullable(),
              parentName: z.string().nullable(),
            }),
          )
          .describe('What the ids of the entry stand for, as the things are called now; what is gone is left out.'),
      }),
    ),
  },
  async ({ app, workspaceId, query }) => {
    const { limit, cursor, ...filter } = query
    const rows = await listAudit(app.db, workspaceId, filter, limit, decodeCursor(cursor, z.int()))
    const known = await auditNames(app.db, workspaceId, rows)
    return page(
      rows.map((row) => ({ ...row, names: namesOf(row, known) })),
      limit,
      ({ id }) => id,
    )
  },
)

const readAuditActions = route(
  {
    method: 'GET',
    path: '/audit-log/actions',
    id: 'listAuditActions',
    summary: 'What the audit log tells of, to filter it by',
    access: 'audit.read',
    response: z.object({ items: z.array(z.string()), nextCursor: z.null() }),
  },
  async ({ app, workspaceId }) => ({ items: await auditActions(app.db, workspaceId), nextCursor: null }),
)

/** The workspace and its audit log. */
export const workspaceRoutes = [readWorkspace, patchWorkspace, stopSending, readAuditLog, readAuditActions] as const
