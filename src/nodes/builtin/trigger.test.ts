import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import trigger from './trigger.ts'

it('passes every customer on at once', () => {
  expect(execute(trigger, { config: {} })).toEqual({ is: 'next', output: {}, effects: [] })
})

it('is shown as started by hand unless it says otherwise', () => {
  expect(trigger.config.parse({})).toEqual({ type: 'manual' })
})
