import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import addTag from './add-tag.ts'

it('asks for the tag and passes on', () => {
  expect(execute(addTag, { config: { name: ' vip ' } })).toEqual({
    is: 'next',
    output: {},
    effects: [{ do: 'tag', name: 'vip', on: true }],
  })
  expect(execute(addTag, { config: { name: 'vip', color: '#22aa66' } })).toMatchObject({
    effects: [{ do: 'tag', name: 'vip', on: true, color: '#22aa66' }],
  })
})

it('needs a name, and a colour that is one', () => {
  expect(addTag.config.safeParse({ name: ' ' }).success).toBe(false)
  expect(addTag.config.safeParse({ name: 'vip', color: 'url(x)' }).success).toBe(false)
})
