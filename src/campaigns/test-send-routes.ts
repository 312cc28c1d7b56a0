import { z } from 'zod'
import { idParams, route } from '../http/route.ts'
import { sendTest } from '../templates/test-send.ts'
import { audit } from '../workspaces/audit.ts'
import { prepareTest, previewNode } from './test-send.ts'

const nodeId = z.string().min(1).max(64)

/** Looking at a message node before it is sent to anybody: on the screen, and in a mailbox of one's own. */
export const testSendRoutes = [
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/test-send',
      id: 'sendTest',
      summary:
        'Send a message step of the draft to an address of your choice, as a customer would get it; marked and never counted',
      access: 'campaigns.write',
      params: idParams,
      body: z.strictObject({ nodeId, customerId: z.uuid(), to: z.string().trim().min(1).max(320) }),
      response: z.object({ sent: z.boolean(), detail: z.string(), to: z.string(), subject: z.string() }),
      errors: ['wrong_state', 'invalid_workflow'],
    },
    async (context) => {
      const { app, workspaceId, params, body, actor } = context
      const test = await prepareTest(app, workspaceId, params.id, { ...body, actor: actor.text })
      // Before it is sent: a try counts, whatever comes of it.
      await audit(app.db, context, 'message.test-sent', 'campaign', params.id, body)
      return await sendTest(app, workspaceId, test)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/workflow/preview',
      id: 'previewNode',
      summary: 'A message step of the draft as a customer would get it, or somebody made up; sends nothing',
      access: 'campaigns.read',
      params: idParams,
      body: z.strictObject({ nodeId, customerId: z.uuid().nullable().default(null) }),
      response: z.object({
        channel: z.string(),
        subject: z.string(),
        html: z.string(),
        text: z.string(),
        error: z.string().nullable(),
      }),
      errors: ['invalid_workflow'],
    },
    async ({ app, workspaceId, params, body }) => await previewNode(app, workspaceId, params.id, body),
  ),
] as const
