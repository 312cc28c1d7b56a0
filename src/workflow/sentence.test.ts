import { expect, it } from 'vitest'
import { catalogue } from '../catalogue/catalogue.ts'
import { cardSentence } from './sentence.ts'

const names: Record<string, string> = { 'sender-1': 'sales@acme.com', 'member-1': 'Linh', 'member-2': 'Sara' }
function card(type: string, config: Record<string, unknown>): string {
  const entry = catalogue[type]
  if (!entry) throw new Error(type)
  return cardSentence(entry, config, (_, id) => names[id]).text
}

it('says what the node does with its settings', () => {
  expect(card('wait', { waitType: 'duration', durationMs: 3 * 86_400_000 })).toBe('Wait 3 days')
  expect(card('wait', { waitType: 'until-time', time: '09:00' })).toBe('Wait until 09:00 their time')
  expect(card('adjust-score', { delta: 0.2 })).toBe('Change the score by +0.2')
  expect(card('adjust-score', { delta: -0.2 })).toBe('Change the score by −0.2')
  expect(card('email-send', { credentialId: 'sender-1', subject: 'Quick question' })).toBe(
    '“Quick question” from sales@acme.com',
  )
  expect(card('email-send', { credentialId: 'sender-1', subject: '', templateName: 'Welcome' })).toBe(
    '“Welcome” from sales@acme.com',
  )
  expect(card('exit-suppress', { reason: 'unsubscribe' })).toBe('Never write again (Unsubscribed)')
  expect(card('exit-handoff', { assignTo: { type: 'roundRobin', memberIds: ['member-1', 'member-2'] } })).toBe(
    'Hand off in turn to Linh, Sara',
  )
  expect(card('exit-handoff', { assignTo: { type: 'campaignOwner' } })).toBe('Hand off to the campaign’s owner')
  expect(card('conditional-split', { branches: [{ id: 'a' }, { id: 'b' }] })).toBe('Split into 2 branches')
  expect(card('path', { rules: [{ input: 'customer.country', condition: 'equals', value: 'VN' }] })).toBe(
    'country is VN',
  )
  expect(card('trigger', {})).toBe('Started by hand')
})

it('shows a gap for what is not set, and names the field', () => {
  const entry = catalogue['email-send']
  if (!entry) throw new Error('email-send')
  expect(cardSentence(entry, {})).toEqual({ text: '“…” from …', missing: ['subject', 'credentialId'] })
  expect(card('add-to-segment', { segmentId: 'unknown' })).toBe('Add to a segment')
})
