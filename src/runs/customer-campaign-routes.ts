import { z } from 'zod'
import { getCustomer } from '../customers/queries.ts'
import type { Db } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { explainCustomers } from '../segments/explain-sql.ts'
import { getSegment } from '../segments/queries.ts'
import { storedRules } from '../segments/rules.ts'
import { broughtIn } from './brought-in.ts'
import { type CustomerPassage, listCampaignsOf, listPassages } from './customer-campaign-queries.ts'
import { explain } from './why.ts'
import { gatherWhy } from './why-sql.ts'

const campaign = z.object({
  campaign: z.object({ id: z.uuid(), name: z.string(), status: z.string() }),
  in: z.boolean(),
  because: z
    .array(z.object({ code: z.string(), text: z.string() }))
    .meta({ description: 'Why they are in it or not, the deciding reason first.' }),
  now: z.object({ text: z.string(), until: instant.nullable() }).nullable(),
  passages: z.array(
    z.object({
      id: z.int(),
      entry: z.int(),
      status: z.enum(['running', 'succeeded', 'canceled', 'failed']),
      reason: z.string().nullable(),
      startedAt: instant,
      finishedAt: instant.nullable(),
      broughtIn: z.string().nullable().meta({ description: 'By what they came in.' }),
      rules: z
        .array(z.string())
        .meta({ description: 'Of a segment of rules by which they came: the rules they match by now.' }),
    }),
  ),
})

export const customerCampaignRoutes = [
  route(
    {
      method: 'GET',
      path: '/customers/:id/campaigns',
      id: 'listCustomerCampaigns',
      summary:
        'The campaigns a customer is in, was in and is not in: by what they came in, where they stand, and why not. `inside=true`: only those they are in',
      access: 'campaigns.read',
      params: idParams,
      query: pageQuery.extend({
        limit: z.coerce.number().int().min(1).max(50).default(20),
        inside: z
          .enum(['true', 'false'])
          .transform((value) => value === 'true')
          .default(false),
      }),
      response: pageOf(campaign),
    },
    async ({ app, workspaceId, params, query: { limit, cursor, inside } }) => {
      if (!(await getCustomer(app.db, workspaceId, params.id))) throw notFound('customer')
      const offset = decodeCursor(cursor, z.number().int().min(0)) ?? 0
      const found = await listCampaignsOf(app.db, workspaceId, params.id, { limit: limit + 1, offset, inside })
      const { items, nextCursor } = page(found, limit, () => offset + limit)
      const ids = items.map(({ id }) => id)
      const passages = await listPassages(app.db, workspaceId, params.id, ids)
      const rules = await rulesOf(app.db, workspaceId, params.id, passages)
      const answers = []
      for (const { id, name, status } of items) {
        const facts = await gatherWhy(app.db, workspaceId, params.id, id)
        const own = passages.filter(({ campaignId }) => campaignId === id)
        answers.push({
          campaign: { id, name, status },
          ...explain(facts),
          now: facts.run?.now ?? null,
          passages: own.map(({ campaignId: _, broughtBy, ...passage }) => ({
            ...passage,
            broughtIn: broughtBy && broughtIn(broughtBy),
            rules: (broughtBy?.segmentId && rules.get(broughtBy.segmentId)) || [],
          })),
        })
      }
      return { items: answers, nextCursor }
    },
  ),
] as const

/** By segment: the rules that a customer matches it by now; a segment kept by hand has none. */
async function rulesOf(
  db: Db,
  workspaceId: number,
  customerId: string,
  passages: readonly CustomerPassage[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const id of new Set(passages.map(({ broughtBy }) => broughtBy?.segmentId))) {
    const segment = id ? await getSegment(db, workspaceId, id) : undefined
    if (!segment?.rules) continue
    const explained = await explainCustomers(db, workspaceId, storedRules(segment.rules), [customerId])
    const one = explained.get(customerId)
    if (one?.holds) found.set(segment.id, one.because)
  }
  return found
}
