import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { durationMs, member, shortTemplate } from '../fields.ts'

export default defineNode({
  type: 'create-task',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Create task',
  icon: 'checkbox',
  summary: 'Something for a person to do: a call, a step by hand.',
  sentence: '{title}',
  config: z.object({
    title: shortTemplate(500).trim().min(1).meta({
      title: 'Title',
      widget: 'liquid',
      template: 'short',
      placeholder: 'Call {{customer.firstName}}',
    }),
    note: shortTemplate(2_000).optional().meta({ title: 'Note', widget: 'liquid', template: 'short' }),
    assigneeId: member.optional().meta({
      title: 'For',
      description: 'Empty: the customer’s owner, else the campaign’s.',
      widget: 'member',
      ref: 'member',
    }),
    dueInMs: durationMs.optional().meta({
      title: 'Due in',
      description: 'From the moment the customer arrives here.',
      widget: 'duration',
      unit: 'ms',
    }),
  }),
  output: z.object({
    title: z.string().describe('The title as it was written.'),
    assigneeId: z.string().nullable().describe('The member it is for.'),
    dueAt: z.string().nullable().describe('When it is due, ISO 8601.'),
  }),
  when: [],
  reads: ['campaign'],
  customer: ['claimedBy'],
  execute({ config, campaign, customer, render, now }) {
    const active = (id: string | null | undefined) => (id && campaign.activeMembers.has(id) ? id : null)
    const assigneeId = active(config.assigneeId) ?? active(customer.claimedBy) ?? campaign.ownerId
    const dueAt = config.dueInMs === undefined ? null : new Date(now.getTime() + config.dueInMs)
    const title = render(config.title).trim().slice(0, 500) || 'Task'
    const note = config.note === undefined ? null : render(config.note).trim() || null
    return next({ title, assigneeId, dueAt: dueAt?.toISOString() ?? null }, [
      { do: 'create-task', kind: 'todo', title, note, assigneeId, dueAt },
    ])
  },
  docs: 'The task appears under Tasks, for the member named here while they are a member; else for the customer’s owner, else for the campaign’s. The customer goes on at once and does not wait for it to be done. Title and note are short templates.',
  initial: { title: 'Call {{customer.firstName | default: "the customer"}}' },
  examples: [{ title: 'Call {{customer.firstName}}', note: 'Opened all mails.', dueInMs: 86_400_000 }],
})
