import { z } from 'zod'
import { notFound, Problem } from '../errors.ts'
import { instant, route } from '../http/route.ts'
import { audit } from '../workspaces/audit.ts'
import { isDemo } from './demo-sql.ts'
import { beginExampleRemoval, findExample, keptOf, loadExample } from './example-sql.ts'

const loaded = z.object({
  state: z.enum(['none', 'loaded', 'removing']),
  campaignId: z.uuid().nullable(),
  campaignName: z.string().nullable(),
  segmentId: z.uuid().nullable(),
  customers: z.int(),
  loadedAt: instant.nullable(),
  /** What stays when it is removed, because it is used for something else by now. */
  keeps: z.object({ customers: z.int(), segment: z.boolean() }),
})

const none: z.output<typeof loaded> = {
  state: 'none',
  campaignId: null,
  campaignName: null,
  segmentId: null,
  customers: 0,
  loadedAt: null,
  keeps: { customers: 0, segment: false },
}

export const exampleRoutes = [
  route(
    {
      method: 'GET',
      path: '/example',
      id: 'getExample',
      summary: 'Whether the example is loaded here, and what of it stays when it is removed',
      access: 'campaigns.read',
      response: loaded,
    },
    async ({ app, workspaceId }) => {
      const example = await findExample(app.db, workspaceId)
      if (!example) return none
      const { state, campaignId, campaignName, segmentId, customerIds, loadedAt } = example
      const kept = await keptOf(app.db, workspaceId, example)
      const keeps = { customers: kept.customerIds.length, segment: kept.segment }
      return { state, campaignId, campaignName, segmentId, customers: customerIds.length, loadedAt, keeps }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/example',
      id: 'loadExample',
      summary:
        'Load an example: six made-up customers, a segment of them, and a draft that sends to the sandbox mailbox alone',
      access: 'campaigns.write',
      response: z.object({ campaignId: z.uuid(), segmentId: z.uuid(), customers: z.int() }),
      status: 201,
      idempotent: true,
      errors: ['already_exists', 'wrong_state'],
    },
    async (context) => {
      const { app, workspaceId } = context
      if (await isDemo(app.db, workspaceId)) {
        throw new Problem(
          'wrong_state',
          'The demo workspace has its campaigns; load the example in your own workspace.',
          {
            extra: { state: 'demo', allowed: [] },
          },
        )
      }
      const made = await app.db.transaction().execute(async (tx) => {
        const { customerIds, ...example } = await loadExample(tx, context)
        await audit(tx, context, 'example.loaded', 'campaign', example.campaignId, { customers: customerIds.length })
        return { ...example, customers: customerIds.length }
      })
      await app.wake()
      return made
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/example',
      id: 'removeExample',
      summary:
        'Remove the example: its campaign with everything that it left, its segment, its customers. What is used for something else stays',
      access: 'campaigns.write',
      response: z.object({ state: z.literal('removing') }),
      status: 202,
      errors: ['not_found'],
    },
    async (context) => {
      const { app, workspaceId } = context
      await app.db.transaction().execute(async (tx) => {
        const example = await beginExampleRemoval(tx, workspaceId)
        if (!example) throw notFound('example')
        await audit(tx, context, 'example.removal-begun', 'campaign', example.campaignId)
      })
      await app.wake()
      return { state: 'removing' as const }
    },
  ),
] as const
