import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { fail, next } from '../../engine/outcome.ts'
import { member } from '../fields.ts'

export default defineNode({
  type: 'assign-owner',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Assign owner',
  icon: 'user-check',
  summary: 'Make a member the customer’s owner.',
  sentence: 'Assign to {userId}',
  config: z.object({ userId: member.meta({ title: 'Owner', widget: 'member', ref: 'member' }) }),
  output: z.object({ ownerId: z.string().describe('The member who owns the customer now.') }),
  when: [],
  reads: ['campaign'],
  execute({ config: { userId }, campaign }) {
    const present = campaign.activeMembers.has(userId)
    const ownerId = present ? userId : campaign.ownerId
    if (ownerId === null) return fail('no_owner', 'There is nobody left to own the customer.')
    const why = present
      ? { code: 'named_member', text: 'Goes to the member named here.' }
      : { code: 'named_left', text: 'The one named here is not a member any more, so it is the campaign’s owner.' }
    return next({ ownerId }, [{ do: 'claim', memberId: ownerId }], why)
  },
  docs: 'Overrides an earlier owner. If the one named here has left the workspace, it is the campaign’s owner; if they left, too, the workspace’s.',
  examples: [{ userId: '019f0000-0000-7000-8000-00000000000a' }],
})
