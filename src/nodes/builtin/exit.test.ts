import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import exit from './exit.ts'

it('ends the run as succeeded', () => {
  expect(execute(exit)).toMatchObject({ is: 'end', status: 'succeeded', reason: 'exit', effects: [] })
})
