import { z } from 'zod'
import { funnelBody } from '../analytics/funnel.ts'
import { givenGraph, graphFrom } from '../campaigns/given-graph.ts'
import { idParams, instant, route } from '../http/route.ts'
import { givenRates, givenSeed } from './assumptions.ts'
import { reactions } from './behaviour.ts'
import { tellSimulation } from './progress.ts'
import { simulateCampaign } from './simulate-campaign.ts'
import { stepThrough } from './step-through.ts'

const count = z.number().int().nonnegative()
const counts = z.record(z.string(), count)
const status = z.enum(['succeeded', 'canceled']).nullable()
/** Longest time until somebody acts, in ms: a year. */
const afterMs = z.number().int().min(0).max(31_622_400_000)

const overall = z.object({
  kind: z.literal('audience'),
  customers: count,
  startAt: instant,
  endAt: instant,
  nodes: z.array(
    z.object({
      nodeId: z.string(),
      reached: count,
      firstAfterMs: count,
      medianAfterMs: count,
      lastAfterMs: count,
      sent: count,
      blocked: counts,
      reactions: counts,
    }),
  ),
  edges: z.array(
    z.object({
      source: z.string(),
      when: z.string().nullable(),
      target: z.string().nullable(),
      listener: z.boolean(),
      count,
    }),
  ),
  funnel: funnelBody.meta({
    description: 'How far customers got, as the analytics count it: also by what they do after their run ended.',
  }),
  messages: z.object({ sent: count, blocked: counts, reactions: counts }),
  sendsPerDay: z.array(z.object({ date: z.string(), count })),
  ends: z.array(z.object({ nodeId: z.string(), status, reason: z.string(), count })),
  errors: z.array(z.object({ nodeId: z.string(), code: z.string(), message: z.string(), count })),
  goals: z.array(z.object({ nodeId: z.string(), count })),
})

const single = z.object({
  kind: z.literal('customer'),
  status,
  reason: z.string(),
  steps: z.array(
    z.object({
      at: instant,
      kind: z.enum(['arrived', 'left', 'message', 'reaction', 'event', 'waits', 'goal', 'error', 'ended']),
      nodeId: z.string().nullable(),
      text: z.string(),
      label: z.string().nullable().optional(),
      output: z.record(z.string(), z.unknown()).optional(),
      values: z.record(z.string(), z.unknown()).optional(),
      until: instant.nullable().optional(),
      message: z
        .object({ subject: z.string(), html: z.string(), text: z.string(), error: z.string().nullable() })
        .optional(),
    }),
  ),
})

/** Simulation of a draft: nothing is sent, nothing is written. */
export const simulateRoutes = [
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/simulate',
      id: 'simulateCampaign',
      summary:
        'Simulate the draft, or a graph that is sent, over the audience, or step one customer through it; sends and writes nothing',
      access: 'campaigns.read',
      params: idParams,
      body: z
        .strictObject({
          /** Simulated in place of the draft, such as a proposal; stored nowhere. */
          graph: z.strictObject(givenGraph).optional(),
          /** How many customers are drawn from the audience; null = all of them. */
          sample: z.number().int().min(1).max(100_000).nullable().default(10_000),
          rates: givenRates.prefault({}),
          seed: givenSeed.default('1'),
          /** When everybody enters; now unless said. */
          startAt: instant.optional(),
          triggerPayload: z.json().default(null),
          /** Names it in the `simulation` events of `/stream`, which then say how far it is. */
          id: z.uuid().optional(),
          /** Step this customer through instead. */
          customerId: z.uuid().optional(),
          /** What they do with the message of a node. */
          actions: z
            .record(
              z.string().max(200),
              z.strictObject({ do: z.enum([...reactions, 'ignore']), afterMs: afterMs.default(3_600_000) }),
            )
            .default({}),
          /** Events that happen to them, in ms after the start. */
          events: z
            .array(
              z.strictObject({
                name: z.string().min(1).max(200),
                afterMs,
                properties: z.record(z.string(), z.json()).optional(),
              }),
            )
            .max(100)
            .default([]),
        })
        .prefault({}),
      response: z.discriminatedUnion('kind', [overall, single]),
      bodyLimit: 4 * 1024 * 1024,
      errors: ['invalid_workflow', 'rate_limited'],
    },
    async ({ app, workspaceId, params, body, signal }) => {
      const { customerId, actions, events, startAt = new Date(), triggerPayload } = body
      const graph = body.graph && graphFrom(body.graph)
      if (customerId !== undefined) {
        const wanted = { graph, customerId, script: { actions, events }, startAt, triggerPayload }
        return { kind: 'customer' as const, ...(await stepThrough(app, workspaceId, params.id, wanted)) }
      }
      const wanted = { graph, sample: body.sample, rates: body.rates, seed: body.seed, startAt, triggerPayload }
      if (body.id === undefined) {
        return { kind: 'audience' as const, ...(await simulateCampaign(app, workspaceId, params.id, wanted, signal)) }
      }
      const told = tellSimulation(app, workspaceId, params.id, body.id)
      try {
        const result = await simulateCampaign(app, workspaceId, params.id, wanted, signal, told.at)
        return { kind: 'audience' as const, ...result }
      } finally {
        await told.end()
      }
    },
  ),
] as const
