import { aiRoutes } from './ai/routes.ts'
import { calendarRoutes } from './analytics/calendar-routes.ts'
import { analyticsPeopleRoutes } from './analytics/people-routes.ts'
import { analyticsRoutes } from './analytics/routes.ts'
import { campaignFileRoutes } from './campaign-files/routes.ts'
import { presenceRoutes } from './campaigns/presence-routes.ts'
import { campaignRoutes } from './campaigns/routes.ts'
import { companyRoutes } from './companies/routes.ts'
import { credentialCheckRoutes } from './credentials/check-routes.ts'
import { credentialRoutes } from './credentials/routes.ts'
import { mergeRoutes } from './customers/merge-routes.ts'
import { customerRoutes } from './customers/routes.ts'
import { exampleRoutes } from './demo/example-routes.ts'
import { demoRoutes } from './demo/routes.ts'
import { eventRoutes } from './events/routes.ts'
import { outcomeRoutes } from './firings/outcome-routes.ts'
import { firingRoutes } from './firings/routes.ts'
import type { ServerPlugin } from './http/route.ts'
import { importJobRoutes } from './imports/job-routes.ts'
import { importRoutes } from './imports/routes.ts'
import { jobRoutes } from './jobs/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { productRoutes } from './products/routes.ts'
import { customerCampaignRoutes } from './runs/customer-campaign-routes.ts'
import { runRoutes } from './runs/routes.ts'
import { sandboxRoutes } from './sandbox/routes.ts'
import { segmentPreviewRoutes } from './segments/preview-routes.ts'
import { segmentRoutes } from './segments/routes.ts'
import { simulateRoutes } from './simulate/routes.ts'
import { suppressionRoutes } from './suppressions/routes.ts'
import { taskRoutes } from './tasks/routes.ts'
import { templateRoutes } from './templates/routes.ts'
import { templateTestRoutes } from './templates/test-routes.ts'
import { trackingPlugin } from './tracking/public-routes.ts'
import { hookPlugin } from './triggers/hook-routes.ts'
import { triggerRoutes } from './triggers/routes.ts'
import { webhookRoutes } from './webhooks/routes.ts'
import { workRoutes } from './work/routes.ts'
import { authRoutes } from './workspaces/auth-routes.ts'
import { homeRoutes } from './workspaces/home-routes.ts'
import { memberRoutes } from './workspaces/member-routes.ts'
import { passwordRoutes } from './workspaces/password-routes.ts'
import { workspaceRoutes } from './workspaces/routes.ts'
import { sessionRoutes } from './workspaces/session-routes.ts'

/** Every route below /api/v1: what the server mounts, the OpenAPI document lists and the web client's types come from. */
export const routes = [
  ...authRoutes,
  ...passwordRoutes,
  ...sessionRoutes,
  ...memberRoutes,
  ...workspaceRoutes,
  ...homeRoutes,
  ...demoRoutes,
  ...exampleRoutes,
  ...customerRoutes,
  ...mergeRoutes,
  ...eventRoutes,
  ...importRoutes,
  ...importJobRoutes,
  ...jobRoutes,
  ...companyRoutes,
  ...segmentPreviewRoutes,
  ...segmentRoutes,
  ...productRoutes,
  ...templateRoutes,
  ...templateTestRoutes,
  ...credentialCheckRoutes,
  ...credentialRoutes,
  ...messageRoutes,
  ...suppressionRoutes,
  ...sandboxRoutes,
  ...taskRoutes,
  ...campaignRoutes,
  ...presenceRoutes,
  ...campaignFileRoutes,
  ...aiRoutes,
  ...firingRoutes,
  ...outcomeRoutes,
  ...triggerRoutes,
  ...runRoutes,
  ...customerCampaignRoutes,
  ...simulateRoutes,
  ...analyticsRoutes,
  ...analyticsPeopleRoutes,
  ...calendarRoutes,
  ...webhookRoutes,
  ...workRoutes,
] as const

export type Router = typeof routes

/** What lies outside the API: what links in messages lead to, and the addresses of webhooks. */
export const plugins: readonly ServerPlugin[] = [trackingPlugin, hookPlugin]
