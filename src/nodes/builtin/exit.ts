import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { end } from '../../engine/outcome.ts'

export default defineNode({
  type: 'exit',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Exit',
  icon: 'logout',
  summary: 'The customer is through.',
  sentence: 'End here',
  config: z.object({}),
  output: z.object({}),
  when: [],
  ends: true,
  tone: 'plain',
  reads: [],
  execute: () => end('succeeded', 'exit', {}),
  docs: 'The run ends `succeeded` with the reason `exit`. A way that simply stops ends it `succeeded` with the reason `end-of-flow`.',
  examples: [{}],
})
