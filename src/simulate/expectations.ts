import { z } from 'zod'
import { givenRates, givenSeed } from './assumptions.ts'
import { population } from './population.ts'
import type { SimulationResult } from './tally.ts'

const bound = z
  .union([
    z.number(),
    z
      .strictObject({ min: z.number().optional(), max: z.number().optional() })
      .refine(({ min, max }) => min !== undefined || max !== undefined, 'Give a min, a max or both.'),
  ])
  .describe('Exactly this number, or at least `min` and at most `max`.')
type Bound = z.output<typeof bound>

const bounds = z.record(z.string(), bound)
const dayMs = 86_400_000

/** What a simulation of a campaign file assumes, and what must come out: the file behind `simulate FILE --expect`. */
export const expectations = z
  .strictObject({
    $schema: z.string().optional(),
    assume: z
      .strictObject({
        customers: population.prefault({}),
        rates: givenRates.prefault({}),
        seed: givenSeed.default('1'),
        start: z.iso
          .datetime({ offset: true })
          .default('2026-01-05T09:00:00Z')
          .describe('When everybody enters; a Monday morning unless said.'),
        timezone: z.string().default('UTC').describe('Of customers without one of their own.'),
        trigger: z.record(z.string(), z.json()).default({}).describe('What `{{trigger.payload}}` is.'),
      })
      .prefault({}),
    reached: bounds.default({}).describe('How many customers come to a node.'),
    ends: bounds.default({}).describe('How many runs end for a reason (`exit`, `handoff`, `end-of-flow`, …).'),
    sends: bound.optional().describe('Messages in all.'),
    sent: bounds.default({}).describe('Messages of a node.'),
    sendsPerDay: bound.optional().describe('Messages of each day that has any.'),
    blocked: bounds.default({}).describe('Messages passed over for a reason (`no_address`, `suppressed`).'),
    goals: bounds.default({}).describe('How many customers reach a goal, also after their run ended.'),
    errors: bound.default(0).describe('Errors at nodes.'),
    unfinished: bound.default(0).describe('Runs that do not end.'),
    days: bound.optional().describe('Days until the last run has ended.'),
  })
  .meta({ title: 'Throughline expectations', description: 'For `throughline simulate FILE --expect EXPECTATIONS`.' })
export type Expectations = z.output<typeof expectations>

/** One expectation and whether it was met. */
export interface Checked {
  what: string
  expected: string
  actual: number
  met: boolean
}

/** Compares a simulation with what was expected of it. A node that is not in the workflow counts as never reached. */
export function checkExpectations(expected: Expectations, result: SimulationResult): Checked[] {
  const node = (id: string) => result.nodes.find(({ nodeId }) => nodeId === id)
  const sum = (rows: readonly { count: number }[]) => rows.reduce((total, { count }) => total + count, 0)
  const each = (what: string, wanted: Record<string, Bound>, actual: (key: string) => number) =>
    Object.entries(wanted).map(([key, one]) => judge(`${what} ${key}`, one, actual(key)))
  const perDay = expected.sendsPerDay
  return [
    ...each('reached', expected.reached, (id) => node(id)?.reached ?? 0),
    ...each('ends', expected.ends, (reason) => sum(result.ends.filter((one) => one.status && one.reason === reason))),
    ...(expected.sends === undefined ? [] : [judge('sends', expected.sends, result.messages.sent)]),
    ...each('sent', expected.sent, (id) => node(id)?.sent ?? 0),
    ...(perDay === undefined
      ? []
      : result.sendsPerDay.map(({ date, count }) => judge(`sends on ${date}`, perDay, count))),
    ...each('blocked', expected.blocked, (reason) => result.messages.blocked[reason] ?? 0),
    ...each('goal', expected.goals, (id) => result.goals.find(({ nodeId }) => nodeId === id)?.count ?? 0),
    judge('errors', expected.errors, sum(result.errors)),
    judge('unfinished', expected.unfinished, sum(result.ends.filter(({ status }) => status === null))),
    ...(expected.days === undefined
      ? []
      : [judge('days', expected.days, (result.endAt.getTime() - result.startAt.getTime()) / dayMs)]),
  ]
}

function judge(what: string, wanted: Bound, actual: number): Checked {
  if (typeof wanted === 'number') return { what, expected: `exactly ${wanted}`, actual, met: actual === wanted }
  const { min, max } = wanted
  const parts = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])]
  return {
    what,
    expected: parts.join(' and '),
    actual,
    met: (min === undefined || actual >= min) && (max === undefined || actual <= max),
  }
}
