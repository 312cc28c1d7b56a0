import { z } from 'zod'
import type { HeardEvent } from '../engine/facts.ts'
import { conditions, conditionWords, isUnary } from '../workflow/conditions.ts'
import { passes } from '../workflow/event-filter.ts'

/** Config fields of node types that wait or listen for an event, and what they do with one. */

/** Most of an event's properties that a run carries on, as bytes of JSON (ENGINE, table `run`). */
const maxPropertiesBytes = 4_096

/** An event's name. `replied` and its like are short for `message.replied` (API.md, “Event names built in”). */
export const eventName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, { error: 'Write it in small letters, digits, “.”, “_” and “-”, as in deal.won.' })
  .meta({
    title: 'Event',
    description: 'What happens to one of this run’s messages, or any event that is recorded for the customer.',
    widget: 'suggest',
    placeholder: 'deal.won',
    examples: [
      'replied',
      'clicked',
      'opened',
      'bounced',
      'unsubscribed',
      'customer.tagged',
      'customer.updated',
      'score.changed',
    ],
  })

const rule = z
  .object({
    input: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .meta({ title: 'Property', description: 'A path in the event’s properties.', placeholder: 'amount' }),
    condition: z.enum(conditions).meta({ title: 'Condition', widget: 'select', labels: conditionWords }),
    value: z
      .union([z.string().max(500), z.number(), z.boolean()])
      .optional()
      .meta({ title: 'Value', widget: 'text' }),
  })
  .superRefine(({ condition, value }, context) => {
    if (isUnary(condition) || (value !== undefined && String(value).trim() !== '')) return
    context.addIssue({ code: 'custom', path: ['value'], message: `“${conditionWords[condition]}” needs a value.` })
  })

/** Which events of the name are meant. */
export const eventFilter = z
  .object({
    rules: z.array(rule).max(50).default([]).meta({ title: 'Rules', widget: 'rules' }),
    match: z
      .enum(['all', 'any'])
      .default('all')
      .meta({ title: 'Match', widget: 'select', labels: { all: 'All of them', any: 'Any of them' } }),
  })
  .optional()
  .meta({ title: 'Only if', description: 'Without rules every such event counts.' })

/** Whether an event is one that the node means. */
export const isMeant = ({
  config,
  event,
}: {
  config: { filter?: z.output<typeof eventFilter> }
  event: HeardEvent
}): boolean => passes(config.filter, event.properties)

/** What later steps can read of an event: its properties, as many of them, in their order, as a run may carry. */
export function readableProperties(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  let bytes = 2
  for (const [name, value] of Object.entries(properties)) {
    const size = new TextEncoder().encode(JSON.stringify({ [name]: value })).length
    if (bytes + size > maxPropertiesBytes) continue
    kept[name] = value
    bytes += size
  }
  return kept
}
