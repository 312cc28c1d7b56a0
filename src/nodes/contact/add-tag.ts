import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { tagName } from '../fields.ts'

export default defineNode({
  type: 'add-tag',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Add tag',
  icon: 'tag',
  summary: 'Put a tag on the customer.',
  sentence: 'Add tag {name}',
  config: z.object({
    name: tagName,
    color: z
      .string()
      .regex(/^(#[0-9a-f]{6}|[a-z]{3,20})$/i, { error: 'Write a colour as #22aa66 or by its name.' })
      .optional()
      .meta({ title: 'Colour', description: 'For a tag that is new.', placeholder: '#22aa66', section: 'advanced' }),
  }),
  output: z.object({}),
  when: [],
  reads: [],
  execute({ config: { name, color } }) {
    return next({}, [{ do: 'tag', name, on: true, ...(color !== undefined && { color }) }])
  },
  docs: 'A customer who has the tag keeps it, and nothing is recorded. Otherwise the event `customer.tagged` is recorded. Paths further down see the tag. The colour is used when the tag is new to the workspace.',
  examples: [{ name: 'contacted' }, { name: 'vip', color: '#22aa66' }],
})
