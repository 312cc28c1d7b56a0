import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next, waitFor, waitUntil } from '../../engine/outcome.ts'
import { lastTime, nextTime, readInstant, zoneOf } from '../calendar.ts'
import { durationMs } from '../fields.ts'

/** An until-time reached later than this (a pause, downtime) takes the next matching time instead (API.md). */
const lateMs = 60 * 60_000

const duration = z
  .object({
    waitType: z.literal('duration').meta({ title: 'Kind of wait' }),
    durationMs: durationMs.meta({ title: 'How long', widget: 'duration', unit: 'ms' }),
  })
  .meta({ title: 'For a time', sentence: 'Wait {durationMs}' })

const untilDate = z
  .object({
    waitType: z.literal('until-date').meta({ title: 'Kind of wait' }),
    untilDate: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .refine((text) => text.includes('{{') || readInstant(text, 'UTC') !== null, {
        error: 'Write a date such as 2027-03-01 or 2027-03-01T09:00, or a template that gives one.',
      })
      .meta({
        title: 'Date',
        description:
          'A date, a date and time, or a template. Without a zone it is the customer’s; a date alone is 00:00.',
        widget: 'date',
        template: 'short',
        placeholder: '2027-03-01T09:00',
      }),
    offsetMs: z
      .int()
      .min(-3_660 * 86_400_000)
      .max(3_660 * 86_400_000)
      .optional()
      .meta({
        title: 'Shifted by',
        description: 'Later by this, or earlier when negative.',
        widget: 'duration',
        unit: 'ms',
      }),
  })
  .meta({ title: 'Until a date', sentence: 'Wait until {untilDate}' })

const untilTime = z
  .object({
    waitType: z.literal('until-time').meta({ title: 'Kind of wait' }),
    time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'Write a time of day as 09:00.' })
      .meta({
        title: 'Time of day',
        description: 'In the customer’s time zone; without one, the workspace’s.',
        widget: 'time',
      }),
    weekdays: z
      .array(z.int().min(1).max(7))
      .min(1)
      .max(7)
      .optional()
      .meta({ title: 'On', description: '1 is Monday, 7 Sunday. Empty: any day.', widget: 'weekdays' }),
  })
  .meta({ title: 'Until a time of day', sentence: 'Wait until {time} their time' })

export default defineNode({
  type: 'wait',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Wait',
  icon: 'clock',
  summary: 'Hold the customer for a time, until a date, or until a time of day where they live.',
  sentence: 'Wait',
  config: z.discriminatedUnion('waitType', [duration, untilDate, untilTime]),
  output: z.object({
    missed: z.boolean().describe('Whether the date had passed, or there was none, so that nobody waited for it.'),
  }),
  when: [],
  rests: 'durationMs',
  reads: ['campaign'],
  customer: ['timezone'],
  execute({ config, campaign, customer, render, now }) {
    if (config.waitType === 'duration') return waitFor(config.durationMs)
    const zone = zoneOf(customer.timezone, campaign.timezone)
    if (config.waitType === 'until-time') return waitUntil(nextTime(now, { ...config, zone }))
    const text = render(config.untilDate).trim()
    const date = text === '' ? null : readInstant(text, zone)
    if (date === null) {
      const why = text === '' ? 'There is no date for this customer.' : `“${text.slice(0, 100)}” is not a date.`
      return next({ missed: true }, [], { code: 'no_date', text: why })
    }
    const until = new Date(date.getTime() + (config.offsetMs ?? 0))
    if (until <= now) {
      return next({ missed: true }, [], { code: 'date_passed', text: 'The date had passed.', values: { until } })
    }
    return waitUntil(until)
  },
  resume({ config, campaign, customer, now, step }) {
    if (config.waitType === 'until-time') {
      const at = { ...config, zone: zoneOf(customer.timezone, campaign.timezone) }
      const last = lastTime(now, at)
      if (last <= step.enteredAt || now.getTime() - last.getTime() > lateMs) return waitUntil(nextTime(now, at))
    }
    return next({ missed: false }, [], { code: 'waited', text: 'The wait was over.' })
  },
  docs: `Three kinds:

- **For a time** runs on the campaign’s clock, which stands while the campaign is paused. \`0\` passes at once.
- **Until a date** is wall time, paused or not. The date is ISO 8601 or a short template (\`{{customer.attributes.renewalDate}}\`), moved by \`offsetMs\`. Without an offset or \`Z\` it is in the customer’s zone, else the workspace’s. A date alone is 00:00 of that day. When the date is missing, cannot be read or has passed, the customer goes on at once with \`output.missed\` true.
- **Until a time of day** takes the next such time strictly after the customer arrives, on one of the chosen weekdays, in their zone. If it is reached more than 60 minutes late (after a pause or downtime), the next matching time is taken.

When the clocks change, a time that does not exist that day is taken as much later as the clock jumps (02:30 becomes 03:30), and a time that comes twice is the first of the two.`,
  initial: { waitType: 'duration', durationMs: 3 * 86_400_000 },
  examples: [
    { waitType: 'duration', durationMs: 3 * 86_400_000 },
    { waitType: 'until-date', untilDate: '{{customer.attributes.renewalDate}}', offsetMs: -7 * 86_400_000 },
    { waitType: 'until-time', time: '09:00', weekdays: [1, 2, 3, 4, 5] },
  ],
})
