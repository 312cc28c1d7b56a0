import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { eventFilter, eventName, isMeant } from '../event.ts'

export default defineNode({
  type: 'at-any-point',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'At any point',
  icon: 'broadcast',
  summary: 'Take whoever is in the campaign from where they are, when something happens.',
  sentence: 'If {event}, wherever they are',
  config: z.object({ event: eventName, filter: eventFilter }),
  output: z.object({}),
  when: [],
  entry: 'event',
  listens: { field: 'event' },
  reads: [],
  execute: () => next({}),
  hears: isMeant,
  docs: `No edge leads here. When the event happens to a customer who is inside, they leave the step where they are, wherever that is, and go on from here: *if they reply at any point, hand them over*. A message that waits to be sent there is withdrawn.

\`replied\`, \`clicked\`, \`opened\`, \`delivered\`, \`bounced\`, \`unsubscribed\` and \`complained\` are about the messages of this run alone; any other name is an event of the customer. The rules of \`filter\` look at the event’s properties.

A run is taken once by each such step, and not from a step that already stands below it. Where the step at which the customer rests has an edge of its own for the event, that edge wins. An unsubscribe ends no run by itself: this is how to make it.`,
  initial: { event: 'replied' },
  examples: [
    { event: 'replied' },
    { event: 'deal.lost', filter: { match: 'any', rules: [{ input: 'reason', condition: 'equals', value: 'price' }] } },
  ],
})
