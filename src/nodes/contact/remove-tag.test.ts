import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import removeTag from './remove-tag.ts'

it('asks for the tag to go and passes on', () => {
  expect(execute(removeTag, { config: { name: 'vip' } })).toEqual({
    is: 'next',
    output: {},
    effects: [{ do: 'tag', name: 'vip', on: false }],
  })
})
