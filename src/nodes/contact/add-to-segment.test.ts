import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import addToSegment from './add-to-segment.ts'

it('asks for the membership and passes on', () => {
  const segmentId = '019f0000-0000-7000-8000-000000000001'
  expect(execute(addToSegment, { config: { segmentId } })).toEqual({
    is: 'next',
    output: {},
    effects: [{ do: 'segment', segmentId, on: true }],
  })
})
