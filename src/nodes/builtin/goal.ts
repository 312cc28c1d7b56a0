import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { end, next } from '../../engine/outcome.ts'
import { busNameOf } from '../../workflow/event-names.ts'
import { eventFilter, eventName, isMeant } from '../event.ts'
import { judgeRules, match, rules } from '../rules.ts'

export default defineNode({
  type: 'goal',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Goal',
  icon: 'target-arrow',
  summary: 'Count a conversion when something happens or is true of the customer, and let it end the run.',
  sentence: 'Reached when {event|rules}',
  config: z
    .object({
      event: eventName.optional().meta({
        title: 'Event',
        description: 'What the customer does, or what happens to one of this run’s messages.',
        widget: 'suggest',
        placeholder: 'order.placed',
        examples: ['replied', 'clicked', 'customer.tagged', 'customer.handoff', 'score.changed'],
      }),
      filter: eventFilter,
      rules: rules.optional().meta({
        title: 'Or when this is true',
        description: 'Looked at when the customer enrolls and whenever they change.',
        widget: 'rules',
      }),
      match,
      endsRun: z
        .boolean()
        .default(false)
        .meta({ title: 'Ends the run', description: 'For whoever reaches it while inside.', widget: 'switch' }),
    })
    .superRefine(({ event, rules: given = [] }, context) => {
      if (event !== undefined || given.length > 0) return
      context.addIssue({ code: 'custom', path: ['event'], message: 'A goal needs an event, or rules.' })
    }),
  output: z.object({}),
  when: [],
  entry: 'event',
  listens: { field: 'event', rules: 'rules' },
  endsBy: 'endsRun',
  tone: 'good',
  reads: [],
  execute: ({ config }) => (config.endsRun ? end('succeeded', 'goal', {}) : next({})),
  reached({ config, event, read, render }) {
    if (event && config.event !== undefined && busNameOf(config.event) === event.name && isMeant({ config, event })) {
      return { code: 'event', text: `“${config.event}” happened.`, values: { event: event.name, at: event.at } }
    }
    const { rules: given = [], match: how } = config
    if (given.length === 0) return null
    const { holds, why } = judgeRules({ rules: given, match: how }, { read, render })
    return holds ? { ...why, text: `${why.text}.` } : null
  },
  docs: `What the campaign is for: a purchase, a booked call, a plan. No edge leads here. A run reaches a goal once, when its event happens or when its rules are true of the customer, whichever is first, from the moment they enroll until 30 days later, **also when their run has ended by then**: the one who buys a week after the last mail counts. So do those who are held out of the campaign, and the comparison of both shows what the campaign achieved.

What happens to whoever is still inside: with \`endsRun\` their run ends \`succeeded\` with the reason \`goal\`; else, when a way leads out, they leave the step where they are and go on from here, once, and not from a step that already stands below it; with neither they stay where they are and only the goal is marked. A goal comes before everything else that listens: when the event of a goal that takes the customer is also one for which they wait, the goal has it.

\`replied\`, \`clicked\`, \`opened\`, \`delivered\`, \`bounced\`, \`unsubscribed\` and \`complained\` are about the messages of this run alone; any other name is an event of the customer, and counts for the run that they were in last. The rules of \`filter\` look at the event’s properties, those of \`rules\` at the customer as a path does (\`customer.tags\`, \`customer.attributes.plan\`). Those are judged when the customer enrolls and whenever their fields, attributes or tags change; a change of their company alone is seen with their next one.

Reaching a goal records the event \`goal.reached\` with the properties \`goal\` (its title), \`campaignId\` and \`nodeId\`, for segments, triggers and other steps. The 30 days are days of the calendar, paused or not. What happens while the campaign is paused is marked at once and moves the customer on resume; in an archived campaign goals are still marked, and nobody moves.`,
  initial: { event: 'order.placed', endsRun: true },
  examples: [
    { event: 'order.placed', endsRun: true },
    {
      event: 'deal.won',
      filter: { match: 'all', rules: [{ input: 'amount', condition: 'greater-than', value: 1000 }] },
      endsRun: false,
    },
    { rules: [{ input: 'customer.attributes.plan', condition: 'equals', value: 'pro' }], match: 'all', endsRun: true },
  ],
})
