import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { awaitEvent, leave, restOn } from '../../engine/outcome.ts'
import { eventFilter, eventName, isMeant, readableProperties } from '../event.ts'
import { durationMs } from '../fields.ts'

export default defineNode({
  type: 'wait-for-event',
  version: 1,
  kind: 'branch',
  group: 'builtin',
  title: 'Wait for event',
  icon: 'ear',
  summary: 'Hold the customer until something happens, or until it has taken too long.',
  sentence: 'Wait up to {timeoutMs} for {event}',
  config: z.object({
    event: eventName,
    filter: eventFilter,
    timeoutMs: durationMs.meta({ title: 'Wait at most', widget: 'duration', unit: 'ms' }),
  }),
  output: z.object({
    happened: z.boolean().describe('Whether the event came in time.'),
    event: z.string().nullable().describe('Its full name, as in message.replied.'),
    properties: z.record(z.string(), z.unknown()).describe('Its properties; up to 4 KB of them are kept.'),
  }),
  when: ['event', 'timeout'],
  rests: 'timeoutMs',
  listens: { field: 'event' },
  reads: [],
  execute: ({ config, clock }) => awaitEvent(new Date(clock.getTime() + config.timeoutMs)),
  resume({ config, woke }) {
    if (woke.by === 'message') return restOn()
    if (woke.by === 'deadline') {
      return leave('timeout', { happened: false, event: null, properties: {} }, [], {
        code: 'timeout',
        text: `“${config.event}” did not happen in time.`,
      })
    }
    const { name, properties, at } = woke.event
    return leave('event', { happened: true, event: name, properties: readableProperties(properties) }, [], {
      code: 'event',
      text: `“${config.event}” happened.`,
      values: { event: name, at },
    })
  },
  hears: isMeant,
  docs: `The customer stays here until the event is recorded for them and leaves by *event*; or, when the time is over first, by *timeout*. The time runs on the campaign’s clock, which stands while the campaign is paused.

\`replied\`, \`clicked\`, \`opened\`, \`delivered\`, \`bounced\`, \`unsubscribed\` and \`complained\` are about the messages of this run alone. Any other name (\`deal.won\`, \`customer.tagged\`, …) is an event of the customer, whether the program recorded it or \`POST /events\` did.

It counts when it is recorded after the customer arrived here and before the time is over; what happened earlier does not. The rules of \`filter\` compare the event’s properties as a path does: \`amount\`, or \`plan.name\` for what is further inside. An event that they do not let through changes nothing.`,
  initial: { timeoutMs: 3 * 86_400_000 },
  examples: [
    { event: 'replied', timeoutMs: 3 * 86_400_000 },
    {
      event: 'deal.won',
      filter: { match: 'all', rules: [{ input: 'amount', condition: 'greater-than', value: 1000 }] },
      timeoutMs: 14 * 86_400_000,
    },
  ],
})
