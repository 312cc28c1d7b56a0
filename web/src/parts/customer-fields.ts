import type { Answer } from '../api.ts'

/** A customer as the API reads it. */
export type Customer = Answer<'GET /customers/:id'>

/** What is known of a customer as a line of text, in the order in which it is shown and asked for. */
export const customerTexts = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'linkedinUrl',
  'telegramChatId',
  'language',
  'country',
  'externalId',
] as const

/** What somebody may have said about being tracked. */
export const consents: readonly { value: string; label: string }[] = [
  { value: '', label: 'As the workspace says' },
  { value: 'yes', label: 'Agreed' },
  { value: 'no', label: 'Refused' },
]

/** The time zones that the browser knows. */
export const zones = (): string[] =>
  typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
