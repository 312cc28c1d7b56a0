import { z } from 'zod'
import { route } from '../http/route.ts'
import { content } from '../http/stream.ts'
import { segmentRules } from '../segments/rules.ts'
import { audit } from '../workspaces/audit.ts'
import { applyToMany, requireKnown } from './bulk.ts'
import { type BulkAction, bulkFilter, maxIds, tagName } from './bulk-input.ts'
import { exportCsv } from './export-csv.ts'
import { jsonText } from './json-text.ts'

const bulkInput = z
  .strictObject({
    customerIds: z.array(z.uuid()).min(1).max(maxIds).optional(),
    filter: bulkFilter.optional(),
    action: z.enum(['addTag', 'removeTag', 'addToSegment', 'removeFromSegment', 'archive', 'assign']),
    tag: tagName.optional(),
    segmentId: z.uuid().optional(),
    memberId: z.uuid().nullable().optional(),
  })
  .superRefine((body, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message, params: { code: 'required' } })
    if ((body.customerIds === undefined) === (body.filter === undefined)) {
      issue('customerIds', 'Give either customerIds or filter; an empty filter means all customers.')
    }
    const needs = { Tag: 'tag', Segment: 'segmentId', assign: 'memberId' } as const
    for (const [word, field] of Object.entries(needs)) {
      const needed = body.action.endsWith(word)
      if (needed && body[field] === undefined) issue(field, `The action ${body.action} needs ${field}.`)
      if (!needed && body[field] !== undefined) issue(field, `The action ${body.action} takes no ${field}.`)
    }
  })

export const bulkRoutes = [
  route(
    {
      method: 'POST',
      path: '/customers/bulk',
      id: 'changeCustomers',
      summary: 'Tags, sorts into a segment, assigns or archives many customers, chosen by ids or by a filter',
      access: 'customers.write',
      body: bulkInput,
      response: z.object({ matched: z.int(), changed: z.int() }),
    },
    async (context) => {
      const { app, body } = context
      const { customerIds, filter: chosen, ...action } = body
      const target = customerIds ? { customerIds } : { filter: chosen ?? {} }
      const result = await applyToMany(app.db, context, target, action as BulkAction)
      await app.wake()
      return result
    },
  ),
  route(
    {
      method: 'GET',
      path: '/customers/export.csv',
      id: 'exportCustomersCsv',
      summary: 'Customers as CSV, streamed; the import reads it back without loss',
      access: 'customers.read',
      query: bulkFilter.extend({
        rules: jsonText(segmentRules).optional(),
        archived: z
          .enum(['true', 'false'])
          .transform((value) => value === 'true')
          .default(false),
      }),
      response: content,
      media: 'text/csv; charset=utf-8',
    },
    async (context) => {
      const { app, workspaceId, query, header } = context
      await audit(app.db, context, 'customers.exported', 'customer', null, { filter: Object.keys(query) })
      header('content-disposition', 'attachment; filename="customers.csv"')
      return exportCsv(app.db, workspaceId, query)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/customers/export.csv',
      id: 'exportChosenCsv',
      summary: 'Chosen customers as CSV, as the whole list is exported',
      access: 'customers.read',
      body: z.strictObject({ customerIds: z.array(z.uuid()).min(1).max(maxIds) }),
      response: content,
      media: 'text/csv; charset=utf-8',
    },
    async (context) => {
      const { app, workspaceId, body, header } = context
      await requireKnown(app.db, workspaceId, body.customerIds)
      await audit(app.db, context, 'customers.exported', 'customer', null, { customers: body.customerIds.length })
      header('content-disposition', 'attachment; filename="customers.csv"')
      return exportCsv(app.db, workspaceId, { ids: body.customerIds })
    },
  ),
] as const
