import { generateRoutes } from './generate-routes.ts'

/** Everything about AI Generate: writing proposals, the models that may do it, and help with texts. */
export const aiRoutes = [...generateRoutes] as const
