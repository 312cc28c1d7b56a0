import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import createTask from './create-task.ts'

const ann = '019f0000-0000-7000-8000-00000000000a'
const ben = '019f0000-0000-7000-8000-00000000000b'
const boss = '019f0000-0000-7000-8000-00000000000d'
const campaign = { ownerId: boss, activeMembers: new Set([ann, ben, boss]) }

it('writes the task with its texts filled in, due from now', () => {
  const outcome = execute(createTask, {
    campaign,
    now: new Date('2027-03-01T12:00:00Z'),
    customer: { firstName: 'Minh' },
    config: {
      title: 'Call {{customer.firstName}}',
      note: '{{customer.lastName}}',
      assigneeId: ann,
      dueInMs: 3_600_000,
    },
  })
  expect(outcome).toMatchObject({
    is: 'next',
    output: { title: 'Call Minh', assigneeId: ann, dueAt: '2027-03-01T13:00:00.000Z' },
    effects: [
      {
        do: 'create-task',
        kind: 'todo',
        title: 'Call Minh',
        note: null,
        assigneeId: ann,
        dueAt: new Date('2027-03-01T13:00:00Z'),
      },
    ],
  })
})

it('goes to the customer’s owner, else the campaign’s, where nobody present is named', () => {
  const config = { title: 'Call' }
  const assignee = (claimedBy: string | null, named?: string) => {
    const outcome = execute(createTask, { campaign, customer: { claimedBy }, config: { ...config, assigneeId: named } })
    return outcome.is === 'next' ? outcome.output.assigneeId : outcome
  }
  const gone = '019f0000-0000-7000-8000-00000000000c'
  expect([assignee(ben), assignee(null), assignee(gone), assignee(ben, gone)]).toEqual([ben, boss, boss, ben])
})
