import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { staticSegment } from '../fields.ts'

export default defineNode({
  type: 'add-to-segment',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Add to segment',
  icon: 'users-plus',
  summary: 'Put the customer into a static segment.',
  sentence: 'Add to {segmentId}',
  config: z.object({ segmentId: staticSegment }),
  output: z.object({}),
  when: [],
  reads: [],
  execute: ({ config: { segmentId } }) => next({}, [{ do: 'segment', segmentId, on: true }]),
  docs: 'Static segments only: who is in a dynamic one follows from its rules. A customer who is in it stays in it.',
  examples: [{ segmentId: '019f0000-0000-7000-8000-000000000001' }],
})
