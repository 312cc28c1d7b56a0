import { z } from 'zod'
import { idParams, route } from '../http/route.ts'
import { exportCampaign } from './export.ts'
import { campaignFile } from './format.ts'
import { importCampaign } from './import.ts'
import { largestFile } from './read.ts'

const problem = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  nodeId: z.string().optional(),
  edgeId: z.string().optional(),
  field: z.string().optional(),
  message: z.string(),
  fix: z.string().optional(),
})

/** Campaigns as files (docs/campaign-files.md). */
export const campaignFileRoutes = [
  route(
    {
      method: 'GET',
      path: '/campaigns/:id/export',
      id: 'exportCampaign',
      summary: 'The draft as a file for version control',
      access: 'campaigns.read',
      params: idParams,
      response: campaignFile,
    },
    async ({ app, workspaceId, params }) => await exportCampaign(app.db, workspaceId, params.id),
  ),
  route(
    {
      method: 'POST',
      path: '/campaigns/import',
      id: 'importCampaign',
      summary: 'Make a draft of a campaign file, or put its workflow into a campaign',
      access: 'campaigns.write',
      body: z.strictObject({
        file: campaignFile,
        /** The campaign whose draft is replaced; `If-Match` is then the version of its workflow. */
        into: z.uuid().optional(),
      }),
      response: z.object({
        campaignId: z.uuid(),
        name: z.string(),
        graphVersion: z.number().int(),
        problems: z.array(problem),
      }),
      status: 201,
      idempotent: true,
      bodyLimit: largestFile,
      errors: ['not_found', 'wrong_state', 'stale_version'],
    },
    async ({ app, workspaceId, actor, ip, requestId, body, ifMatch, status }) => {
      const { file, into = null } = body
      const context = { workspaceId, actor, ip, requestId, memberId: actor.memberId }
      const imported = await importCampaign(app.db, context, file, { into, ifMatch: into === null ? null : ifMatch })
      if (into !== null) status(200)
      return imported
    },
  ),
] as const
