import { z } from 'zod'
import type { App } from '../app.ts'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { invalidField, notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, nothing, pageOf, pageQuery, route } from '../http/route.ts'
import { changed, requireVersion } from '../http/version.ts'
import { requireNoTriggers } from '../triggers/campaign-triggers-sql.ts'
import { journeyOf } from '../workflow/journey.ts'
import { audit } from '../workspaces/audit.ts'
import { audience, withoutRepeats } from './audience.ts'
import { requireAudience } from './audience-sql.ts'
import { requireState, type Status, statuses } from './lifecycle.ts'
import { keepEnrolling, lockCampaign } from './lifecycle-sql.ts'
import { countUnpublished } from './publish-sql.ts'
import {
  addCampaign,
  type CampaignFields,
  changeCampaign,
  copyCampaign,
  countByStatus,
  findBeginning,
  findCampaign,
  findState,
  listCampaigns,
  memberExists,
  removeDraft,
  sorts,
  stopKeepFirings,
} from './queries.ts'
import { starterSender } from './starter-queries.ts'
import { readStarter, starterIds } from './starters.ts'
import { replaceDraft } from './workflow-queries.ts'

const count = z.number().int().nonnegative()

/** A campaign in a list. */
const campaignBody = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  status: z.enum(statuses),
  audience: audience.nullable(),
  excludeSegmentId: z.uuid().nullable(),
  exitOnAudienceLeave: z.boolean(),
  ownerId: z.uuid().nullable(),
  /** How an active campaign enrolls by itself: `keep` = whoever matches, `now` = once, at activation, `none` = when told. */
  enroll: z.enum(['keep', 'now', 'none']),
  holdoutPercent: z.number(),
  workflowVersion: z.number().int().nullable(),
  counts: z.object({ inside: count, finished: count, sent: count, delivered: count, replied: count, handoff: count }),
  version: z.number().int(),
  pausedAt: instant.nullable(),
  activatedAt: instant.nullable(),
  archivedAt: instant.nullable(),
  createdAt: instant,
  updatedAt: instant,
})

/** A row of the list: what the list shows beside. */
const campaignRow = campaignBody.extend({
  unpublishedChanges: count.meta({ description: 'In how many places the draft differs from what customers follow.' }),
  attention: z.array(z.object({ code: z.enum(['failing', 'credential', 'webhook']), count })).meta({
    description:
      'Why it needs a person: customers at an error, a dead sender, refused calls of its webhook in the last day.',
  }),
  entries: z
    .array(count)
    .meta({ description: 'How many customers entered on each of the last seven days, today last.' }),
})

/** Which campaigns: of the list, and of the counts beside it. */
const choice = {
  ownerId: z.uuid().optional(),
  productId: z.uuid().optional(),
  q: z.string().trim().max(200).optional(),
  attention: z
    .literal('true')
    .transform(() => true)
    .optional(),
}

/** One move of a campaign's history. */
export const moveBody = z.object({
  from: z.enum(statuses),
  to: z.enum(statuses),
  by: z.string(),
  byName: z.string().nullable(),
  at: instant,
  detail: z.record(z.string(), z.unknown()),
})

/** A campaign by itself: what every change answers. */
export const campaignDetailBody = campaignBody.extend({
  failing: count,
  unpublishedChanges: count.meta({ description: 'In how many places the draft differs from what customers follow.' }),
  spread: z.object({ until: instant, total: count, released: count }).nullable().meta({
    description:
      'While those who were overdue on resume are let go evenly: until when, how many they were, how many went.',
  }),
  beginning: z
    .object({
      firingId: z.uuid(),
      inMs: count,
      firstSendMs: count.nullable().meta({
        description:
          'From then to the first message at the earliest; null when there is none, or when it cannot be told.',
      }),
    })
    .nullable()
    .meta({ description: 'While customers are about to enroll and nothing has left: in how many ms they do.' }),
  moves: z.array(moveBody),
})

const fields = {
  name: z.string().trim().min(1, 'Give the campaign a name.').max(200),
  description: z.string().max(5_000),
  audience: audience.transform(withoutRepeats).nullable(),
  excludeSegmentId: z.uuid().nullable(),
  ownerId: z.uuid().nullable(),
  exitOnAudienceLeave: z.boolean(),
}

