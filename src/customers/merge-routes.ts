import { z } from 'zod'
import { notFound } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { mergeCustomers } from './merge-queries.ts'
import { getCustomer } from './queries.ts'
import { customerResponse } from './routes.ts'

const count = z.number().int().nonnegative()

export const mergeRoutes = [
  route(
    {
      method: 'POST',
      path: '/customers/:id/merge',
      id: 'mergeCustomer',
      summary: 'Makes one of two: the history goes to the one they are merged into, and the customer is archived',
      access: 'customers.write',
      params: idParams,
      body: z.strictObject({ into: z.uuid() }),
      response: z.object({
        customer: customerResponse,
        moved: z.object({
          runsMoved: count.meta({ description: 'Of campaigns that only the archived one was in.' }),
          runsEnded: count.meta({ description: 'Of campaigns that both were in.' }),
          messages: count,
          events: count,
          tasks: count,
          segments: count,
          scores: count,
        }),
      }),
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      const moved = await app.db
        .transaction()
        .execute(async (tx) => await mergeCustomers(tx, context, params.id, body.into))
      await app.wake()
      const customer = await getCustomer(app.db, workspaceId, body.into)
      if (!customer) throw notFound('customer')
      return { customer, moved }
    },
  ),
] as const
