import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import { catalogue, parseConfig } from '../../catalogue/catalogue.ts'
import { compile } from '../../workflow/compile.ts'
import sendStep from './send-step.ts'

const credentialId = '019f0000-0000-7000-8000-000000000003'
const problemsOf = (config: Record<string, unknown>) =>
  parseConfig('send-step', config).issues.map(({ severity, code, field }) => `${severity} ${code} ${field}`)

it('queues one message on its channel', () => {
  for (const channel of ['telegram', 'linkedin'] as const) {
    expect(execute(sendStep, { config: { channel, credentialId, body: 'Hi' } })).toMatchObject({
      is: 'await-message',
      effects: [{ do: 'queue-message', channel, credentialId, transactional: false, sendAfter: null }],
    })
  }
})

it('needs a channel, a sender, and a text or a template', () => {
  expect(problemsOf({})).toEqual([expect.stringContaining('channel')])
  expect(problemsOf({ channel: 'telegram' })).toEqual(['error missing_field credentialId', 'error missing_field body'])
  expect(problemsOf({ channel: 'linkedin', credentialId, templateName: 'Note' })).toEqual([])
  expect(problemsOf({ channel: 'telegram', credentialId, body: 'x'.repeat(4_097) })).toEqual([
    'warning long_message body',
  ])
})

it.each([
  ['telegram', ['opened']],
  ['linkedin', ['bounced', 'clicked', 'opened']],
] as const)('on %s refuses edges for what cannot be known there: %j', (channel, refused) => {
  const labels = ['replied', 'clicked', 'opened', 'bounced']
  const { problems } = compile(
    {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        { id: 'send', type: 'send-step', title: 'Send', config: { channel, credentialId, body: 'Hi' } },
        ...labels.map((label) => ({ id: label, type: 'exit', title: label, config: {} })),
      ],
      edges: [
        { id: 'e', source: 'start', target: 'send', when: null },
        ...labels.map((label) => ({ id: label, source: 'send', target: label, when: label })),
      ],
    },
    catalogue,
    parseConfig,
  )
  const found = problems.filter(({ code }) => code === 'unknown_when')
  expect(found.map(({ edgeId }) => edgeId).sort()).toEqual(refused)
  expect(found[0]?.fix).toContain('replied')
})
