/** Everything of a customer that people and imports write. Text fields are null when there is nothing. */
export interface CustomerValues {
  externalId: string | null
  email: string | null
  firstName: string | null
  lastName: string | null
  phone: string | null
  telegramChatId: string | null
  linkedinUrl: string | null
  language: string | null
  country: string | null
  timezone: string | null
  tags: string[]
  attributes: Record<string, unknown>
  companyId: string | null
  claimedBy: string | null
  trackingConsent: 'yes' | 'no' | null
}

/** The values and the row they are in. */
export interface StoredValues extends CustomerValues {
  id: string
  version: number
}

/** A customer as the API shows it. */
export interface Customer extends StoredValues {
  company: { id: string; name: string; domain: string | null; industry: string | null } | null
  archivedAt: Date | null
  /** Of an archived customer: whom they were merged into. */
  mergedInto: string | null
  erasedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** A customer of whom nothing is known yet. */
export const blankValues = (): CustomerValues => ({
  externalId: null,
  email: null,
  firstName: null,
  lastName: null,
  phone: null,
  telegramChatId: null,
  linkedinUrl: null,
  language: null,
  country: null,
  timezone: null,
  tags: [],
  attributes: {},
  companyId: null,
  claimedBy: null,
  trackingConsent: null,
})

/** A company as a customer's data names it: found by domain, else by name, else made. */
export interface CompanyHint {
  name: string | null
  domain: string | null
  industry: string | null
}
