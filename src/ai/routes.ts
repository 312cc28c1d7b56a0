import { generateRoutes } from './generate-routes.ts'
import { improveRoutes } from './improve-routes.ts'
import { providerRoutes } from './provider-routes.ts'
import { aiSettingsRoutes } from './settings-routes.ts'

/** Everything about AI Generate: writing proposals, the models that may do it, and help with texts. */
export const aiRoutes = [...generateRoutes, ...providerRoutes, ...aiSettingsRoutes, ...improveRoutes] as const
