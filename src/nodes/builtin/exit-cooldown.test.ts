import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import exitCooldown from './exit-cooldown.ts'

const segmentId = '019f0000-0000-7000-8000-000000000001'
const into = { do: 'segment', segmentId, on: true }

it('puts the customer into the segment, lowers the score by 0.1 unless set, and ends the run as canceled', () => {
  const facts = { criterion: { id: 'fit', name: '“Fit” (Boat)' }, score: 0.5 }
  expect(execute(exitCooldown, { config: { segmentId }, facts })).toMatchObject({
    is: 'end',
    status: 'canceled',
    reason: 'cooldown',
    output: { score: 0.4 },
    effects: [into, { do: 'change-score', criterionId: 'fit', delta: -0.1 }],
    why: { text: 'Into the cooldown segment; the score on “Fit” (Boat) went from 0.5 to 0.4.' },
  })
  expect(execute(exitCooldown, { config: { segmentId, decayDelta: -2 }, facts })).toMatchObject({
    output: { score: -1 },
    effects: [into, { delta: -2 }],
  })
})

it('leaves scores alone where there is no criterion, or the change is 0', () => {
  expect(execute(exitCooldown, { config: { segmentId } })).toMatchObject({ output: { score: null }, effects: [into] })
  const facts = { criterion: { id: 'fit', name: '“Fit” (Boat)' }, score: 0.5 }
  const still = execute(exitCooldown, { config: { segmentId, decayDelta: 0 }, facts })
  expect(still).toMatchObject({ output: { score: 0.5 }, effects: [into] })
})
