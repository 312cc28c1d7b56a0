import { expect, it } from 'vitest'
import { execute, resume } from '../../../test/node-step.ts'
import { parseConfig } from '../../catalogue/catalogue.ts'
import type { MessageOutcome } from '../../engine/facts.ts'
import emailSend from './email-send.ts'

const credentialId = '019f0000-0000-7000-8000-000000000003'
const config = { credentialId, subject: 'Hi', body: 'Hello' }
const message = (facts: Partial<MessageOutcome>): MessageOutcome => ({
  messageId: 7,
  state: 'sent',
  reason: null,
  handedAt: null,
  heard: {},
  pendingClickAt: null,
  ...facts,
})

it('queues one message and waits for its fate', () => {
  expect(execute(emailSend, { config })).toEqual({
    is: 'await-message',
    effects: [
      { do: 'queue-message', channel: 'email', credentialId, productId: null, transactional: false, sendAfter: null },
    ],
  })
})

it('queues the message for the next opening of its window where the customer lives', () => {
  const sendWindow = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }
  const sendAfter = (now: string, timezone: string | null) =>
    execute(emailSend, { config: { ...config, sendWindow }, customer: { timezone }, now: new Date(now) })
  // Monday noon in Berlin, the workspace’s zone; seven in the morning in New York.
  const queued = (at: string | null) => ({ effects: [{ sendAfter: at === null ? null : new Date(at) }] })
  expect(sendAfter('2027-03-01T12:00:00Z', null)).toMatchObject(queued(null))
  expect(sendAfter('2027-03-01T12:00:00Z', 'America/New_York')).toMatchObject(queued('2027-03-01T14:00:00Z'))
  expect(sendAfter('2027-03-01T12:00:00Z', 'no such zone')).toMatchObject(queued(null))
})

it.each<[MessageOutcome['state'], string | null, { sent: boolean; reason: string | null }]>([
  ['sent', null, { sent: true, reason: null }],
  ['unconfirmed', null, { sent: true, reason: 'unconfirmed' }],
  ['skipped', 'suppressed', { sent: false, reason: 'suppressed' }],
  ['refused', 'no_such_mailbox', { sent: false, reason: 'no_such_mailbox' }],
  ['failed', null, { sent: false, reason: 'failed' }],
])('goes on by the default edge when the message is %s', (state, reason, output) => {
  expect(
    resume(emailSend, { by: 'message' }, { config, facts: { message: message({ state, reason }) } }),
  ).toMatchObject({
    is: 'next',
    output: { ...output, messageId: 7 },
  })
})

it('opens a window at the hand-over when it has outcome edges, and leaves by what happened when it ends', () => {
  const ways = ['replied', 'clicked', '']
  const handedAt = new Date('2027-03-01T12:00:00Z')
  const at = (days: number) => new Date(handedAt.getTime() + days * 86_400_000)
  const woken = (facts: Partial<MessageOutcome>, clock: Date) =>
    resume(emailSend, { by: 'deadline' }, { config, ways, clock, facts: { message: message({ handedAt, ...facts }) } })
  expect(woken({}, at(0))).toMatchObject({ is: 'await-event', until: at(3) })
  expect(woken({ heard: { replied: at(1) } }, at(1))).toMatchObject({
    is: 'leave',
    when: 'replied',
    why: { text: 'They replied.' },
  })
  expect(woken({ heard: { clicked: at(1) } }, at(1))).toMatchObject({ is: 'await-event' })
  expect(woken({ heard: { clicked: at(1) } }, at(3))).toMatchObject({ is: 'leave', when: 'clicked' })
  expect(woken({ pendingClickAt: at(2.9999) }, at(3))).toMatchObject({ is: 'leave', when: 'clicked' })
  expect(woken({ heard: { opened: at(1) } }, at(3))).toMatchObject({ is: 'next', why: { code: 'window_ended' } })
  expect(woken({ heard: { bounced: at(1) } }, at(1))).toMatchObject({ is: 'next', why: { code: 'bounced' } })
})

it('tracks and carries an unsubscribe link unless told otherwise', () => {
  expect(parseConfig('email-send', config).config).toMatchObject({
    trackOpens: true,
    trackClicks: true,
    unsubscribeLink: true,
    transactional: false,
  })
})

it('needs a sender, and a template or both subject and body; all are named at once', () => {
  const fields = (given: Record<string, unknown>) => parseConfig('email-send', given).issues.map(({ field }) => field)
  expect(fields({ subject: '', body: ' ' })).toEqual(['credentialId', 'subject', 'body'])
  expect(fields({ credentialId, templateName: 'Welcome' })).toEqual([])
  expect(fields({ credentialId, templateName: '', subject: 'Hi' })).toEqual(['body'])
})

it('warns of marketing without an unsubscribe link', () => {
  const codes = (given: Record<string, unknown>) =>
    parseConfig('email-send', { ...config, ...given }).issues.map(({ severity, code }) => `${severity} ${code}`)
  expect(codes({ unsubscribeLink: false })).toEqual(['warning no_unsubscribe_link'])
  expect(codes({ unsubscribeLink: false, transactional: true })).toEqual([])
  expect(codes({ unsubscribeLink: false, body: '<a href="{{unsubscribeUrl}}">Stop</a>' })).toEqual([])
  expect(codes({ sendWindow: { days: [1], from: '09:00', to: '17:00' } })).toEqual([])
})
