import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import assignOwner from './assign-owner.ts'

const ann = '019f0000-0000-7000-8000-00000000000a'
const boss = '019f0000-0000-7000-8000-00000000000d'

it('overrides an earlier owner', () => {
  const campaign = { ownerId: boss, activeMembers: new Set([ann, boss]) }
  expect(execute(assignOwner, { config: { userId: ann }, campaign, customer: { claimedBy: boss } })).toMatchObject({
    is: 'next',
    output: { ownerId: ann },
    effects: [{ do: 'claim', memberId: ann }],
  })
})

it('takes the campaign’s owner where the named one has left, and fails where nobody is left', () => {
  const left = { ownerId: boss, activeMembers: new Set([boss]) }
  expect(execute(assignOwner, { config: { userId: ann }, campaign: left })).toMatchObject({
    effects: [{ do: 'claim', memberId: boss }],
    why: { code: 'named_left' },
  })
  const nobody = { ownerId: null, activeMembers: new Set<string>() }
  expect(execute(assignOwner, { config: { userId: ann }, campaign: nobody })).toMatchObject({ code: 'no_owner' })
})
