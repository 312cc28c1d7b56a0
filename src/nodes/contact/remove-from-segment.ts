import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { staticSegment } from '../fields.ts'

export default defineNode({
  type: 'remove-from-segment',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Remove from segment',
  icon: 'users-minus',
  summary: 'Take the customer out of a static segment.',
  sentence: 'Remove from {segmentId}',
  config: z.object({ segmentId: staticSegment }),
  output: z.object({}),
  when: [],
  reads: [],
  execute: ({ config: { segmentId } }) => next({}, [{ do: 'segment', segmentId, on: false }]),
  docs: 'Static segments only: who is in a dynamic one follows from its rules. Leaving the segment that is this campaign’s audience does not end the run, unless the campaign says so.',
  examples: [{ segmentId: '019f0000-0000-7000-8000-000000000001' }],
})
