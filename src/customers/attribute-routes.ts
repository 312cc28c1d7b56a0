import { z } from 'zod'
import { audience } from '../campaigns/audience.ts'
import { requireAudience, resolveAudience } from '../campaigns/audience-sql.ts'
import { route } from '../http/route.ts'
import { countTimeoutMs } from '../segments/count-sql.ts'
import { readGuarded } from '../segments/guarded-sql.ts'
import { listAttributes } from './attribute-queries.ts'
import { jsonText } from './json-text.ts'

export const attributeRoutes = [
  route(
    {
      method: 'GET',
      path: '/customers/attributes',
      id: 'listAttributes',
      summary:
        'What is known of an audience’s customers: paths that rules and messages may name, with a sample and who has it',
      access: 'customers.read',
      query: z.strictObject({
        segmentId: z.uuid().optional().meta({ description: 'Of this segment’s customers.' }),
        audience: jsonText(audience)
          .optional()
          .meta({ description: 'Of this audience, as JSON; all customers without it.' }),
      }),
      response: z.object({
        items: z.array(
          z.object({
            path: z.string(),
            type: z.string(),
            sample: z.string().nullable(),
            share: z.number().meta({ description: 'From 0 to 1, of the newest 5,000.' }),
          }),
        ),
      }),
      errors: ['too_slow'],
    },
    async ({ app, workspaceId, query, signal }) => {
      const { segmentId } = query
      const given =
        query.audience ?? (segmentId ? ({ type: 'segment', segmentId } as const) : ({ type: 'all' } as const))
      await requireAudience(app.db, workspaceId, { audience: given })
      const items = await readGuarded(app.db, { timeoutMs: countTimeoutMs, signal }, async (tx) =>
        listAttributes(tx, await resolveAudience(tx, given, { workspaceId, excludeSegmentId: null })),
      )
      return { items }
    },
  ),
] as const
