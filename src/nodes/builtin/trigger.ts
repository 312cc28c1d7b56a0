import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'

export default defineNode({
  type: 'trigger',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Trigger',
  icon: 'bolt',
  summary: 'Where customers come in. Each workflow has exactly one.',
  sentence: '{type}',
  config: z.object({
    type: z
      .enum(['manual', 'schedule', 'webhook', 'event'])
      .default('manual')
      .meta({
        title: 'Shown as',
        description: 'What the card says. Who comes in, and when, is set under the campaign’s triggers.',
        widget: 'select',
        labels: { manual: 'Started by hand', schedule: 'On a schedule', webhook: 'By a webhook', event: 'By an event' },
      }),
  }),
  output: z.object({}),
  when: [],
  entry: 'start',
  reads: [],
  execute: () => next({}),
  docs: `The start of the workflow: exactly one, with no way in. It passes every customer on at once.

The card’s type is only what it shows. The campaign’s trigger rows alone decide who comes in and when; without any, *Keep enrolling* and *Run now* do.

What made the customer come in can be read everywhere below as \`{{trigger.type}}\` and \`{{trigger.payload.…}}\`.`,
  examples: [{}, { type: 'webhook' }],
})
