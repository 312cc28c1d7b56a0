import { describe, expect, it } from 'vitest'
import { execute, type StepSetting } from '../../../test/node-step.ts'
import exitHandoff from './exit-handoff.ts'

const ann = '019f0000-0000-7000-8000-00000000000a'
const ben = '019f0000-0000-7000-8000-00000000000b'
const gone = '019f0000-0000-7000-8000-00000000000c'
const boss = '019f0000-0000-7000-8000-00000000000d'
const campaign = { ownerId: boss, activeMembers: new Set([ann, ben, boss]) }

function ownerOf(assignTo: Record<string, unknown>, setting: StepSetting = {}): unknown {
  const outcome = execute(exitHandoff, { campaign, ...setting, config: { assignTo } })
  return outcome.is === 'end' ? outcome.output.ownerId : outcome
}

describe('exit-handoff', () => {
  it('makes the owner, their task and the event, and ends the run as succeeded', () => {
    const outcome = execute(exitHandoff, {
      campaign,
      customer: { firstName: 'Minh', lastName: 'Tran', attributes: { plan: 'pro' } },
      config: { assignTo: { type: 'member', memberIds: [ann] }, note: 'Plan: {{customer.attributes.plan}}' },
    })
    expect(outcome).toMatchObject({
      is: 'end',
      status: 'succeeded',
      reason: 'handoff',
      output: { ownerId: ann },
      effects: [
        { do: 'claim', memberId: ann },
        { do: 'create-task', kind: 'handoff', title: 'Follow up with Minh Tran', note: 'Plan: pro', assigneeId: ann },
        { do: 'emit', name: 'customer.handoff', properties: { ownerId: ann, note: 'Plan: pro' } },
      ],
    })
  })

  it('takes several members in turn', () => {
    const assignTo = { type: 'roundRobin', memberIds: [ann, ben] }
    const owners = [0, 1, 2].map((position) => ownerOf(assignTo, { facts: { position } }))
    expect(owners).toEqual([ann, ben, ann])
  })

  it('lets an active owner who is among those named keep the customer', () => {
    const assignTo = { type: 'roundRobin', memberIds: [ann, ben] }
    const outcome = execute(exitHandoff, { campaign, customer: { claimedBy: ben }, config: { assignTo } })
    expect(outcome).toMatchObject({ output: { ownerId: ben }, effects: [{ do: 'create-task' }, { do: 'emit' }] })
    expect(ownerOf(assignTo, { customer: { claimedBy: boss } })).toBe(ann)
  })

  it('passes over members who left', () => {
    const assignTo = { type: 'roundRobin', memberIds: [gone, ben] }
    expect(ownerOf(assignTo, { facts: { position: 0 } })).toBe(ben)
    expect(ownerOf(assignTo, { customer: { claimedBy: gone } })).toBe(ben)
    expect(ownerOf({ type: 'member', memberIds: [gone] })).toBe(boss)
  })

  it('goes to the campaign’s owner when that is chosen', () => {
    expect(ownerOf({ type: 'campaignOwner' }, { customer: { claimedBy: ann } })).toBe(boss)
  })

  it('fails where nobody is left', () => {
    const nobody = { ownerId: null, activeMembers: new Set<string>() }
    expect(ownerOf({ type: 'campaignOwner' }, { campaign: nobody })).toMatchObject({ is: 'fail', code: 'no_owner' })
  })
})
