import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import adjustScore from './adjust-score.ts'

it('changes the score relative to the latest one, and says where it stands then', () => {
  const facts = { criterion: { id: 'fit', name: '“Fit” (Boat)' }, score: 0.3 }
  expect(execute(adjustScore, { config: { delta: 0.2 }, facts })).toMatchObject({
    is: 'next',
    output: { score: 0.5 },
    effects: [{ do: 'change-score', criterionId: 'fit', delta: 0.2 }],
    why: { text: 'The score on “Fit” (Boat) went from 0.3 to 0.5.' },
  })
})

it('keeps the score within -1 and 1', () => {
  const facts = { criterion: { id: 'fit', name: '“Fit” (Boat)' }, score: 0.3 }
  expect(execute(adjustScore, { config: { delta: 2 }, facts })).toMatchObject({ output: { score: 1 } })
  expect(execute(adjustScore, { config: { delta: -2 }, facts })).toMatchObject({ output: { score: -1 } })
})

it('passes a customer through when the criterion was deleted, and says so', () => {
  const facts = { criterion: { id: 'fit', name: null }, score: 0.3 }
  expect(
    execute(adjustScore, { config: { criterionId: '019f0000-0000-7000-8000-000000000002', delta: 0.2 }, facts }),
  ).toMatchObject({
    is: 'next',
    output: { score: 0.3 },
    effects: [],
    why: { code: 'criterion_gone' },
  })
})

it('fails where no criterion stands for the campaign', () => {
  expect(execute(adjustScore, { config: { delta: 0.2 } })).toMatchObject({ is: 'fail', code: 'no_criterion' })
})
