import { z } from 'zod'

const share = z.number().min(0).max(1)

/** Assumed rates as callers give them: shares of the messages handed over; what is left out has the usual value. */
export const givenRates = z.strictObject({
  open: share.default(0.4),
  click: share.default(0.05),
  reply: share.default(0.03),
  bounce: share.default(0.01),
  unsubscribe: share.default(0.002),
  events: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({ rate: share, properties: z.record(z.string(), z.json()).optional() }),
    )
    .default({})
    .describe('Custom events by name: to what share of those waiting for it, or of all for a listener, it happens.'),
})

/** A number or text that makes a simulation repeatable. */
export const givenSeed = z.union([z.string().min(1).max(100), z.number()]).transform(String)
