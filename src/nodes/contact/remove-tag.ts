import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { tagName } from '../fields.ts'

export default defineNode({
  type: 'remove-tag',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Remove tag',
  icon: 'tag-off',
  summary: 'Take a tag off the customer.',
  sentence: 'Remove tag {name}',
  config: z.object({ name: tagName }),
  output: z.object({}),
  when: [],
  reads: [],
  execute: ({ config: { name } }) => next({}, [{ do: 'tag', name, on: false }]),
  docs: 'The event `customer.untagged` is recorded when the customer had the tag; otherwise nothing happens. The tag itself stays in the workspace.',
  examples: [{ name: 'contacted' }],
})
