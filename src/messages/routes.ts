import { z } from 'zod'
import { notFound, Problem } from '../errors.ts'
import { pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { instant, numberParams, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { getMessage, type Happening, happenings, listMessages, sendAgain } from './queries.ts'

const state = z.enum(['queued', 'claimed', 'handing', 'sent', 'refused', 'failed', 'unconfirmed', 'skipped'])

/** A message as lists answer it. */
export const messageBody = z.object({
  id: z.int(),
  campaignId: z.uuid(),
  campaignName: z.string(),
  runId: z.int(),
  nodeId: z.string(),
  customerId: z.uuid(),
  customerName: z.string(),
  to: z.string().nullable(),
  subject: z.string().nullable(),
  credentialId: z.uuid(),
  productId: z.uuid().nullable(),
  channel: z.string(),
  transactional: z.boolean(),
  state,
  reason: z.string().nullable(),
  attempt: z.int(),
  sendAfter: instant,
  queuedAt: instant,
  handedAt: instant.nullable(),
  sentAt: instant.nullable(),
  openedAt: instant.nullable(),
  machineOpenedAt: instant.nullable(),
  clickedAt: instant.nullable(),
  machineClickedAt: instant.nullable(),
  repliedAt: instant.nullable(),
  bouncedAt: instant.nullable(),
  complainedAt: instant.nullable(),
  unsubscribedAt: instant.nullable(),
})

const full = messageBody.extend({
  from: z.string().nullable(),
  html: z.string().nullable(),
  text: z.string().nullable(),
  links: z.array(z.string()),
  headerId: z.string().nullable(),
  providerId: z.string().nullable(),
  response: z.string().nullable(),
})

const sorts = { queuedAt: sortKey.instant, state: sortKey.instant }

export const messageRoutes = [
  route(
    {
      method: 'GET',
      path: '/messages',
      id: 'listMessages',
      summary: 'Messages, newest first unless sorted otherwise',
      access: 'messages.read',
      query: sortedQuery(sorts, '-queuedAt').extend({
        campaignId: z.uuid().optional(),
        customerId: z.uuid().optional(),
        state: state.optional(),
        reason: z.string().max(100).optional(),
        channel: z.enum(['email', 'telegram', 'linkedin']).optional(),
        happened: z
          .enum(Object.keys(happenings) as [Happening, ...Happening[]])
          .optional()
          .meta({ description: 'Those that were opened, clicked, replied to or that bounced.' }),
        q: z.string().trim().max(200).optional().meta({ description: 'Words of the customer’s name or contacts.' }),
        from: z.iso.date().optional().meta({ description: 'Queued on this day of the workspace’s calendar or later.' }),
        to: z.iso.date().optional().meta({ description: 'Queued on this day or earlier.' }),
      }),
      response: sortedPageOf(messageBody),
    },
    async ({ app, workspaceId, query }) => {
      const { page, filter } = pageRequest(query, sorts, sortKey.number)
      return sortedPage(await listMessages(app.db, workspaceId, filter, page), query.sort)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/messages/:id',
      id: 'getMessage',
      summary: 'One message, as it was sent',
      access: 'messages.read',
      params: numberParams,
      response: full,
    },
    async ({ app, workspaceId, params }) => {
      const found = await getMessage(app.db, workspaceId, params.id)
      if (!found) throw notFound('message')
      return found
    },
  ),
  route(
    {
      method: 'POST',
      path: '/messages/:id/send-again',
      id: 'sendMessageAgain',
      summary: 'Queues an unconfirmed message once more: the customer may then have it twice',
      access: 'messages.write',
      params: numberParams,
      body: z.strictObject({}).optional(),
      response: full,
      status: 202,
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const message = await app.db.transaction().execute(async (tx) => {
        const isQueued = await sendAgain(tx, workspaceId, params.id)
        const found = await getMessage(tx, workspaceId, params.id)
        if (!found) throw notFound('message')
        if (!isQueued) {
          throw new Problem(
            'wrong_state',
            `Only an unconfirmed message can be sent again; this one is ${found.state}.`,
            {
              extra: { state: found.state, allowed: [] },
            },
          )
        }
        await audit(tx, context, 'message.sent-again', 'message', params.id, {})
        return found
      })
      await app.wake()
      return message
    },
  ),
] as const
