import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import exitSuppress from './exit-suppress.ts'

it('suppresses on all channels unless one is named, and ends the run as canceled', () => {
  expect(execute(exitSuppress, { config: { reason: 'complaint' } })).toMatchObject({
    is: 'end',
    status: 'canceled',
    reason: 'suppressed',
    effects: [{ do: 'suppress', reason: 'complaint', channel: 'all' }],
  })
  expect(execute(exitSuppress, { config: { reason: 'manual', channel: 'email' } })).toMatchObject({
    effects: [{ do: 'suppress', reason: 'manual', channel: 'email' }],
  })
})
