import { z } from 'zod'
import { getCustomer, listCustomers } from '../customers/queries.ts'
import { customerResponse } from '../customers/routes.ts'
import { notFound } from '../errors.ts'
import { route } from '../http/route.ts'
import { countRules, countTimeoutMs } from './count-sql.ts'
import { explainCustomers } from './explain-sql.ts'
import { segmentRules } from './rules.ts'
import { requireNamed } from './use.ts'

/** How many of those who match are shown. */
const shownCount = 10

export const segmentPreviewRoutes = [
  route(
    {
      method: 'POST',
      path: '/segments/preview',
      id: 'previewSegment',
      summary:
        'Counts who matches rules, the whole and each part, and shows some, without saving. Ends when the caller is gone',
      access: 'segments.read',
      body: z.strictObject({
        rules: segmentRules,
        customerId: z
          .uuid()
          .optional()
          .meta({ description: 'Says of this customer, too, whether they match and by which rules.' }),
      }),
      response: z.object({
        count: z.int().meta({ description: 'How many customers who are not archived match.' }),
        customers: z.int().meta({ description: 'How many there are.' }),
        counts: z
          .record(z.string(), z.int())
          .meta({ description: 'By the path of a group or rule, as in all.1.any.0: how many match it by itself.' }),
        blocker: z
          .string()
          .nullable()
          .meta({ description: 'Where nobody matches: the part of the outermost all-group that leaves nobody.' }),
        items: z.array(
          customerResponse.extend({ because: z.array(z.string()).meta({ description: 'The rules they match by.' }) }),
        ),
        customer: z.object({ in: z.boolean(), because: z.array(z.string()) }).optional(),
      }),
      errors: ['too_slow'],
    },
    async ({ app, workspaceId, body: { rules, customerId }, signal }) => {
      await requireNamed(app.db, workspaceId, rules)
      if (customerId && !(await getCustomer(app.db, workspaceId, customerId))) throw notFound('customer')
      const counted = await countRules(app.db, workspaceId, rules, { timeoutMs: countTimeoutMs, signal })
      const paging = { sort: 'newest', behind: undefined, limit: shownCount } as const
      const items = counted.count === 0 ? [] : await listCustomers(app.db, workspaceId, { rules }, paging)
      const why = await explainCustomers(app.db, workspaceId, rules, [
        ...items.map(({ id }) => id),
        ...(customerId ? [customerId] : []),
      ])
      const asked = customerId === undefined ? undefined : why.get(customerId)
      return {
        ...counted,
        items: items.map((item) => ({ ...item, because: why.get(item.id)?.because ?? [] })),
        ...(asked && { customer: { in: asked.holds, because: asked.because } }),
      }
    },
  ),
] as const