/** Reads a campaign again for an answer. @throws Problem `not_found` */
export async function readCampaign({
  app,
  workspaceId,
  id,
}: {
  app: Pick<App, 'db'>
  workspaceId: number
  id: string
}) {
  const campaign = await findCampaign(app.db, workspaceId, id)
  if (!campaign) throw notFound('campaign')
  const beginning = campaign.status === 'active' ? await findBeginning(app.db, workspaceId, id) : undefined
  return {
    ...campaign,
    unpublishedChanges: await countUnpublished(app, workspaceId, id),
    beginning: beginning
      ? {
          firingId: beginning.firingId,
          inMs: Math.ceil(beginning.inMs),
          firstSendMs: journeyOf(catalogue, beginning.workflow).firstSend?.afterMs ?? null,
        }
      : null,
  }
}

async function requireFields(
  db: Parameters<typeof findCampaign>[0],
  workspaceId: number,
  given: CampaignFields,
): Promise<void> {
  await requireAudience(db, workspaceId, given)
  if (given.ownerId && !(await memberExists(db, workspaceId, given.ownerId))) {
    throw invalidField('ownerId', 'unknown_member', `There is no member ${given.ownerId} in this workspace.`)
  }
}

/** The types of nodes that runs start at, each with the config of a new one: a copy has no triggers, so its start shows none. */
const startConfigs = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.values(catalogue)
      .filter(({ entry }) => entry === 'start')
      .map(({ type, initial }) => [type, parseConfig(type, initial).config ?? initial]),
  )

