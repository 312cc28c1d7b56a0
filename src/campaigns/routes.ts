import { checkpointRoutes } from './checkpoint-routes.ts'
import { campaignCrudRoutes } from './crud-routes.ts'
import { campaignMoveRoutes } from './move-routes.ts'
import { preflightRoutes } from './preflight-routes.ts'
import { campaignProductRoutes } from './product-routes.ts'
import { publishRoutes } from './publish-routes.ts'
import { streamRoutes } from './stream-routes.ts'
import { testSendRoutes } from './test-send-routes.ts'
import { upcomingRoutes } from './upcoming-routes.ts'
import { workflowRoutes } from './workflow-routes.ts'

/** Everything below /campaigns that is not about its runs and firings. */
export const campaignRoutes = [
  ...campaignCrudRoutes,
  ...campaignMoveRoutes,
  ...workflowRoutes,
  ...publishRoutes,
  ...checkpointRoutes,
  ...preflightRoutes,
  ...campaignProductRoutes,
  ...streamRoutes,
  ...testSendRoutes,
  ...upcomingRoutes,
] as const
