import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import type { Effect } from '../../engine/facts.ts'
import { end, fail } from '../../engine/outcome.ts'
import { member, shortTemplate } from '../fields.ts'

const assignTo = z
  .discriminatedUnion('type', [
    z
      .object({ type: z.literal('campaignOwner').meta({ title: 'Choice' }) })
      .meta({ title: 'The campaign’s owner', sentence: 'Hand off to the campaign’s owner' }),
    z
      .object({
        type: z.literal('member').meta({ title: 'Choice' }),
        memberIds: z.array(member).length(1).meta({ title: 'Member', widget: 'member', ref: 'member' }),
      })
      .meta({ title: 'One member', sentence: 'Hand off to {memberIds}' }),
    z
      .object({
        type: z.literal('roundRobin').meta({ title: 'Choice' }),
        memberIds: z.array(member).min(1).max(100).meta({ title: 'Members', widget: 'members', ref: 'member' }),
      })
      .meta({ title: 'Several members in turn', sentence: 'Hand off in turn to {memberIds}' }),
  ])
  .meta({ title: 'To whom' })

export default defineNode({
  type: 'exit-handoff',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Hand off',
  icon: 'heart-handshake',
  summary: 'Ready for sales: an owner, a task for them, and the end of the run.',
  sentence: '{assignTo}',
  config: z.object({
    assignTo,
    note: shortTemplate(2_000).optional().meta({
      title: 'Note',
      description: 'What the owner should know; goes into their task.',
      widget: 'liquid',
      template: 'short',
    }),
  }),
  output: z.object({ ownerId: z.string().describe('The member who owns the customer now.') }),
  when: [],
  ends: true,
  tone: 'good',
  reads: ['campaign', 'position'],
  customer: ['claimedBy', 'firstName', 'lastName', 'email'],
  execute({ config, campaign, customer, position, render }) {
    const { assignTo } = config
    const named = assignTo.type === 'campaignOwner' ? [campaign.ownerId] : assignTo.memberIds
    const able = named.filter((id) => id !== null).filter((id) => campaign.activeMembers.has(id))
    const present = able.find((id) => id === customer.claimedBy)
    const ownerId = present ?? able[position % able.length] ?? campaign.ownerId
    if (ownerId === null) return fail('no_owner', 'There is nobody left to hand the customer to.')

    const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ') || customer.email || 'a customer'
    const note = config.note === undefined ? null : render(config.note).trim() || null
    const effects: Effect[] = [
      ...(ownerId === customer.claimedBy ? [] : [{ do: 'claim', memberId: ownerId } as const]),
      {
        do: 'create-task',
        kind: 'handoff',
        title: `Follow up with ${name}`,
        note,
        assigneeId: ownerId,
        dueAt: null,
      },
      { do: 'emit', name: 'customer.handoff', properties: { ownerId, ...(note !== null && { note }) } },
    ]
    return end('succeeded', 'handoff', { ownerId }, effects, chosenBecause(present, able.length, assignTo.type))
  },
  docs: `The customer becomes a marketing-qualified lead: an owner is assigned, gets a task, and the event \`customer.handoff\` is recorded. The run ends \`succeeded\` with the reason \`handoff\`.

If the customer has an owner who is among those named here and still a member, that one keeps them. Otherwise the named member takes them; of several, the next in turn. Members who left are passed over; when nobody named is left, or *the campaign’s owner* is chosen, it is the campaign’s owner, and if they left the workspace’s.`,
  initial: { assignTo: { type: 'campaignOwner' } },
  examples: [
    { assignTo: { type: 'campaignOwner' }, note: 'Opened all three mails. Plan: {{customer.attributes.plan}}' },
    {
      assignTo: {
        type: 'roundRobin',
        memberIds: ['019f0000-0000-7000-8000-00000000000a', '019f0000-0000-7000-8000-00000000000b'],
      },
    },
  ],
})

function chosenBecause(present: string | undefined, able: number, type: 'member' | 'roundRobin' | 'campaignOwner') {
  if (present !== undefined) return { code: 'owner_kept', text: 'The owner they had keeps them.' }
  if (type === 'campaignOwner') return { code: 'campaign_owner', text: 'Goes to the campaign’s owner.' }
  if (able === 0)
    return { code: 'named_left', text: 'Nobody named is a member any more, so it is the campaign’s owner.' }
  if (type === 'member') return { code: 'named_member', text: 'Goes to the member named here.' }
  return { code: 'next_in_turn', text: 'Goes to the next in turn.' }
}