export const campaignCrudRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/starters',
      id: 'listStarters',
      summary: 'Ready workflows that a new campaign may begin with',
      access: 'campaigns.read',
      response: z.object({
        items: z.array(z.object({ id: z.enum(starterIds), name: z.string(), description: z.string(), steps: count })),
      }),
    },
    async () => ({
      items: starterIds.map((id) => {
        const { name, description, nodes } = readStarter(id, '')
        return { id, name, description, steps: nodes.length }
      }),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns',
      id: 'listCampaigns',
      summary: 'List campaigns with their counts',
      access: 'campaigns.read',
      query: pageQuery.extend({
        ...choice,
        status: z.enum(statuses).optional(),
        current: z
          .literal('true')
          .transform(() => true)
          .optional()
          .meta({ description: '`true`: without archived ones.' }),
        sort: z.enum(sorts).default('-createdAt'),
      }),
      response: pageOf(campaignRow),
    },
    async ({ app, workspaceId, query }) => {
      const { cursor, ...filter } = query
      const after = decodeCursor(cursor, z.tuple([z.string().max(300), z.uuid()]))
      const rows = await listCampaigns(app.db, workspaceId, { ...filter, after })
      const moved = rows.slice(0, query.limit).filter(({ draftMoved }) => draftMoved)
      const changes = new Map<string, number>()
      for (const { id } of moved) changes.set(id, await countUnpublished(app, workspaceId, id))
      return page(
        rows,
        query.limit,
        (row) => [row.position, row.id],
        ({ position: _, draftMoved: _moved, ...campaign }) => ({
          ...campaign,
          unpublishedChanges: changes.get(campaign.id) ?? 0,
        }),
      )
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/counts',
      id: 'countCampaigns',
      summary: 'How many campaigns are in each status',
      access: 'campaigns.read',
      query: z.strictObject(choice),
      response: z.object(Object.fromEntries(statuses.map((status) => [status, count])) as Record<Status, typeof count>),
    },
    async ({ app, workspaceId, query }) => {
      const none = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
      const found = await countByStatus(app.db, workspaceId, query)
      return { ...none, ...Object.fromEntries(found.map(({ status, n }) => [status, n])) }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns',
      id: 'createCampaign',
      summary: 'Make a new draft',
      access: 'campaigns.write',
      body: z.strictObject({
        name: fields.name,
        description: fields.description.optional(),
        audience: fields.audience.optional(),
        excludeSegmentId: fields.excludeSegmentId.optional(),
        ownerId: fields.ownerId.optional(),
        exitOnAudienceLeave: fields.exitOnAudienceLeave.optional(),
        /** Begins with a ready workflow. */
        starter: z.enum(starterIds).optional(),
      }),
      response: campaignDetailBody,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, actor, body } = context
      await requireFields(app.db, workspaceId, body)
      const id = await app.db.transaction().execute(async (tx) => {
        const added = await addCampaign(tx, workspaceId, actor.memberId, body)
        if (body.starter) {
          const { nodes, edges, layout } = readStarter(body.starter, await starterSender(tx, workspaceId))
          await replaceDraft(tx, workspaceId, added, { nodes, edges, layout, by: actor.text }, null)
        }
        await audit(tx, context, 'campaign.created', 'campaign', added, { name: body.name })
        return added
      })
      return await readCampaign({ app, workspaceId, id })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/campaigns/:id',
      id: 'getCampaign',
      summary: 'Read one campaign',
      access: 'campaigns.read',
      params: idParams,
      response: campaignDetailBody,
    },
    async ({ app, workspaceId, params }) => await readCampaign({ app, workspaceId, id: params.id }),
  ),
  route(
    {
      method: 'PATCH',
      path: '/campaigns/:id',
      id: 'changeCampaign',
      summary: 'Change a campaign’s fields',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({
        name: fields.name.optional(),
        description: fields.description.optional(),
        audience: fields.audience.optional(),
        excludeSegmentId: fields.excludeSegmentId.optional(),
        ownerId: fields.ownerId.optional(),
        exitOnAudienceLeave: fields.exitOnAudienceLeave.optional(),
        /** Whether it goes on enrolling whoever matches. */
        enroll: z.enum(['keep', 'none']).optional(),
      }),
      response: campaignDetailBody,
      errors: ['wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const { id } = params
      await app.db.transaction().execute(async (tx) => {
        // Under the lock, so that a firing of the old audience cannot pass a chunk after it was changed.
        const before = await lockCampaign(tx, workspaceId, id, 'exclusive')
        requireState(before.status, 'change')
        requireVersion(ifMatch, before.version)
        await requireFields(tx, workspaceId, body)
        if (body.audience === null && before.status !== 'draft') {
          throw invalidField('audience', 'required', 'A campaign that was activated needs an audience.')
        }
        if (body.enroll === 'keep') await requireNoTriggers(tx, id)
        await changed(await changeCampaign(tx, workspaceId, id, body, ifMatch), 'campaign', () =>
          findState(tx, workspaceId, id),
        )
        const after = { ...before, audience: body.audience ?? before.audience }
        if (body.excludeSegmentId !== undefined) after.excludeSegmentId = body.excludeSegmentId
        after.enrollMode = body.enroll ?? before.enrollMode
        if (changesEnrolling(before, after)) {
          const graceSeconds = await stopKeepFirings(tx, id)
          if (before.status === 'active') await keepEnrolling(tx, context, after, graceSeconds)
        }
        await audit(tx, context, 'campaign.changed', 'campaign', id, { fields: Object.keys(body) })
      })
      return await readCampaign({ app, workspaceId, id })
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/campaigns/:id',
      id: 'deleteCampaign',
      summary: 'Delete a draft that never ran',
      access: 'campaigns.write',
      params: idParams,
      response: nothing,
      status: 204,
      errors: ['wrong_state', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, ifMatch } = context
      await app.db.transaction().execute(async (tx) => {
        const campaign = await lockCampaign(tx, workspaceId, params.id, 'exclusive')
        requireState(campaign.status, 'delete')
        requireVersion(ifMatch, campaign.version)
        await removeDraft(tx, workspaceId, params.id)
        await audit(tx, context, 'campaign.deleted', 'campaign', params.id, { name: campaign.name })
      })
      return undefined
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/duplicate',
      id: 'duplicateCampaign',
      summary: 'Copy a campaign into a new draft, without audience and statistics',
      access: 'campaigns.write',
      params: idParams,
      response: campaignDetailBody,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, actor, params } = context
      const id = await app.db.transaction().execute(async (tx) => {
        const copy = await copyCampaign(tx, workspaceId, actor.memberId, params.id, startConfigs())
        if (copy === undefined) throw notFound('campaign')
        await audit(tx, context, 'campaign.duplicated', 'campaign', copy, { from: params.id })
        return copy
      })
      return await readCampaign({ app, workspaceId, id })
    },
  ),
] as const

type Enrolling = Parameters<typeof keepEnrolling>[2]

/** Whether a change of fields makes another set of customers enroll by itself. */
const changesEnrolling = (before: Enrolling, after: Enrolling): boolean =>
  before.enrollMode !== after.enrollMode ||
  before.excludeSegmentId !== after.excludeSegmentId ||
  JSON.stringify(before.audience) !== JSON.stringify(after.audience)
